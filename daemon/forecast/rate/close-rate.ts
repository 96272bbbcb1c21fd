/** The close rate of a pool, from the ages of its timed ports (kernel rule 14). */
import { scalePhi, type Dispersion } from './dispersion.js';
import { findInterval90, estimateInterval90, type Run } from './distribution.js';
import type { TimedPorts } from '../../pool/pool.js';
import { findRuns, type Histogram } from './change-points.js';
import { TIME_WAIT_MS } from '../../host/kernel-constants.js';

export interface CloseRate {
  /** Per second: the median of what is possible. */
  readonly rate: number;
  /** 90% interval. */
  readonly low: number;
  readonly high: number;
  /** Variance over mean of the closes; 1 for Poisson arrivals, near 0 for evenly paced ones. */
  readonly phi: number;
  /** Independent comparisons that `phi` rests on. */
  readonly evidence: number;
  readonly runs: readonly Run[];
}

/** The finest bins; the others are made of them. */
const BIN_MS = 500;
const WINDOW_MS = TIME_WAIT_MS;
const BINS = WINDOW_MS / BIN_MS;
/** Edges in bins: half a second for the last 8 s, a second to 20 s, two to 60 s. */
const FINE_EDGES = [
  ...Array.from({ length: 16 }, (_, i) => i + 1),
  ...Array.from({ length: 12 }, (_, i) => 16 + 2 * (i + 1)),
  ...Array.from({ length: 20 }, (_, i) => 40 + 4 * (i + 1)),
];
/** For pools far from their limit: a tenth of the work. */
const COARSE_EDGES = [1, 2, 4, 8, 16, 32, 64, 120];
/** Scales, in bins, at which the dispersion is measured; the worse counts. */
const BLOCKS = { fine: [1, 8], coarse: [8] } as const;
/** How many observed pairs weigh as much as the presumption of Poisson arrivals. */
const PHI_PRIOR_PAIRS = 3;
/** A histogram of one minute tells little of the dispersion. */
const PRESUMED_EVIDENCE = 6;
/** Pairs that a step or a lone burst may spoil. */
const SPOILT_PAIRS = 4;

/** The closes of one kind by age, complete up to `windowMs` and the present instant. */
export interface AgeHistogram {
  readonly windowMs: number;
  /** In bins of half a second, the newest first, and the age of the oldest in each. */
  readonly counts: Float64Array;
  readonly oldest: Float64Array;
  /** Age of the newest of all; Infinity without any. */
  readonly newestMs: number;
}

/**
 * Every row of that kind still in the table is one close, so the bins are complete, the newest included.
 * @param durationMs the kind's own time: a row's age is that less what it has left.
 */
export function countAges({ state, expiresMs }: TimedPorts, kind: number, durationMs: number): AgeHistogram {
  const bins = Math.max(1, Math.min(BINS, Math.floor(durationMs / BIN_MS)));
  const counts = new Float64Array(bins);
  const oldest = new Float64Array(bins);
  let newestMs = Infinity;
  for (let i = 0; i < state.length; i += 1) {
    if (state[i] !== kind) continue;
    const age = Math.max(0, durationMs - (expiresMs[i] ?? 0));
    const bin = Math.floor(age / BIN_MS);
    if (bin >= bins) continue;
    counts[bin] = (counts[bin] ?? 0) + 1;
    if (age > (oldest[bin] ?? 0)) oldest[bin] = age;
    if (age < newestMs) newestMs = age;
  }
  return { windowMs: durationMs, counts, oldest, newestMs };
}

/**
 * Rate of one kind of close.
 * @param detail `coarse` for pools that cannot come near their limit.
 * @param known the dispersion where more than this histogram tells of it.
 */
export function estimateCloseRate(ages: AgeHistogram, detail: 'fine' | 'coarse', known: Dispersion | null): CloseRate {
  if (ages.newestMs === Infinity) return noCloses(ages.windowMs);
  const spread = known ?? { phi: dispersion(ages.counts, BLOCKS[detail]), evidence: PRESUMED_EVIDENCE, rate: 0 };
  const histogram = merge(ages, detail === 'fine' ? FINE_EDGES : COARSE_EDGES);
  return fromHistogram(histogram, { spread, interval: detail === 'fine' ? findInterval90 : estimateInterval90 });
}

/** None in the window: below 3 per window, at 95%. */
function noCloses(windowMs: number): CloseRate {
  const run = { weight: 1, rate: 0, mean: 500 / windowMs, shape: 0.5, seen: 0, ageMs: windowMs };
  return { rate: 0, low: 0, high: 3000 / windowMs, phi: 1, evidence: PRESUMED_EVIDENCE, runs: [run] };
}

/** Rate from windows that were counted one by one, newest first; they need not touch (kernel rule 16: survivors). */
export function estimateRateFromWindows(
  windows: readonly { readonly widthMs: number; readonly count: number }[],
  minPhi: number,
): CloseRate {
  let edge = 0;
  const edgesMs = windows.map(({ widthMs }) => (edge += widthMs));
  const counts = windows.map(({ count }) => count);
  const phi = Math.max(minPhi, dispersion(counts, BLOCKS.fine));
  return fromHistogram(
    { edgesMs, counts, oldestMs: null, newestMs: 0 },
    { spread: { phi, evidence: PRESUMED_EVIDENCE, rate: 0 }, interval: findInterval90 },
  );
}

function fromHistogram(histogram: Histogram, by: { spread: Dispersion; interval: typeof findInterval90 }): CloseRate {
  const { spread } = by;
  const runs = findRuns(histogram, spread);
  const seen = histogram.counts.reduce((sum, count) => sum + count, 0);
  const { low, high } = by.interval(runs);
  const rate = seen === 0 ? 0 : medianRate(runs);
  return { rate, low: seen === 0 ? 0 : low, high, phi: scalePhi(spread, rate), evidence: spread.evidence, runs };
}

/** The median over the runs' own best values: exact where one run explains all. */
function medianRate(runs: readonly Run[]): number {
  const sorted = [...runs].sort((a, b) => a.rate - b.rate);
  let weight = 0;
  for (const run of sorted) {
    weight += run.weight;
    if (weight >= 0.5) return run.rate;
  }
  return sorted.at(-1)?.rate ?? 0;
}

function merge(fine: AgeHistogram, edges: readonly number[]): Histogram {
  const bins = fine.counts.length;
  const edgesMs: number[] = [];
  const counts: number[] = [];
  const oldestMs: number[] = [];
  let from = 0;
  for (const edge of edges) {
    const to = Math.min(edge, bins);
    if (to === from) break;
    let count = 0;
    let oldest = 0;
    for (let bin = from; bin < to; bin += 1) {
      count += fine.counts[bin] ?? 0;
      if ((fine.counts[bin] ?? 0) > 0) oldest = fine.oldest[bin] ?? 0;
    }
    edgesMs.push(to * BIN_MS);
    counts.push(count);
    oldestMs.push(oldest);
    from = to;
  }
  return { edgesMs, counts, oldestMs, newestMs: fine.newestMs };
}

/**
 * Variance over mean, from the differences of neighbouring blocks: (a - b)^2 / (a + b) has mean phi. A step or one burst
 * spoils few pairs, so the largest are cut back; what recurs stays. Shrunk to 1 while there is little to go by.
 */
function dispersion(counts: ArrayLike<number>, blocks: readonly number[]): number {
  let worst = 0;
  for (const block of blocks) {
    const pairs: number[] = [];
    for (let start = 0; start + 2 * block <= counts.length; start += block) {
      const newer = sumOf(counts, start, block);
      const older = sumOf(counts, start + block, block);
      if (newer + older > 0) pairs.push((newer - older) ** 2 / (newer + older));
    }
    pairs.sort((a, b) => a - b);
    // With no pair left that must be sound, nothing above the presumption is believed.
    const ceiling = pairs[pairs.length - 1 - SPOILT_PAIRS] ?? 1;
    let sum = PHI_PRIOR_PAIRS;
    for (const pair of pairs) sum += Math.min(pair, ceiling);
    worst = Math.max(worst, sum / (PHI_PRIOR_PAIRS + pairs.length));
  }
  return worst;
}

function sumOf(counts: ArrayLike<number>, start: number, length: number): number {
  let sum = 0;
  for (let bin = start; bin < start + length; bin += 1) sum += counts[bin] ?? 0;
  return sum;
}
