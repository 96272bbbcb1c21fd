/**
 * Since when the close rate has its present value: a Bayesian posterior of the run length over a histogram of closes.
 * Each run has a constant rate (gamma prior, Poisson counts), and runs end with a constant hazard.
 */
import { MINUTE_MS, SECOND_MS } from '../../units.js';
import { scalePhi, type Dispersion } from './dispersion.js';
import { logGamma, type Run } from './distribution.js';

/** Closes by age, the newest bin first. Bin i covers the ages from `edgesMs[i - 1]` (0 for the first) to `edgesMs[i]`. */
export interface Histogram {
  readonly edgesMs: readonly number[];
  readonly counts: readonly number[];
  /** Age of the oldest close in each bin; null where the instants of the closes are unknown. */
  readonly oldestMs: readonly number[] | null;
  /** Age of the newest close of all. */
  readonly newestMs: number;
}

/** Prior of the hazard: a rate lasts this long on average before it changes. */
const MEAN_RUN_MS = 10 * MINUTE_MS;
/** Shape of the prior of a rate: wide, and centred on the mean of the whole window. */
const PRIOR_SHAPE = 0.5;
/** With a smaller phi a fraction of the period of evenly paced closes would look like a change. */
const MIN_PHI = 0.25;
/** A run with a smaller weight relative to the likeliest one is dropped. */
const NEGLIGIBLE_WEIGHT = 0.004;
/** Weight of the window's mean rate in the estimate of a run, in closes. */
const USUAL_RATE_WEIGHT = 1;
/**
 * A rate that has risen by more than this factor is weighed against this part of itself instead of the usual rate. One
 * close at a usual rate near 0 stands for so long a time that it would hide the first seconds of any rise.
 */
const MAX_RISE = 5;
/** From this many closes on, their instants give a better rate than the edges of the bins. */
const MIN_FOR_INSTANTS = 6;
/** A shorter span counts as one instant, from which no rate follows. */
const MIN_SPAN_MS = 10;
/** Silence at the old end of a run is chance up to this many mean gaps, plus a fixed allowance. */
const MAX_SILENT_GAPS = 12;
const SILENCE_ALLOWANCE_MS = SECOND_MS / 2;
/** A run without closes is taken to have this fraction of a close. */
const UNSEEN_CLOSES = 0.5;

interface RunEvidence {
  /** The run is made of this many of the newest bins, which hold `seen` closes. */
  readonly bins: number;
  readonly seen: number;
  readonly weight: number;
  readonly spread: Dispersion;
  /** Mean rate of the whole window, per second. */
  readonly usualRate: number;
}

/**
 * Lists how the recent closes may be explained, each explanation with its probability.
 * @param spread how much the closes scatter.
 * @returns runs whose weights add up to 1, the shortest run first; never empty.
 */
export function findRuns(histogram: Histogram, spread: Dispersion): Run[] {
  const { phi } = spread;
  const { edgesMs, counts } = histogram;
  const bins = counts.length;
  const seen = accumulate(counts);
  const total = seen[bins] ?? 0;
  const windowMs = edgesMs[bins - 1] ?? 0;
  const usualRate = windowMs === 0 ? 0 : (total * SECOND_MS) / windowMs;
  if (total === 0) return [describeRun(histogram, { bins, seen: 0, weight: 1, spread, usualRate })];

  const logWeights = computeLogWeights(histogram, seen, Math.max(MIN_PHI, phi));
  let peak = -Infinity;
  for (const logWeight of logWeights) peak = Math.max(peak, logWeight);
  const kept: { bins: number; weight: number }[] = [];
  let sum = 0;
  logWeights.forEach((logWeight, index) => {
    const weight = Math.exp(logWeight - peak);
    if (weight < NEGLIGIBLE_WEIGHT) return;
    kept.push({ bins: index + 1, weight });
    sum += weight;
  });
  if (windowMs === 0 || sum === 0) {
    return [describeRun(histogram, { bins, seen: total, weight: 1, spread, usualRate })];
  }
  return kept.map((run) =>
    describeRun(histogram, { bins: run.bins, seen: seen[run.bins] ?? 0, weight: run.weight / sum, spread, usualRate }),
  );
}

/** Log weight, up to a constant, of the present run being made of the newest 1, 2, ... bins. */
function computeLogWeights(histogram: Histogram, seen: readonly number[], phi: number): number[] {
  const { edgesMs, counts } = histogram;
  const bins = counts.length;
  const edgeSeconds = (index: number): number => (index === 0 ? 0 : (edgesMs[index - 1] ?? 0) / SECOND_MS);
  const priorRate = (PRIOR_SHAPE * edgeSeconds(bins)) / (seen[bins] ?? 1);
  const priorLog = PRIOR_SHAPE * Math.log(priorRate) - logGamma(PRIOR_SHAPE);
  /** Log evidence of a constant rate over the bins from edge `newer` to edge `older`. */
  const evidence = (newer: number, older: number): number => {
    const shape = PRIOR_SHAPE + ((seen[older] ?? 0) - (seen[newer] ?? 0)) / phi;
    return priorLog + logGamma(shape) - shape * Math.log(priorRate + (edgeSeconds(older) - edgeSeconds(newer)) / phi);
  };
  /** Log prior of a change at an edge: it happened at any instant of the bin before that edge. */
  const change = (index: number): number =>
    index === bins
      ? 0
      : Math.log(-Math.expm1(-((edgeSeconds(index + 1) - edgeSeconds(index)) * SECOND_MS) / MEAN_RUN_MS));

  // olderLog[k]: log evidence of everything before edge k, summed over all ways to cut it into runs.
  const olderLog = new Array<number>(bins + 1).fill(0);
  const terms = new Array<number>(bins + 1).fill(0);
  for (let newer = bins - 1; newer >= 1; newer -= 1) {
    let peak = -Infinity;
    for (let older = newer + 1; older <= bins; older += 1) {
      const term = evidence(newer, older) + change(older) + (olderLog[older] ?? 0);
      terms[older] = term;
      if (term > peak) peak = term;
    }
    let sum = 0;
    for (let older = newer + 1; older <= bins; older += 1) sum += Math.exp((terms[older] ?? 0) - peak);
    olderLog[newer] = peak + Math.log(sum);
  }
  const logWeights: number[] = [];
  for (let older = 1; older <= bins; older += 1) {
    logWeights.push(evidence(0, older) + change(older) + (olderLog[older] ?? 0));
  }
  return logWeights;
}

function describeRun(histogram: Histogram, of: RunEvidence): Run {
  const { bins, seen, weight, spread, usualRate } = of;
  const widthMs = histogram.edgesMs[bins - 1] ?? 0;
  const { rate, spanMs } = estimateRunRate(histogram, bins, seen);
  if (seen === 0) {
    const mean = widthMs === 0 ? 0 : (SECOND_MS * UNSEEN_CLOSES) / widthMs;
    return { weight, rate, mean, shape: UNSEEN_CLOSES / spread.phi, seen, ageMs: spanMs };
  }
  const phi = scalePhi(spread, rate);
  // The usual rate counts like a few closes: the first second of a change is above the new rate as often as below it.
  const usual = USUAL_RATE_WEIGHT * phi;
  const weighedAgainst = Math.max(usualRate, rate / MAX_RISE);
  const mean = (usual + seen) / (usual / weighedAgainst + seen / rate);
  return { weight, rate, mean, shape: (usual + seen) / phi, seen, ageMs: spanMs };
}

/**
 * Rate per second of a run, and how long it has lasted. From its first close to its last there are `seen - 1` gaps, so
 * the rate of paced closes is exact. Silence after the last close counts as time without closes when it is longer than
 * a gap.
 */
function estimateRunRate(histogram: Histogram, bins: number, seen: number): { rate: number; spanMs: number } {
  const widthMs = histogram.edgesMs[bins - 1] ?? 0;
  const byEdges = { rate: widthMs === 0 ? 0 : (seen * SECOND_MS) / widthMs, spanMs: widthMs };
  if (histogram.oldestMs === null || seen < MIN_FOR_INSTANTS) return byEdges;
  let bin = bins - 1;
  while (bin > 0 && (histogram.counts[bin] ?? 0) === 0) bin -= 1;
  const oldestMs = histogram.oldestMs[bin] ?? 0;
  const gapMs = (oldestMs - histogram.newestMs) / (seen - 1);
  const spanMs = oldestMs - Math.min(histogram.newestMs, gapMs);
  // All closes came at one instant, so only the edges of the bins limit the rate.
  if (spanMs < MIN_SPAN_MS) return byEdges;
  // Silence at the old end belongs to the run when it is longer than chance explains.
  if (widthMs - oldestMs > MAX_SILENT_GAPS * gapMs + SILENCE_ALLOWANCE_MS) return byEdges;
  return { rate: ((seen - 1) * SECOND_MS) / spanMs, spanMs: oldestMs };
}

/** Sums of the first 0, 1, 2, ... counts. */
function accumulate(counts: readonly number[]): number[] {
  const sums = [0];
  let sum = 0;
  for (const count of counts) {
    sum += count;
    sums.push(sum);
  }
  return sums;
}
