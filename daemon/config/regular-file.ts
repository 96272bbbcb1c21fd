/** Reads files that an operator has named. */
import { closeSync, constants, fstatSync, openSync, readSync, statSync, type Stats } from 'node:fs';
import { messageOf, PortcastError } from '../errors.js';

/**
 * Reads a whole file. A pipe, a device or a socket is refused before it is read, because it may never end or never begin.
 * @param name stands for the file in errors.
 */
export function readRegularFile(file: string, maxBytes: number, name: string): { bytes: Buffer; mode: number } {
  const invalid = (text: string, cause?: unknown) => new PortcastError('CONFIG_INVALID', `${name}: ${text}`, { cause });
  const tooLong = () => invalid(`found more than ${maxBytes} bytes; allowed at most ${maxBytes}`);
  let fd: number | null = null;
  try {
    // Opening some devices has an effect, so the kind is looked at before, and again on what was opened.
    refuseSpecial(statSync(file), invalid);
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    refuseSpecial(stat, invalid);
    if (stat.size > maxBytes) throw tooLong();
    // Files of /proc and /sys say that they are empty, so the length is what was read.
    const buffer = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length <= maxBytes; length += read) {
      read = readSync(fd, buffer, length, buffer.length - length, null);
    }
    if (length > maxBytes) throw tooLong();
    return { bytes: buffer.subarray(0, length), mode: stat.mode };
  } catch (cause) {
    if (cause instanceof PortcastError) throw cause;
    // The text of the system ends with the path, which may be a secret.
    throw invalid(`cannot be read: ${messageOf(cause).replace(/, \w+ '.*$/s, '')}`, cause);
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

function refuseSpecial(stat: Stats, invalid: (text: string) => PortcastError): void {
  if (stat.isFile()) return;
  const kind = stat.isDirectory() ? 'EISDIR: a folder' : stat.isFIFO() ? 'a pipe' : 'a device or a socket';
  throw invalid(`cannot be read: ${kind}; allowed a regular file`);
}
