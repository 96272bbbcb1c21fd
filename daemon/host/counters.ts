/** The counters of the host's TCP stack. Reading them costs the same however many sockets there are. */

/** Counters of one network namespace (kernel rule 18). A counter is null where the system does not provide it. */
export interface HostCounters {
  readonly takenAtMs: number;
  readonly monotonicMs: number;
  /** /proc/net/sockstat, TCP line: inuse, orphan, tw, alloc. */
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

/** The counters without the two instants at which they were read. */
export type CounterValues = Omit<HostCounters, 'takenAtMs' | 'monotonicMs'>;

/** For a system that provides none of the counters. */
export const NO_COUNTERS: CounterValues = {
  inUse: null,
  orphan: null,
  timeWait: null,
  alloc: null,
  tw: null,
  twRecycled: null,
  twKilled: null,
  twOverflow: null,
  activeOpens: null,
  passiveOpens: null,
  currEstab: null,
};
