/** The probability distribution of a close rate: a mixture of gamma distributions, one per possible run of closes. */
import { NORMAL_95 } from '../../units.js';

/** One explanation of the recent closes: the rate has been constant since `ageMs` ago. */
export interface Run {
  /** Probability of this explanation; the weights of all runs add up to 1. */
  readonly weight: number;
  /** Best single value, per second. */
  readonly rate: number;
  /** Mean of its gamma distribution, per second. */
  readonly mean: number;
  /** Shape of its gamma distribution: 1 / (relative variance). */
  readonly shape: number;
  /** Closes seen in the run, and how long it has lasted. */
  readonly seen: number;
  readonly ageMs: number;
  /** See `findProvenShare`; absent where every connection is taken to be short-lived. */
  readonly provenShare?: number;
}

/** What widens the distribution of a run. */
interface PhiUncertainty {
  /** Relative variance to add: the scatter of the closes that are still to come. */
  readonly noise: number;
  /** Factor on the run's own relative variance, because phi itself is only estimated. */
  readonly widening: number;
}

interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Phi is exact, and only the rate itself is uncertain. */
const EXACT_PHI: PhiUncertainty = { noise: 0, widening: 1 };
/** Relative width at which the search for a quantile ends. */
const QUANTILE_PRECISION = 1e-3;
/** Most halvings of the bracket: enough to narrow it to a millionth of its width. */
const MAX_HALVINGS = 24;
/** The estimated interval includes the mean of every run whose weight is above this. */
const LIKELY_WEIGHT = 0.05;
/** Keeps the variance above 0, so that the shape stays finite. */
const MIN_VARIANCE = 1e-12;

/** Probability that the rate, or the mean of the closes still to come, is above `rate` per second if `run` is true. */
export function probabilityAbove(run: Run, rate: number, uncertainty: PhiUncertainty): number {
  if (rate <= 0) return 1;
  if (run.mean <= 0) return 0;
  // Wilson and Hilferty: the cube root of a gamma variable is close to normal.
  const spread = computeSpread(run, uncertainty);
  return 1 - normalCdf((Math.cbrt(rate / run.mean) - (1 - spread)) / Math.sqrt(spread));
}

/** The 90% interval, per second: the rate is above `low` with probability 0.95 and above `high` with 0.05. */
export function findInterval90(runs: readonly Run[], uncertainty = EXACT_PHI): Interval {
  return { low: findQuantile(runs, -NORMAL_95, uncertainty), high: findQuantile(runs, NORMAL_95, uncertainty) };
}

/** The 90% interval of one gamma distribution with the mixture's mean and variance. It is cheap, for far pools. */
export function estimateInterval90(runs: readonly Run[]): Interval {
  let mean = 0;
  let square = 0;
  let highestLikely = 0;
  for (const run of runs) {
    mean += run.weight * run.mean;
    square += run.weight * run.mean * run.mean * (1 + 1 / run.shape);
    if (run.weight > LIKELY_WEIGHT) highestLikely = Math.max(highestLikely, run.mean);
  }
  const variance = Math.max(MIN_VARIANCE, square - mean * mean);
  const matched = { weight: 1, rate: mean, mean, shape: (mean * mean) / variance, seen: 0, ageMs: 0 };
  return {
    low: computeRunQuantile(matched, -NORMAL_95, EXACT_PHI),
    high: Math.max(highestLikely, computeRunQuantile(matched, NORMAL_95, EXACT_PHI)),
  };
}

/** The cumulative standard normal distribution. Abramowitz and Stegun 26.2.17: its error is below 7.5e-8. */
export function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = 0.3989422804 * Math.exp((-z * z) / 2) * poly;
  return z > 0 ? 1 - tail : tail;
}

/** Natural logarithm of the gamma function of a positive value. Stirling's series above 8: its error is below 2.5e-8. */
export function logGamma(value: number): number {
  let x = value;
  let product = 1;
  while (x < 8) {
    product *= x;
    x += 1;
  }
  const series = (x - 0.5) * Math.log(x) - x + 0.9189385332046727 + 1 / (12 * x) - 1 / (360 * x * x * x);
  return product === 1 ? series : series - Math.log(product);
}

/**
 * The rate that is exceeded with the probability with which a normal variable exceeds `z`. A quantile of the mixture lies
 * between the smallest and the largest quantile of its runs, so the search starts there.
 */
export function findQuantile(runs: readonly Run[], z: number, uncertainty: PhiUncertainty): number {
  let low = Infinity;
  let high = 0;
  for (const run of runs) {
    const quantile = computeRunQuantile(run, z, uncertainty);
    low = Math.min(low, quantile);
    high = Math.max(high, quantile);
  }
  const above = 1 - normalCdf(z);
  // The number of steps is bounded because the quantile may be 0, where the relative width never shrinks.
  for (let step = 0; step < MAX_HALVINGS && high - low > QUANTILE_PRECISION * high; step += 1) {
    const middle = (low + high) / 2;
    if (computeMixtureAbove(runs, middle, uncertainty) > above) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Probability that a rate drawn from the mixture is above `rate`. */
function computeMixtureAbove(runs: readonly Run[], rate: number, uncertainty: PhiUncertainty): number {
  let probability = 0;
  for (const run of runs) probability += run.weight * probabilityAbove(run, rate, uncertainty);
  return Math.min(1, probability);
}

/** Variance of the cube root of the run's rate over its mean, after Wilson and Hilferty. */
function computeSpread(run: Run, { noise, widening }: PhiUncertainty): number {
  return (widening / run.shape + noise) / 9;
}

/** The rate that is `z` standard deviations above the median of the run's distribution. */
function computeRunQuantile(run: Run, z: number, uncertainty: PhiUncertainty): number {
  const spread = computeSpread(run, uncertainty);
  return run.mean * Math.max(0, 1 - spread + z * Math.sqrt(spread)) ** 3;
}
