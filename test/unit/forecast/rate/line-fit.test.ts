/** The fit of a level and a rise, against sums over every bin and lines without noise. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  computeBinAge,
  fitLine,
  fitWeightedLine,
  sumBins,
  type Bins,
} from '../../../../daemon/forecast/rate/line-fit.js';

const SEEDED = { seed: 15, numRuns: 100 };
const BIN_SECONDS = 2;

/** Counts of a line that is `level` per bin up to `knee` bins ago and rises by `slope` per second since. */
function drawLine(bins: number, line: { level: number; slope: number; knee: number }, endedSeconds = 0): Bins {
  const rise = (bin: number): number => Math.max(0, (line.knee - bin - 0.5) * BIN_SECONDS);
  const counts = Float64Array.from({ length: bins }, (_, bin) => line.level + line.slope * rise(bin));
  return { counts, binSeconds: BIN_SECONDS, endedSeconds };
}

/** Ordinary least squares of counts against the rise, summed bin by bin. */
function fitDirectly({ counts, binSeconds, endedSeconds }: Bins, knee: number, from: number) {
  const rises = Array.from(counts, (_, bin) => Math.max(0, binSeconds * (knee - bin - 0.5))).slice(from);
  const seen = [...counts].slice(from);
  const meanRise = rises.reduce((sum, rise) => sum + rise, 0) / rises.length;
  const meanCount = seen.reduce((sum, count) => sum + count, 0) / seen.length;
  const spread = rises.reduce((sum, rise) => sum + (rise - meanRise) ** 2, 0);
  const crossed = rises.reduce((sum, rise, i) => sum + (rise - meanRise) * ((seen[i] ?? NaN) - meanCount), 0);
  const slope = crossed / spread;
  const kneeAge = endedSeconds + binSeconds * knee;
  return { slope, spread, now: meanCount + slope * (kneeAge - meanRise), lever: kneeAge - meanRise };
}

describe('a fitted line', () => {
  it('is the line itself where the counts have no noise', () => {
    const bins = drawLine(300, { level: 8, slope: 0.05, knee: 200 }, 1.5);
    const { now, slope } = fitLine(sumBins(bins), { from: 0, to: 300, knee: 200 });
    expect(slope).toBeCloseTo(0.05, 9);
    // At present, 1.5 s after the newest bin ended.
    expect(now).toBeCloseTo(8 + 0.05 * (400 + 1.5), 9);
  });

  it('is that of ordinary least squares over the same bins (property)', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 20, maxLength: 120 });
    const share = fc.double({ min: 0.3, max: 1, noNaN: true });
    fc.assert(
      fc.property(counts, share, fc.integer({ min: 0, max: 4 }), (seen, kneeShare, from) => {
        const bins = { counts: Float64Array.from(seen), binSeconds: BIN_SECONDS, endedSeconds: 0.7 };
        const knee = Math.round(kneeShare * seen.length);
        const fit = fitLine(sumBins(bins), { from, to: seen.length, knee });
        const direct = fitDirectly(bins, knee, from);
        expect(fit.slope).toBeCloseTo(direct.slope, 7);
        expect(fit.now).toBeCloseTo(direct.now, 6);
        expect(fit.spread / direct.spread).toBeCloseTo(1, 9);
        expect(fit.lever).toBeCloseTo(direct.lever, 7);
      }),
      SEEDED,
    );
  });

  it('scales with the counts (property)', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 20, maxLength: 60 });
    fc.assert(
      fc.property(counts, fc.integer({ min: 2, max: 9 }), (seen, factor) => {
        const of = (by: number) =>
          fitLine(sumBins({ counts: Float64Array.from(seen, (count) => by * count), binSeconds: 2, endedSeconds: 0 }), {
            from: 0,
            to: seen.length,
            knee: seen.length,
          });
        expect(of(factor).slope).toBeCloseTo(factor * of(1).slope, 6);
        expect(of(factor).now).toBeCloseTo(factor * of(1).now, 6);
      }),
      SEEDED,
    );
  });
});

describe('a weighted fit', () => {
  const line = { level: 8, slope: 0.05, knee: 200 };
  const sums = sumBins(drawLine(300, line, 1.5));
  const plain = fitLine(sums, { from: 0, to: 300, knee: 200 });

  it('is the line itself where the counts have no noise', () => {
    const { now, slope } = fitWeightedLine(sums, plain, { length: 300, phi: 1 });
    expect(slope).toBeCloseTo(0.05, 9);
    expect(now).toBeCloseTo(8 + 0.05 * (400 + 1.5), 9);
  });

  it('has variances in proportion to phi', () => {
    const [poisson, bunched] = [1, 4].map((phi) => fitWeightedLine(sums, plain, { length: 300, phi }));
    for (const name of ['nowVariance', 'slopeVariance', 'covariance'] as const) {
      expect((bunched?.[name] ?? NaN) / (poisson?.[name] ?? NaN)).toBeCloseTo(4, 9);
    }
  });

  it('has the variance of the line at its knee in the covariance of level and slope', () => {
    const { nowVariance, slopeVariance, covariance } = fitWeightedLine(sums, plain, { length: 300, phi: 1 });
    const kneeAge = computeBinAge(sums, 200);
    // The level before the knee: 100 bins of 8 closes alone give it a variance of 8 / 100 at most.
    const levelVariance = nowVariance - 2 * kneeAge * covariance + kneeAge ** 2 * slopeVariance;
    expect(levelVariance).toBeGreaterThan(0);
    expect(levelVariance).toBeLessThan(8 / 100);
  });
});
