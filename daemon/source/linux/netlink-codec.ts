/** NETLINK_SOCK_DIAG messages: bytes to rows, no OS. Layouts from linux/netlink.h and linux/inet_diag.h. */
import { PortcastError } from '../../errors.js';
import type { RowSink } from '../../snapshot/snapshot-builder.js';
import { STATE } from '../../snapshot/snapshot.js';
import { V4_MAPPED_WORD } from '../../host/ipv4-mapped.js';
import { IS_LITTLE_ENDIAN, swapNetworkWord } from './byte-order.js';

/** The old request type: unlike SOCK_DIAG_BY_FAMILY (20) it walks IPv4 and IPv6 in one go. */
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
/** struct inet_diag_msg; attributes may follow it. */
const DIAG_BYTES = 72;
const REQUEST_BYTES = HEADER_BYTES + 60;

/**
 * State bits of a request. Kernels before 6.8 ignore BOUND_INACTIVE. Later ones answer that bit, which exists in requests
 * only, with rows in state CLOSE; CLOSE itself is never asked for, so no other row is in that state.
 */
export const BOUND_INACTIVE_ONLY = 1 << STATE.BOUND_INACTIVE;
/** 1 to 12 without CLOSE. */
export const CONNECTION_STATES = 0x1ffe & ~(1 << STATE.CLOSE);

/** A dump request (nlmsghdr and struct inet_diag_req) in the byte order of the host. */
export function encodeDumpRequest(seq: number, states: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(REQUEST_BYTES));
  view.setUint32(0, REQUEST_BYTES, IS_LITTLE_ENDIAN);
  view.setUint16(4, TCPDIAG_GETSOCK, IS_LITTLE_ENDIAN);
  view.setUint16(6, NLM_F_REQUEST | NLM_F_DUMP, IS_LITTLE_ENDIAN);
  view.setUint32(8, seq, IS_LITTLE_ENDIAN);
  view.setUint32(HEADER_BYTES + 52, states, IS_LITTLE_ENDIAN);
  return new Uint8Array(view.buffer);
}

export interface DatagramOutcome {
  /** The dump is complete. */
  readonly done: boolean;
  /** A message carried NLM_F_DUMP_INTR: the table changed while it was walked. */
  readonly interrupted: boolean;
}

export interface NetlinkDecoder {
  /**
   * Puts the rows of the datagram in the first `length` bytes of the buffer into `sink`. Messages of another sequence
   * number (left over from an abandoned dump) are passed over. A message whose length cannot be right ends the
   * datagram and counts as one malformed row, since nothing after it can be found; a short or unknown row counts too.
   * Throws SOURCE_UNAVAILABLE with the kernel's errno.
   */
  decode(length: number, options: { seq: number; sink: RowSink }): DatagramOutcome;
}

/** Decodes from one reused buffer, whose views are made once. Its size must be a multiple of four. */
export function createNetlinkDecoder(buffer: ArrayBuffer): NetlinkDecoder {
  const bytes = new Uint8Array(buffer);
  const halves = new Uint16Array(buffer);
  const words = new Uint32Array(buffer);
  const addRow = createRowReader(bytes, words);
  return {
    decode(length, { seq, sink }) {
      let interrupted = false;
      let offset = 0;
      while (offset + HEADER_BYTES <= length) {
        const size = words[offset >> 2] ?? 0;
        if (size < HEADER_BYTES || size > length - offset) break;
        const type = halves[(offset + 4) >> 1] ?? 0;
        if (words[(offset + 8) >> 2] === seq) {
          if (((halves[(offset + 6) >> 1] ?? 0) & NLM_F_DUMP_INTR) !== 0) interrupted = true;
          if (type === TCPDIAG_GETSOCK || type === SOCK_DIAG_BY_FAMILY) addRow(offset + HEADER_BYTES, size, sink);
          else if (type === NLMSG_ERROR || type === NLMSG_DONE) {
            throwOnErrno(size >= HEADER_BYTES + 4 ? (words[(offset + HEADER_BYTES) >> 2] ?? 0) | 0 : 0);
            if (type === NLMSG_DONE) return { done: true, interrupted };
          } else if (type !== NLMSG_NOOP) sink.addMalformed(1);
        }
        // Messages start on multiples of four (NLMSG_ALIGN).
        offset += (size + 3) & ~3;
      }
      if (offset < length) sink.addMalformed(1);
      return { done: false, interrupted };
    },
  };
}

type RowReader = (at: number, size: number, sink: RowSink) => void;

/** Reads one struct inet_diag_msg at `at`; `size` is the whole message's. */
function createRowReader(bytes: Uint8Array, words: Uint32Array): RowReader {
  const word = (index: number): number => swapNetworkWord(words[index] ?? 0);
  const port = (at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return (at, size, sink) => {
    const family = bytes[at];
    if (size < HEADER_BYTES + DIAG_BYTES || (family !== AF_INET && family !== AF_INET6)) {
      sink.addMalformed(1);
      return;
    }
    const printed = bytes[at + 1] ?? 0;
    const state = printed === STATE.CLOSE ? STATE.BOUND_INACTIVE : printed;
    const timer = bytes[at + 2] ?? 0;
    const first = (at + 8) >> 2;
    const expiresMs = words[(at + 52) >> 2] ?? 0;
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
    );
  };
}

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

/** NLMSG_ERROR and NLMSG_DONE carry 0 or a negative errno. */
function throwOnErrno(code: number): void {
  if (code >= 0) return;
  const name = ERRNO_NAMES[-code];
  throw new PortcastError(
    'SOURCE_UNAVAILABLE',
    `sock_diag refused the dump: errno ${-code}${name === undefined ? '' : ` (${name})`}`,
  );
}
