/** The `host` object of the JSON: the limits of the host and the source they were read from. */
import type { SourceChoice } from '../contracts.js';
import type { Granularity } from '../host/release-granularity.js';
import type { HostCounters } from '../host/counters.js';
import type { HostLimits } from '../host/limits.js';
import { isoOrNull } from '../units.js';
import { round } from './rounding.js';

export interface WireHost {
  name: string;
  sampledAt: string | null;
  source: string;
  sourceWhy: string;
  range: [number, number];
  /** Ports of the range that are reserved. */
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
  /** sockstat `tw`. */
  timeWait: number | null;
  /** Ports an unused destination could take, and the close rate it could sustain. */
  capacity: number;
  sustainableRate: number;
}

export interface HostFacts {
  readonly name: string;
  readonly sampledAtMs: number | null;
  readonly source: SourceChoice;
  readonly limits: HostLimits;
  readonly granularity: Granularity;
  readonly counters: HostCounters | null;
  /** Capacity of an unused destination, and how long it holds a closed port. */
  readonly capacity: number;
  readonly holdMs: number;
}

export function hostToWire(facts: HostFacts): WireHost {
  const { limits, granularity } = facts;
  const { first, last } = limits.range;
  let reserved = 0;
  for (const range of limits.reservedPorts) {
    reserved += Math.max(0, Math.min(last, range.last) - Math.max(first, range.first) + 1);
  }
  return {
    name: facts.name,
    sampledAt: isoOrNull(facts.sampledAtMs),
    source: facts.source.name,
    sourceWhy: facts.source.why,
    range: [first, last],
    reserved,
    timeWaitSeconds: limits.timeWaitMs / 1000,
    timeWaitAssumed: limits.timeWaitAssumed,
    granularitySeconds: granularity.timeWaitMs / 1000,
    granularityLearned: granularity.learned,
    reuse: limits.twReuse,
    reuseDelaySeconds: limits.twReuseDelayMs / 1000,
    timestamps: limits.timestamps,
    twBuckets: limits.maxTwBuckets,
    finTimeoutSeconds: limits.finTimeoutMs / 1000,
    timeWait: facts.counters?.timeWait ?? null,
    capacity: facts.capacity,
    sustainableRate: round(facts.capacity / (facts.holdMs / 1000), 3) ?? 0,
  };
}
