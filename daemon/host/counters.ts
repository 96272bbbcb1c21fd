/** The counters of the host's TCP stack. Reading them costs the same however many sockets there are. */

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
