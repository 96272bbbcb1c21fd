/** Forecasts every pool of a snapshot, with the memory that takes: live counts, reuse seen, binds inferred. */
import { buildPools } from '../pool/build-pools.js';
import type { FailedConnect } from '../pool/failed-connect.js';
import type { Granularity, HostCounters, HostLimits } from '../host/limits.js';
import { createPoolMemory, observeCounters } from '../pool/pool-memory.js';
import type { Pool, Reuse, TimedPorts } from '../pool/pool.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { projectUse } from './projection.js';
import { createFailureMemory } from './failures.js';
import { createBurstMemory, followBurst, probabilityToLast, MIN_BURSTS, type BurstMemory } from './history/bursts.js';
import type { PoolForecast } from './types.js';
import type { Burst, PoolPast } from './history/types.js';
import { createPastCache } from './history/past-cache.js';
import { measureGrowth, rememberLive, type LiveSample } from './leak.js';
import { boundUse, type PoolFacts } from './pool-facts.js';
import { forecastPool } from './pool-forecast.js';
import { estimateFarInflow } from './rate/far-inflow.js';
import { countPoolAges, estimateInflow } from './rate/inflow.js';
import {
  completeTimers,
  createRateMemory,
  rememberSample,
  type RateContext,
  type RateMemory,
} from './rate/rate-memory.js';
import { computeHoldMs, createTimings } from './release.js';
import { NOTABLE_RATIO } from './thresholds.js';

export interface ForecastInput {
  readonly snapshot: Snapshot;
  readonly limits: HostLimits;
  readonly granularity: Granularity;
  readonly counters: HostCounters;
  /** Time between two snapshots at present; a longer one widens the interval of the forecast. */
  readonly intervalMs: number;
  /** What is stored of a pool; absent where there is no store. Asked rarely, so it need not be quick. */
  readonly past?: (poolId: string) => PoolPast;
  /** Connects seen to fail since the last snapshot; absent or null where nobody watches. */
  readonly failures?: readonly FailedConnect[] | null;
}

export interface ForecastOutcome {
  /** Every pool of the snapshot, worst first. */
  readonly pools: PoolForecast[];
  /** The timed ports of each, by its id, as the table shows them. */
  readonly timed: ReadonlyMap<string, TimedPorts>;
  /** Bursts that were seen to end with this snapshot, to be kept and given back as `past`. */
  readonly bursts: readonly Burst[];
}

export interface Forecaster {
  update(input: ForecastInput): ForecastOutcome;
}

interface Memory extends RateMemory {
  readonly live: LiveSample[];
  readonly burst: BurstMemory;
  seenMs: number;
}

const FORGET_AFTER_MS = 600_000;
/** Beyond this the pools seen longest ago are forgotten first. */
const MAX_REMEMBERED = 20_000;
const DRAWN = 10;

/** One forecaster per namespace: its memory belongs to the series of snapshots it is given. */
export function createForecaster(): Forecaster {
  const poolMemory = createPoolMemory();
  const memories = new Map<string, Memory>();
  const past = createPastCache();
  const failures = createFailureMemory();
  let previousMs: number | null = null;
  return {
    update(input) {
      const { snapshot, limits } = input;
      const { monotonicMs, takenAtMs } = snapshot;
      observeCounters(poolMemory, input.counters);
      const pools = buildPools(snapshot, limits, poolMemory);
      failures.add(input.failures ?? null, { pools, nowMs: takenAtMs, monotonicMs });
      const bursts: Burst[] = [];
      const contextOf = contexts(input);
      const uncapped = pools.map((pool): PoolFacts => {
        const memory = memoryOf(memories, pool.id, previousMs);
        const known = past.pastOf(pool.id);
        const facts = factsOf(pool, memory, contextOf(pool.reuse));
        const { timings, timed, inflow, growth } = facts;
        const ended = burstEnded(memory, facts, snapshot);
        if (ended !== null) bursts.push(ended);
        // Spelt out: to copy an object of so many fields is dear for hundreds of pools.
        return {
          pool,
          timings,
          timed,
          inflow,
          growth,
          burst: burstOdds(memory.burst, known.bursts, monotonicMs),
          outlook: known.outlook,
          timedCap: limits.maxTwBuckets ?? Infinity,
          failures: failures.of(pool.id),
        };
      });
      previousMs = monotonicMs;
      forget(memories, monotonicMs);
      const sample = { takenAtMs, limits, granularity: input.granularity, intervalMs: input.intervalMs };
      const made = capped(uncapped, limits).map((facts) => ({ facts, forecast: forecastPool(facts, sample) }));
      made.sort((a, b) => worstFirst(a.forecast, b.forecast));
      const forecasts = made.map(({ facts, forecast }, rank) =>
        rank < DRAWN ? { ...forecast, ahead: projectUse(facts, forecast, sample) } : forecast,
      );
      past.add(bursts, monotonicMs);
      past.refresh({ past: input.past, ids: forecasts.map(({ id }) => id), monotonicMs, nowMs: takenAtMs });
      return { pools: forecasts, timed: new Map(pools.map(({ id, timed }) => [id, timed])), bursts };
    },
  };
}

/** What all pools with the same reuse share in one sample. */
function contexts({ snapshot, limits, granularity }: ForecastInput): (reuse: Reuse) => RateContext {
  const { monotonicMs, hasTimers } = snapshot;
  const made = new Map<Reuse, RateContext>();
  return (reuse) => {
    const known = made.get(reuse);
    if (known !== undefined) return known;
    const timings = createTimings(reuse, limits, { granularity, monotonicMs });
    const context: RateContext = { monotonicMs, hasTimers, timeWaitMs: limits.timeWaitMs, timings, detail: 'coarse' };
    made.set(reuse, context);
    return context;
  };
}

type SeenFacts = Omit<PoolFacts, 'burst' | 'outlook' | 'timedCap' | 'failures'>;

function factsOf(pool: Pool, memory: Memory, context: RateContext): SeenFacts {
  const { monotonicMs, timings } = context;
  rememberLive(memory.live, { monotonicMs, live: pool.live });
  memory.seenMs = monotonicMs;
  rememberSample(memory, pool, context);
  const growth = measureGrowth(memory.live);
  const far = estimateFarInflow(pool, context, NOTABLE_RATIO);
  if (far !== null) return { pool, timings, timed: pool.timed, growth, inflow: far };
  const timed = completeTimers(pool, memory, context);
  const ages = countPoolAges(pool, context);
  const facts = { pool, timings, timed, growth, inflow: estimateInflow(pool, memory, { ...context, ages }) };
  // What leaks may run out however few ports it holds now.
  const growing = (growth?.perSecond ?? 0) > 0;
  if (!growing && boundUse(facts) < NOTABLE_RATIO * pool.capacity) return facts;
  return { ...facts, inflow: estimateInflow(pool, memory, { ...context, ages, detail: 'fine' }) };
}

/**
 * `tcp_max_tw_buckets` is one cap for the whole namespace (kernel rule 10). Where all closes together want more, a pool gets
 * its share of it; the margin keeps the doubt on the side of an exhaustion.
 */
function capped(all: readonly PoolFacts[], limits: HostLimits): PoolFacts[] {
  const buckets = limits.maxTwBuckets;
  const wanted = (facts: PoolFacts): number =>
    ((facts.inflow?.rate ?? 0) * computeHoldMs(facts.timings.timeWait)) / 1000;
  const total = all.reduce((sum, facts) => sum + wanted(facts), 0);
  if (buckets === null || total <= buckets) return [...all];
  return all.map((facts) => {
    const share = (SHARE_MARGIN * buckets * wanted(facts)) / total;
    return { ...facts, timedCap: Math.min(buckets, Math.max(facts.pool.timed.state.length, share)) };
  });
}

const SHARE_MARGIN = 1.05;

/** A pool that was not in the sample before held no port then. */
function memoryOf(memories: Map<string, Memory>, id: string, previousMs: number | null): Memory {
  const known = memories.get(id);
  if (known !== undefined) return known;
  const live = previousMs === null ? [] : [{ monotonicMs: previousMs, live: 0 }];
  const fresh: Memory = { ...createRateMemory(), live, burst: createBurstMemory(), seenMs: 0 };
  memories.set(id, fresh);
  return fresh;
}

function burstEnded(memory: Memory, { pool, inflow, timings }: SeenFacts, snapshot: Snapshot): Burst | null {
  if (inflow === null || pool.reuse === 'after_delay') return null;
  const { monotonicMs, takenAtMs } = snapshot;
  return followBurst(memory.burst, {
    poolId: pool.id,
    monotonicMs,
    takenAtMs,
    rate: inflow.runRate,
    sinceMs: inflow.sinceMs,
    sustainableRate: ((pool.capacity - pool.live) * 1000) / computeHoldMs(timings.timeWait),
    exhausted: pool.live + pool.timed.state.length >= pool.capacity,
  });
}

/** How much longer the burst that is going on will last, where this pool had enough of them. */
function burstOdds({ current }: BurstMemory, known: readonly Burst[], monotonicMs: number): PoolFacts['burst'] {
  if (current === null || known.length < MIN_BURSTS) return null;
  const ageMs = monotonicMs - current.beganMs;
  return { probabilityToLast: (furtherMs) => probabilityToLast(known, ageMs, furtherMs), count: known.length };
}

function forget(memories: Map<string, Memory>, nowMs: number): void {
  for (const [id, memory] of memories) if (nowMs - memory.seenMs > FORGET_AFTER_MS) memories.delete(id);
  if (memories.size <= MAX_REMEMBERED) return;
  const oldest = [...memories].sort(([, a], [, b]) => a.seenMs - b.seenMs);
  for (const [id] of oldest.slice(0, memories.size - MAX_REMEMBERED)) memories.delete(id);
}

/** Exhausted pools, then by instant, then by pressure, then by use. */
function worstFirst(a: PoolForecast, b: PoolForecast): number {
  const exhausted = Number(b.mode === 'exhausted') - Number(a.mode === 'exhausted');
  if (exhausted !== 0) return exhausted;
  const instant = compare(a.exhaustsAtMs ?? Infinity, b.exhaustsAtMs ?? Infinity);
  if (instant !== 0) return instant;
  const usedA = usedRatio(a);
  const usedB = usedRatio(b);
  return (b.pressure ?? usedB) - (a.pressure ?? usedA) || usedB - usedA || (a.id < b.id ? -1 : 1);
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

function usedRatio({ used, capacity }: PoolForecast): number {
  return capacity === 0 ? 1 : used / capacity;
}
