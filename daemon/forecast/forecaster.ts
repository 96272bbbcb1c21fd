/** Forecasts every pool of a snapshot, with what earlier snapshots showed: live counts, closes, reuse, binds, bursts. */
import type { Granularity } from '../host/release-granularity.js';
import type { HostCounters } from '../host/counters.js';
import type { HostLimits } from '../host/limits.js';
import { buildPools } from '../pool/build-pools.js';
import type { FailedConnect } from '../pool/failed-connect.js';
import type { UnlistedPools } from '../pool/pool-choice.js';
import { countOpens, createPoolMemory, observeCounters } from '../pool/pool-memory.js';
import type { Reuse, TimedPorts } from '../pool/pool.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { estimateBurstOdds, followBursts } from './burst-odds.js';
import { createFailureMemory } from './failures.js';
import { createForecastMemories } from './forecast-memory.js';
import { createPastCache } from './history/past-cache.js';
import type { Burst, PoolPast } from './history/types.js';
import { findExhaustionQuantiles } from './exhaustion-quantiles.js';
import type { PoolFacts, SampleFacts } from './pool-facts.js';
import { forecastPool } from './pool-forecast.js';
import { projectUse } from './projection.js';
import type { RateContext } from './rate/rate-memory.js';
import { createTimings } from './release.js';
import { gatherTableFacts } from './table-facts.js';
import { NOTABLE_RATIO } from './thresholds.js';
import { shareTimedCap } from './timed-cap.js';
import type { PoolForecast } from './types.js';

interface ForecastInput {
  readonly snapshot: Snapshot;
  readonly limits: HostLimits;
  readonly granularity: Granularity;
  readonly counters: HostCounters;
  /** Time between two snapshots at present; a longer one widens the interval of the forecast. */
  readonly intervalMs: number;
  /** Reads what is stored of a pool; absent where there is no store. It is called rarely, so it need not be fast. */
  readonly past?: (poolId: string) => PoolPast;
  /** Connects that failed since the last snapshot; absent or null where they are not watched. */
  readonly failures?: readonly FailedConnect[] | null;
  /** The ids of pools that are listed however little they hold: those with an alert or an outage. */
  readonly watched?: ReadonlySet<string>;
}

export interface ForecastOutcome {
  /** The pools of the snapshot, worst first: all of them, or of very many those that hold the most. */
  readonly pools: PoolForecast[];
  /** What the other pools hold; null where all pools are listed. */
  readonly unlisted: UnlistedPools | null;
  /** The timed ports of each pool, by its id, for counting closes from table to table (see `DatedPorts.counted`). */
  readonly timed: ReadonlyMap<string, TimedPorts>;
  /** Bursts that ended with this snapshot. They are to be stored, and to come back through `past`. */
  readonly bursts: readonly Burst[];
}

export interface Forecaster {
  update(input: ForecastInput): ForecastOutcome;
}

/** This many of the worst pools get a projection, and the quantiles of their exhaustion. */
const MAX_PROJECTED = 10;

/** Use one forecaster per namespace: it remembers the series of snapshots that it is given. */
export function createForecaster(): Forecaster {
  const poolMemory = createPoolMemory();
  const memories = createForecastMemories();
  const pastCache = createPastCache();
  const failureMemory = createFailureMemory();
  return {
    update(input) {
      const { snapshot, limits } = input;
      const { monotonicMs, takenAtMs } = snapshot;
      observeCounters(poolMemory, input.counters);
      const pools = buildPools(snapshot, limits, poolMemory, input.watched);
      const { unlisted } = poolMemory;
      failureMemory.add(input.failures ?? null, { pools, nowMs: takenAtMs, monotonicMs });
      const { hz } = input.granularity;
      const opens = countOpens(poolMemory);
      const endedBursts: Burst[] = [];
      const findContext = createContexts(input);
      const counted = new Map<string, TimedPorts>();
      const uncapped = pools.map((pool): PoolFacts => {
        const memory = memories.find(pool.id);
        const past = pastCache.find(pool.id);
        const failures = failureMemory.find(pool.id);
        const context = findContext(pool.reuse);
        const facts = gatherTableFacts(pool, memory, { limits, hz, context, failures, opens });
        const { timings, timed, inflow, growth, unanswered, isDemandAtLeast } = facts;
        counted.set(pool.id, facts.counted);
        for (const ended of followBursts(memory, facts, snapshot)) endedBursts.push(ended);
        const { burst, growthOdds } = estimateBurstOdds(memory, past.bursts, monotonicMs);
        // The fields are spelt out because a copy of so large an object costs too much for hundreds of pools.
        return {
          pool: facts.pool,
          timings,
          timed,
          inflow,
          growth,
          unanswered,
          isDemandAtLeast,
          burst,
          growthOdds,
          outlook: past.outlook,
          timedCap: limits.maxTwBuckets ?? Infinity,
          failures,
        };
      });
      memories.endSample(monotonicMs, unlisted === null);
      const sample = { takenAtMs, limits, granularity: input.granularity, intervalMs: input.intervalMs };
      const unprojected = shareTimedCap(uncapped, limits.maxTwBuckets).map((facts) => ({
        facts,
        forecast: forecastPool(facts, sample),
      }));
      unprojected.sort((a, b) => compareWorstFirst(a.forecast, b.forecast));
      const forecasts = unprojected.map(({ facts, forecast }, rank) =>
        rank < MAX_PROJECTED ? addProjection(facts, forecast, sample) : forecast,
      );
      pastCache.add(endedBursts, monotonicMs);
      pastCache.refresh({ past: input.past, ids: forecasts.map(({ id }) => id), monotonicMs, nowMs: takenAtMs });
      return { pools: forecasts, unlisted, timed: counted, bursts: endedBursts };
    },
  };
}

function addProjection(facts: PoolFacts, forecast: PoolForecast, sample: SampleFacts): PoolForecast {
  const quantiles = findExhaustionQuantiles(facts, forecast, sample);
  return {
    ...forecast,
    ahead: projectUse(facts, forecast, sample),
    ...(quantiles.length === 0 ? {} : { exhaustsQuantilesMs: quantiles }),
  };
}

/** All pools with the same reuse share one context per sample. */
function createContexts({ snapshot, limits, granularity }: ForecastInput): (reuse: Reuse) => RateContext {
  const { monotonicMs, hasTimers } = snapshot;
  const contexts = new Map<Reuse, RateContext>();
  return (reuse) => {
    const existing = contexts.get(reuse);
    if (existing !== undefined) return existing;
    const timings = createTimings(reuse, limits, { granularity, monotonicMs });
    const context: RateContext = { monotonicMs, hasTimers, timeWaitMs: limits.timeWaitMs, timings, detail: 'coarse' };
    contexts.set(reuse, context);
    return context;
  };
}

/** Exhausted pools first, then by the instant of exhaustion, by pressure, and by use. */
function compareWorstFirst(a: PoolForecast, b: PoolForecast): number {
  const exhausted = Number(b.mode === 'exhausted') - Number(a.mode === 'exhausted');
  if (exhausted !== 0) return exhausted;
  const instant = compareNumbers(a.exhaustsAtMs ?? Infinity, b.exhaustsAtMs ?? Infinity);
  if (instant !== 0) return instant;
  const usedA = computeUsedRatio(a);
  const usedB = computeUsedRatio(b);
  const byPressure = rankRatio(b.pressure ?? usedB) - rankRatio(a.pressure ?? usedA);
  return byPressure || rankRatio(usedB) - rankRatio(usedA) || (a.id < b.id ? -1 : 1);
}

/** Infinity - Infinity is not a number, so equal values are compared first. */
function compareNumbers(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

/** Below the half that matters only whole percents count, so that calm pools keep their places from sample to sample. */
function rankRatio(ratio: number): number {
  return ratio >= NOTABLE_RATIO ? ratio : Math.floor(100 * ratio) / 100;
}

function computeUsedRatio({ used, capacity }: PoolForecast): number {
  return capacity === 0 ? 1 : used / capacity;
}
