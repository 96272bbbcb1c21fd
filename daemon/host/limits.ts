/**
 * What the host's sysctls allow (kernel rules 5, 8, 10, 12, 16 and 17). An administrator may change them while the
 * daemon runs, so they are read in every cycle.
 */

/** The ports from `first` to `last`, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** The kind of system that the limits were read on. */
export type HostPlatform = 'linux' | 'windows' | 'other';

export interface HostLimits {
  /** Absent: Linux, unless `twReuse` is null. */
  readonly platform?: HostPlatform | undefined;
  /** `net.ipv4.ip_local_port_range`, before the blocked ports are taken out. */
  readonly range: PortRange;
  /** `net.ipv4.ip_local_reserved_ports`, ascending and merged. The list may hold ports outside `range`. */
  readonly reservedPorts: readonly PortRange[];
  /** `net.ipv4.tcp_tw_reuse`: 0 off, 1 on, 2 loopback only; null on a system that has no such setting. */
  readonly twReuse: 0 | 1 | 2 | null;
  /** `net.ipv4.tcp_tw_reuse_delay`; 1000 where the sysctl is absent. */
  readonly twReuseDelayMs: number;
  /**
   * True on a Linux without `net.ipv4.tcp_tw_reuse_delay` (below 6.14): it compares whole seconds of CLOCK_MONOTONIC, so a
   * port may be reused as soon as the second is over in which it entered TIME_WAIT. The delay is then 0 to 1 s.
   */
  readonly twReuseBySecond?: boolean | undefined;
  /**
   * Whether connect() skips a port that was ever bound explicitly until the last socket on that port is gone, as Linux does
   * below 6.18. It follows from the version number, and a distribution may have changed its kernel. Absent where the version
   * is not known.
   */
  readonly skipsBoundPorts?: boolean | undefined;
  /** Whether `net.ipv4.tcp_timestamps` is not 0. */
  readonly timestamps: boolean;
  /** `net.ipv4.tcp_max_tw_buckets`; null where it could not be read. */
  readonly maxTwBuckets: number | null;
  /** `net.ipv4.tcp_fin_timeout`. */
  readonly finTimeoutMs: number;
  /**
   * How long TIME_WAIT lasts: 60,000 on Linux, where it cannot be tuned; `net.ipv4.tcp_tw_timeout` on the vendors' kernels
   * that have it (1 to 600 s); on other systems the value of that platform. Where the table shows longer timers than
   * what is known, those (`believeTimers`).
   */
  readonly timeWaitMs: number;
  /** Whether `timeWaitMs` is an assumption. An assumption must be shown to the user as one. */
  readonly timeWaitAssumed: boolean;
  /**
   * `net.ipv4.tcp_syn_retries`: how often an unanswered SYN is sent again, besides `synLinearTimeouts`. This and the two
   * below are null where the system has no such setting, or where it cannot be read.
   */
  readonly synRetries: number | null;
  /** `net.ipv4.tcp_syn_linear_timeouts`: how many of these retransmissions come at equal steps (since Linux 6.5). */
  readonly synLinearTimeouts: number | null;
  /**
   * `net.ipv4.tcp_orphan_retries`: how often a socket without an owner, in FIN_WAIT1, LAST_ACK or CLOSING, sends again
   * before the kernel gives it up. 0, the default, stands for 8 while the peer may still be alive.
   */
  readonly orphanRetries: number | null;
}

/** The ports of the range that are reserved, so that no plain connect() takes them. */
export function countReservedPorts({ range, reservedPorts }: Pick<HostLimits, 'range' | 'reservedPorts'>): number {
  const counts = reservedPorts.map(({ first, last }) => Math.min(range.last, last) - Math.max(range.first, first) + 1);
  return counts.reduce((sum, count) => sum + Math.max(0, count), 0);
}
