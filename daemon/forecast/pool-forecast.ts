/** The forecast of one pool, from what it holds and what enters it. */
import { mayShowReuse } from '../pool/reuse.js';
import { STATE } from '../snapshot/snapshot.js';
import { foreseeExhaustion, type Exhaustion } from './exhaustion.js';
import { boundUse, createExhaustionInput, createQueueBuilder, type PoolFacts, type SampleFacts } from './pool-facts.js';
import { computePressure, computeSustainableRate, foreseeFullPressure, isHeldByCap } from './pressure.js';
import { findExhaustion } from './queue.js';
import { computeHoldMs, countReusablePorts } from './release.js';
import type { Mode, PoolForecast } from './types.js';
import { explainForecast, type WhyContext } from './why.js';
import { SECOND_MS } from '../units.js';

/**
 * Closes and growth of live ports exhaust a pool together. It is called a leak where growth alone would do so within
 * this many times the time that both need.
 */
const LEAK_FACTOR = 4;
const NOT_FORESEEN: Exhaustion = {
  afterMs: null,
  earliestMs: null,
  latestMs: null,
  probability: 0,
  probabilityIfHeld: 0,
  isByClimb: false,
};
const EXHAUSTED_NOW: Exhaustion = {
  afterMs: 0,
  earliestMs: 0,
  latestMs: 0,
  probability: 1,
  probabilityIfHeld: 1,
  isByClimb: false,
};

/** The forecast, without the projection (`ahead` is empty). */
export function forecastPool(facts: PoolFacts, sample: SampleFacts): PoolForecast {
  const { pool, inflow, timings, growth } = facts;
  const { limits, takenAtMs } = sample;
  const used = pool.live + pool.timed.state.length;
  const isReusing = pool.reuse === 'after_delay';
  const reusable = isReusing ? countReusablePorts(facts.timed, limits.timeWaitMs, limits.twReuseDelayMs) : 0;
  const available = Math.max(0, pool.capacity - used + reusable);
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
    used,
    reusable,
    available,
    live: pool.live,
    closeWait: pool.states[STATE.CLOSE_WAIT - 1] ?? 0,
    synSent: pool.states[STATE.SYN_SENT - 1] ?? 0,
    timeWait: pool.timed.state.length,
    holdMs: computeHoldMs(timings.timeWait),
    reuse: pool.reuse,
    ...(mayShowReuse(pool, limits) ? { reuseMayShow: true as const } : {}),
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
  forecast.why = explainForecast(forecast, createWhyContext(facts, sample, pressure));
  return forecast;
}

/**
 * Without growth or a climb, a cheap bound clears most pools. Growth has no such bound: it may fill the pool after
 * longer than the bound covers.
 */
function foresee(facts: PoolFacts, sample: SampleFacts): Exhaustion {
  const { pool, inflow, growth } = facts;
  const growthPerSecond = growth?.perSecond ?? 0;
  if (growthPerSecond === 0 && inflow?.climb == null && boundUse(facts) < pool.capacity) return NOT_FORESEEN;
  const input = createExhaustionInput(facts, sample);
  if (input !== null) return foreseeExhaustion(input);
  const buildQueue = createQueueBuilder(facts, sample.limits.timeWaitMs);
  const afterMs = findExhaustion(buildQueue({ rate: 0, growth: growthPerSecond, climbing: false }));
  const probability = afterMs === 0 ? 1 : 0;
  return { ...NOT_FORESEEN, afterMs, probability, probabilityIfHeld: probability };
}

/** A full table is no exhaustion where its ports may be reused, unless a connect failed (kernel rule 20). */
function isExhausted({ pool, failures }: PoolFacts, available: number): boolean {
  return available === 0 && (pool.reuse === 'none' || (failures?.count ?? 0) > 0);
}

function findBasis({ burst }: PoolFacts, { isByClimb }: Exhaustion): PoolForecast['probabilityBasis'] {
  if (isByClimb) return 'climb';
  return burst === null ? 'rate' : 'history';
}

function nameFailing({ failures }: PoolFacts): Pick<PoolForecast, 'failedBy'> {
  return failures === null || failures.count === 0 ? {} : { failedBy: failures.processes };
}

/** The first mode that matches. Growth that would take much longer than the closes is not what exhausts the pool. */
function findMode(facts: PoolFacts, now: { available: number; afterMs: number | null }): Mode {
  const { pool, inflow, growth } = facts;
  if (isExhausted(facts, now.available)) return 'exhausted';
  const growthPerSecond = growth?.perSecond ?? 0;
  if (now.afterMs !== null) {
    const growthMs = growthPerSecond > 0 ? ((pool.capacity - pool.live) / growthPerSecond) * SECOND_MS : Infinity;
    return growthMs <= LEAK_FACTOR * Math.max(now.afterMs, 1) ? 'leak' : 'churn';
  }
  const closes = inflow === null ? pool.timed.state.length : inflow.rate;
  return closes === 0 && growthPerSecond === 0 ? 'idle' : 'steady';
}

function createWhyContext(facts: PoolFacts, { granularity, limits }: SampleFacts, pressure: number | null): WhyContext {
  return {
    inflow: facts.inflow,
    granularityLearned: granularity.learned,
    timeWaitAssumed: limits.timeWaitAssumed,
    cappedAt: isHeldByCap(facts, pressure) ? Math.floor(facts.timedCap) : null,
  };
}
