/** What the tables show of one pool: what enters it, what grows, what waits for an answer, and what clients want at least. */
import type { HostLimits } from '../host/limits.js';
import type { Pool, TimedPorts } from '../pool/pool.js';
import { SECOND_MS } from '../units.js';
import { followDemand, type Demand, type DemandSighting } from './demand.js';
import type { ForecastMemory } from './forecast-memory.js';
import type { PoolFailures } from './failures.js';
import { measureGrowth, NO_GROWTH, rememberLive, type Growth } from './leak.js';
import { boundUse, countUse, isExhausted, type PoolFacts } from './pool-facts.js';
import type { ArrivalInterval } from './rate/arrivals.js';
import { dateByClose } from './rate/fin-lag.js';
import { estimateFarInflow } from './rate/far-inflow.js';
import { countPoolAges, estimateInflow } from './rate/inflow.js';
import { replaceRate, type PoolInflow } from './rate/pool-inflow.js';
import { completeTimers, rememberSample, type RateContext } from './rate/rate-memory.js';
import { leaveOutSkippedPorts } from './skipped-ports.js';
import { NOTABLE_RATIO, PROBABILITY_WITHIN_MS } from './thresholds.js';
import { countWaiting, measureUnanswered } from './unanswered.js';

/** The facts without what the store and the other pools add. */
export interface TableFacts extends Omit<PoolFacts, 'burst' | 'growthOdds' | 'outlook' | 'timedCap'> {
  /** The timed ports for counting closes from table to table. */
  readonly counted: TimedPorts;
}

interface TableInput {
  readonly limits: HostLimits;
  /** The kernel's ticks per second; null while they are not known. */
  readonly hz: number | null;
  /** What all pools with the same reuse share. */
  readonly context: RateContext;
  readonly failures: PoolFailures | null;
  /** Connections of the namespace that were opened since the sample before; null where that is not known. */
  readonly opens: number | null;
}

/** The excess of ports that were taken counts above this many standard deviations. */
const FIRST_GROWTH_SIGMAS = 2;

/** Adds the sample to the pool's memory. Call it once per sample. */
export function gatherTableFacts(shown: Pool, memory: ForecastMemory, input: TableInput): TableFacts {
  const { limits, hz, failures, opens } = input;
  const { monotonicMs, hasTimers, timings } = input.context;
  memory.seenMs = monotonicMs;
  rememberLive(memory.live, { monotonicMs, live: shown.live - countWaiting(shown) });
  const unanswered = measureUnanswered(shown, memory.unanswered, { monotonicMs, limits, hz });
  const {
    pool: dated,
    context,
    counted,
  } = hasTimers
    ? datePool(shown, memory, input.context)
    : { pool: shown, context: input.context, counted: shown.timed };
  rememberSample(memory, dated, context);
  const since = memory.arrivals.intervals[0];
  const pool = leaveOutSkippedPorts(dated, memory.skipping, { since, failures, opens });
  const growth = followGrowth(memory, { monotonicMs, waiting: countWaiting(shown) });
  const measured = measureInflow(pool, memory, { context, growth });
  const facts: TableFacts = {
    pool,
    timings,
    timed: measured.timed,
    inflow: measured.inflow,
    growth,
    unanswered,
    failures,
    counted,
    isDemandAtLeast: false,
  };
  const demand = findDemand(facts, memory, input);
  return demand === null ? facts : applyDemand(facts, demand);
}

/** Growth is found over spans of fixed lengths. It has lasted since the first of the samples that all showed growth. */
function followGrowth(
  memory: ForecastMemory,
  { monotonicMs, waiting }: { monotonicMs: number; waiting: number },
): Growth | null {
  const growth = measureGrowth(memory.live) ?? measureFirstGrowth(memory, waiting);
  if (growth === null || growth.perSecond === 0) {
    memory.growingSinceMs = null;
    return growth;
  }
  const sinceMs = Math.min(memory.growingSinceMs ?? Infinity, monotonicMs - growth.lastedMs);
  memory.growingSinceMs = sinceMs;
  return { ...growth, lastedMs: monotonicMs - sinceMs };
}

/**
 * The growth that two samples show: more ports were taken than given up, and chance does not explain the difference. Null
 * where it is not known which ports were taken.
 * @param waiting ports that wait for an answer: they are no growth.
 */
function measureFirstGrowth({ arrivals: { intervals } }: ForecastMemory, waiting: number): Growth | null {
  const interval = intervals[0];
  if (interval === undefined || intervals.length > 1) return null;
  const { opened, givenUp, fromMs, toMs } = interval;
  const ports = opened - givenUp - waiting;
  if (ports <= FIRST_GROWTH_SIGMAS * Math.sqrt(opened + givenUp)) return NO_GROWTH;
  return { perSecond: (SECOND_MS * ports) / (toMs - fromMs), lastedMs: toMs - fromMs, ports };
}

/** The pool with its timed ports dated by their closes, and the context in which their ages are right. */
function datePool(
  pool: Pool,
  memory: ForecastMemory,
  context: RateContext,
): { pool: Pool; context: RateContext; counted: TimedPorts } {
  const { monotonicMs, timeWaitMs, timings } = context;
  const finWait2Ms = timings.finWait2.durationMs;
  const { timed, lagMs, counted } = dateByClose(pool, memory.finLag, { monotonicMs, timeWaitMs, finWait2Ms });
  return {
    pool: timed === pool.timed ? pool : { ...pool, timed },
    context: lagMs === 0 ? context : { ...context, timeWaitMs: timeWaitMs + lagMs },
    counted,
  };
}

/** The closes in detail only where the pool may get near its limit. */
function measureInflow(
  pool: Pool,
  memory: ForecastMemory,
  { context, growth }: { context: RateContext; growth: Growth | null },
): Pick<TableFacts, 'timed' | 'inflow'> {
  const { timings } = context;
  const farInflow = estimateFarInflow(pool, context, NOTABLE_RATIO);
  if (farInflow !== null) return { timed: pool.timed, inflow: farInflow };
  const timed = completeTimers(pool, memory, context);
  const ages = countPoolAges(pool, memory, context);
  const inflow = estimateInflow(pool, memory, { ...context, ages });
  // A leak may fill the pool however few ports it holds now.
  const isLeaking = (growth?.perSecond ?? 0) > 0;
  if (!isLeaking && boundUse({ pool, inflow, timings }) < NOTABLE_RATIO * pool.capacity) return { timed, inflow };
  return { timed, inflow: estimateInflow(pool, memory, { ...context, ages, detail: 'fine' }) };
}

/** The least demand where the pool is or was full, so that the measured rates are too low; else null. */
function findDemand(facts: TableFacts, memory: ForecastMemory, { limits, context }: TableInput): Demand | null {
  const { pool, inflow, growth, failures, timed } = facts;
  if (inflow === null) return null;
  const { available } = countUse(facts, limits);
  const newest = memory.arrivals.intervals[0];
  return followDemand(memory.demand, {
    monotonicMs: context.monotonicMs,
    isFull: isExhausted(facts, available) || (failures?.recent ?? 0) > 0,
    available,
    perSecond: inflow.rate,
    growthPerSecond: growth?.perSecond ?? 0,
    seen: inflow.seen,
    lastedMs: inflow.sinceMs,
    capacity: pool.capacity,
    meanPerSecond: pool.reuse === 'after_delay' ? 0 : (timed.state.length * SECOND_MS) / limits.timeWaitMs,
    since: newest === undefined ? null : describeInterval(facts, newest),
  });
}

/** What happened to the ports of the pool since the sample before. */
function describeInterval(
  { pool, failures }: Pick<TableFacts, 'pool' | 'failures'>,
  { closes, live, used, fromMs, toMs }: ArrivalInterval,
): DemandSighting['since'] {
  const opened = Math.max(0, closes + pool.live - live);
  const freed = Math.max(0, used + opened - pool.live - pool.timed.state.length);
  return { ms: toMs - fromMs, opened, freed, failed: failures?.recent ?? null };
}

function applyDemand(facts: TableFacts, demand: Demand): TableFacts {
  const inflow: PoolInflow | null =
    facts.inflow === null
      ? null
      : replaceRate(facts.inflow, { rate: demand.perSecond, seen: demand.seen, ageMs: demand.lastedMs });
  const measured = facts.growth ?? NO_GROWTH;
  const growth =
    demand.growthPerSecond > measured.perSecond ? describeDemandedGrowth(demand.growthPerSecond, facts.pool) : measured;
  return { ...facts, inflow, growth, isDemandAtLeast: true };
}

/** Growth that has filled the pool has shown that it lasts. */
function describeDemandedGrowth(perSecond: number, { live }: Pool): Growth {
  return { perSecond, lastedMs: PROBABILITY_WITHIN_MS, ports: live };
}
