/**
 * The socket table aggregated at one instant: columns, no object per row.
 * Plain typed arrays and strings, so a worker can transfer it and a recording can hold it.
 */

/** Kernel states in kernel order; the kernel's number (`include/net/tcp_states.h`) is the index plus one. */
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

/** Kernel numbers of the states the code asks about by name. */
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

/** `tr` of /proc/net/tcp and `idiag_timer` of sock_diag: 3 marks a timed mini-socket (kernel rules 14, 15). */
export const TIMER_TIME_WAIT = 3;

/** `expiresMs` of a row whose source has no timers. */
export const EXPIRES_UNKNOWN = -1;

/** Outbound rows with the same local address, remote address and remote port. IPv4-mapped IPv6 is folded into IPv4. */
export interface OutboundGroups {
  /** 4 or 6, one per group. */
  readonly family: Uint8Array;
  /** Canonical text: dotted quad, or RFC 5952 for IPv6. */
  readonly localAddress: readonly string[];
  readonly remoteAddress: readonly string[];
  readonly remotePort: Uint16Array;
  /** Rows of group i are `rowStart[i]` up to, not including, `rowStart[i + 1]`; length groups + 1. */
  readonly rowStart: Uint32Array;
}

/** The outbound rows themselves, sorted by group. */
export interface OutboundRows {
  readonly localPort: Uint16Array;
  /** Kernel state number, 1 to 13. */
  readonly state: Uint8Array;
  /** Kernel timer kind; 3 (`TIMER_TIME_WAIT`) on TIME_WAIT and orphan FIN_WAIT2. */
  readonly timer: Uint8Array;
  /** Milliseconds left on that timer at `monotonicMs`, never below 0; `EXPIRES_UNKNOWN` where the source has none. */
  readonly expiresMs: Int32Array;
}

/** Inbound rows by local port: counts only. `counts[i * STATE_COUNT + state - 1]`. LISTEN sockets are counted too. */
export interface InboundPorts {
  readonly localPort: Uint16Array;
  readonly counts: Uint32Array;
}

export interface Snapshot {
  /** `host`, or the name of a network namespace. */
  readonly namespace: string;
  /** Wall clock, epoch ms, and CLOCK_MONOTONIC in ms, of the same instant: the middle of the dump. */
  readonly takenAtMs: number;
  readonly monotonicMs: number;
  /** Rows the source delivered, and rows it could not parse and left out. */
  readonly rows: number;
  readonly malformed: number;
  /** The kernel marked the dump as changed underneath (NLM_F_DUMP_INTR), or a file changed while read. */
  readonly interrupted: boolean;
  /** Whether timed rows carry their remaining time. */
  readonly hasTimers: boolean;
  /** Whether BOUND_INACTIVE sockets are visible to this source on this kernel (kernel rule 6). */
  readonly hasBoundInactive: boolean;
  /** Distinct local ports with a LISTEN socket now, ascending. */
  readonly listeningPorts: Uint16Array;
  /** Distinct local ports of BOUND_INACTIVE sockets, ascending. */
  readonly boundPorts: Uint16Array;
  readonly inbound: InboundPorts;
  readonly outbound: OutboundGroups;
  readonly outboundRows: OutboundRows;
}
