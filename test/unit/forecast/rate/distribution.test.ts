/** The distribution of a close rate, against closed forms of the normal and the gamma distribution. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  estimateInterval90,
  findInterval90,
  logGamma,
  normalCdf,
  probabilityAbove,
} from '../../../../daemon/forecast/rate/distribution.js';
import { createRun } from '../../../builders/pool-facts.js';

const EXACT_PHI = { noise: 0, widening: 1 };
const SEEDED = { seed: 11, numRuns: 200 };
const rate = fc.double({ min: 1, max: 1000, noNaN: true });
const shape = fc.double({ min: 2, max: 5000, noNaN: true });
const mixture = fc
  .array(fc.record({ mean: rate, shape, share: fc.double({ min: 0.05, max: 1, noNaN: true }) }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => {
    const total = parts.reduce((sum, { share }) => sum + share, 0);
    return parts.map((part) => createRun(part.mean, { shape: part.shape, weight: part.share / total }));
  });

describe('the normal distribution', () => {
  it.each([
    [0, 0.5],
    [1, 0.8413447],
    [1.6448536, 0.95],
    [-1.6448536, 0.05],
    [2.5758293, 0.995],
    [-4, 0.0000316712],
    [40, 1],
  ])('is below %d with probability %d', (z, probability) => {
    expect(normalCdf(z)).toBeCloseTo(probability, 6);
  });
});

describe('the logarithm of the gamma function', () => {
  it('is that of the factorial at whole numbers', () => {
    let factorial = 1;
    for (let n = 1; n <= 20; n += 1) {
      expect(logGamma(n)).toBeCloseTo(Math.log(factorial), 7);
      factorial *= n;
    }
  });

  it('is that of the root of pi at one half, and grows by log x from x to x + 1', () => {
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 7);
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1000, noNaN: true }), (x) => {
        expect(logGamma(x + 1) - logGamma(x)).toBeCloseTo(Math.log(x), 6);
      }),
      SEEDED,
    );
  });
});

describe('the 90% interval of one run', () => {
  it.each([
    // Quantiles of the gamma distribution with mean 1: chi-square with twice the shape in degrees of freedom.
    [1, 0.0513, 2.9957],
    [5, 0.394, 1.8307],
    [50, 0.77929, 1.24342],
  ])('of shape %d has the 5% and 95% quantiles of the gamma distribution', (of, low, high) => {
    const interval = findInterval90([createRun(1, { shape: of })]);
    // Wilson and Hilferty's approximation is exact to a hundredth of the mean, or of the quantile, already at shape 1.
    expect(Math.abs(interval.low - low)).toBeLessThan(0.015);
    expect(Math.abs(interval.high - high)).toBeLessThan(0.03);
  });

  it('is wider by the scatter of the closes to come, and by an uncertain phi', () => {
    const runs = [createRun(10, { shape: 100 })];
    const width = (noise: number, widening: number): number => {
      const { low, high } = findInterval90(runs, { noise, widening });
      return high - low;
    };
    const exact = width(0, 1);
    // The variances add up: 1/100 of the rate and 3/100 of the noise make twice the width.
    expect(width(0.03, 1) / exact).toBeCloseTo(2, 1);
    expect(width(0, 4) / exact).toBeCloseTo(2, 1);
  });

  it('may reach down to 0', () => {
    const half = { weight: 0.5, seen: 1, ageMs: 500 };
    const runs = [createRun(900, { ...half, shape: 0.02 }), createRun(10, { ...half, shape: 50 })];
    const { low, high } = findInterval90(runs);
    expect(low).toBeCloseTo(0, 3);
    expect(high).toBeGreaterThan(low);
  });
});

describe('a mixture of runs (properties)', () => {
  it('is above a rate with a probability between 0 and 1 that falls with the rate', () => {
    fc.assert(
      fc.property(rate, shape, rate, rate, (mean, of, a, b) => {
        const run = createRun(mean, { shape: of });
        const [higher, lower] = [Math.max(a, b), Math.min(a, b)].map((at) => probabilityAbove(run, at, EXACT_PHI));
        expect(higher).toBeGreaterThanOrEqual(0);
        expect(lower).toBeLessThanOrEqual(1);
        expect(higher).toBeLessThanOrEqual((lower ?? NaN) + 1e-12);
      }),
      SEEDED,
    );
  });

  it('leaves 5% of the probability on either side of its interval', () => {
    fc.assert(
      fc.property(mixture, (runs) => {
        const above = (at: number): number =>
          runs.reduce((sum, run) => sum + run.weight * probabilityAbove(run, at, EXACT_PHI), 0);
        const { low, high } = findInterval90(runs);
        // The ends are exact to a thousandth of the rate.
        expect(above(low * 0.999)).toBeGreaterThanOrEqual(0.95 - 1e-6);
        expect(above(low * 1.001)).toBeLessThanOrEqual(0.95 + 1e-6);
        expect(above(high * 0.999)).toBeGreaterThanOrEqual(0.05 - 1e-6);
        expect(above(high * 1.001)).toBeLessThanOrEqual(0.05 + 1e-6);
      }),
      SEEDED,
    );
  });

  it('has an interval that scales with the rate', () => {
    fc.assert(
      fc.property(mixture, fc.double({ min: 0.1, max: 10, noNaN: true }), (runs, factor) => {
        const scaled = runs.map((run) => ({ ...run, rate: factor * run.rate, mean: factor * run.mean }));
        const [before, after] = [findInterval90(runs), findInterval90(scaled)];
        expect(after.low / (factor * before.low)).toBeCloseTo(1, 2);
        expect(after.high / (factor * before.high)).toBeCloseTo(1, 2);
      }),
      SEEDED,
    );
  });

  it('has an estimated interval that is the exact one where there is one run', () => {
    fc.assert(
      fc.property(rate, shape, (mean, of) => {
        const runs = [createRun(mean, { shape: of })];
        const [exact, estimated] = [findInterval90(runs), estimateInterval90(runs)];
        expect(estimated.low / exact.low).toBeCloseTo(1, 2);
        expect(estimated.high / exact.high).toBeCloseTo(1, 2);
      }),
      SEEDED,
    );
  });

  it('has an estimated interval that includes the mean of every likely run', () => {
    const runs = [createRun(10, { shape: 1000, weight: 0.93 }), createRun(40, { shape: 1000, weight: 0.07 })];
    expect(estimateInterval90(runs).high).toBeGreaterThanOrEqual(40);
  });
});
