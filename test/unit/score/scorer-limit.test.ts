/** The bound on the number of pools that are scored at once. */
import { describe, expect, it } from 'vitest';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import { createForecastKeeper } from '../../../daemon/score/kept-forecasts.js';
import { MAX_SCORED_POOLS } from '../../../daemon/score/pool-limit.js';
import { createScorer, type Scorer, type Unsettled } from '../../../daemon/score/scorer.js';
import type { ScoreOutcome } from '../../../daemon/score/types.js';
import { createEvidence, pool } from '../../builders/records.js';
import { FIRST_SAMPLE_MS, FULL } from '../../builders/scored-pool.js';
import { MAX_SAMPLE_AGE_MS } from '../../fakes.js';

const idsFrom = (first: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `p${first + index}`);
const fullPools = (ids: readonly string[]): PoolForecast[] => ids.map((id) => pool(id, { ...FULL.pool }));

/** Scores a sample of pools, `afterMs` after the first. */
function observe(scorer: Scorer, pools: readonly PoolForecast[], afterMs: number): ScoreOutcome {
  return scorer.observe({
    atMs: FIRST_SAMPLE_MS + afterMs,
    monotonicMs: afterMs,
    maxSampleAgeMs: MAX_SAMPLE_AGE_MS,
    pools,
    kept: [],
    evidence: new Map(pools.map((each) => [each.id, createEvidence(each, afterMs)])),
    alarmed: [],
  });
}

describe('a host with more pools than can be scored', () => {
  it('has its worst pools kept and scored, and no others', () => {
    const ids = idsFrom(0, MAX_SCORED_POOLS + 500);
    const worst = ids.slice(0, MAX_SCORED_POOLS);
    const kept = createForecastKeeper().keep(fullPools(ids), 0);
    expect(kept.map(({ poolId }) => poolId)).toEqual(worst);
    const scorer = createScorer();
    expect(observe(scorer, fullPools(ids), 0).failing).toEqual(worst);
    // The pools that are scored stay the same while they last, in any order of the sample.
    const { failing } = observe(scorer, fullPools([...ids].reverse()), 2000);
    expect([...failing].sort()).toEqual([...worst].sort());
  });

  it('has another pool scored as soon as one has ended', () => {
    const ids = idsFrom(0, MAX_SCORED_POOLS + 1);
    const [ending = '', ...others] = ids;
    const last = ids.at(-1);
    const scorer = createScorer();
    expect(observe(scorer, fullPools(ids), 0).failing).not.toContain(last);
    // Without its rows the first pool ends when its failure and its warning have been over for a minute.
    let afterMs = 0;
    let failing: readonly string[] = [];
    while (afterMs < 60_000) {
      afterMs += 2000;
      ({ failing } = observe(scorer, fullPools(others), afterMs));
      expect(failing).toHaveLength(MAX_SCORED_POOLS - 1);
    }
    ({ failing } = observe(scorer, fullPools(others), afterMs + 2000));
    expect(failing).toHaveLength(MAX_SCORED_POOLS);
    expect(failing).toContain(last);
    expect(failing).not.toContain(ending);
  });

  it('is bounded after a restart too, and the pools with an open warning come first', () => {
    const ids = idsFrom(0, MAX_SCORED_POOLS + 500);
    const last = ids.at(-1) ?? '';
    const start = { capacity: 1000, holdMs: 62_048, live: 0, isLeak: false, withinMs: 600_000, counted: [] };
    const unsettled: Unsettled = {
      lastAtMs: FIRST_SAMPLE_MS - 3_600_000,
      forecasts: fullPools(ids).map((each) => ({ ...each, poolId: each.id, madeAtMs: FIRST_SAMPLE_MS - 3_600_000 })),
      episodes: [
        {
          poolId: last,
          kind: 'shown',
          fromMs: FIRST_SAMPLE_MS - 3_600_000,
          toMs: null,
          failedAtMs: null,
          reference: null,
          leadMs: null,
          verdict: null,
          start,
        },
      ],
      failing: [],
    };
    // The daemon was away for an hour, so the first sample settles everything as unknown.
    const { settled, episodes } = observe(createScorer(unsettled), [], 0);
    expect(settled).toHaveLength(MAX_SCORED_POOLS);
    expect(settled.map(({ poolId }) => poolId)).toContain(last);
    expect(episodes).toMatchObject([{ poolId: last, verdict: 'unknown' }]);
  });
});
