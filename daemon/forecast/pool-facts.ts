/** Everything that the forecast of one pool is made from. */
import type { Granularity } from '../host/release-granularity.js';
import type { HostLimits } from '../host/limits.js';
import type { Pool, TimedPorts } from '../pool/pool.js';
import type { ExhaustionInput, Flow } from './exhaustion-input.js';
import type { PoolFailures } from './failures.js';
import type { Outlook } from './history/outlook.js';
import { NO_GROWTH, type Growth } from './leak.js';
import type { Queue } from './queue.js';
import type { PoolInflow } from './rate/pool-inflow.js';
import { computeHoldMs, countReusablePorts, mergeReleases, scheduleReleases, type Timings } from './release.js';
import { findUnansweredTiming, scheduleUnanswered, type Unanswered } from './unanswered.js';
import { SECOND_MS } from '../units.js';

/** One pool at one sample. */
export interface PoolFacts {
  readonly pool: Pool;
  readonly timings: Timings;
  /** With inferred expiries where the source has no timers. */
  readonly timed: TimedPorts;
  /** Null while the close rate is unknown. */
  readonly inflow: PoolInflow | null;
  /** Null while the growth of live ports is unknown. */
  readonly growth: Growth | null;
  /** Rows that wait for an answer; null where there are none. */
  readonly unanswered: Unanswered | null;
  /** `inflow` and `growth` are the least demand, because no port is free or none was until just now. */
  readonly isDemandAtLeast: boolean;
  /** How long the present burst may last, by earlier bursts; null without a burst, or with too few earlier ones. */
  readonly burst: BurstOdds | null;
  /** The same for the present growth of the live ports. */
  readonly growthOdds: BurstOdds | null;
  /** From the stored days; null until the store has been read, or where nothing is stored. */
  readonly outlook: Outlook | null;
  /** See `Queue.timedCap`. */
  readonly timedCap: number;
  /** Failed connects of the last minute; null where they are not watched. */
  readonly failures: PoolFailures | null;
}

export interface BurstOdds {
  /** Probability that the present burst lasts this much longer; `byRule` is the one without history. */
  readonly probabilityToLast: (furtherMs: number, byRule: number) => number;
  /** Earlier bursts that the probability rests on. */
  readonly count: number;
}

/** What all pools of one sample share. */
export interface SampleFacts {
  readonly takenAtMs: number;
  readonly limits: HostLimits;
  readonly granularity: Granularity;
  readonly intervalMs: number;
}

/** The bound of a rate lies this factor above the high end of its 90% interval. */
const BOUND_MARGIN = 1.5;

/**
 * The ports that are held as the table shows them, those of them that connect() may take again, and those that it can
 * take, never below 0.
 */
export function countUse(
  { pool, timed, timings }: Pick<PoolFacts, 'pool' | 'timed' | 'timings'>,
  { timeWaitMs }: HostLimits,
): { used: number; reusable: number; available: number } {
  const used = pool.live + pool.timed.state.length;
  const reusable = pool.reuse === 'after_delay' ? countReusablePorts(timed, timeWaitMs, timings.timeWait) : 0;
  return { used, reusable, available: Math.max(0, pool.capacity - used + reusable) };
}

/** A full table is no exhaustion where its ports may be reused, unless a connect failed (kernel rule 20). */
export function isExhausted({ pool, failures }: Pick<PoolFacts, 'pool' | 'failures'>, available: number): boolean {
  return available <= 0 && (pool.reuse === 'none' || (failures?.count ?? 0) > 0);
}

/** Most ports that this pool can hold without growth of live ports: no release, and closes at their highest rate. */
export function boundUse({ pool, inflow, timings }: Pick<PoolFacts, 'pool' | 'inflow' | 'timings'>): number {
  const holdMs = Math.max(computeHoldMs(timings.timeWait), computeHoldMs(timings.finWait2));
  return pool.live + pool.timed.state.length + (BOUND_MARGIN * (inflow?.high ?? 0) * holdMs) / SECOND_MS;
}

/** Gives the queue of the pool for any flow. The releases are scheduled once and shared by all of its queues. */
export function createQueueBuilder(facts: PoolFacts, timeWaitMs: number): (flow: Flow) => Queue {
  const { pool, timings, inflow, timedCap, timed, unanswered } = facts;
  const scheduled = scheduleReleases(timed, timings, { reuse: pool.reuse, timeWaitMs });
  const releases = unanswered === null ? scheduled : mergeReleases(scheduled, scheduleUnanswered(unanswered));
  const live = pool.live - (unanswered?.agesMs.length ?? 0);
  return ({ rate, growth, unanswered: perSecond, climbing }) => {
    const inflows = inflow?.splitByKind(rate, climbing) ?? [];
    if (unanswered !== null && perSecond > 0)
      inflows.push({ rate: perSecond, timing: findUnansweredTiming(unanswered) });
    return { capacity: pool.capacity, live, growth, releases, inflows, timedCap };
  };
}

/** Null while the close rate is unknown. */
export function createExhaustionInput(facts: PoolFacts, sample: SampleFacts): ExhaustionInput | null {
  const { pool, inflow, growth, burst } = facts;
  if (inflow === null) return null;
  const areBoundariesKnown = sample.granularity.learned || pool.reuse === 'after_delay';
  return {
    inflow,
    growth: growth ?? NO_GROWTH,
    unanswered: facts.unanswered,
    buildQueue: createQueueBuilder(facts, sample.limits.timeWaitMs),
    intervalMs: sample.intervalMs,
    roundingMs: areBoundariesKnown ? 0 : facts.timings.timeWait.roundingMs,
    probabilityToLast: burst?.probabilityToLast ?? null,
    growthToLast: facts.growthOdds?.probabilityToLast ?? null,
  };
}
