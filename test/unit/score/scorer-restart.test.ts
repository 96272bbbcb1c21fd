/** What the scorer does across gaps between samples, steps of the wall clock, and restarts. */
import { describe, expect, it } from 'vitest';
import { createScorer, type Unsettled } from '../../../daemon/score/scorer.js';
import { pool } from '../../builders/records.js';
import {
  CALM,
  createScoredPool,
  FIRST_SAMPLE_MS,
  FULL,
  POOL_ID,
  rushing,
  type ScoredSample,
} from '../../builders/scored-pool.js';

describe('a gap between samples', () => {
  it('leaves everything that was open unknown', () => {
    const { clock, collected, observe, repeat, judgedEpisodes } = createScoredPool();
    repeat(2, CALM);
    observe(rushing(clock.atMs, 30), 'kept');
    clock.atMs += 60_000;
    clock.monotonicMs += 60_000;
    observe(FULL);
    expect(collected.settled).toMatchObject([{ happened: null, errorMs: null, held: null }]);
    expect(judgedEpisodes()).toMatchObject([{ kind: 'shown', verdict: 'unknown' }]);
    repeat(3, FULL);
    expect(collected.failures).toMatchObject([{ afterAtMs: null, shownLeadMs: 0 }]);
  });

  it('is no pause that is as long as the pauses before it', () => {
    const { clock, collected, observe } = createScoredPool();
    const observeSlowly = (sample: ScoredSample, keeping?: 'kept'): void => {
      observe(sample, keeping);
      clock.atMs += 58_000;
      clock.monotonicMs += 58_000;
    };
    for (let index = 0; index < 3; index++) observeSlowly(CALM);
    observeSlowly(rushing(clock.atMs, 100), 'kept');
    observeSlowly(FULL);
    expect(collected.failures).toMatchObject([{ shownLeadMs: 30_000 }]);
  });
});

describe('a step of the wall clock', () => {
  it.each([-3_600_000, 86_400_000])('by %i ms changes no score', (stepMs) => {
    const { clock, collected, observe, repeat } = createScoredPool();
    repeat(2, CALM);
    observe(rushing(clock.atMs, 10), 'kept');
    const madeAtMs = clock.atMs - 2000;
    clock.atMs += stepMs;
    repeat(4, rushing(clock.atMs, 6));
    observe(FULL);
    expect(collected.settled).toMatchObject([{ madeAtMs, happened: true, errorMs: 1000, held: 1 }]);
    expect(collected.failures).toMatchObject([{ shownLeadMs: 9000 }]);
  });
});

describe('a restart', () => {
  const START = { capacity: 1000, holdMs: 62_048, live: 0, isLeak: false, withinMs: 600_000, counted: [] };
  const FORECAST = pool(POOL_ID, { sampledAtMs: FIRST_SAMPLE_MS, ...rushing(FIRST_SAMPLE_MS, 20).pool });
  const UNSETTLED: Unsettled = {
    lastAtMs: FIRST_SAMPLE_MS + 2000,
    forecasts: [{ ...FORECAST, poolId: POOL_ID, madeAtMs: FIRST_SAMPLE_MS }],
    episodes: [
      {
        poolId: POOL_ID,
        kind: 'shown',
        fromMs: FIRST_SAMPLE_MS,
        toMs: null,
        failedAtMs: null,
        reference: null,
        leadMs: null,
        verdict: null,
        start: START,
      },
    ],
    failing: [],
  };

  it('that is short continues what was open, on another monotonic clock', () => {
    const { clock, collected, observe, repeat, judgedEpisodes } = createScoredPool(createScorer(UNSETTLED));
    clock.atMs = FIRST_SAMPLE_MS + 12_000;
    clock.monotonicMs = 77;
    // The first table shows the closes of a minute.
    const counted = [{ fromMs: 77 - 60_000, toMs: 77, closes: 25 * 60 }];
    observe({ ...rushing(clock.atMs, 8), evidence: { counted } });
    repeat(3, rushing(clock.atMs, 6));
    observe(FULL);
    expect(collected.settled).toMatchObject([
      {
        madeAtMs: FIRST_SAMPLE_MS,
        happened: true,
        failedAtMs: FIRST_SAMPLE_MS + 19_000,
        errorMs: 1000,
        held: 1,
      },
    ]);
    expect(judgedEpisodes()).toMatchObject([{ kind: 'shown', fromMs: FIRST_SAMPLE_MS, verdict: 'fulfilled' }]);
    expect(collected.failures).toHaveLength(1);
  });

  it.each<[string, number, Partial<Unsettled>]>([
    ['that is long', 300_000, {}],
    ['across which the wall clock was set back', -60_000, {}],
    ['with a store that holds no sample', 4000, { lastAtMs: null }],
  ])('%s leaves what was open unknown', (_name, laterMs, changes) => {
    const { clock, collected, observe, judgedEpisodes } = createScoredPool(createScorer({ ...UNSETTLED, ...changes }));
    clock.atMs = FIRST_SAMPLE_MS + laterMs;
    observe(FULL);
    expect(collected.settled).toMatchObject([{ madeAtMs: FIRST_SAMPLE_MS, happened: null }]);
    expect(judgedEpisodes()).toMatchObject([{ kind: 'shown', fromMs: FIRST_SAMPLE_MS, verdict: 'unknown' }]);
    expect(collected.failures).toMatchObject([{ afterAtMs: null, shownLeadMs: 0 }]);
  });

  it('while a pool is failing begins no second failure of that pool', () => {
    const failing: Unsettled = { ...UNSETTLED, failing: [POOL_ID], forecasts: [], episodes: [] };
    const { clock, collected, observe } = createScoredPool(createScorer(failing));
    clock.atMs = FIRST_SAMPLE_MS + 6000;
    expect(observe(FULL).failing).toEqual([POOL_ID]);
    expect(collected.failures).toEqual([]);
  });
});
