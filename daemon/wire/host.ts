/** The `host` object of the JSON: the limits of the host, and the source that reads its socket table. */
import type { SourceChoice, SourceName } from '../contracts.js';
import type { Granularity } from '../host/release-granularity.js';
import type { HostCounters } from '../host/counters.js';
import type { TimeWaitCounts } from '../host/time-wait-counter.js';
import { countReservedPorts, type HostLimits } from '../host/limits.js';
import { isoOrNull, SECOND_MS } from '../units.js';
import { round } from './rounding.js';

export interface WireHost {
  name: string;
  sampledAt: string | null;
  source: string;
  sourceWhy: string;
  range: [number, number];
  /** How many ports of the range are in `ip_local_reserved_ports`. */
  reserved: number;
  timeWaitSeconds: number;
  timeWaitAssumed: boolean;
  granularitySeconds: number;
  granularityLearned: boolean;
  reuse: 0 | 1 | 2 | null;
  reuseDelaySeconds: number;
  timestamps: boolean;
  twBuckets: number | null;
  finTimeoutSeconds: number;
  /** sockstat `tw`; null where the system has no such counter. */
  timeWait: number | null;
  /** What TcpExt `TW` counts on this kernel, as the samples have shown; null or absent until they have. */
  timeWaitCounts?: TimeWaitCounts | null;
  /** Ports that a destination not yet in use could take, and the closes per second that it could sustain. */
  capacity: number;
  sustainableRate: number;
  /** Why no port is usable, so that every connect() fails; null while one is. */
  noPortWhy: string | null;
  /**
   * That ports which are bound and not connected cannot be seen, and so count as free; absent where they can be seen, and
   * before the socket table was first read.
   */
  boundPortsNote?: string;
  /** Limits that exist and could not be read, and what is used in their place; absent where there are none. */
  problems?: string[];
}

interface HostFacts {
  readonly name: string;
  readonly sampledAtMs: number | null;
  readonly source: SourceChoice;
  readonly limits: HostLimits;
  readonly granularity: Granularity;
  readonly counters: HostCounters | null;
  readonly problems?: readonly string[] | undefined;
  /** Capacity of a destination not yet in use, and how long a closed connection to it keeps its port. */
  readonly capacity: number;
  readonly holdMs: number;
  readonly noPortWhy: string | null;
  /** Whether the table has sockets that are bound and not connected; undefined while no table has been read. */
  readonly hasBoundInactive?: boolean | undefined;
}

export function hostToWire(facts: HostFacts): WireHost {
  const { limits, granularity } = facts;
  const { first, last } = limits.range;
  const wire: WireHost = {
    name: facts.name,
    sampledAt: isoOrNull(facts.sampledAtMs),
    source: facts.source.name,
    sourceWhy: facts.source.why,
    range: [first, last],
    reserved: countReservedPorts(limits),
    timeWaitSeconds: limits.timeWaitMs / SECOND_MS,
    timeWaitAssumed: limits.timeWaitAssumed,
    granularitySeconds: granularity.timeWaitMs / SECOND_MS,
    granularityLearned: granularity.learned,
    reuse: limits.twReuse,
    reuseDelaySeconds: limits.twReuseDelayMs / SECOND_MS,
    timestamps: limits.timestamps,
    twBuckets: limits.maxTwBuckets,
    finTimeoutSeconds: limits.finTimeoutMs / SECOND_MS,
    timeWait: facts.counters?.timeWait ?? null,
    capacity: facts.capacity,
    sustainableRate: round(facts.capacity / (facts.holdMs / SECOND_MS), 3),
    noPortWhy: facts.noPortWhy,
  };
  if (facts.hasBoundInactive === false) wire.boundPortsNote = explainUnseenBinds(facts.source.name);
  if (facts.problems !== undefined && facts.problems.length > 0) wire.problems = [...facts.problems];
  return wire;
}

/** sock_diag shows them from Linux 6.8 on; /proc/net/tcp and the listing commands never do, but for those of Windows. */
function explainUnseenBinds(source: SourceName): string {
  const where = source === 'netlink' ? 'on this kernel (Linux shows them from 6.8 on)' : `with the source ${source}`;
  return `ports that are bound but not connected cannot be seen ${where}, so they count as free`;
}
