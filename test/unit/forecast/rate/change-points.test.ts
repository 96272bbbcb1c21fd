/** How long the rate has been what it is: against a brute force over all ways to cut a histogram, and closed forms. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findRuns, type Histogram } from '../../../../daemon/forecast/rate/change-points.js';
import { logGamma } from '../../../../daemon/forecast/rate/distribution.js';
import { requireValue } from '../../../builders/require-value.js';

const SEEDED = { seed: 12, numRuns: 150 };
const POISSON = { phi: 1, evidence: 6, rate: 0 };

/** Bins of one width, the newest first, without the instants of the closes. */
const createHistogram = (counts: readonly number[], binMs = 2000): Histogram => ({
  counts,
  edgesMs: counts.map((_, bin) => (bin + 1) * binMs),
  oldestMs: null,
  newestMs: 0,
});

/** Closes at these ages, ascending, in bins of one width, with their instants. */
function createDatedHistogram(agesMs: readonly number[], bins: number, binMs: number): Histogram {
  const counts = new Array<number>(bins).fill(0);
  const oldestMs = new Array<number>(bins).fill(0);
  for (const ageMs of agesMs) {
    const bin = Math.floor(ageMs / binMs);
    counts[bin] = (counts[bin] ?? 0) + 1;
    oldestMs[bin] = ageMs;
  }
  return { ...createHistogram(counts, binMs), oldestMs, newestMs: requireValue(agesMs[0]) };
}

/**
 * The weight of each length of the present run, by summing over every way to cut the bins into runs: gamma prior of
 * shape 0.5 around the window's mean, Poisson counts over phi, and a change after 10 minutes on average.
 */
function enumerateWeights(counts: readonly number[], binMs: number, phi: number): number[] {
  const bins = counts.length;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const seconds = binMs / 1000;
  const priorRate = (0.5 * bins * seconds) / total;
  const terms: { newestRun: number; log: number }[] = [];
  for (let cuts = 0; cuts < 2 ** (bins - 1); cuts += 1) {
    let log = 0;
    let from = 0;
    let newestRun = 0;
    for (let bin = 1; bin <= bins; bin += 1) {
      if (bin < bins && (cuts & (1 << (bin - 1))) === 0) continue;
      const closes = counts.slice(from, bin).reduce((sum, count) => sum + count, 0);
      const shape = 0.5 + closes / phi;
      log += 0.5 * Math.log(priorRate) - logGamma(0.5);
      log += logGamma(shape) - shape * Math.log(priorRate + ((bin - from) * seconds) / phi);
      if (bin < bins) log += Math.log(1 - Math.exp(-binMs / 600_000));
      if (from === 0) newestRun = bin;
      from = bin;
    }
    terms.push({ newestRun, log });
  }
  const peak = Math.max(...terms.map(({ log }) => log));
  const weights = Array.from({ length: bins }, (_, index) =>
    terms.reduce((sum, { newestRun, log }) => sum + (newestRun === index + 1 ? Math.exp(log - peak) : 0), 0),
  );
  const sum = weights.reduce((all, weight) => all + weight, 0);
  return weights.map((weight) => weight / sum);
}

describe('the weights of the runs', () => {
  it('are those of a brute force over every way to cut the histogram (property)', () => {
    const phis = fc.constantFrom(0.25, 1, 3);
    const histograms = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 2, maxLength: 9 });
    fc.assert(
      fc.property(histograms, phis, (counts, phi) => {
        fc.pre(counts.some((count) => count > 0));
        const runs = findRuns(createHistogram(counts), { ...POISSON, phi });
        const exact = enumerateWeights(counts, 2000, phi);
        // Weights below 0.4% of the greatest are dropped, which raises the others.
        const kept = exact.map((weight) => (weight >= 0.004 * Math.max(...exact) ? weight : 0));
        const sum = kept.reduce((all, weight) => all + weight, 0);
        const expected = kept.map((weight) => weight / sum).filter((weight) => weight > 0);
        expect(runs).toHaveLength(expected.length);
        for (const [index, { weight }] of runs.entries()) expect(weight).toBeCloseTo(expected[index] ?? NaN, 5);
      }),
      SEEDED,
    );
  });

  it('add up to 1, the shortest run first', () => {
    const runs = findRuns(createHistogram([9, 8, 11, 10, 2, 1, 3, 2, 2, 1]), POISSON);
    expect(runs.length).toBeGreaterThan(1);
    expect(runs.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9);
    expect(runs.map(({ ageMs }) => ageMs)).toEqual([...runs.map(({ ageMs }) => ageMs)].sort((a, b) => a - b));
  });

  it('are on the run since a step of the rate', () => {
    // 25/s for the newest 10 s, 5/s before.
    const counts = Array.from({ length: 30 }, (_, bin) => (bin < 5 ? 50 : 10));
    const runs = findRuns(createHistogram(counts), POISSON);
    const [likeliest] = [...runs].sort((a, b) => b.weight - a.weight);
    expect(likeliest).toMatchObject({ ageMs: 10_000, seen: 250, rate: 25 });
    expect(requireValue(likeliest).weight).toBeGreaterThan(0.9);
  });

  it('are on the whole window where the rate is steady', () => {
    const [longest] = findRuns(createHistogram(new Array<number>(30).fill(20)), POISSON).slice(-1);
    expect(longest).toMatchObject({ ageMs: 60_000, seen: 600, rate: 10 });
    expect(requireValue(longest).weight).toBeGreaterThan(0.9);
  });

  it('stay the same when all counts and their phi are doubled (property)', () => {
    const histograms = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(histograms, (counts) => {
        const once = findRuns(createHistogram(counts), POISSON);
        const twice = findRuns(createHistogram(counts.map((count) => 2 * count)), { ...POISSON, phi: 2 });
        expect(twice.map(({ ageMs }) => ageMs)).toEqual(once.map(({ ageMs }) => ageMs));
        for (const [index, run] of twice.entries()) {
          const { weight, rate, mean, shape } = requireValue(once[index]);
          expect(run.weight).toBeCloseTo(weight, 9);
          expect(run.rate).toBeCloseTo(2 * rate, 9);
          expect(run.mean).toBeCloseTo(2 * mean, 9);
          expect(run.shape).toBeCloseTo(shape, 9);
        }
      }),
      SEEDED,
    );
  });
});

describe('the rate of a run', () => {
  it('is exact for paced closes, whose gaps are counted rather than the edges of the bins', () => {
    const ages = Array.from({ length: 400 }, (_, i) => 70 + (1000 / 7) * i).filter((age) => age < 30_000);
    const runs = findRuns(createDatedHistogram(ages, 15, 2000), { ...POISSON, phi: 0.01 });
    const longest = requireValue(runs.at(-1));
    expect(longest.rate).toBeCloseTo(7, 6);
    expect(longest.weight).toBeGreaterThan(0.9);
  });

  it('counts silence since the last close as time without closes, up to one gap', () => {
    // Ten closes a second apart, the last one 4 s ago: nine gaps in 13 s, of which one second is taken off.
    const ages = Array.from({ length: 10 }, (_, i) => 4000 + 1000 * i);
    const runs = findRuns(createDatedHistogram(ages, 7, 2000), POISSON);
    expect(requireValue(runs.at(-1)).rate).toBeCloseTo(9 / 12, 6);
  });

  it('is that of the bins where all closes came just now', () => {
    const runs = findRuns(createDatedHistogram(new Array<number>(20).fill(5), 10, 2000), POISSON);
    expect(requireValue(runs.find(({ ageMs }) => ageMs === 2000)).rate).toBe(10);
  });

  it('has a mean that includes the usual rate with the weight of one close', () => {
    const counts = Array.from({ length: 30 }, (_, bin) => (bin < 5 ? 50 : 10));
    const usualRate = 500 / 60;
    const run = requireValue(findRuns(createHistogram(counts), POISSON).find(({ ageMs }) => ageMs === 10_000));
    expect(run.mean).toBeCloseTo(251 / (1 / usualRate + 250 / 25), 9);
    expect(run.shape).toBeCloseTo(251, 9);
  });

  it('has a mean of at least its first seconds where the usual rate was near 0', () => {
    // 36/s for two seconds, and nothing before: a close at 1.2/s would stand for 0.8 s.
    const run = requireValue(findRuns(createHistogram([72, ...new Array<number>(29).fill(0)]), POISSON)[0]);
    expect(run.rate).toBe(36);
    expect(run.mean).toBeCloseTo(73 / (1 / 7.2 + 2), 9);
  });

  it('is less certain the more the closes scatter', () => {
    const counts = new Array<number>(30).fill(20);
    const [poisson, bunched] = [1, 4].map((phi) =>
      requireValue(findRuns(createHistogram(counts), { ...POISSON, phi }).at(-1)),
    );
    expect(poisson?.shape).toBeCloseTo(601, 6);
    expect(bunched?.shape).toBeCloseTo(604 / 4, 6);
  });
});

describe('a window without closes', () => {
  it('is one run at rate 0 whose mean is half a close', () => {
    expect(findRuns(createHistogram(new Array<number>(30).fill(0)), POISSON)).toEqual([
      { weight: 1, rate: 0, mean: 0.5 / 60, shape: 0.5, seen: 0, ageMs: 60_000 },
    ]);
  });

  it('of no length is one run without a rate', () => {
    expect(findRuns(createHistogram([]), POISSON)).toEqual([
      { weight: 1, rate: 0, mean: 0, shape: 0.5, seen: 0, ageMs: 0 },
    ]);
  });
});
