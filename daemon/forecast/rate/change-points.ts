/**
 * Since when has the close rate been what it is? A Bayesian run-length posterior over a histogram of closes: each run has
 * a constant rate (Gamma-Poisson), runs end with a constant hazard.
 */
import { scalePhi, type Dispersion } from './dispersion.js';
import { logGamma, type Run } from './distribution.js';

/** Closes by age. Bin i covers ages `edgesMs[i - 1]` (0 for the first) to `edgesMs[i]`: the newest bin comes first. */
export interface Histogram {
  readonly edgesMs: readonly number[];
  readonly counts: readonly number[];
  /** Age of the oldest close in each bin, and of the newest one of all, where the instants are known. */
  readonly oldestMs: readonly number[] | null;
  readonly newestMs: number;
}

/** How long a rate lasts before it changes, on average: the prior of the hazard. */
const MEAN_RUN_MS = 600_000;
/** Shape of the prior of a rate: wide, and centred on the mean of the whole window. */
const PRIOR_SHAPE = 0.5;
/** Evenly paced closes must not make a fraction of a period look like a change. */
const MIN_DISPERSION = 0.25;
const NEGLIGIBLE_WEIGHT = 0.004;
/** Weight of the window's mean rate in what a run may be, in closes. */
const YOUNG_RUN_DOUBT = 1;
/** From so many closes on their own instants tell the rate better than the edges of bins. */
const MIN_FOR_INSTANTS = 6;

/**
 * @param spread how much the closes scatter.
 * @returns explanations with weights that sum to 1, the shortest run first; never empty.
 */
export function findRuns(histogram: Histogram, spread: Dispersion): Run[] {
  const { phi } = spread;
  const { edgesMs, counts } = histogram;
  const bins = counts.length;
  const seen = cumulative(counts);
  const total = seen[bins] ?? 0;
  const windowMs = edgesMs[bins - 1] ?? 0;
  const priorRate = windowMs === 0 ? 0 : (total * 1000) / windowMs;
  if (total === 0) return [run(histogram, { bins, seen: 0, weight: 1, spread, priorRate })];

  const weights = runWeights(histogram, seen, Math.max(MIN_DISPERSION, phi));
  let peak = -Infinity;
  for (const weight of weights) peak = Math.max(peak, weight);
  const kept: { bins: number; weight: number }[] = [];
  let sum = 0;
  weights.forEach((logWeight, index) => {
    const weight = Math.exp(logWeight - peak);
    if (weight < NEGLIGIBLE_WEIGHT) return;
    kept.push({ bins: index + 1, weight });
    sum += weight;
  });
  if (windowMs === 0 || sum === 0) return [run(histogram, { bins, seen: total, weight: 1, spread, priorRate })];
  return kept.map((each) =>
    run(histogram, { bins: each.bins, seen: seen[each.bins] ?? 0, weight: each.weight / sum, spread, priorRate }),
  );
}

/** Log weight, up to a constant, of the present run being made of the newest 1, 2, ... bins. */
function runWeights(histogram: Histogram, seen: readonly number[], phi: number): number[] {
  const { edgesMs, counts } = histogram;
  const bins = counts.length;
  const edge = (index: number): number => (index === 0 ? 0 : (edgesMs[index - 1] ?? 0) / 1000);
  const priorRate = (PRIOR_SHAPE * edge(bins)) / (seen[bins] ?? 1);
  const priorLog = PRIOR_SHAPE * Math.log(priorRate) - logGamma(PRIOR_SHAPE);
  /** Log evidence of one constant rate over the bins from `newer` to `older`. */
  const evidence = (newer: number, older: number): number => {
    const shape = PRIOR_SHAPE + ((seen[older] ?? 0) - (seen[newer] ?? 0)) / phi;
    return priorLog + logGamma(shape) - shape * Math.log(priorRate + (edge(older) - edge(newer)) / phi);
  };
  /** Log prior of a change at an edge: any instant of the bin before it. */
  const change = (index: number): number =>
    index === bins ? 0 : Math.log(-Math.expm1(-((edge(index + 1) - edge(index)) * 1000) / MEAN_RUN_MS));

  // past[k]: everything older than edge k, over all ways to cut it into runs.
  const past = new Array<number>(bins + 1).fill(0);
  const terms = new Array<number>(bins + 1).fill(0);
  for (let newer = bins - 1; newer >= 1; newer -= 1) {
    let peak = -Infinity;
    for (let older = newer + 1; older <= bins; older += 1) {
      const term = evidence(newer, older) + change(older) + (past[older] ?? 0);
      terms[older] = term;
      if (term > peak) peak = term;
    }
    let sum = 0;
    for (let older = newer + 1; older <= bins; older += 1) sum += Math.exp((terms[older] ?? 0) - peak);
    past[newer] = peak + Math.log(sum);
  }
  const weights: number[] = [];
  for (let older = 1; older <= bins; older += 1) weights.push(evidence(0, older) + change(older) + (past[older] ?? 0));
  return weights;
}

function run(
  histogram: Histogram,
  of: { bins: number; seen: number; weight: number; spread: Dispersion; priorRate: number },
): Run {
  const { bins, seen, weight, spread, priorRate } = of;
  const widthMs = histogram.edgesMs[bins - 1] ?? 0;
  const { rate, spanMs } = rateOfRun(histogram, bins, seen);
  if (seen === 0)
    return { weight, rate, mean: widthMs === 0 ? 0 : 500 / widthMs, shape: 0.5 / spread.phi, seen, ageMs: spanMs };
  const phi = scalePhi(spread, rate);
  // What was usual before weighs like a few closes: the first second of a change overshoots as often as not.
  const usual = YOUNG_RUN_DOUBT * phi;
  const mean = (usual + seen) / (usual / priorRate + seen / rate);
  return { weight, rate, mean, shape: (usual + seen) / phi, seen, ageMs: spanMs };
}

/**
 * From the first close of the run to the last there are `seen - 1` gaps: exact for paced closes. Silence since the last
 * one that is longer than a gap counts as time without closes.
 */
function rateOfRun(histogram: Histogram, bins: number, seen: number): { rate: number; spanMs: number } {
  const widthMs = histogram.edgesMs[bins - 1] ?? 0;
  const coarse = { rate: widthMs === 0 ? 0 : (seen * 1000) / widthMs, spanMs: widthMs };
  if (histogram.oldestMs === null || seen < MIN_FOR_INSTANTS) return coarse;
  let bin = bins - 1;
  while (bin > 0 && (histogram.counts[bin] ?? 0) === 0) bin -= 1;
  const oldest = histogram.oldestMs[bin] ?? 0;
  const gap = (oldest - histogram.newestMs) / (seen - 1);
  const span = oldest - Math.min(histogram.newestMs, gap);
  // All at one instant: nothing but the bins tells how fast.
  if (span < 10) return coarse;
  // Silence at the old end belongs to the run when it is longer than chance explains.
  if (widthMs - oldest > 12 * gap + 500) return coarse;
  return { rate: ((seen - 1) * 1000) / span, spanMs: oldest };
}

function cumulative(counts: readonly number[]): number[] {
  const sums = [0];
  let sum = 0;
  for (const count of counts) {
    sum += count;
    sums.push(sum);
  }
  return sums;
}
