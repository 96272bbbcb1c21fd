/** What the forecast of one pool is made from: its facts, its inflow and the sample. */
import type { PoolFacts, SampleFacts } from '../../daemon/forecast/pool-facts.js';
import type { Queue } from '../../daemon/forecast/queue.js';
import type { Run } from '../../daemon/forecast/rate/distribution.js';
import type { Climb } from '../../daemon/forecast/rate/climb.js';
import type { PoolInflow } from '../../daemon/forecast/rate/pool-inflow.js';
import type { Timing, Timings } from '../../daemon/forecast/release.js';
import { LEARNED, limitsOf } from '../tools/simulator/world.js';
import { createPool } from './pool.js';

export const SAMPLED_AT_MS = Date.UTC(2026, 0, 5, 12);
/** The evidence of a value that is given instead of measured: so large that its uncertainty vanishes. */
export const CERTAIN = 1e12;

/** TIME_WAIT at HZ=250. The first boundary past 60 s is at 61.42 s, as in the measured rows. */
export const TIME_WAIT_TIMING: Timing = {
  durationMs: 60_000,
  roundingMs: 2048,
  grid: { stepMs: 2048, offsetMs: 61_420 % 2048 },
};
/** Orphan FIN_WAIT2 with a `tcp_fin_timeout` of 10 s. */
export const FIN_WAIT2_TIMING: Timing = {
  durationMs: 10_000,
  roundingMs: 256,
  grid: { stepMs: 256, offsetMs: 61_420 % 256 },
};
export const TIMINGS: Timings = { timeWait: TIME_WAIT_TIMING, finWait2: FIN_WAIT2_TIMING };

/** The timings before the release boundaries are learned. */
export function forgetBoundaries({ timeWait, finWait2 }: Timings): Timings {
  return { timeWait: { ...timeWait, grid: null }, finWait2: { ...finWait2, grid: null } };
}

/** A queue of 1,000 free ports at a steady rate of closes, unless the test states otherwise. */
export function createQueue(rate: number, overrides: Partial<Queue> = {}): Queue {
  return {
    capacity: 1000,
    live: 0,
    growth: 0,
    releases: { atMs: [], ports: [] },
    inflows: [{ rate, timing: TIME_WAIT_TIMING }],
    timedCap: Infinity,
    ...overrides,
  };
}

export function createRun(rate: number, overrides: Partial<Run> = {}): Run {
  return { weight: 1, rate, mean: rate, shape: CERTAIN, seen: CERTAIN, ageMs: 60_000, ...overrides };
}

/** An inflow whose rate is exact, except for what the test states. All closes enter TIME_WAIT. */
export function createInflow(rate: number, overrides: Partial<PoolInflow> = {}): PoolInflow {
  const { climb = null } = overrides;
  return {
    basis: 'timers',
    rate,
    low: rate,
    high: rate,
    phi: 0.02,
    evidence: CERTAIN,
    climb,
    seen: CERTAIN,
    sinceMs: 60_000,
    runRate: rate,
    runs: [createRun(rate)],
    splitByKind: (total, climbing) => [
      {
        rate: total,
        timing: TIME_WAIT_TIMING,
        climb: climbing && climb !== null ? { perSecond: climb.perSecond, forMs: 3 * climb.lastedMs } : null,
      },
      { rate: 0, timing: FIN_WAIT2_TIMING },
    ],
    ...overrides,
  };
}

/** A climb whose line is exact, except for what the test states. */
export function createClimb(overrides: Partial<Climb> = {}): Climb {
  return {
    rate: 10,
    perSecond: 0.02,
    rateVariance: 0,
    perSecondVariance: 0,
    covariance: 0,
    lastedMs: 300_000,
    seen: 3000,
    ...overrides,
  };
}

/** The facts of a pool that holds nothing and whose close rate is unknown, except for what the test states. */
export function createPoolFacts(overrides: Partial<PoolFacts> = {}): PoolFacts {
  const { pool = createPool() } = overrides;
  return {
    pool,
    timings: TIMINGS,
    timed: pool.timed,
    inflow: null,
    growth: null,
    unanswered: null,
    isDemandAtLeast: false,
    burst: null,
    growthOdds: null,
    outlook: null,
    timedCap: Infinity,
    failures: null,
    ...overrides,
  };
}

export function createSampleFacts(overrides: Partial<SampleFacts> = {}): SampleFacts {
  return { takenAtMs: SAMPLED_AT_MS, limits: limitsOf(), granularity: LEARNED, intervalMs: 2000, ...overrides };
}
