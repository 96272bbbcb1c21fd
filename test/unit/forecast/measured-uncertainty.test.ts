/** The forecast on measured traffic where less is known: no release step, one sample, random arrivals. */
import { describe, expect, it } from 'vitest';
import { ROWS } from '../../builders/measured-traffic.js';
import { requireValue } from '../../builders/require-value.js';
import { watchWorld } from '../../builders/watch-world.js';
import { LEARNED } from '../../tools/simulator/world.js';

/** 2 s for the sampling, and one release step. */
const TOLERANCE_S = 2 + LEARNED.timeWaitMs / 1000;
const NOT_LEARNED = { ...LEARNED, phaseMs: null, learned: false };

const foreseeable = ROWS.filter(({ truth, from }) => truth !== null && from < Infinity);
const findRow = (name: string) => requireValue(ROWS.find((row) => row.name === name));

describe('before the release step is learned', () => {
  it.each(foreseeable)('$name is dated as well', ({ world, watch, from }) => {
    const watched = watchWorld(world, { seconds: watch, granularity: NOT_LEARNED });
    const failedAt = requireValue(watched.failedAt);
    const settled = watched.forecasts.filter(({ at }) => at >= from);
    expect(settled.length).toBeGreaterThan(5);
    for (const { at, exhaustsAt } of settled) {
      expect(Math.abs(requireValue(exhaustsAt) - failedAt), `forecast at ${at} s`).toBeLessThan(TOLERANCE_S);
    }
  });

  it('the explanation states that the longest hold is assumed', () => {
    const { forecasts } = watchWorld(findRow('25/s closes').world, { seconds: 8, granularity: NOT_LEARNED });
    expect(requireValue(forecasts.at(-1)).forecast.why).toContain('not yet learned');
  });
});

describe('the first sample of a daemon that starts 25 s after the traffic', () => {
  it.each(['25/s closes', '16.5/s'])('already dates %s', (name) => {
    const watched = watchWorld(findRow(name).world, { seconds: 70, firstMs: 25_300 });
    const { exhaustsAt, forecast } = requireValue(watched.forecasts[0]);
    expect(Math.abs(requireValue(exhaustsAt) - requireValue(watched.failedAt))).toBeLessThan(1);
    expect(requireValue(forecast.probability)).toBeGreaterThan(0.5);
  });
});

describe('the 90% interval under random arrivals', () => {
  it('contains the true instant nine times of ten, and is not needlessly wide', () => {
    let inside = 0;
    let all = 0;
    const widths: number[] = [];
    for (let seed = 1; seed <= 12; seed += 1) {
      const world = { ...findRow('25/s closes').world, arrivals: { kind: 'poisson' }, seed } as const;
      const watched = watchWorld(world, { seconds: 60 });
      const failedAt = requireValue(watched.failedAt);
      for (const { at, forecast, exhaustsAt } of watched.forecasts) {
        if (exhaustsAt === null || at < 4) continue;
        const shift = exhaustsAt - requireValue(forecast.exhaustsAtMs) / 1000;
        const earliest = requireValue(forecast.earliestAtMs) / 1000 + shift;
        const latest = forecast.latestAtMs === null ? Infinity : forecast.latestAtMs / 1000 + shift;
        all += 1;
        if (earliest <= failedAt && failedAt <= latest) inside += 1;
        if (at > 20 && latest < Infinity) widths.push((latest - earliest) / (failedAt - at + 4));
      }
    }
    expect(all).toBeGreaterThan(150);
    expect(inside / all).toBeGreaterThan(0.85);
    expect(widths.length).toBeGreaterThan(50);
    expect(Math.max(...widths)).toBeLessThan(1.5);
  });
});
