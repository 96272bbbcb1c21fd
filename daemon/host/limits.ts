/** What the host's sysctls allow. They may change while the daemon runs, so they are read in every cycle (kernel rules 5, 8, 10, 12, 16, 17). */

/** Ports `first` to `last`, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export interface HostLimits {
  /** `net.ipv4.ip_local_port_range`, before anything is taken out. */
  readonly range: PortRange;
  /** `net.ipv4.ip_local_reserved_ports`, ascending and merged; may reach outside the range. */
  readonly reservedPorts: readonly PortRange[];
  /** `net.ipv4.tcp_tw_reuse`: 0 off, 1 on, 2 loopback only; null where the system has no such thing. */
  readonly twReuse: 0 | 1 | 2 | null;
  /** `net.ipv4.tcp_tw_reuse_delay`; 1000 where the sysctl is absent. */
  readonly twReuseDelayMs: number;
  /** `net.ipv4.tcp_timestamps` is not 0. */
  readonly timestamps: boolean;
  /** `net.ipv4.tcp_max_tw_buckets`; null where unknown. */
  readonly maxTwBuckets: number | null;
  /** `net.ipv4.tcp_fin_timeout`. */
  readonly finTimeoutMs: number;
  /** How long TIME_WAIT lasts: 60,000 on Linux (not tunable), else what the platform says. */
  readonly timeWaitMs: number;
  /** Whether `timeWaitMs` is a fact or an assumption that the user must be told about. */
  readonly timeWaitAssumed: boolean;
}
