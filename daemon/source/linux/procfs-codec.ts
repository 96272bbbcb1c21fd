/** Parses the lines of /proc/net/tcp and tcp6 from bytes. */
import { V4_MAPPED_WORD } from '../../host/ipv4-mapped.js';
import type { RowSink } from '../../snapshot/snapshot-builder.js';
import { STATE } from '../../snapshot/snapshot.js';
import { IS_LITTLE_ENDIAN, swapNetworkWord } from './byte-order.js';

/** `tm->when` counts ticks of USER_HZ: 100 a second on every current architecture, whatever the HZ of the kernel is. */
const USER_TICK_MS = 10;
const LARGEST_INT32 = 0x7fff_ffff;

/** The width of the columns `tm->when` and `retrnsmt`. */
const WORD_DIGITS = 8;

const SPACE = 0x20;
const COLON = 0x3a;
/** The bytes between the fields, in order: before the local address, after each address and port, and so on. */
const SEPARATORS = Uint8Array.of(SPACE, COLON, SPACE, COLON, SPACE, SPACE, COLON, SPACE, COLON);

/** Stands for a byte that is no hex digit. It is above the value of every digit, so a bitwise OR of values keeps it. */
const NOT_HEX = 0x100;
const HEX = Uint16Array.from({ length: 256 }, (_, byte) => {
  const digit = parseInt(String.fromCharCode(byte), 16);
  return Number.isNaN(digit) ? NOT_HEX : digit;
});

export interface ProcfsParser {
  /** Puts the line in the bytes `start` to `end` of the buffer, without its newline, into `sink` as a row. */
  row(start: number, end: number, sink: RowSink): void;
  /** Whether the line is the header of a TCP table, which names its columns. */
  isHeader(start: number, end: number): boolean;
}

/**
 * Parses lines of one family in a shared buffer. The kernel prints fixed-width fields after the slot number:
 * `sl: local:port remote:port st tx:rx tr:when retrnsmt ...`, with addresses as words in host order. Any other line
 * counts as malformed.
 */
export function createProcfsParser(bytes: Uint8Array, family: 4 | 6, isLittleEndian = IS_LITTLE_ENDIAN): ProcfsParser {
  const field = findFieldOffsets(family);
  const { separators } = field;
  /** Collects NOT_HEX from every digit and separator of a row, so that one test at its end replaces one test per byte. */
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
  const word = (at: number): number => swapNetworkWord(hex(at, WORD_DIGITS), isLittleEndian);
  /** Adds the row whose local address begins at `at`. The column `tm->when` ends at `stop`, and the line at `end`. */
  const add = (at: number, stop: number, end: number, sink: RowSink): void => {
    const when = at + field.when;
    const ticks = hex(when, Math.min(stop - when, WORD_DIGITS));
    const expiresMs = stop - when > WORD_DIGITS || ticks < 0 ? LARGEST_INT32 : ticks * USER_TICK_MS;
    const localPort = hex(at + field.localPort, 4);
    const remotePort = hex(at + field.remotePort, 4);
    const state = hex(at + field.state, 2);
    const timer = hex(at + field.timer, 2);
    // On TIME_WAIT rows, which are most of a long table, this column is always 0. A line may end before it.
    const hasRetransmits = state !== STATE.TIME_WAIT && end > stop + WORD_DIGITS;
    const retransmits = hasRetransmits ? hex(stop + 1, WORD_DIGITS) >>> 0 : 0;
    const to = at + field.remote;
    for (let index = 0; index < separators.length; index++) {
      if (bytes[at + (separators[index] ?? 0)] !== SEPARATORS[index]) bad |= NOT_HEX;
    }
    if (family === 4) {
      const [local, remote] = [word(at), word(to)];
      const v4 = V4_MAPPED_WORD;
      if ((bad & NOT_HEX) !== 0) sink.addMalformed(1);
      else sink.add(0, 0, v4, local, localPort, 0, 0, v4, remote, remotePort, state, timer, expiresMs, retransmits);
      return;
    }
    const [l0, l1, l2, l3] = [word(at), word(at + 8), word(at + 16), word(at + 24)];
    const [r0, r1, r2, r3] = [word(to), word(to + 8), word(to + 16), word(to + 24)];
    if ((bad & NOT_HEX) !== 0) sink.addMalformed(1);
    else sink.add(l0, l1, l2, l3, localPort, r0, r1, r2, r3, remotePort, state, timer, expiresMs, retransmits);
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
      if (at === slot + 2 || end < when + WORD_DIGITS) {
        sink.addMalformed(1);
        return;
      }
      // The kernel prints %08lX: eight digits, or more where the value needs them.
      let stop = when;
      while (stop < end && bytes[stop] !== SPACE) stop++;
      add(at, stop, end, sink);
    },
    isHeader: (start, end) => namesColumns(bytes.subarray(start, end)),
  };
}

function namesColumns(line: Uint8Array): boolean {
  return Buffer.from(line.buffer, line.byteOffset, line.length).includes('local_address');
}

/** Offsets from the first digit of the local address. */
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

function findFieldOffsets(family: 4 | 6): FieldOffsets {
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
