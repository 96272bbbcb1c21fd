/** The limits of the host, read every cycle (kernel rules 5, 8, 10, 12, 16, 17). */
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

/** The steps in which the kernel's timer wheel releases TIME_WAIT ports (kernel rule 12). */
export interface Granularity {
  /** The kernel's tick rate, or null where it could not be found. */
  readonly hz: number | null;
  /** Step of a 60 s timer: 512 or 4096 ticks. The upper bound for this kernel until `learned`. */
  readonly timeWaitMs: number;
  /** Releases of 60 s timers happen at monotonicMs = phaseMs + n x timeWaitMs; null until learned. */
  readonly phaseMs: number | null;
  /** True once the steps of sockstat `tw` have confirmed step and phase. */
  readonly learned: boolean;
}

/** O(1) counters of the namespace (kernel rule 18). Each is null where the system does not give it. */
export interface HostCounters {
  readonly takenAtMs: number;
  readonly monotonicMs: number;
  /** /proc/net/sockstat, TCP line. */
  readonly inUse: number | null;
  readonly orphan: number | null;
  readonly timeWait: number | null;
  readonly alloc: number | null;
  /** /proc/net/netstat, TcpExt: TW, TWRecycled, TWKilled, TCPTimeWaitOverflow. */
  readonly tw: number | null;
  readonly twRecycled: number | null;
  readonly twKilled: number | null;
  readonly twOverflow: number | null;
  /** /proc/net/snmp, Tcp: ActiveOpens, PassiveOpens, CurrEstab. */
  readonly activeOpens: number | null;
  readonly passiveOpens: number | null;
  readonly currEstab: number | null;
}
