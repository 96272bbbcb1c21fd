/** The close rate of a pool, from the ages of its timed ports (kernel rule 14). */
import { TIME_WAIT_MS } from '../../host/kernel-constants.js';
import type { TimedPorts } from '../../pool/pool.js';
import { SECOND_MS } from '../../units.js';
import { findRuns, type Histogram } from './change-points.js';
import { scalePhi, type Dispersion } from './dispersion.js';
import { findInterval90, estimateInterval90, type Run } from './distribution.js';

/** `coarse` costs a tenth of `fine`; it is for pools that are far from their limit. */
export type Detail = 'fine' | 'coarse';

export interface CloseRate {
  /** Per second: the median of the posterior. */
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

/** The closes of one kind by age, complete from `windowMs` ago to the present instant. */
export interface AgeHistogram {
  readonly windowMs: number;
  /** Closes in bins of half a second, the newest first, and the age of the oldest close in each. */
  readonly counts: Float64Array;
  readonly oldestMs: Float64Array;
  /** Age of the newest close; Infinity without any. */
  readonly newestMs: number;
  /** The pool is full, so the silence since the newest close does not show that the clients want less. */
  readonly isHeldUp: boolean;
}

/** The finest bins; wider ones are made of them. */
export const AGE_BIN_MS = SECOND_MS / 2;
const WINDOW_MS = TIME_WAIT_MS;
const BINS = WINDOW_MS / AGE_BIN_MS;
/** Edges in bins: every half second up to 8 s, every second up to 20 s, every two seconds up to 60 s. */
const FINE_EDGES = [
  ...Array.from({ length: 16 }, (_, i) => i + 1),
  ...Array.from({ length: 12 }, (_, i) => 16 + 2 * (i + 1)),
  ...Array.from({ length: 20 }, (_, i) => 40 + 4 * (i + 1)),
];
const COARSE_EDGES = [1, 2, 4, 8, 16, 32, 64, 120];
/** Block lengths, in bins, at which phi is measured; the greater phi counts. */
const BLOCKS = { fine: [1, 8], coarse: [8] } as const;
/** The presumption of Poisson arrivals weighs as much as this many observed pairs of blocks. */
const PHI_PRIOR_PAIRS = 3;
/** Evidence for a phi from one minute, which is short. */
const PRESUMED_EVIDENCE = 6;
/** A shorter silence is the rounding of the timers, or a pause of the client. */
const MIN_SILENCE_MS = 150;
/** So many mean gaps of the closes before it may be silent by chance. */
const CHANCE_GAPS = 12;
/** Pairs of blocks that a step or a single burst may spoil. */
const SPOILT_PAIRS = 4;
/** Without a close in the window the rate is below 3 per window with probability 0.95; half a close is its mean. */
const UNSEEN_HIGH = 3;
const UNSEEN_MEAN = 0.5;

/**
 * Counts the closes of one kind by age. Every close is a row that is still in the table, so the bins are complete, the
 * newest included.
 * @param kind `STATE.TIME_WAIT` or `STATE.FIN_WAIT2`.
 * @param durationMs how long a port of this kind is held: the age of a row is this time less what its timer has left.
 */
export function countAges({ state, expiresMs }: TimedPorts, kind: number, durationMs: number): AgeHistogram {
  const bins = Math.max(1, Math.min(BINS, Math.floor(durationMs / AGE_BIN_MS)));
  const counts = new Float64Array(bins);
  const oldestMs = new Float64Array(bins);
  let newestMs = Infinity;
  for (let i = 0; i < state.length; i += 1) {
    if (state[i] !== kind) continue;
    const ageMs = Math.max(0, durationMs - (expiresMs[i] ?? 0));
    const bin = Math.floor(ageMs / AGE_BIN_MS);
    if (bin >= bins) continue;
    counts[bin] = (counts[bin] ?? 0) + 1;
    if (ageMs > (oldestMs[bin] ?? 0)) oldestMs[bin] = ageMs;
    if (ageMs < newestMs) newestMs = ageMs;
  }
  return { windowMs: durationMs, counts, oldestMs, newestMs, isHeldUp: false };
}

/**
 * Rate of one kind of close.
 * @param longTerm the dispersion where a longer history than this histogram gives it.
 */
export function estimateCloseRate(ages: AgeHistogram, detail: Detail, longTerm: Dispersion | null): CloseRate {
  if (ages.newestMs === Infinity) return describeNoCloses(ages.windowMs);
  const spread = longTerm ?? {
    phi: measureShortDispersion(ages.counts, BLOCKS[detail]),
    evidence: PRESUMED_EVIDENCE,
    rate: 0,
  };
  const histogram = mergeBins(ages, detail === 'fine' ? FINE_EDGES : COARSE_EDGES);
  return estimateFromHistogram(histogram, spread, detail === 'fine' ? findInterval90 : estimateInterval90);
}

/**
 * Rate from windows whose closes were counted, newest first. The windows need not touch: with reuse only the ports
 * younger than the delay are complete (kernel rule 16).
 */
export function estimateRateFromWindows(
  windows: readonly { readonly widthMs: number; readonly count: number }[],
  minPhi: number,
): CloseRate {
  let edgeMs = 0;
  const edgesMs = windows.map(({ widthMs }) => (edgeMs += widthMs));
  const counts = windows.map(({ count }) => count);
  const phi = Math.max(minPhi, measureShortDispersion(counts, BLOCKS.fine));
  const spread = { phi, evidence: PRESUMED_EVIDENCE, rate: 0 };
  return estimateFromHistogram({ edgesMs, counts, oldestMs: null, newestMs: 0 }, spread, findInterval90);
}

function describeNoCloses(windowMs: number): CloseRate {
  const mean = (SECOND_MS * UNSEEN_MEAN) / windowMs;
  const run = { weight: 1, rate: 0, mean, shape: UNSEEN_MEAN, seen: 0, ageMs: windowMs };
  return {
    rate: 0,
    low: 0,
    high: (SECOND_MS * UNSEEN_HIGH) / windowMs,
    phi: 1,
    evidence: PRESUMED_EVIDENCE,
    runs: [run],
  };
}

function estimateFromHistogram(
  histogram: Histogram,
  spread: Dispersion,
  findInterval: typeof findInterval90,
): CloseRate {
  const runs = findRuns(histogram, spread);
  const seen = histogram.counts.reduce((sum, count) => sum + count, 0);
  const { low, high } = findInterval(runs);
  const rate = seen === 0 ? 0 : findMedianRate(runs);
  return {
    rate,
    low: Math.min(low, rate),
    high: Math.max(high, rate),
    phi: scalePhi(spread, rate),
    evidence: spread.evidence,
    runs,
  };
}

/** The weighted median of the runs' best values, so that the rate is exact where one run explains all closes. */
function findMedianRate(runs: readonly Run[]): number {
  const sorted = [...runs].sort((a, b) => a.rate - b.rate);
  let weight = 0;
  for (const run of sorted) {
    weight += run.weight;
    if (weight >= 0.5) return run.rate;
  }
  return sorted.at(-1)?.rate ?? 0;
}

/**
 * The same closes in wider bins, up to the end of the window. After a silence the bin of the newest close is cut at
 * that close, so that the silence is one of the explanations: a burst may have ended within a bin.
 */
function mergeBins(fine: AgeHistogram, edges: readonly number[]): Histogram {
  const bins = fine.counts.length;
  const silentMs = findSilence(fine);
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
      if ((fine.counts[bin] ?? 0) > 0) oldest = fine.oldestMs[bin] ?? 0;
    }
    if (silentMs > from * AGE_BIN_MS && silentMs < to * AGE_BIN_MS) {
      edgesMs.push(silentMs);
      counts.push(0);
      oldestMs.push(0);
    }
    edgesMs.push(to * AGE_BIN_MS);
    counts.push(count);
    oldestMs.push(oldest);
    from = to;
  }
  return { edgesMs, counts, oldestMs, newestMs: fine.newestMs };
}

/** The silence since the newest close; 0 where it may be chance, as the second before it shows, or where clients are held up. */
function findSilence({ counts, newestMs, isHeldUp }: AgeHistogram): number {
  const bin = Math.floor(newestMs / AGE_BIN_MS);
  const closes = (counts[bin] ?? 0) + (counts[bin + 1] ?? 0);
  const gapMs = ((bin + 2) * AGE_BIN_MS - newestMs) / closes;
  return isHeldUp || newestMs < Math.max(MIN_SILENCE_MS, CHANCE_GAPS * gapMs) ? 0 : newestMs;
}

/**
 * Phi from the differences of neighbouring blocks: (a - b)^2 / (a + b) has the mean phi. A step or one burst spoils few
 * pairs, so the largest values are cut back; scatter that recurs stays. The result is shrunk towards 1 while there are
 * few pairs.
 */
function measureShortDispersion(counts: ArrayLike<number>, blocks: readonly number[]): number {
  let greatest = 0;
  for (const block of blocks) {
    const pairs: number[] = [];
    for (let start = 0; start + 2 * block <= counts.length; start += block) {
      const newer = sumBins(counts, start, block);
      const older = sumBins(counts, start + block, block);
      if (newer + older > 0) pairs.push((newer - older) ** 2 / (newer + older));
    }
    pairs.sort((a, b) => a - b);
    // Where every pair may be spoilt, no value above that of Poisson arrivals is used.
    const ceiling = pairs[pairs.length - 1 - SPOILT_PAIRS] ?? 1;
    let sum = PHI_PRIOR_PAIRS;
    for (const pair of pairs) sum += Math.min(pair, ceiling);
    greatest = Math.max(greatest, sum / (PHI_PRIOR_PAIRS + pairs.length));
  }
  return greatest;
}

function sumBins(counts: ArrayLike<number>, start: number, length: number): number {
  let sum = 0;
  for (let bin = start; bin < start + length; bin += 1) sum += counts[bin] ?? 0;
  return sum;
}
