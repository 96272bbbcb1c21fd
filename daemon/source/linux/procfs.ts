/** The procfs source: reads /proc/net/tcp and tcp6 through one buffer. */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, messageOf, PortcastError } from '../../errors.js';
import { createDuplicateFilter } from '../../snapshot/duplicate-filter.js';
import type { RowSink } from '../../snapshot/snapshot-builder.js';
import type { TableSource } from '../table-source.js';
import { IS_LITTLE_ENDIAN } from './byte-order.js';
import { PROC_FILES } from './proc-paths.js';
import { createProcfsParser, type ProcfsParser } from './procfs-codec.js';

const BUFFER_BYTES = 64 * 1024;
const NEWLINE = 0x0a;
/** How much of a line that is no header an error quotes. */
const MAX_QUOTED_BYTES = 80;

interface TableFile {
  readonly path: string;
  readonly parser: ProcfsParser;
  /** Whether the file may be absent. */
  readonly optional: boolean;
}

/**
 * Reads the table of the calling thread's network namespace: `/proc/net` is the main thread's, `thread-self` is ours.
 * A row that the kernel shows twice, as it does while sockets are added, is passed on once.
 * Throws SOURCE_UNAVAILABLE when there is no such file.
 */
export function openProcfsSource(procRoot: string, isLittleEndian = IS_LITTLE_ENDIAN): TableSource {
  const bytes = new Uint8Array(BUFFER_BYTES);
  const tcp = {
    path: join(procRoot, PROC_FILES.tcp),
    parser: createProcfsParser(bytes, 4, isLittleEndian),
    optional: false,
  };
  // There is no such file where IPv6 is off (ipv6.disable=1), which is no error.
  const tcp6 = {
    path: join(procRoot, PROC_FILES.tcp6),
    parser: createProcfsParser(bytes, 6, isLittleEndian),
    optional: true,
  };
  const duplicates = createDuplicateFilter();
  closeSync(openTable(tcp.path));
  return {
    name: 'procfs',
    hasTimers: true,
    hasBoundInactive: false,
    dump(to) {
      const sink = duplicates.through(to);
      sink.begin();
      for (const file of [tcp, tcp6]) readTableFile(file, bytes, sink);
      if (sink.rows() === 0 && sink.malformed() > 0) {
        throw new PortcastError(
          'SOURCE_MALFORMED',
          `${tcp.path} and ${tcp6.path}: none of ${sink.malformed()} lines is a row of a TCP table`,
        );
      }
      return { interrupted: false };
    },
    close: () => undefined,
  };
}

function readTableFile(file: TableFile, bytes: Uint8Array, sink: RowSink): void {
  let fd: number;
  try {
    fd = openTable(file.path);
  } catch (error) {
    if (file.optional && error instanceof PortcastError && codeOf(error.cause) === 'ENOENT') return;
    throw error;
  }
  try {
    readLines(fd, file, { bytes, sink });
  } catch (error) {
    if (error instanceof PortcastError) throw error;
    throw new PortcastError('SOURCE_UNAVAILABLE', `${file.path} cannot be read: ${messageOf(error)}`, { cause: error });
  } finally {
    closeSync(fd);
  }
}

/** A line may lie across two reads: its beginning is moved to the front of the buffer before the next read. */
function readLines(fd: number, { path, parser }: TableFile, to: { bytes: Uint8Array; sink: RowSink }): void {
  const { bytes, sink } = to;
  let filled = 0;
  let header = true;
  for (;;) {
    const count = readSync(fd, bytes, filled, bytes.length - filled, null);
    const end = filled + count;
    const unread = bytes.subarray(0, end);
    let start = 0;
    for (let stop = unread.indexOf(NEWLINE, filled); stop >= 0; stop = unread.indexOf(NEWLINE, start)) {
      if (header) requireHeader(parser.isHeader(start, stop), path, bytes.subarray(start, stop));
      else parser.row(start, stop, sink);
      header = false;
      start = stop + 1;
    }
    filled = end - start;
    if (count === 0) break;
    // No row is as long as the buffer, so this line is dropped. What follows of it counts as malformed.
    if (filled === bytes.length) start = end;
    bytes.copyWithin(0, start, end);
    filled = end - start;
  }
  if (header) requireHeader(false, path, bytes.subarray(0, filled));
  // A last line without a newline was cut off.
  if (filled > 0) sink.addMalformed(1);
}

function requireHeader(isHeader: boolean, path: string, line: Uint8Array): void {
  if (isHeader) return;
  const quoted = JSON.stringify(Buffer.from(line.subarray(0, MAX_QUOTED_BYTES)).toString('latin1'));
  throw new PortcastError('SOURCE_MALFORMED', `${path} begins with ${quoted}, not with the header of a TCP table`);
}

function openTable(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new PortcastError('SOURCE_UNAVAILABLE', `${path} cannot be opened: ${messageOf(error)}`, { cause: error });
  }
}
