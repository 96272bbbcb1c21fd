/** Every row of the table of measured traffic: what exhausts is foreseen, what does not raises no lasting alarm. */
import { describe, expect, it } from 'vitest';
import { foreseenFrom, longestAlarm, ROWS, watch } from '../../builders/measured-traffic.js';
import { LEARNED } from '../../tools/simulator/world.js';

/** 2 s for the sampling, and one release step. */
const TOLERANCE_S = 2 + LEARNED.timeWaitMs / 1000;

const exhausting = ROWS.filter((row) => row.truth !== null);
const harmless = ROWS.filter((row) => row.truth === null);

describe('the simulator agrees with the measured truth', () => {
  it.each(exhausting)('$name exhausts at $truth s', (row) => {
    const { failedAt } = watch(row.world, { seconds: row.watch });
    expect(Math.abs((failedAt ?? Infinity) - (row.truth ?? 0))).toBeLessThan(1);
  });
  it.each(harmless)('$name never exhausts', (row) => {
    expect(watch(row.world, { seconds: row.watch }).failedAt).toBeNull();
  });
});

describe.each([100, 700, 1300])('sampled every 2 s from %d ms on', (firstMs) => {
  it.each(exhausting.filter(({ from }) => from < Infinity))('$name is foreseen, and when', (row) => {
    const watched = watch(row.world, { seconds: row.watch, firstMs });
    const failedAt = watched.failedAt ?? Infinity;
    const settled = watched.stated.filter(({ at }) => at >= row.from);
    expect(settled.length).toBeGreaterThan(5);
    for (const { at, exhaustsAt } of settled) {
      expect(Math.abs((exhaustsAt ?? Infinity) - failedAt), `stated at ${at} s`).toBeLessThan(TOLERANCE_S);
    }
    expect(foreseenFrom(watched) ?? Infinity).toBeLessThan(failedAt - 25);
  });

  it.each(harmless)('$name raises no lasting alarm', (row) => {
    const watched = watch(row.world, { seconds: row.watch, firstMs });
    const stated = watched.stated.filter(({ at }) => at >= row.from);
    expect(longestAlarm({ ...watched, stated })).toBeLessThan(2);
    expect(stated.at(-1)?.exhaustsAt ?? null).toBeNull();
  });

  it('the ramp is foreseen at least 8 s ahead', () => {
    const ramp = ROWS.find(({ name }) => name.startsWith('ramp'));
    if (ramp === undefined) throw new Error('no ramp among the rows');
    const watched = watch(ramp.world, { seconds: ramp.watch, firstMs });
    expect(foreseenFrom(watched) ?? Infinity).toBeLessThan((watched.failedAt ?? 0) - 8);
  });
});

describe('before the release step is learned', () => {
  const granularity = { ...LEARNED, phaseMs: null, learned: false };
  it.each(exhausting.filter(({ from }) => from < Infinity))('$name is foreseen', (row) => {
    const watched = watch(row.world, { seconds: row.watch, granularity });
    for (const { at, exhaustsAt } of watched.stated.filter(({ at }) => at >= row.from)) {
      const error = Math.abs((exhaustsAt ?? Infinity) - (watched.failedAt ?? Infinity));
      expect(error, `stated at ${at} s`).toBeLessThan(TOLERANCE_S);
    }
  });
  it('says that it assumes the longest hold', () => {
    const { stated } = watch(exhausting[0]?.world ?? ROWS[0].world, { seconds: 8, granularity });
    expect(stated.at(-1)?.forecast.why).toContain('not yet learned');
  });
});

describe('the first sample', () => {
  it.each(['25/s closes', '16.5/s'])('of a daemon started 25 s into %s already says when', (name) => {
    const row = ROWS.find((each) => each.name === name);
    const watched = watch(row?.world ?? ROWS[0].world, { seconds: 70, firstMs: 25_300 });
    const [first] = watched.stated;
    expect(Math.abs((first?.exhaustsAt ?? Infinity) - (watched.failedAt ?? 0))).toBeLessThan(1);
    expect(first?.forecast.probability ?? 0).toBeGreaterThan(0.5);
  });
});

describe('the 90% interval', () => {
  it('holds the truth nine times of ten, and is not idle, under random arrivals', () => {
    let inside = 0;
    let all = 0;
    let widths = 0;
    for (let seed = 1; seed <= 12; seed += 1) {
      const world = { ...ROWS[0].world, arrivals: { kind: 'poisson' }, seed } as const;
      const watched = watch(world, { seconds: 60 });
      const failed = watched.failedAt ?? Infinity;
      for (const { at, forecast, exhaustsAt } of watched.stated) {
        if (exhaustsAt === null || at < 4) continue;
        const shift = exhaustsAt - (forecast.exhaustsAtMs ?? 0) / 1000;
        const earliest = (forecast.earliestAtMs ?? 0) / 1000 + shift;
        const latest = forecast.latestAtMs === null ? Infinity : forecast.latestAtMs / 1000 + shift;
        all += 1;
        if (earliest <= failed && failed <= latest) inside += 1;
        if (at > 20 && latest < Infinity) widths = Math.max(widths, (latest - earliest) / (failed - at + 4));
      }
    }
    expect(all).toBeGreaterThan(150);
    expect(inside / all).toBeGreaterThan(0.85);
    expect(widths).toBeLessThan(1.5);
  });
});
