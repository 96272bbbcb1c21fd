/** What may be true of a rate: a mixture of gamma distributions, one per run the recent closes may belong to. */
import { NORMAL_95 } from '../../units.js';

/** One explanation of the recent closes: a constant rate since `ageMs` ago. */
export interface Run {
  readonly weight: number;
  /** Best single value, per second. */
  readonly rate: number;
  /** Mean of its distribution, per second. */
  readonly mean: number;
  /** Shape of its gamma distribution: 1 / (relative variance). */
  readonly shape: number;
  /** Closes seen in the run, and how long it has lasted. */
  readonly seen: number;
  readonly ageMs: number;
}

/** What widens a distribution: a relative variance to add (that of the closes still to come), and a factor on its own. */
export interface PhiUncertainty {
  readonly noise: number;
  readonly wider: number;
}
const NO_DOUBT: PhiUncertainty = { noise: 0, wider: 1 };

/** Probability that a rate drawn from the runs exceeds `rate`. */
function exceeds(runs: readonly Run[], rate: number, doubt: PhiUncertainty): number {
  let probability = 0;
  for (const run of runs) probability += run.weight * probabilityAbove(run, rate, doubt);
  return Math.min(1, probability);
}

export function probabilityAbove(run: Run, rate: number, doubt: PhiUncertainty): number {
  if (rate <= 0) return 1;
  if (run.mean <= 0) return 0;
  // Wilson and Hilferty: the cube root of a gamma variable is close to normal.
  const spread = spreadOf(run, doubt);
  return 1 - normalCdf((Math.cbrt(rate / run.mean) - (1 - spread)) / Math.sqrt(spread));
}

/** Relative width at which a search for a quantile ends. */
const CLOSE_ENOUGH = 1e-3;
/** Enough for a millionth of the widest bracket. */
const MAX_HALVINGS = 24;

/** The rates at which the 90% interval ends: exceeded with probability 0.95 and 0.05. */
export function findInterval90(runs: readonly Run[], doubt = NO_DOUBT): { low: number; high: number } {
  return { low: mixtureQuantile(runs, -1, doubt), high: mixtureQuantile(runs, 1, doubt) };
}

/** The same by matching mean and variance: good enough for pools far from their limit. */
export function estimateInterval90(runs: readonly Run[]): { low: number; high: number } {
  let mean = 0;
  let square = 0;
  let likely = 0;
  for (const run of runs) {
    mean += run.weight * run.mean;
    square += run.weight * run.mean * run.mean * (1 + 1 / run.shape);
    if (run.weight > 0.05) likely = Math.max(likely, run.mean);
  }
  const variance = Math.max(1e-12, square - mean * mean);
  const matched = { weight: 1, rate: mean, mean, shape: (mean * mean) / variance, seen: 0, ageMs: 0 };
  return {
    low: runQuantile(matched, -NORMAL_95, NO_DOUBT),
    high: Math.max(likely, runQuantile(matched, NORMAL_95, NO_DOUBT)),
  };
}

/** A quantile of the mixture lies between the smallest and the largest of its runs' own. */
function mixtureQuantile(runs: readonly Run[], side: 1 | -1, doubt: PhiUncertainty): number {
  let low = Infinity;
  let high = 0;
  for (const run of runs) {
    const own = runQuantile(run, side * NORMAL_95, doubt);
    low = Math.min(low, own);
    high = Math.max(high, own);
  }
  const above = side === 1 ? 0.05 : 0.95;
  // The quantile may be 0 itself, which halving never comes relatively close to: the steps are bounded.
  for (let step = 0; step < MAX_HALVINGS && high - low > CLOSE_ENOUGH * high; step += 1) {
    const middle = (low + high) / 2;
    if (exceeds(runs, middle, doubt) > above) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function spreadOf(run: Run, { noise, wider }: PhiUncertainty): number {
  return (wider / run.shape + noise) / 9;
}

function runQuantile(run: Run, z: number, doubt: PhiUncertainty): number {
  const spread = spreadOf(run, doubt);
  return run.mean * Math.max(0, 1 - spread + z * Math.sqrt(spread)) ** 3;
}

/** Abramowitz and Stegun 26.2.17: error below 7.5e-8. */
export function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = 0.3989422804 * Math.exp((-z * z) / 2) * poly;
  return z > 0 ? 1 - tail : tail;
}

/** Stirling's series after shifting the argument above 8: error below 1e-9. */
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
