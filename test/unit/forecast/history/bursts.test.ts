/** Bursts: when they begin and end, and how long one lasts by the lengths of the earlier ones. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createBurstMemory,
  estimateProbabilityToLast,
  followBurst,
  type BurstSighting,
} from '../../../../daemon/forecast/history/bursts.js';
import type { Burst } from '../../../../daemon/forecast/history/types.js';

const SEEDED = { seed: 23, numRuns: 150 };
/** The wall clock is this much ahead of the monotonic one. */
const WALL_MS = Date.UTC(2026, 0, 5, 12);

/** A pool that sustains 16/s, sampled at these instants (s); each sighting states what differs from 2/s for an hour. */
function follow(sightings: readonly (readonly [second: number, seen: Partial<BurstSighting>])[]): (Burst | null)[] {
  const memory = createBurstMemory();
  return sightings.map(([second, seen]) =>
    followBurst(memory, {
      poolId: 'p',
      kind: 'closes',
      monotonicMs: 1000 * second,
      takenAtMs: WALL_MS + 1000 * second,
      rate: 2,
      sinceMs: 3_600_000,
      sustainableRate: 16,
      exhausted: false,
      ...seen,
    }),
  );
}
const createBurst = (durationMs: number, exhausted = false): Burst => ({
  poolId: 'p',
  kind: 'closes',
  beganAtMs: WALL_MS,
  durationMs,
  rate: 30,
  baseRate: 2,
  exhausted,
});

describe('a burst', () => {
  it('lasts from the change of the rate above the limit to the change below it', () => {
    const ended = follow([
      [100, {}],
      [102, { rate: 30, sinceMs: 1500 }],
      [110, { rate: 31, sinceMs: 9500 }],
      [120, { rate: 3, sinceMs: 2000 }],
      [122, { rate: 3, sinceMs: 4000 }],
    ]);
    expect(ended.slice(0, 4)).toEqual([null, null, null, null]);
    expect(ended[4]).toEqual({
      poolId: 'p',
      kind: 'closes',
      beganAtMs: WALL_MS + 100_500,
      durationMs: 17_500,
      rate: 31,
      baseRate: 2,
      exhausted: false,
    });
  });

  it('goes on over a dip of less than three seconds', () => {
    const ended = follow([
      [100, { rate: 30, sinceMs: 1000 }],
      [110, { rate: 3, sinceMs: 2000 }],
      [112, { rate: 30, sinceMs: 1000 }],
      [120, { rate: 3, sinceMs: 1000 }],
      [123, { rate: 3, sinceMs: 4000 }],
    ]);
    expect(ended.slice(0, 4)).toEqual([null, null, null, null]);
    expect(ended[4]).toMatchObject({ beganAtMs: WALL_MS + 99_000, durationMs: 20_000 });
  });

  it('does not end at the limit itself, but 5% below it', () => {
    const at = (rate: number) =>
      follow([
        [100, { rate: 30, sinceMs: 1000 }],
        [110, { rate, sinceMs: 5000 }],
      ])[1];
    expect(at(15.3)).toBeNull();
    expect(at(15.1)).toMatchObject({ durationMs: 6000 });
  });

  it('is dropped when it was shorter than a second', () => {
    expect(
      follow([
        [100, { rate: 30, sinceMs: 200 }],
        [104, { rate: 3, sinceMs: 3500 }],
      ]),
    ).toEqual([null, null]);
  });

  it('ends with the exhaustion of the pool, and is not counted again while ports come free', () => {
    const ended = follow([
      [100, { rate: 30, sinceMs: 1000 }],
      [130, { rate: 30, sinceMs: 31_000, exhausted: true }],
      [132, { rate: 30, sinceMs: 33_000, exhausted: true }],
      [200, { rate: 30, sinceMs: 5000 }],
      [209, { rate: 3, sinceMs: 4000 }],
      // From 80 s after the exhaustion on a burst may begin again.
      [210, { rate: 30, sinceMs: 1000 }],
      [220, { rate: 3, sinceMs: 4000 }],
    ]);
    expect(ended[1]).toMatchObject({ durationMs: 31_000, exhausted: true });
    expect(ended.slice(2, 6)).toEqual([null, null, null, null]);
    expect(ended[6]).toMatchObject({ beganAtMs: WALL_MS + 209_000, durationMs: 7000, exhausted: false });
  });
});

/** The probability to last, where one without history would be one half. */
function toLast(bursts: readonly Burst[], ageMs: number, furtherMs: number, byRule = 0.5): number {
  return estimateProbabilityToLast(bursts, { ageMs, furtherMs, byRule });
}

describe('the probability that a burst lasts', () => {
  it('is 1 for no time, and one half without earlier bursts', () => {
    expect(toLast([createBurst(5000)], 1000, 0)).toBe(1);
    expect(toLast([], 1000, 60_000)).toBe(0.5);
  });

  it('is the share of the earlier bursts of that age which were longer, beside the general rule as half a burst', () => {
    // Two much shorter ones, three in between, five much longer ones than 20 s; the present burst is 10 s old.
    const bursts = [100, 100, 14_000, 14_000, 14_000, 9e6, 9e6, 9e6, 9e6, 9e6].map((ms) => createBurst(ms));
    // At its own length a burst counts half; 14 s against 10 s and 20 s counts 0.87 and 0.12.
    const blurred = (ms: number): number => 1 / (1 + Math.exp(-Math.log(14_000 / ms) / 0.175));
    const expected = (0.25 + 5 + 3 * blurred(20_000)) / (0.5 + 5 + 3 * blurred(10_000));
    expect(toLast(bursts, 10_000, 10_000)).toBeCloseTo(expected, 3);
  });

  it('is that of Kaplan and Meier where lengths are far apart: a burst that was cut off does not count after its end', () => {
    const cutOff = createBurst(100_000, true);
    const bursts = [createBurst(1000), createBurst(10_000_000), createBurst(10_000_000), cutOff];
    // At 1 s of age two of three counted bursts, and the prior, reach 1,000 s; the one cut off at 100 s does not count.
    expect(toLast(bursts, 10, 1_000_000)).toBeCloseTo(2.25 / 3.5, 2);
    // Up to 10 s it counts as one that lasted.
    expect(toLast(bursts, 10, 10_000)).toBeCloseTo(3.25 / 4.5, 2);
  });

  it.each([0.1, 0.5, 0.9])(
    'is that of the general rule, %d, for a burst that has outlasted all earlier ones',
    (byRule) => {
      const bursts = Array.from({ length: 20 }, () => createBurst(10_000));
      expect(toLast(bursts, 1_000_000, 60_000, byRule)).toBeCloseTo(byRule, 6);
      expect(toLast([], 1000, 60_000, byRule)).toBe(byRule);
    },
  );

  it('counts the general rule as much as half a burst', () => {
    const longer = Array.from({ length: 4 }, () => createBurst(9e9));
    for (const byRule of [0, 0.3, 1]) expect(toLast(longer, 1000, 1000, byRule)).toBeCloseTo((4 + byRule / 2) / 4.5, 6);
  });

  it.each<[string, readonly number[], number]>([
    ['four equal ones', [20_000, 20_000, 20_000, 20_000], 0.35],
    ['five equal ones', [20_000, 20_000, 20_000, 20_000, 20_000], 0.1],
    // Their logarithms have a standard deviation of 0.2.
    ['five that scatter by 0.2', [-1, -1, 0, 1, 1].map((step) => 20_000 * Math.exp(0.2 * step)), 0.2],
    ['five that scatter widely', [1000, 5000, 20_000, 80_000, 400_000], 0.35],
  ])('blurs the length of each by their scatter: %s', (_, lengths, blur) => {
    const longer = (ms: number, than: number): number => 1 / (1 + Math.exp((-2 * Math.log(ms / than)) / blur));
    const sum = (than: number): number => lengths.reduce((total, ms) => total + longer(ms, than), 0);
    const found = toLast(
      lengths.map((ms) => createBurst(ms)),
      18_000,
      4000,
      0.5,
    );
    expect(found).toBeCloseTo((0.25 + sum(22_000)) / (0.5 + sum(18_000)), 9);
  });
});

describe('the probability that a burst lasts (properties)', () => {
  const bursts = fc
    .array(fc.record({ ms: fc.integer({ min: 1000, max: 600_000 }), exhausted: fc.boolean() }), { maxLength: 30 })
    .map((all) => all.map(({ ms, exhausted }) => createBurst(ms, exhausted)));
  const span = fc.integer({ min: 1, max: 1_200_000 });

  it('lies between 0 and 1', () => {
    fc.assert(
      fc.property(bursts, span, span, (earlier, ageMs, furtherMs) => {
        const probability = toLast(earlier, ageMs, furtherMs);
        expect(probability).toBeGreaterThanOrEqual(0);
        expect(probability).toBeLessThanOrEqual(1);
      }),
      SEEDED,
    );
  });

  it('never rises with the time ahead where no burst was cut off', () => {
    fc.assert(
      fc.property(bursts, span, span, span, (earlier, ageMs, a, b) => {
        const whole = earlier.map(({ durationMs }) => createBurst(durationMs));
        const [shorter, longer] = [Math.min(a, b), Math.max(a, b)].map((ms) => toLast(whole, ageMs, ms));
        expect(longer).toBeLessThanOrEqual((shorter ?? NaN) + 1e-12);
      }),
      SEEDED,
    );
  });

  it('does not depend on the order of the bursts, nor on the unit of time', () => {
    fc.assert(
      fc.property(bursts, span, span, fc.integer({ min: 2, max: 50 }), (earlier, ageMs, furtherMs, factor) => {
        const probability = toLast(earlier, ageMs, furtherMs);
        expect(toLast([...earlier].reverse(), ageMs, furtherMs)).toBeCloseTo(probability, 12);
        const scaled = earlier.map((burst) => createBurst(factor * burst.durationMs, burst.exhausted));
        expect(toLast(scaled, factor * ageMs, factor * furtherMs)).toBeCloseTo(probability, 9);
      }),
      SEEDED,
    );
  });

  it('is never smaller when a burst is known to have been cut off rather than to have ended', () => {
    fc.assert(
      fc.property(bursts, span, span, (earlier, ageMs, furtherMs) => {
        const ended = earlier.map(({ durationMs }) => createBurst(durationMs));
        const cutOff = earlier.map(({ durationMs }) => createBurst(durationMs, true));
        const probability = toLast(ended, ageMs, furtherMs);
        expect(toLast(cutOff, ageMs, furtherMs)).toBeGreaterThanOrEqual(probability - 1e-12);
      }),
      SEEDED,
    );
  });
});
