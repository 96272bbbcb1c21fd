/** The ports usable from one local address towards one remote address and port, and what holds them (kernel rules 1 to 8). */

export type PoolKind = 'connect' | 'bind' | 'declared' | 'snat';
export type Reuse = 'none' | 'after_delay' | 'unknown';

/** Timed mini-sockets of a pool: TIME_WAIT, and orphan FIN_WAIT2 (kernel rule 15). One entry per held port. */
export interface TimedPorts {
  /** `STATE.TIME_WAIT` or `STATE.FIN_WAIT2`. */
  readonly state: Uint8Array;
  /** Milliseconds left on the timer at the snapshot's instant; `EXPIRES_UNKNOWN` where the source has no timers. */
  readonly expiresMs: Int32Array;
}

export interface Pool {
  /** URL-safe, stable across restart and reboot: `connect_host_10.0.0.1_10.0.0.2_443`; colons of IPv6 become `-`. */
  readonly id: string;
  readonly kind: PoolKind;
  readonly namespace: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly localAddress: string;
  /** Null for a `bind` pool, which all destinations share (kernel rule 7). */
  readonly remoteAddress: string | null;
  readonly remotePort: number | null;
  readonly capacity: number;
  /** Rows inside the usable range by kernel state: `states[state - 1]`. */
  readonly states: Uint32Array;
  /** Ports held by rows that are not timed mini-sockets. */
  readonly live: number;
  readonly timed: TimedPorts;
  readonly reuse: Reuse;
}
