/** The forecast of one pool, from what it holds and what enters it. */
import type { Pool } from '../pool/pool.js';
import { mayShowReuse } from '../pool/reuse.js';
import { STATE } from '../snapshot/snapshot.js';
import { foreseeExhaustion, type Exhaustion } from './exhaustion.js';
import { findLastedMs } from './exhaustion-probability.js';
import { estimateGrowthLasts } from './persistence.js';
import { NO_GROWTH } from './leak.js';
import {
  boundUse,
  countUse,
  createExhaustionInput,
  createQueueBuilder,
  isExhausted,
  type PoolFacts,
  type SampleFacts,
} from './pool-facts.js';
import { computePressure, computeSustainableRate, foreseeFullPressure, isHeldByCap } from './pressure.js';
import { findExhaustion } from './queue.js';
import { computeHoldMs } from './release.js';
import { PROBABILITY_WITHIN_MS, WORTH_SAYING } from './thresholds.js';
import type { Cause, Mode, PoolForecast } from './types.js';
import { explainForecast, type WhyContext } from './why.js';
import { SECOND_MS } from '../units.js';

/**
 * Closes and growth of live ports exhaust a pool together. It is called a leak where growth alone would do so within
 * this many times the time that both need.
 */
const LEAK_FACTOR = 4;
const NOT_FORESEEN: Exhaustion = {
  unlikelyAfterMs: null,
  afterMs: null,
  earliestMs: null,
  latestMs: null,
  probability: 0,
  probabilityIfHeld: 0,
  isByClimb: false,
};
const EXHAUSTED_NOW: Exhaustion = {
  unlikelyAfterMs: null,
  afterMs: 0,
  earliestMs: 0,
  latestMs: 0,
  probability: 1,
  probabilityIfHeld: 1,
  isByClimb: false,
};

const NOTHING_SKIPPED = {};

/** Where the pool ends: whether a port is available, and after which time none is. */
interface EndOfPool {
  readonly available: number;
  readonly afterMs: number | null;
}

/** The forecast, without the projection (`ahead` is empty). */
export function forecastPool(facts: PoolFacts, sample: SampleFacts): PoolForecast {
  const { pool, inflow, timings, growth } = facts;
  const { limits, takenAtMs } = sample;
  const { used, reusable, available } = countUse(facts, limits);
  const end = isExhausted(facts, available) ? EXHAUSTED_NOW : foresee(facts, sample);
  const pressure = computePressure(facts);
  const sustainableRate = computeSustainableRate(pool, timings);
  const full = foreseeFullPressure(facts, sustainableRate);
  const toEpochMs = (afterMs: number | null): number | null =>
    afterMs === null ? null : Math.round(takenAtMs + afterMs);
  const forecast = {
    id: pool.id,
    kind: pool.kind,
    namespace: pool.namespace,
    family: pool.family,
    localAddress: pool.localAddress,
    remoteAddress: pool.remoteAddress,
    remotePort: pool.remotePort,
    sampledAtMs: takenAtMs,
    capacity: pool.capacity,
    ...describeSkipping(pool),
    used,
    reusable,
    available,
    live: pool.live,
    closeWait: pool.states[STATE.CLOSE_WAIT - 1] ?? 0,
    synSent: pool.states[STATE.SYN_SENT - 1] ?? 0,
    ...countTimed(pool),
    holdMs: computeHoldMs(timings.timeWait),
    reuse: pool.reuse,
    ...(mayShowReuse(pool, limits) ? { reuseMayShow: true as const } : {}),
    cause: findCause(facts, { available, afterMs: end.afterMs }),
    ...(facts.isDemandAtLeast ? { demandAtLeast: true as const } : {}),
    closeRate: inflow?.rate ?? null,
    closeRateLow: inflow?.low ?? null,
    closeRateHigh: inflow?.high ?? null,
    liveGrowth: growth?.perSecond ?? null,
    sustainableRate,
    pressure,
    exhaustsAtMs: toEpochMs(end.afterMs),
    earliestAtMs: toEpochMs(end.earliestMs),
    latestAtMs: toEpochMs(end.latestMs),
    probability: inflow === null && end.afterMs === null ? null : end.probability,
    probabilityIfHeld: inflow === null && end.afterMs === null ? null : end.probabilityIfHeld,
    probabilityBasis: findBasis(facts, end),
    burstsKnown: facts.burst?.count ?? 0,
    pressureFullAtMs: toEpochMs(full?.afterMs ?? null),
    pressureFullEarliestAtMs: toEpochMs(full?.earliestMs ?? null),
    pressureFullLatestAtMs: toEpochMs(full?.latestMs ?? null),
    outlookDays: facts.outlook?.days ?? null,
    outlookWhy: facts.outlook?.why ?? null,
    failedConnects: facts.failures?.count ?? null,
    ...nameFailing(facts),
    mode: findMode(facts, { available, afterMs: end.afterMs }),
    why: '',
    ahead: [],
  };
  // The text is set on the same object: a copy of so many fields costs too much for hundreds of pools per sample.
  forecast.why = explainForecast(forecast, createWhyContext(facts, sample, { pressure, end }));
  return forecast;
}

/**
 * Without growth or a climb, a cheap bound clears most pools. Growth has no such bound: it may fill the pool after
 * longer than the bound covers.
 */
function foresee(facts: PoolFacts, sample: SampleFacts): Exhaustion {
  const { pool, inflow, growth, unanswered } = facts;
  const growthPerSecond = growth?.perSecond ?? 0;
  const isGrowing = growthPerSecond > 0 || unanswered !== null || inflow?.climb != null;
  if (!isGrowing && boundUse(facts) < pool.capacity) return NOT_FORESEEN;
  const input = createExhaustionInput(facts, sample);
  if (input !== null) return foreseeExhaustion(input);
  // The close rate is not known yet, so only what grows counts.
  const buildQueue = createQueueBuilder(facts, sample.limits.timeWaitMs);
  const flow = { rate: 0, growth: growthPerSecond, unanswered: unanswered?.perSecond ?? 0, climbing: false };
  const afterMs = findExhaustion(buildQueue(flow));
  if (afterMs === null) return NOT_FORESEEN;
  const goesOn = estimateGrowthLasts(findLastedMs({ growth: growth ?? NO_GROWTH, unanswered }), afterMs);
  const probability = afterMs <= PROBABILITY_WITHIN_MS ? goesOn : 0;
  return {
    ...NOT_FORESEEN,
    afterMs: goesOn >= WORTH_SAYING ? afterMs : null,
    unlikelyAfterMs: goesOn >= WORTH_SAYING ? null : afterMs,
    probability,
    probabilityIfHeld: probability,
  };
}

function findBasis({ burst }: PoolFacts, { isByClimb }: Exhaustion): PoolForecast['probabilityBasis'] {
  if (isByClimb) return 'climb';
  return burst === null ? 'rate' : 'history';
}

function describeSkipping({
  capacity,
  capacityLow,
  skippedPorts,
}: Pool): Pick<PoolForecast, 'capacityLow' | 'skippedPorts'> {
  if (capacityLow >= capacity && skippedPorts === undefined) return NOTHING_SKIPPED;
  return {
    ...(capacityLow < capacity ? { capacityLow } : {}),
    ...(skippedPorts === undefined ? {} : { skippedPorts }),
  };
}

function nameFailing({ failures }: PoolFacts): Pick<PoolForecast, 'failedBy'> {
  return failures === null || failures.count === 0 ? {} : { failedBy: failures.processes };
}

/** The first mode that matches. Growth that would take much longer than the closes is not what exhausts the pool. */
function findMode(facts: PoolFacts, now: EndOfPool): Mode {
  const { pool, inflow, growth, unanswered } = facts;
  if (isExhausted(facts, now.available)) return 'exhausted';
  if (now.afterMs !== null) return fillsByGrowth(facts, now.afterMs) ? 'leak' : 'churn';
  const closes = inflow === null ? pool.timed.state.length : inflow.rate;
  return closes === 0 && (growth?.perSecond ?? 0) === 0 && unanswered === null ? 'idle' : 'steady';
}

/**
 * Whether growth fills the pool: alone in about the time that both need, or because open connections hold more ports at
 * the exhaustion than closed ones. Later than ten minutes from now only growth fills a pool.
 */
function fillsByGrowth(facts: PoolFacts, afterMs: number): boolean {
  const growthPerSecond = facts.growth?.perSecond ?? 0;
  if (growthPerSecond === 0) return false;
  if (afterMs > PROBABILITY_WITHIN_MS) return true;
  const growthMs = ((facts.pool.capacity - facts.pool.live) / growthPerSecond) * SECOND_MS;
  const { open, closed } = countAtEnd(facts, afterMs);
  return growthMs <= LEAK_FACTOR * Math.max(afterMs, 1) || open > closed;
}

/** The ports of each kind at the exhaustion, without those that come free until then. */
function countAtEnd({ pool, inflow, growth, unanswered, timings }: PoolFacts, afterMs: number) {
  const seconds = Math.min(afterMs, computeHoldMs(timings.timeWait)) / SECOND_MS;
  const waiting = unanswered?.agesMs.length ?? 0;
  return {
    waiting: waiting + (unanswered?.perSecond ?? 0) * seconds,
    closed: pool.timed.state.length + (inflow?.rate ?? 0) * seconds,
    open: pool.live - waiting + (growth?.perSecond ?? 0) * seconds,
  };
}

/**
 * What takes the ports: of the unanswered connects, the open connections and the closed ones, the kind that holds most
 * of them at the exhaustion.
 */
function findCause(facts: PoolFacts, { available, afterMs }: EndOfPool): Cause | null {
  const isFull = isExhausted(facts, available);
  if (!isFull && afterMs === null) return null;
  const { waiting, closed, open } = countAtEnd(facts, afterMs ?? 0);
  if (waiting > Math.max(closed, open)) return 'unanswered';
  if (isFull) return open > closed ? 'growth' : 'closes';
  return fillsByGrowth(facts, afterMs ?? 0) ? 'growth' : 'closes';
}

function createWhyContext(
  facts: PoolFacts,
  { granularity, limits }: SampleFacts,
  { pressure, end }: { pressure: number | null; end: Exhaustion },
): WhyContext {
  return {
    inflow: facts.inflow,
    granularityLearned: granularity.learned,
    timeWaitAssumed: limits.timeWaitAssumed,
    unanswered: facts.unanswered,
    unlikelyAfterMs: end.unlikelyAfterMs,
    cappedAt: isHeldByCap(facts, pressure) ? Math.floor(facts.timedCap) : null,
  };
}

/** Few rows in FIN_WAIT2 are on their way to TIME_WAIT; where they are most of the rows, the other side does not close. */
function countTimed({ timed }: Pool): { timeWait: number; orphanFinWait2?: number } {
  let count = 0;
  for (const state of timed.state) if (state === STATE.FIN_WAIT2) count++;
  const timeWait = timed.state.length;
  return count > 0 && 2 * count >= timeWait ? { timeWait, orphanFinWait2: count } : { timeWait };
}
