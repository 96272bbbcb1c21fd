/**
 * The socket table aggregated at one instant, in columns: there is no object per row. A snapshot is made of typed
 * arrays and strings, so a worker thread can transfer it and a recording can store it.
 */

/**
 * The states in the kernel's order: the kernel's number of a state (`include/net/tcp_states.h`) is its index plus one.
 */
export const TCP_STATES = [
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'NEW_SYN_RECV',
  'BOUND_INACTIVE',
] as const;

export type TcpState = (typeof TCP_STATES)[number];

/** The kernel's number of each state. */
export const STATE = {
  ESTABLISHED: 1,
  SYN_SENT: 2,
  SYN_RECV: 3,
  FIN_WAIT1: 4,
  FIN_WAIT2: 5,
  TIME_WAIT: 6,
  CLOSE: 7,
  CLOSE_WAIT: 8,
  LAST_ACK: 9,
  LISTEN: 10,
  CLOSING: 11,
  NEW_SYN_RECV: 12,
  BOUND_INACTIVE: 13,
} as const satisfies Record<TcpState, number>;

export const STATE_COUNT = TCP_STATES.length;

/**
 * The kernel's number of the TIME_WAIT timer. The field `tr` of /proc/net/tcp and the field `idiag_timer` of sock_diag
 * have this value on a timed mini-socket (kernel rules 14 and 15).
 */
export const TIMER_TIME_WAIT = 3;

/**
 * The kernel's number of the retransmission timer: the row waits for an acknowledgement, that of a SYN included, and
 * sends again when the timer ends.
 */
export const TIMER_RETRANSMIT = 1;

/** The value of `expiresMs` in a row whose source has no timers. */
export const EXPIRES_UNKNOWN = -1;

/**
 * The groups of the outbound rows. The rows of a group have the same local address, remote address and remote port. An
 * IPv4-mapped address counts as its IPv4 address.
 */
export interface OutboundGroups {
  /** 4 or 6, one per group. */
  readonly family: Uint8Array;
  /** Canonical text: a dotted quad, or IPv6 as in RFC 5952. */
  readonly localAddress: readonly string[];
  readonly remoteAddress: readonly string[];
  readonly remotePort: Uint16Array;
  /**
   * The rows of group i are `rowStart[i]` up to, not including, `rowStart[i + 1]`. There is one entry more than groups.
   */
  readonly rowStart: Uint32Array;
}

/** The outbound rows, sorted by group. */
export interface OutboundRows {
  readonly localPort: Uint16Array;
  /** The kernel's number of the state, 1 to 13. */
  readonly state: Uint8Array;
  /**
   * The kernel's number of the timer: 0 none, `TIMER_RETRANSMIT`, 2 keepalive or the FIN_WAIT2 timer of a socket with an
   * owner, `TIMER_TIME_WAIT` on TIME_WAIT and orphan FIN_WAIT2 rows, 4 the probe of a closed window.
   */
  readonly timer: Uint8Array;
  /**
   * The milliseconds left on that timer at `monotonicMs`, whatever its number is, never below 0; 0 without a timer;
   * `EXPIRES_UNKNOWN` where the source has no timers. sock_diag gives milliseconds, procfs hundredths of a second.
   */
  readonly expiresMs: Int32Array;
  /**
   * How often the row has sent the same segment again without an answer, at most 255; 0 where the source does not tell.
   * It holds for timers 0 and `TIMER_RETRANSMIT`. With timers 2 and 4 sock_diag counts unanswered probes in its place,
   * and procfs retransmissions.
   */
  readonly retransmits: Uint8Array;
}

/**
 * The counts of inbound rows per local port and state: `counts[i * STATE_COUNT + state - 1]` belongs to `localPort[i]`.
 * LISTEN sockets are counted too.
 */
export interface InboundPorts {
  readonly localPort: Uint16Array;
  readonly counts: Uint32Array;
}

export interface Snapshot {
  /** The network namespace: `host`, or its name. */
  readonly namespace: string;
  /** The middle of the dump, on the wall clock (epoch ms) and on CLOCK_MONOTONIC. */
  readonly takenAtMs: number;
  readonly monotonicMs: number;
  /** The number of rows that the source delivered, and of rows that it could not parse and left out. */
  readonly rows: number;
  readonly malformed: number;
  /**
   * True when the table changed during the dump: the kernel set NLM_F_DUMP_INTR, or a file changed while it was read.
   */
  readonly interrupted: boolean;
  /** Whether the rows of timed mini-sockets have their remaining time; most of them at least. */
  readonly hasTimers: boolean;
  /** Whether this source shows BOUND_INACTIVE sockets on this kernel (kernel rule 6). */
  readonly hasBoundInactive: boolean;
  /** The distinct local ports that have a LISTEN socket now, ascending. */
  readonly listeningPorts: Uint16Array;
  /** The distinct local ports of BOUND_INACTIVE sockets, ascending. */
  readonly boundPorts: Uint16Array;
  readonly inbound: InboundPorts;
  readonly outbound: OutboundGroups;
  readonly outboundRows: OutboundRows;
}
