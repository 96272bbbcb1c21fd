/** Encodes and decodes NETLINK_SOCK_DIAG messages. The layouts are those of linux/netlink.h and linux/inet_diag.h. */
import { PortcastError } from '../../errors.js';
import type { RowSink } from '../../snapshot/snapshot-builder.js';
import { STATE } from '../../snapshot/snapshot.js';
import { V4_MAPPED_WORD } from '../../host/ipv4-mapped.js';
import { IS_LITTLE_ENDIAN, swapNetworkWord } from './byte-order.js';

/** The old request type. One such request dumps IPv4 and IPv6 sockets; SOCK_DIAG_BY_FAMILY dumps one family. */
const TCPDIAG_GETSOCK = 18;
const SOCK_DIAG_BY_FAMILY = 20;
const NLMSG_NOOP = 1;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_REQUEST = 1;
const NLM_F_DUMP_INTR = 0x10;
const NLM_F_DUMP = 0x300;
const AF_INET = 2;
const AF_INET6 = 10;

const HEADER_BYTES = 16;
/** The length of struct inet_diag_msg; attributes may follow it. */
const DIAG_BYTES = 72;
/** The length of struct inet_diag_req, and where its `idiag_states` stands. */
const DIAG_REQUEST_BYTES = 60;
const STATES_OFFSET = 52;
const REQUEST_BYTES = HEADER_BYTES + DIAG_REQUEST_BYTES;

/**
 * State bits of a request. Kernels before 6.8 ignore BOUND_INACTIVE. Later ones answer that bit, which exists in requests
 * only, with rows in state CLOSE. CLOSE itself is never requested, so no other row is in that state.
 */
export const BOUND_INACTIVE_ONLY = 1 << STATE.BOUND_INACTIVE;
/** The states 1 to 12 without CLOSE. */
export const CONNECTION_STATES = 0x1ffe & ~(1 << STATE.CLOSE);

const ERRNO_NAMES: Record<number, string> = {
  1: 'EPERM: not permitted',
  2: 'ENOENT: the kernel has no tcp_diag (module inet_diag or tcp_diag)',
  11: 'EAGAIN',
  12: 'ENOMEM',
  13: 'EACCES: permission denied',
  16: 'EBUSY',
  22: 'EINVAL',
  93: 'EPROTONOSUPPORT: the kernel has no sock_diag',
  95: 'EOPNOTSUPP',
};

/** A dump request: nlmsghdr and struct inet_diag_req, in the byte order of the host. */
export function encodeDumpRequest(seq: number, states: number, isLittleEndian = IS_LITTLE_ENDIAN): Uint8Array {
  const view = new DataView(new ArrayBuffer(REQUEST_BYTES));
  view.setUint32(0, REQUEST_BYTES, isLittleEndian);
  view.setUint16(4, TCPDIAG_GETSOCK, isLittleEndian);
  view.setUint16(6, NLM_F_REQUEST | NLM_F_DUMP, isLittleEndian);
  view.setUint32(8, seq, isLittleEndian);
  view.setUint32(HEADER_BYTES + STATES_OFFSET, states, isLittleEndian);
  return new Uint8Array(view.buffer);
}

export interface DatagramOutcome {
  /** The dump is complete. */
  readonly done: boolean;
  /** A message carried NLM_F_DUMP_INTR: the table changed while the kernel walked it. */
  readonly interrupted: boolean;
}

interface NetlinkDecoder {
  /**
   * Puts the rows of the datagram in the first `length` bytes of the buffer into `sink`. Messages of another sequence
   * number are left over from an abandoned dump and skipped. A message with an impossible length counts as one malformed
   * row and ends the datagram, because the start of the next message cannot be found. A row that is too short or of an
   * unknown family counts as malformed too.
   * Throws SOURCE_UNAVAILABLE with the kernel's errno.
   */
  decode(length: number, options: { seq: number; sink: RowSink }): DatagramOutcome;
}

/** Decodes from one buffer, which is reused, so its views are made once. Its size must be a multiple of four. */
export function createNetlinkDecoder(buffer: ArrayBuffer, isLittleEndian = IS_LITTLE_ENDIAN): NetlinkDecoder {
  const { halfAt, wordAt } = createReaders(buffer, isLittleEndian);
  const addRow = createRowReader(buffer, wordAt);
  return {
    decode(length, { seq, sink }) {
      let interrupted = false;
      let offset = 0;
      while (offset + HEADER_BYTES <= length) {
        const size = wordAt(offset);
        if (size < HEADER_BYTES || size > length - offset) break;
        const type = halfAt(offset + 4);
        if (wordAt(offset + 8) === seq) {
          if ((halfAt(offset + 6) & NLM_F_DUMP_INTR) !== 0) interrupted = true;
          if (type === TCPDIAG_GETSOCK || type === SOCK_DIAG_BY_FAMILY) addRow(offset + HEADER_BYTES, size, sink);
          else if (type === NLMSG_ERROR || type === NLMSG_DONE) {
            throwOnErrno(size >= HEADER_BYTES + 4 ? wordAt(offset + HEADER_BYTES) | 0 : 0);
            if (type === NLMSG_DONE) return { done: true, interrupted };
          } else if (type !== NLMSG_NOOP) sink.addMalformed(1);
        }
        // A message begins on a multiple of four (NLMSG_ALIGN).
        offset += (size + 3) & ~3;
      }
      if (offset < length) sink.addMalformed(1);
      return { done: false, interrupted };
    },
  };
}

/** Reads numbers of 16 and 32 bits at a place of the buffer that is a multiple of their size. */
interface Readers {
  readonly halfAt: (offset: number) => number;
  readonly wordAt: (offset: number) => number;
}

/** Typed arrays have the byte order of the host, and are quicker than a DataView, which reads the other order. */
function createReaders(buffer: ArrayBuffer, isLittleEndian: boolean): Readers {
  if (isLittleEndian !== IS_LITTLE_ENDIAN) {
    const view = new DataView(buffer);
    return {
      halfAt: (offset) => view.getUint16(offset, isLittleEndian),
      wordAt: (offset) => view.getUint32(offset, isLittleEndian),
    };
  }
  const halves = new Uint16Array(buffer);
  const words = new Uint32Array(buffer);
  return { halfAt: (offset) => halves[offset >> 1] ?? 0, wordAt: (offset) => words[offset >> 2] ?? 0 };
}

type RowReader = (at: number, size: number, sink: RowSink) => void;

/** Reads the struct inet_diag_msg at `at`; `size` is the length of the whole message. */
function createRowReader(buffer: ArrayBuffer, wordAt: Readers['wordAt']): RowReader {
  const bytes = new Uint8Array(buffer);
  const words = new Uint32Array(buffer);
  // Addresses and ports are in network order on every host.
  const word = (index: number): number => swapNetworkWord(words[index] ?? 0);
  const port = (at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return (at, size, sink) => {
    const family = bytes[at];
    if (size < HEADER_BYTES + DIAG_BYTES || (family !== AF_INET && family !== AF_INET6)) {
      sink.addMalformed(1);
      return;
    }
    const sentState = bytes[at + 1] ?? 0;
    const state = sentState === STATE.CLOSE ? STATE.BOUND_INACTIVE : sentState;
    const timer = bytes[at + 2] ?? 0;
    const first = (at + 8) >> 2;
    const expiresMs = wordAt(at + 52);
    const retransmits = bytes[at + 3] ?? 0;
    if (family === AF_INET) {
      const mapped = V4_MAPPED_WORD;
      sink.add(
        0,
        0,
        mapped,
        word(first),
        port(at + 4),
        0,
        0,
        mapped,
        word(first + 4),
        port(at + 6),
        state,
        timer,
        expiresMs,
        retransmits,
      );
      return;
    }
    sink.add(
      word(first),
      word(first + 1),
      word(first + 2),
      word(first + 3),
      port(at + 4),
      word(first + 4),
      word(first + 5),
      word(first + 6),
      word(first + 7),
      port(at + 6),
      state,
      timer,
      expiresMs,
      retransmits,
    );
  };
}

/** `code` is what NLMSG_ERROR and NLMSG_DONE carry: 0 or a negative errno. */
function throwOnErrno(code: number): void {
  if (code >= 0) return;
  const name = ERRNO_NAMES[-code];
  throw new PortcastError(
    'SOURCE_UNAVAILABLE',
    `sock_diag refused the dump: errno ${-code}${name === undefined ? '' : ` (${name})`}`,
  );
}
