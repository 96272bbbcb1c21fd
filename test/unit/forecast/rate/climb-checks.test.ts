/** What a line must withstand before it counts as a climb, each check by itself. */
import { describe, expect, it } from 'vitest';
import {
  computeLineGain,
  findBestStepGain,
  fitsThroughout,
  hasSettled,
} from '../../../../daemon/forecast/rate/climb-checks.js';
import { fitLine, sumBins, type BinSums } from '../../../../daemon/forecast/rate/line-fit.js';

const BINS = 300;
const KNEE = 200;
/** Counts in bins of 2 s, the newest first: 10 per bin, and 0.05 per second more since 400 s ago, plus `more`. */
const createSums = (more: (bin: number) => number = () => 0): BinSums =>
  sumBins({
    counts: Float64Array.from({ length: BINS }, (_, bin) => 10 + 0.1 * Math.max(0, KNEE - bin - 0.5) + more(bin)),
    binSeconds: 2,
    endedSeconds: 0,
  });
const fitKnee = (sums: BinSums) => fitLine(sums, { from: 0, to: BINS, knee: KNEE });
/** Sum of squares about the mean of some counts. */
const sumSquares = (counts: readonly number[]): number => {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - mean) ** 2, 0);
};

describe('the gain of a line', () => {
  it('is the fall of the sum of squares that the line brings, over twice the noise', () => {
    const counts = Array.from({ length: BINS }, (_, bin) => 10 + 0.1 * Math.max(0, KNEE - bin - 0.5));
    expect(computeLineGain(fitKnee(createSums()), 5)).toBeCloseTo(sumSquares(counts) / 10, 6);
  });
});

describe('the gain of steps', () => {
  it('is that of the one step where there is one', () => {
    const counts = Array.from({ length: BINS }, (_, bin) => (bin < 8 ? 30 : 10));
    const sums = sumBins({ counts: Float64Array.from(counts), binSeconds: 2, endedSeconds: 0 });
    expect(findBestStepGain(sums, BINS, 5)).toBeCloseTo(sumSquares(counts) / 10, 6);
  });

  it('of two steps is that of both, less the cost of the second', () => {
    const counts = Array.from({ length: BINS }, (_, bin) => (bin < 4 ? 60 : bin < 10 ? 30 : 10));
    const sums = sumBins({ counts: Float64Array.from(counts), binSeconds: 2, endedSeconds: 0 });
    expect(findBestStepGain(sums, BINS, 5)).toBeCloseTo(sumSquares(counts) / 10 - 7, 6);
  });

  it('is 0 for a constant rate', () => {
    const sums = sumBins({ counts: new Float64Array(BINS).fill(10), binSeconds: 2, endedSeconds: 0 });
    expect(findBestStepGain(sums, BINS, 5)).toBeCloseTo(0, 9);
  });

  it('is smaller than that of the line where the rate climbs', () => {
    const sums = createSums();
    expect(findBestStepGain(sums, BINS, 5)).toBeLessThan(computeLineGain(fitKnee(sums), 5));
  });
});

describe('a line', () => {
  it('fits throughout where the counts follow it', () => {
    const sums = createSums();
    expect(fitsThroughout(sums, fitKnee(sums), { length: BINS, phi: 1 })).toBe(true);
  });

  it('does not fit where an earlier burst is part of the span, unless the closes scatter that much', () => {
    const sums = createSums((bin) => (bin >= 240 && bin < 260 ? 20 : 0));
    expect(fitsThroughout(sums, fitKnee(sums), { length: BINS, phi: 1 })).toBe(false);
    expect(fitsThroughout(sums, fitKnee(sums), { length: BINS, phi: 50 })).toBe(true);
  });
});

describe('a climb has settled', () => {
  it.each([
    [false, 'where the newest closes follow the line', () => 0],
    [false, 'where they lie above it', (bin: number) => (bin < 10 ? 10 : 0)],
    [true, 'where those of the newest 20 s lie far below it', (bin: number) => (bin < 10 ? -15 : 0)],
    [true, 'where those of the newest 40 s lie somewhat below it', (bin: number) => (bin < 20 ? -7 : 0)],
  ] as const)('%s: %s', (settled, _, more) => {
    expect(hasSettled(createSums(more), { length: BINS, knee: KNEE, phi: 1 })).toBe(settled);
  });

  it('never by the newest seconds of a rise that is hardly longer than them', () => {
    const sums = createSums((bin) => (bin < 10 ? -8 : 0));
    expect(hasSettled(sums, { length: BINS, knee: 12, phi: 1 })).toBe(false);
  });
});
