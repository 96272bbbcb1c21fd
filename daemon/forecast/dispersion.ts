/**
 * How much the closes scatter: phi, the long-run variance over the mean of their counts. Poisson arrivals have 1, paced
 * ones next to 0; where requests come in bunches, or their rate wavers over seconds, it is greater, and the longer the
 * blocks the better that shows.
 */

export interface Dispersion {
  /** Best value. */
  readonly phi: number;
  /** Independent comparisons it rests on: degrees of freedom of the interval. */
  readonly evidence: number;
  /** Mean closes per second while it was measured. */
  readonly rate: number;
}

/**
 * Phi at another rate. Bunches keep theirs; where the rate itself wavers, the wavering grows with it. Which of the two it is
 * does not show at one rate, and to take the noise for less than it is would miss the truth.
 */
export function phiAt({ phi, rate: measured }: Pick<Dispersion, 'phi' | 'rate'>, rate: number): number {
  return phi <= 1 || measured <= 0 ? phi : 1 + (phi - 1) * Math.max(1, rate / measured);
}

/** Blocks, in bins, whose neighbours are compared. */
const BLOCKS = [2, 4, 8] as const;
const PHIS = [
  0.001, 0.003, 0.008, 0.02, 0.04, 0.08, 0.15, 0.3, 0.55, 1, 1.4, 2, 2.8, 4, 5.6, 8, 11, 16, 22, 32, 48, 72, 110, 160,
  240, 360, 540, 800,
] as const;
/** Seconds over which arrivals may be correlated. */
const TAUS = [1, 2, 4, 8] as const;
/** Share of the largest differences that a step, a ramp or a lone burst may have caused. */
const SPOILT = 0.15;
const MIN_SPOILT = 2;
/** With fewer, a step would be taken for dispersion: blocks of that size do not speak yet. */
const MIN_RATIOS = 9;
/** Weight of Poisson arrivals before anything was seen, against all else together. */
const POISSON_PRIOR = 0.6;

interface Scale {
  readonly seconds: number;
  /** Weight in independent comparisons, and the mean of (a - b)^2 / (a + b), which phi would give for long blocks. */
  readonly weight: number;
  readonly mean: number;
}

/** @param counts closes in bins of `binSeconds`, in order. @returns null while there are too few to tell. */
export function dispersionOf(counts: Float64Array, binSeconds: number): Dispersion | null {
  const scales: Scale[] = [];
  for (const block of BLOCKS) {
    const scale = compare(counts, block, block * binSeconds);
    if (scale !== null) scales.push(scale);
  }
  if (scales.length === 0) return null;
  let best = 0;
  let total = 0;
  let peak = -Infinity;
  const weighed: { phi: number; log: number }[] = [];
  for (const phi of PHIS) {
    const taus = phi > 1 ? TAUS : [0];
    for (const tau of taus) {
      let log = Math.log(
        phi === 1
          ? POISSON_PRIOR
          : (1 - POISSON_PRIOR) / (PHIS.length * Math.max(1, tau) * Math.max(1, Math.sqrt(phi))),
      );
      for (const scale of scales) log += logLikelihood(scale, expected(phi, tau, scale.seconds));
      weighed.push({ phi, log });
      peak = Math.max(peak, log);
    }
  }
  for (const { phi, log } of weighed) {
    const weight = Math.exp(log - peak);
    best += weight * Math.log(phi);
    total += weight;
  }
  const rate = counts.reduce((sum, count) => sum + count, 0) / (counts.length * binSeconds);
  return { phi: Math.exp(best / total), evidence: scales.at(-1)?.weight ?? 0, rate };
}

/** Squared differences of neighbouring blocks over their sums; those that a change of the rate may have made are left out. */
function compare(counts: Float64Array, block: number, seconds: number): Scale | null {
  const ratios: number[] = [];
  let newer = NaN;
  for (let start = 0; start + block <= counts.length; start += block) {
    let sum = 0;
    for (let bin = start; bin < start + block; bin += 1) sum += counts[bin] ?? 0;
    if (newer + sum > 0) ratios.push(Math.max(newer - sum, sum - newer, 0.3) ** 2 / (newer + sum));
    newer = sum;
  }
  if (ratios.length < MIN_RATIOS) return null;
  const keep = ratios.length - Math.max(MIN_SPOILT, Math.ceil(SPOILT * ratios.length));
  ratios.sort((a, b) => a - b);
  let sum = 0;
  for (let i = 0; i < keep; i += 1) sum += ratios[i] ?? 0;
  // Neighbouring differences share a block: each tells two thirds of what a separate one would.
  return { seconds, weight: (2 / 3) * keep, mean: sum / keep / meanOfLowest(keep / ratios.length) };
}

/** Log likelihood of a mean of squares, each a chi-square of one degree times `mean`. */
function logLikelihood({ weight, mean: seen }: Scale, mean: number): number {
  return -0.5 * weight * (Math.log(mean) + seen / mean);
}

/**
 * What the comparison of blocks of `seconds` has for a mean, where the intensity has an excess variance that fades as
 * exp(-t / tau): variance of a block less its covariance with the next one, over its mean.
 */
function expected(phi: number, tau: number, seconds: number): number {
  if (tau === 0) return phi;
  const q = Math.exp(-seconds / tau);
  const share = 1 - (tau / seconds) * (1 - q) - (tau / (2 * seconds)) * (1 - q) ** 2;
  return 1 + (phi - 1) * Math.max(0, share);
}

/** Mean of the lowest share of chi-square values of one degree, whose whole mean is 1. */
function meanOfLowest(share: number): number {
  const z = normalQuantile((1 + share) / 2);
  return 1 - (2 * z * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI) / share;
}

/** Abramowitz and Stegun 26.2.23: error below 4.5e-4; for 0.5 <= p < 1. */
function normalQuantile(p: number): number {
  const t = Math.sqrt(-2 * Math.log(Math.max(1e-12, 1 - p)));
  return t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
}
