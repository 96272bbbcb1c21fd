import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrivalTimes, dispersionOf, type Arrivals } from './arrivals.js';
import { intensityOf, lines, steps, type RatePlan } from './plan.js';
import { seeded } from './random.js';

const KINDS: readonly (readonly [string, Arrivals])[] = [
  ['paced', { kind: 'paced' }],
  ['poisson', { kind: 'poisson' }],
  ['clusters', { kind: 'clusters', mean: 4, spreadMs: 2000 }],
  ['modulated', { kind: 'modulated', relativeSd: 0.5, correlationMs: 2000 }],
];

function arrivalsOf(arrivals: Arrivals, plan: RatePlan, until: { ms: number; seed: number }): number[] {
  const next = arrivalTimes(arrivals, intensityOf(plan), seeded(until.seed));
  const all: number[] = [];
  for (let at = next(); at <= until.ms; at = next()) all.push(at);
  return all;
}

describe('a plan', () => {
  const point = fc.record({
    gap: fc.integer({ min: 1, max: 20_000 }),
    rate: fc.integer({ min: 0, max: 5000 }).map((tenths) => tenths / 10),
    slopePerMs: fc.integer({ min: -1000, max: 1000 }).map((n) => n / 10_000),
  });
  const plan = fc.array(point, { minLength: 1, maxLength: 6 }).map((points) => {
    let atMs = 0;
    return points.map(({ gap, rate, slopePerMs }) => ({ atMs: (atMs += gap), rate, slopePerMs }));
  });

  it('is inverted exactly (property)', () => {
    fc.assert(
      fc.property(plan, fc.array(fc.double({ min: 1e-6, max: 1000, noNaN: true }), { maxLength: 20 }), (of, wanted) => {
        const intensity = intensityOf(of);
        for (const expected of wanted) {
          const at = intensity.invert(expected);
          if (at < Infinity) expect(intensity.cumulative(at)).toBeCloseTo(expected, 5);
        }
      }),
    );
  });

  it('is the integral of its rate, and never above its peak (property)', () => {
    fc.assert(
      fc.property(plan, (of) => {
        const intensity = intensityOf(of);
        const peak = intensity.peak(0, 30_000);
        let sum = 0;
        let highest = 0;
        for (let ms = 0.5; ms < 30_000; ms += 1) {
          const rate = intensity.rateAt(ms);
          highest = Math.max(highest, rate);
          sum += rate / 1000;
        }
        expect(highest).toBeLessThanOrEqual(peak + 1e-9);
        expect(Math.abs(intensity.cumulative(30_000) - sum)).toBeLessThan(0.002 * (sum + 10 * of.length));
      }),
      { numRuns: 20 },
    );
  });

  it('by lines, by steps and by a function gives the same where they describe the same rate', () => {
    const ramp = lines([0, 10], [10_000, 30], [10_000, 5]);
    const byHand = intensityOf((ms) => (ms < 10_000 ? 10 + 0.002 * (ms + 0.5) : 5));
    const inLines = intensityOf(ramp);
    for (const expected of [1, 50, 199, 201, 260]) {
      expect(byHand.invert(expected)).toBeCloseTo(inLines.invert(expected), 2);
    }
    expect(intensityOf(steps([0, 25], [20_000, 0])).invert(501)).toBe(Infinity);
    expect(intensityOf(0).invert(1)).toBe(Infinity);
  });

  it('refuses points that go back in time, and a rate below 0', () => {
    expect(() => intensityOf(steps([5, 1], [5, 2]))).toThrow(/5 and 5 ms/);
    expect(() => intensityOf(-3)).toThrow(/rate -3/);
  });
});

describe.each(KINDS)('%s arrivals', (_, arrivals) => {
  it('depend on their seed only, and ascend', () => {
    const run = (seed: number): number[] => arrivalsOf(arrivals, 40, { ms: 20_000, seed });
    expect(run(1)).toEqual(run(1));
    expect(run(1)).toEqual([...run(1)].sort((a, b) => a - b));
    if (arrivals.kind !== 'paced') expect(run(2)).not.toEqual(run(1));
  });

  it('have the mean of the plan, also just after a step', () => {
    const plan = steps([0, 10], [10_000, 40], [20_000, 5]);
    const runs = 400;
    const counts = [0, 0, 0, 0];
    for (let seed = 1; seed <= runs; seed += 1) {
      for (const at of arrivalsOf(arrivals, plan, { ms: 22_000, seed })) {
        if (at < 2000) counts[0] = (counts[0] ?? 0) + 1;
        else if (at >= 10_000 && at < 11_000) counts[1] = (counts[1] ?? 0) + 1;
        else if (at >= 19_000 && at < 20_000) counts[2] = (counts[2] ?? 0) + 1;
        else if (at >= 20_000) counts[3] = (counts[3] ?? 0) + 1;
      }
    }
    const expected = [20, 40, 40, 10];
    counts.forEach((count, i) => {
      const mean = (expected[i] ?? 0) * runs;
      const error = 4 * Math.sqrt(dispersionOf(arrivals, 40) * mean);
      // A paced arrival may fall on either side of the end of a window.
      expect(Math.abs(count - mean), `window ${i}`).toBeLessThanOrEqual(arrivals.kind === 'paced' ? runs : error);
    });
  });

  it('have the stated variance over mean', () => {
    const [rate, blockMs, blocks] = [40, 20_000, 1500];
    const counts = new Float64Array(blocks);
    for (const at of arrivalsOf(arrivals, rate, { ms: blocks * blockMs, seed: 5 })) {
      const block = Math.min(blocks - 1, Math.floor(at / blockMs));
      counts[block] = (counts[block] ?? 0) + 1;
    }
    const mean = counts.reduce((sum, count) => sum + count, 0) / blocks;
    const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (blocks - 1);
    const phi = dispersionOf(arrivals, rate, blockMs);
    // The variance of n blocks is known to sqrt(2 / n); the tolerance is four of those.
    expect(Math.abs(variance / mean - phi)).toBeLessThanOrEqual(4 * phi * Math.sqrt(2 / blocks) * 1.2 + 0.01);
    expect(Math.abs(mean - (rate * blockMs) / 1000)).toBeLessThan(4 * Math.sqrt((phi * mean) / blocks) + 1e-2);
  });
});

describe('dispersionOf', () => {
  it('grows with the rate for modulated arrivals only, and is 2 m - 1 for clusters', () => {
    const clusters: Arrivals = { kind: 'clusters', mean: 4, spreadMs: 2000 };
    expect(dispersionOf(clusters, 10)).toBe(7);
    expect(dispersionOf(clusters, 100, 1e9)).toBeCloseTo(7, 4);
    const noise: Arrivals = { kind: 'modulated', relativeSd: 0.5, correlationMs: 2000 };
    expect(dispersionOf(noise, 80) - 1).toBeCloseTo(2 * (dispersionOf(noise, 40) - 1), 9);
    expect(dispersionOf(noise, 40, 1e9)).toBeCloseTo(dispersionOf(noise, 40), 2);
  });
});
