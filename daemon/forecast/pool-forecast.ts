/** The forecast of one pool, from what it holds and what enters it. */
import type { Granularity, HostLimits } from '../host/limits.js';
import type { Pool, TimedPorts } from '../pool/pool.js';
import { mayShowReuse } from '../pool/reuse.js';
import { STATE } from '../snapshot/snapshot.js';
import type { PoolFailures } from './failures.js';
import type { Mode, PoolForecast } from './types.js';
import { NORMAL_95 } from '../units.js';
import { foreseeExhaustion, type Exhaustion, type Flow, type ExhaustionInput } from './exhaustion.js';
import { NO_GROWTH, type Growth } from './leak.js';
import { findExhaustion, type Queue } from './queue.js';
import type { PoolInflow } from './rate/pool-inflow.js';
import { computeHoldMs, scheduleReleases, countReusablePorts, type Timings } from './release.js';
import type { Outlook } from './history/outlook.js';
import { explainForecast, type WhyContext } from './why.js';

/** All that is known of one pool at one sample. */
export interface PoolFacts {
  readonly pool: Pool;
  readonly timings: Timings;
  /** With inferred expiries where the source has no timers. */
  readonly timed: TimedPorts;
  readonly demand: PoolInflow | null;
  readonly growth: Growth | null;
  /** See `Prospect.lasts`, and how many earlier bursts it rests on. */
  readonly burst: { readonly lasts: (furtherMs: number) => number; readonly known: number } | null;
  /** Of the stored days; null while they have not been asked about, or where none are stored. */
  readonly outlook: Outlook | null;
  /** See `Queue.timedCap`. */
  readonly timedCap: number;
  /** Connects seen to fail in the last minute; null where nobody watches. */
  readonly failures: PoolFailures | null;
}

export interface SampleFacts {
  readonly takenAtMs: number;
  readonly limits: HostLimits;
  readonly granularity: Granularity;
  readonly intervalMs: number;
}

/** Beyond the 95% quantile of the rate. */
const BOUND_MARGIN = 1.5;
const UNKNOWN: Exhaustion = {
  afterMs: null,
  earliestMs: null,
  latestMs: null,
  probability: 0,
  probabilityIfHeld: 0,
  isByClimb: false,
};

/** Most ports this pool can hold without growth of live ones: nothing is released, and closes come at their highest. */
export function boundUse({ pool, demand, timings }: Pick<PoolFacts, 'pool' | 'demand' | 'timings'>): number {
  const hold = Math.max(computeHoldMs(timings.timeWait), computeHoldMs(timings.finWait2));
  return pool.live + pool.timed.state.length + (BOUND_MARGIN * (demand?.high ?? 0) * hold) / 1000;
}

function queueOf(facts: PoolFacts, timeWaitMs: number): (flow: Flow) => Queue {
  const { pool, timings, demand, timedCap, timed } = facts;
  const releases = scheduleReleases(timed, timings, { reuse: pool.reuse, timeWaitMs });
  return ({ rate, growth, climbing }) => ({
    capacity: pool.capacity,
    live: pool.live,
    growth,
    releases,
    inflows: demand?.splitByKind(rate, climbing) ?? [],
    timedCap,
  });
}

/** Null while the rate is unknown. */
export function createExhaustionInput(facts: PoolFacts, sample: SampleFacts): ExhaustionInput | null {
  const { pool, demand, growth, burst } = facts;
  if (demand === null) return null;
  const known = sample.granularity.learned || pool.reuse === 'after_delay';
  return {
    demand,
    growth: growth ?? NO_GROWTH,
    queueAt: queueOf(facts, sample.limits.timeWaitMs),
    intervalMs: sample.intervalMs,
    roundingMs: known ? 0 : facts.timings.timeWait.roundingMs,
    lasts: burst?.lasts ?? null,
  };
}

export function forecastPool(facts: PoolFacts, sample: SampleFacts): PoolForecast {
  const { pool, demand, timings, growth } = facts;
  const { limits, takenAtMs } = sample;
  const used = pool.live + pool.timed.state.length;
  const reusing = pool.reuse === 'after_delay';
  const reusable = reusing ? countReusablePorts(facts.timed, limits.timeWaitMs, limits.twReuseDelayMs) : 0;
  const available = Math.max(0, pool.capacity - used + reusable);
  const holdMs = computeHoldMs(timings.timeWait);
  const end = isExhausted(facts, available) ? nowExhausted() : foresee(facts, sample);
  const pressure = pressureOf(facts);
  const sustainableRate = Math.max(0, ((pool.capacity - pool.live) * 1000) / holdMs);
  const full = pressureFull(facts, sustainableRate);
  const mode = modeOf(facts, { available, afterMs: end.afterMs });
  const at = (afterMs: number | null): number | null => (afterMs === null ? null : Math.round(takenAtMs + afterMs));
  const told = {
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
    timeWait: pool.timed.state.length,
    holdMs,
    reuse: pool.reuse,
    ...(mayShowReuse(pool, limits) ? { reuseMayShow: true as const } : {}),
    closeRate: demand?.rate ?? null,
    closeRateLow: demand?.low ?? null,
    closeRateHigh: demand?.high ?? null,
    liveGrowth: growth?.perSecond ?? null,
    sustainableRate,
    pressure,
    exhaustsAtMs: at(end.afterMs),
    earliestAtMs: at(end.earliestMs),
    latestAtMs: at(end.latestMs),
    probability: demand === null && end.afterMs === null ? null : end.probability,
    probabilityIfHeld: demand === null && end.afterMs === null ? null : end.probabilityIfHeld,
    probabilityBasis: basisOf(facts, end),
    burstsKnown: facts.burst?.known ?? 0,
    pressureFullAtMs: full === null ? null : at(full.afterMs),
    pressureFullEarliestAtMs: full === null ? null : at(full.earliestMs),
    pressureFullLatestAtMs: full === null ? null : at(full.latestMs),
    outlookDays: facts.outlook?.days ?? null,
    outlookWhy: facts.outlook?.why ?? null,
    failedConnects: facts.failures?.count ?? null,
    ...failedBy(facts),
    mode,
    why: '',
    ahead: [],
  };
  // One object from the start: hundreds of pools are forecast each sample, and a copy of so many fields is dear.
  told.why = explainForecast(told, whyContext(facts, sample, pressure));
  return told;
}

function basisOf({ burst }: PoolFacts, { isByClimb }: Exhaustion): PoolForecast['probabilityBasis'] {
  if (isByClimb) return 'climb';
  return burst === null ? 'rate' : 'history';
}

function whyContext(facts: PoolFacts, { granularity, limits }: SampleFacts, pressure: number | null): WhyContext {
  return {
    demand: facts.demand,
    granularityLearned: granularity.learned,
    timeWaitAssumed: limits.timeWaitAssumed,
    cappedAt: capBinds(facts, pressure) ? Math.floor(facts.timedCap) : null,
  };
}

function failedBy({ failures }: PoolFacts): Pick<PoolForecast, 'failedBy'> {
  return failures === null || failures.count === 0 ? {} : { failedBy: failures.processes };
}

/** A full table is no exhaustion where its ports may be taken again, unless a connect was seen to fail (kernel rule 20). */
function isExhausted({ pool, failures }: PoolFacts, available: number): boolean {
  return available === 0 && (pool.reuse === 'none' || (failures?.count ?? 0) > 0);
}

function nowExhausted(): Exhaustion {
  return { afterMs: 0, earliestMs: 0, latestMs: 0, probability: 1, probabilityIfHeld: 1, isByClimb: false };
}

/** A bound that costs nothing clears most pools; growth alone may take longer than the bound looks. */
function foresee(facts: PoolFacts, sample: SampleFacts): Exhaustion {
  const { pool, demand, growth } = facts;
  const growing = growth?.perSecond ?? 0;
  if (growing === 0 && demand?.climb == null && boundUse(facts) < pool.capacity) return UNKNOWN;
  const prospect = createExhaustionInput(facts, sample);
  if (prospect !== null) return foreseeExhaustion(prospect);
  const queueAt = queueOf(facts, sample.limits.timeWaitMs);
  const afterMs = findExhaustion(queueAt({ rate: 0, growth: growing, climbing: false }));
  const probability = afterMs === 0 ? 1 : 0;
  return { ...UNKNOWN, afterMs, probability, probabilityIfHeld: probability };
}

/** Where the pool settles if the rate holds, over its capacity; null where the rate is unknown. */
function pressureOf({ pool, demand, timings }: PoolFacts): number | null {
  if (demand === null) return null;
  const [timeWait, finWait2] = demand.splitByKind(demand.rate, false);
  const held =
    (timeWait?.rate ?? 0) * computeHoldMs(timings.timeWait) + (finWait2?.rate ?? 0) * computeHoldMs(timings.finWait2);
  return pool.capacity === 0 ? 1 : (pool.live + held / 1000) / pool.capacity;
}

/** When a climbing rate reaches the sustainable one, with its 90% interval by the errors of level and slope. */
function pressureFull({ demand }: PoolFacts, sustainableRate: number) {
  const climb = demand?.climb ?? null;
  if (climb === null || climb.rate >= sustainableRate) return null;
  const seconds = (sustainableRate - climb.rate) / climb.perSecond;
  if (seconds > PRESSURE_FULL_WITHIN_S) return null;
  // The error of the line at that instant makes it reach the limit sooner or later.
  const { rateVariance, perSecondVariance, covariance } = climb;
  const variance = rateVariance + 2 * covariance * seconds + perSecondVariance * seconds ** 2;
  const share = (NORMAL_95 * Math.sqrt(Math.max(0, variance))) / (sustainableRate - climb.rate);
  return {
    afterMs: seconds * 1000,
    earliestMs: (seconds * 1000) / (1 + share),
    latestMs: share >= 1 ? null : (seconds * 1000) / (1 - share),
  };
}

/** A climb is followed no further than this. */
const PRESSURE_FULL_WITHIN_S = 6 * 3600;
function capBinds({ pool, timedCap }: PoolFacts, pressure: number | null): boolean {
  return pressure !== null && pressure >= 1 && pool.live + timedCap < pool.capacity;
}

/** The first that matches. Growth that would take longer than the closes do is not what exhausts the pool. */
function modeOf(facts: PoolFacts, now: { available: number; afterMs: number | null }): Mode {
  const { pool, demand, growth } = facts;
  if (isExhausted(facts, now.available)) return 'exhausted';
  if (now.afterMs !== null) {
    const growing = growth?.perSecond ?? 0;
    const growthMs = growing > 0 ? ((pool.capacity - pool.live) / growing) * 1000 : Infinity;
    return growthMs <= LEAK_FACTOR * Math.max(now.afterMs, 1) ? 'leak' : 'churn';
  }
  return (demand === null ? pool.timed.state.length : demand.rate) === 0 && (growth?.perSecond ?? 0) === 0
    ? 'idle'
    : 'steady';
}

/** Closes and growth share the blame; growth has it when alone it would exhaust within this many times the time. */
const LEAK_FACTOR = 4;
