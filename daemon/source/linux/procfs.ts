/** /proc/net/tcp and tcp6: a byte parser, and the source that feeds it from a reused buffer. */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, messageOf, PortcastError } from '../../errors.js';
import type { RowSink } from '../../snapshot/snapshot-builder.js';
import { V4_MAPPED_WORD } from '../../host/ipv4-mapped.js';
import type { TableSource } from '../table-source.js';
import { swapNetworkWord } from './byte-order.js';
import { PROC_FILES } from './proc-paths.js';

/** `tm->when` counts ticks of USER_HZ, 100 a second on every current architecture, whatever the kernel's HZ. */
const USER_TICK_MS = 10;
const BUFFER_BYTES = 64 * 1024;
const LARGEST_INT32 = 0x7fff_ffff;
const MAPPED = V4_MAPPED_WORD;

const NEWLINE = 0x0a;
const SPACE = 0x20;
const COLON = 0x3a;

/** Value of a hex digit; everything else is 0x100, which no digit can hide. */
const NOT_HEX = 0x100;
const HEX = Uint16Array.from({ length: 256 }, (_, byte) => {
  const digit = parseInt(String.fromCharCode(byte), 16);
  return Number.isNaN(digit) ? NOT_HEX : digit;
});

interface ProcfsParser {
  /** Bytes `start` to `end` of the buffer, one line without its newline, as a row into `sink`. */
  row(start: number, end: number, sink: RowSink): void;
  /** The digits of a header line are none of our business; only that it is one: it names its columns. */
  isHeader(start: number, end: number): boolean;
}

/**
 * Parses lines of one family in a shared buffer. The kernel prints fixed-width fields after the slot number:
 * `sl: local:port remote:port st tx:rx tr:when ...`, addresses as words in host order. A line that is not so counts
 * as malformed.
 */
function createProcfsParser(bytes: Uint8Array, family: 4 | 6): ProcfsParser {
  const field = fieldOffsets(family);
  const { separators } = field;
  /** Collects NOT_HEX from every digit and separator of a row: one test at its end instead of one per byte. */
  let bad = 0;

  const hex = (at: number, length: number): number => {
    let value = 0;
    for (let index = at; index < at + length; index++) {
      const digit = HEX[bytes[index] ?? 0] ?? NOT_HEX;
      bad |= digit;
      value = (value << 4) | (digit & 15);
    }
    return value;
  };
  const word = (at: number): number => swapNetworkWord(hex(at, 8));
  /** The row whose local address begins at `at`. */
  const add = (at: number, sink: RowSink, expiresMs: number): void => {
    const localPort = hex(at + field.localPort, 4);
    const remotePort = hex(at + field.remotePort, 4);
    const state = hex(at + field.state, 2);
    const timer = hex(at + field.timer, 2);
    const to = at + field.remote;
    for (let index = 0; index < separators.length; index++) {
      if (bytes[at + (separators[index] ?? 0)] !== SEPARATORS[index]) bad |= NOT_HEX;
    }
    if (family === 4) {
      const [local, remote] = [word(at), word(to)];
      if ((bad & NOT_HEX) !== 0) sink.addMalformed(1);
      else sink.add(0, 0, MAPPED, local, localPort, 0, 0, MAPPED, remote, remotePort, state, timer, expiresMs);
      return;
    }
    const [l0, l1, l2, l3] = [word(at), word(at + 8), word(at + 16), word(at + 24)];
    const [r0, r1, r2, r3] = [word(to), word(to + 8), word(to + 16), word(to + 24)];
    if ((bad & NOT_HEX) !== 0) sink.addMalformed(1);
    else sink.add(l0, l1, l2, l3, localPort, r0, r1, r2, r3, remotePort, state, timer, expiresMs);
  };

  return {
    row(start, end, sink) {
      bad = 0;
      let at = start;
      while (at < end && bytes[at] === SPACE) at++;
      const slot = at;
      while (at < end && bytes[at] !== COLON) at++;
      at += 2;
      const when = at + field.when;
      if (at === slot + 2 || end < when + 8) {
        sink.addMalformed(1);
        return;
      }
      // %08lX: eight digits, more where the value needs them.
      let stop = when;
      while (stop < end && bytes[stop] !== SPACE) stop++;
      const ticks = hex(when, stop - when > 8 ? 8 : stop - when);
      add(at, sink, stop - when > 8 || ticks < 0 ? LARGEST_INT32 : ticks * USER_TICK_MS);
    },
    isHeader(start, end) {
      return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).includes('local_address');
    },
  };
}

interface FieldOffsets {
  readonly localPort: number;
  readonly remote: number;
  readonly remotePort: number;
  readonly state: number;
  readonly timer: number;
  readonly when: number;
  /** Where the bytes of SEPARATORS stand. */
  readonly separators: Int8Array;
}

/** What stands between the fields, in order: before local, after each address and port, and so on. */
const SEPARATORS = Uint8Array.of(SPACE, COLON, SPACE, COLON, SPACE, SPACE, COLON, SPACE, COLON);

/** Offsets from the first digit of the local address. */
function fieldOffsets(family: 4 | 6): FieldOffsets {
  const digits = family === 4 ? 8 : 32;
  const localPort = digits + 1;
  const remote = localPort + 5;
  const remotePort = remote + digits + 1;
  const state = remotePort + 5;
  const timer = state + 21;
  const when = timer + 3;
  const ends = [localPort - 1, remote - 1, remotePort - 1, state - 1, state + 2, state + 11, timer - 1, when - 1];
  const separators = Int8Array.of(-1, ...ends);
  return { localPort, remote, remotePort, state, timer, when, separators };
}

/**
 * Reads the table of the calling thread's network namespace: `/proc/net` is the main thread's, `thread-self` is ours.
 * Throws SOURCE_UNAVAILABLE when there is no such file.
 */
export function openProcfsSource(procRoot: string): TableSource {
  const bytes = new Uint8Array(BUFFER_BYTES);
  const files = [
    { path: join(procRoot, PROC_FILES.tcp), parser: createProcfsParser(bytes, 4), optional: false },
    // No such file where IPv6 is off (ipv6.disable=1), and nothing is wrong then.
    { path: join(procRoot, PROC_FILES.tcp6), parser: createProcfsParser(bytes, 6), optional: true },
  ];
  const source: TableSource = {
    name: 'procfs',
    hasTimers: true,
    hasBoundInactive: false,
    dump(sink) {
      sink.begin();
      for (const file of files) readTableFile(file, bytes, sink);
      if (sink.rows() === 0 && sink.malformed() > 0) {
        throw new PortcastError(
          'SOURCE_MALFORMED',
          `${files.map((file) => file.path).join(' and ')}: none of ${sink.malformed()} lines is a row of a TCP table`,
        );
      }
      return { interrupted: false };
    },
    close: () => undefined,
  };
  closeSync(openTable(files[0]?.path ?? ''));
  return source;
}

interface TableFile {
  readonly path: string;
  readonly parser: ProcfsParser;
  readonly optional: boolean;
}

function readTableFile(file: TableFile, bytes: Uint8Array, sink: RowSink): void {
  let fd: number;
  try {
    fd = openTable(file.path);
  } catch (error) {
    if (file.optional && error instanceof PortcastError && isAbsent(error.cause)) return;
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

/** Lines may lie across two reads: what is left of one moves to the front of the buffer. */
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
    // No line is as long as the buffer: the rest of this one will count as malformed.
    if (filled === bytes.length) start = end;
    bytes.copyWithin(0, start, end);
    filled = end - start;
  }
  if (header) requireHeader(false, path, bytes.subarray(0, filled));
  // A last line without its end was cut off.
  if (filled > 0) sink.addMalformed(1);
}

function requireHeader(is: boolean, path: string, line: Uint8Array): void {
  if (is) return;
  const quoted = JSON.stringify(Buffer.from(line.subarray(0, 80)).toString('latin1'));
  throw new PortcastError('SOURCE_MALFORMED', `${path} begins with ${quoted}, not with the header of a TCP table`);
}

function openTable(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new PortcastError('SOURCE_UNAVAILABLE', `${path} cannot be opened: ${messageOf(error)}`, { cause: error });
  }
}

function isAbsent(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}
