/** The forecast on the rows of the table of measured traffic that run out of ports: it gives the instant in time. */
import { describe, expect, it } from 'vitest';
import { ROWS, type Row } from '../../builders/measured-traffic.js';
import { WORTH_SAYING } from '../../builders/persistence.js';
import { requireValue } from '../../builders/require-value.js';
import { findForeseenSince, watchWorld, type WatchedWorld } from '../../builders/watch-world.js';
import { LEARNED } from '../../tools/simulator/world.js';

/** 2 s for the sampling, and one release step. */
const TOLERANCE_S = 2 + LEARNED.timeWaitMs / 1000;

const exhausting = ROWS.filter(({ truth }) => truth !== null);
const foreseeable = exhausting.filter(({ from }) => from < Infinity);
/** The runs from 700 ms on are used twice. */
const runs = new Map<string, WatchedWorld>();
function watchRow({ name, world, watch }: Row, firstMs: number): WatchedWorld {
  const key = `${name} ${firstMs}`;
  const watched = runs.get(key) ?? watchWorld(world, { seconds: watch, firstMs });
  runs.set(key, watched);
  return watched;
}

it('the table has rows that run out, and most of them can be foreseen', () => {
  expect(exhausting).toHaveLength(13);
  expect(foreseeable).toHaveLength(11);
});

describe('a row that runs out', () => {
  it.each(exhausting)('does so in the simulator as it did on real sockets: $name at $truth s', (row) => {
    const failedAt = requireValue(watchRow(row, 700).failedAt);
    expect(Math.abs(failedAt - requireValue(row.truth))).toBeLessThan(1);
  });
});

describe.each([100, 700, 1300])('sampled every 2 s from %d ms on', (firstMs) => {
  it.each(foreseeable)('$name is dated within a sample and a release step, 25 s ahead', (row) => {
    const watched = watchRow(row, firstMs);
    const failedAt = requireValue(watched.failedAt);
    const settled = watched.forecasts.filter(({ at }) => at >= row.from);
    expect(settled.length).toBeGreaterThan(5);
    for (const { at, exhaustsAt } of settled) {
      expect(Math.abs(requireValue(exhaustsAt) - failedAt), `forecast at ${at} s`).toBeLessThan(TOLERANCE_S);
    }
    expect(requireValue(findForeseenSince(watched))).toBeLessThan(failedAt - 25);
  });

  it.each(['16.2/s', '16.5/s'])('%s, near the limit, has an instant as soon as it is worth saying', (name) => {
    const watched = watchRow(requireValue(ROWS.find((row) => row.name === name)), firstMs);
    const failedAt = requireValue(watched.failedAt);
    for (const { at, exhaustsAt, forecast } of watched.forecasts) {
      expect(exhaustsAt !== null, `stated at ${at} s`).toBe(requireValue(forecast.probability) >= WORTH_SAYING);
      expect(forecast.mode, `mode at ${at} s`).toBe(exhaustsAt === null ? 'steady' : 'churn');
      // The first close after a start gives a rate of more than the truth, so nothing is said before some have come.
      if (exhaustsAt === null) expect(at).toBeLessThan(8);
      else expect(Math.abs(exhaustsAt - failedAt), `forecast at ${at} s`).toBeLessThan(TOLERANCE_S);
    }
    // Its probability rises with the evidence, except for the silence since the newest close.
    const known = watched.forecasts.map(({ forecast }) => requireValue(forecast.probability));
    known.forEach((probability, i) => {
      if (i > 0) expect(probability).toBeGreaterThan(requireValue(known[i - 1]) - 0.01);
    });
    expect(requireValue(known.at(-1))).toBeGreaterThan(0.95);
  });

  it('the ramp is foreseen at least 8 s ahead', () => {
    const watched = watchRow(requireValue(ROWS.find(({ name }) => name === 'ramp 2 + 0.3 t')), firstMs);
    expect(requireValue(findForeseenSince(watched))).toBeLessThan(requireValue(watched.failedAt) - 8);
  });
});
