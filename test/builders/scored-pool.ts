/** One pool that is scored sample by sample, as the cycle does it. */
import type { PoolForecast } from '../../daemon/forecast/types.js';
import type { Evidence } from '../../daemon/score/evidence.js';
import { createScorer, type Scorer } from '../../daemon/score/scorer.js';
import type { FiringWarning, ScoredEpisode, ScoreOutcome } from '../../daemon/score/types.js';
import { MAX_SAMPLE_AGE_MS } from '../fakes.js';
import { createEvidence, pool } from './records.js';

export const POOL_ID = 'p';
/** When the first sample is taken, in epoch ms. */
export const FIRST_SAMPLE_MS = Date.UTC(2026, 0, 5, 12);

/** What one sample shows. */
export interface ScoredSample {
  /** The forecast of the pool, as changes to a quiet one; null for a sample without the pool. */
  readonly pool: Partial<PoolForecast> | null;
  /** Whether the alerts `imminent` and `leak` were firing before the sample. */
  readonly alarmed?: boolean;
  readonly leaking?: boolean;
  /** Changes to the evidence that a pool with this forecast would give. */
  readonly evidence?: Partial<Evidence>;
}

/** 5 closes per second, far below the 16 that the pool sustains. */
export const CALM: ScoredSample = { pool: { closeRate: 5, available: 700, probability: 0.001 } };

/** No port is left. */
export const FULL: ScoredSample = { pool: { closeRate: 25, available: 0, probability: 1, mode: 'exhausted' } };

type Collected = { -readonly [Key in keyof ScoreOutcome]: ScoreOutcome[Key][number][] };

interface ScoredPool {
  /** When the next sample will be taken. A test may move both clocks. */
  readonly clock: { atMs: number; monotonicMs: number };
  /** What all samples so far settled. */
  readonly collected: Omit<Collected, 'failing'>;
  /** Scores one sample, and moves the clocks on by 2 s. The forecast is scored later only if it is kept. */
  observe(sample: ScoredSample, keeping?: 'kept' | 'not kept'): ScoreOutcome;
  /** Scores the same sample several times, 2 s apart. */
  repeat(times: number, sample: ScoredSample): void;
  judgedEpisodes(): ScoredEpisode[];
}

export function createScoredPool(scorer: Scorer = createScorer()): ScoredPool {
  const clock = { atMs: FIRST_SAMPLE_MS, monotonicMs: 5_000_000 };
  const collected: Omit<Collected, 'failing'> = { settled: [], episodes: [], failures: [] };
  const createFiring = (kind: FiringWarning['kind'], withinMs: number): FiringWarning => ({
    poolId: POOL_ID,
    kind,
    firedAtMs: clock.atMs - 1900,
    withinMs,
  });
  const observe: ScoredPool['observe'] = (sample, keeping = 'not kept') => {
    const { alarmed = false, leaking = false } = sample;
    const forecast =
      sample.pool === null ? null : pool(POOL_ID, { sampledAtMs: clock.atMs, capacity: 1000, ...sample.pool });
    const pools = forecast === null ? [] : [forecast];
    const outcome = scorer.observe({
      ...clock,
      maxSampleAgeMs: MAX_SAMPLE_AGE_MS,
      pools,
      kept: keeping === 'kept' ? pools.map((each) => ({ ...each, poolId: POOL_ID, madeAtMs: clock.atMs })) : [],
      evidence: new Map(
        pools.map((each) => [POOL_ID, { ...createEvidence(each, clock.monotonicMs), ...sample.evidence }]),
      ),
      alarmed: [
        ...(alarmed ? [createFiring('alarm', 600_000)] : []),
        ...(leaking ? [createFiring('leak', 3_600_000)] : []),
      ],
    });
    collected.settled.push(...outcome.settled);
    collected.episodes.push(...outcome.episodes);
    collected.failures.push(...outcome.failures);
    clock.atMs += 2000;
    clock.monotonicMs += 2000;
    return outcome;
  };
  return {
    clock,
    collected,
    observe,
    repeat(times, sample) {
      for (let time = 0; time < times; time += 1) observe(sample);
    },
    judgedEpisodes: () => collected.episodes.filter(({ verdict }) => verdict !== null),
  };
}

/** 25 closes per second: a forecast that the ports run out `secondsLeft` after `atMs`, with an interval of 3 s on both sides. */
export function rushing(atMs: number, secondsLeft: number, changes: Partial<PoolForecast> = {}): ScoredSample {
  const exhaustsAtMs = atMs + secondsLeft * 1000;
  return {
    pool: {
      closeRate: 25,
      closeRateLow: 23,
      closeRateHigh: 27,
      sustainableRate: 16,
      pressure: 1.5,
      available: secondsLeft * 25,
      exhaustsAtMs,
      earliestAtMs: exhaustsAtMs - 3000,
      latestAtMs: exhaustsAtMs + 3000,
      probability: 0.98,
      mode: 'churn',
      ...changes,
    },
  };
}
