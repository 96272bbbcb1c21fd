import { describe, expect, it } from 'vitest';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import { createForecastKeeper } from '../../../daemon/score/kept-forecasts.js';
import { pool } from '../../builders/records.js';

const AT_MS = Date.UTC(2026, 0, 5, 12);

/** The rows that are kept of these samples, which are 2 s apart. */
function keepAll(samples: readonly (readonly PoolForecast[])[]) {
  const keeper = createForecastKeeper();
  return samples.flatMap((pools, index) => keeper.keep(pools, index * 2000));
}

describe('the forecasts of a pool', () => {
  it.each([
    ['are not kept while it is quiet, whether idle or steady', ['idle', 'steady', 'idle'], 0],
    ['are kept when it changes to churn and back', ['steady', 'churn', 'churn', 'steady'], 2],
    ['are kept at every change of mode', ['churn', 'leak', 'exhausted', 'steady'], 4],
  ] as const)('%s', (_, modes, rows) => {
    expect(keepAll(modes.map((mode) => [pool('p', { mode })]))).toHaveLength(rows);
  });

  it('are kept once a minute while it matters, with the instants rounded to milliseconds', () => {
    const foreseen = {
      mode: 'churn',
      exhaustsAtMs: AT_MS + 40_000.4,
      earliestAtMs: AT_MS + 39_000,
      latestAtMs: null,
    } as const;
    const sample = [pool('p', foreseen), pool('q', { pressure: 0.6 }), pool('r', { pressure: 0.4 })];
    const rows = keepAll(Array.from({ length: 90 }, () => sample));
    expect(rows.map(({ poolId }) => poolId)).toEqual(['p', 'q', 'p', 'q', 'p', 'q']);
    expect(rows[0]).toMatchObject({ exhaustsAtMs: AT_MS + 40_000, earliestAtMs: AT_MS + 39_000, latestAtMs: null });
    expect(rows[1]).toMatchObject({ exhaustsAtMs: null, earliestAtMs: null, latestAtMs: null });
  });

  it('are kept for the worst 2,000 pools of a sample only', () => {
    const many = Array.from({ length: 2500 }, (_, index) => pool(`p${index}`, { pressure: 0.9 }));
    const rows = keepAll([many]);
    expect(rows).toHaveLength(2000);
    expect(rows.at(-1)?.poolId).toBe('p1999');
  });
});
