/** A pool: the ports usable from one local address towards one remote address and port (kernel rules 1 to 8). */

export type PoolKind = 'connect' | 'bind' | 'declared' | 'snat';
/**
 * Whether connect() may take a TIME_WAIT port of the pool again (kernel rules 16 and 17): not at all, after
 * `tcp_tw_reuse_delay`, or unknown on a system that has no such setting.
 */
export type Reuse = 'none' | 'after_delay' | 'unknown';

/**
 * The timed mini-sockets of a pool: TIME_WAIT, and orphan FIN_WAIT2 (kernel rule 15). There is one entry per held port.
 */
export interface TimedPorts {
  /** `STATE.TIME_WAIT` or `STATE.FIN_WAIT2`. */
  readonly state: Uint8Array;
  /**
   * The milliseconds left on the timer when the snapshot was taken; `EXPIRES_UNKNOWN` where the source has no timers.
   */
  readonly expiresMs: Int32Array;
}

/** The local ports that a pool holds, so that a connection can be followed from one snapshot to the next. */
export interface HeldPorts {
  /** The ports of the rows that are not timed mini-sockets, and of each its state, retransmissions and timer (ms left). */
  readonly live: Uint16Array;
  readonly liveState: Uint8Array;
  readonly retransmits: Uint8Array;
  readonly timerMs: Int32Array;
  /** The ports of the timed mini-sockets, in the order of `TimedPorts`. */
  readonly timed: Uint16Array;
}

export interface Pool {
  /**
   * Safe in a URL, and the same after a restart and a reboot: `connect_host_10.0.0.1_10.0.0.2_443`. The colons of IPv6
   * become `-`.
   */
  readonly id: string;
  readonly kind: PoolKind;
  readonly namespace: string;
  readonly family: 'ipv4' | 'ipv6';
  /** `0.0.0.0` or `::` for the `bind` pool of the wildcard address, which all local addresses share. */
  readonly localAddress: string;
  /** Null for a `bind` pool, which all destinations share (kernel rule 7). */
  readonly remoteAddress: string | null;
  readonly remotePort: number | null;
  readonly capacity: number;
  /**
   * The least that the capacity may be: below `capacity` where connect() may skip ports that were bound before (see
   * least-capacity.ts). It is a bound and raises no alarm.
   */
  readonly capacityLow: number;
  /**
   * Ports that look free and that connect() was seen to skip, because they were bound before; `capacity` is less by these.
   * Absent where there are none.
   */
  readonly skippedPorts?: number;
  /** The rows on usable ports by kernel state: `states[state - 1]`. */
  readonly states: Uint32Array;
  /** How many ports are held by rows that are not timed mini-sockets. */
  readonly live: number;
  readonly timed: TimedPorts;
  readonly ports: HeldPorts;
  readonly reuse: Reuse;
  /**
   * Only of a `bind` pool: how many ports were held at this snapshot or at the one before. The pool was never fuller in
   * between, by all that the tables show.
   */
  readonly heldLately?: number;
}
