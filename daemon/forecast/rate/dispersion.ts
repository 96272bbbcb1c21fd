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
export function scalePhi({ phi, rate: measured }: Pick<Dispersion, 'phi' | 'rate'>, rate: number): number {
  if (phi < CLEARLY_MORE || measured <= 0) return phi;
  return 1 + (phi - 1) * Math.min(MOST_GROWTH, Math.max(1, rate / measured));
}

/** Below this it may as well be Poisson arrivals seen for too short a time. */
const CLEARLY_MORE = 1.5;
const MOST_GROWTH = 3;
/** Blocks, in bins, whose neighbours are compared. */
const BLOCKS = [2, 4, 8] as const;
const PHIS = [
  0.001, 0.003, 0.008, 0.02, 0.04, 0.08, 0.15, 0.3, 0.55, 1, 1.4, 2, 2.8, 4, 5.6, 8, 11, 16, 22, 32, 48, 72, 110, 160,
  240, 360, 540, 800,
] as const;
/** Seconds over which arrivals may be correlated. */
const TAUS = [1, 2, 4, 8] as const;
/**
 * A step of the rate spoils the differences across it and is no scatter: of each scale the greatest fifth is left out. What
 * is left of chi-square values of one degree then has this mean.
 */
const KEPT = 0.8;
const KEPT_MEAN = 0.4377;
const JUMP_BINS = 6;
const JUMP_FACTOR = 2;
const JUMP_SQUARE = 30;
/** With fewer that do not overlap, a step would be taken for dispersion: blocks of that size do not speak yet. */
const MIN_BLOCKS = 8;
/** By how much short blocks are worth less than their overlap says, times their length. */
const SMALL_BLOCK = 7 / 6;
/** Evenly paced closes differ by a part of one. */
const LEAST_DIFFERENCE = 0.3;
/** Weight of Poisson arrivals before anything was seen, against all else together. */
const POISSON_PRIOR = 0.6;
/** Less than Poisson is not believed while that has this probability left: a few closes by chance would be a new rate. */
const POISSON_POSSIBLE = 0.05;

interface Scale {
  readonly seconds: number;
  /** Weight in independent comparisons, and the mean of (a - b)^2 / (a + b), which phi would give for long blocks. */
  readonly weight: number;
  readonly mean: number;
}

/** @param counts closes in bins of `binSeconds`, in order. @returns null while there are too few to tell. */
export function measureDispersion(counts: Float64Array, binSeconds: number): Dispersion | null {
  const scales: Scale[] = [];
  const sums = cumulative(counts);
  const jumps = jumpsIn(sums);
  for (const block of BLOCKS) {
    const scale = compare(sums, jumps, { block, seconds: block * binSeconds });
    if (scale !== null) scales.push(scale);
  }
  if (scales.length === 0) return null;
  let [best, total, atLeastPoisson] = [0, 0, 0];
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
    if (phi >= 1) atLeastPoisson += weight;
  }
  const phi = Math.exp(best / total);
  const rate = counts.reduce((sum, count) => sum + count, 0) / (counts.length * binSeconds);
  return {
    phi: atLeastPoisson > POISSON_POSSIBLE * total ? Math.max(1, phi) : phi,
    evidence: scales.at(-1)?.weight ?? 0,
    rate,
  };
}

/** Jumps of the rate up to each bin: where six bins have twice what the six beside them have, and not by chance. */
function jumpsIn(sums: Float64Array): Uint16Array {
  const bins = sums.length - 1;
  const jumps = new Uint16Array(bins + 1);
  for (let edge = 0; edge < bins; edge += 1) {
    const inside = edge >= JUMP_BINS && edge + JUMP_BINS <= bins;
    const here = sums[edge] ?? 0;
    const a = inside ? here - (sums[edge - JUMP_BINS] ?? 0) : 0;
    const b = inside ? (sums[edge + JUMP_BINS] ?? 0) - here : 0;
    const isJump = Math.max(a, b) > JUMP_FACTOR * Math.min(a, b) && (a - b) ** 2 > JUMP_SQUARE * (a + b);
    jumps[edge + 1] = (jumps[edge] ?? 0) + (isJump ? 1 : 0);
  }
  return jumps;
}

/**
 * How far blocks lie from the middle of their two neighbours, squared, over what Poisson counts would give: a rate that climbs
 * evenly is no scatter. Those across a jump are left out. Blocks begin at every bin: those that do not overlap are half as
 * many as they are worth, and where they happen to begin decides.
 */
function compare(
  sums: Float64Array,
  jumps: Uint16Array,
  { block, seconds }: { readonly block: number; readonly seconds: number },
): Scale | null {
  const places = Math.max(0, sums.length - 3 * block);
  const ratios = new Float64Array(places);
  let found = 0;
  for (let start = 0; start < places; start += 1) {
    if (jumps[start] !== jumps[start + 3 * block]) continue;
    const [a, b] = [sums[start] ?? 0, sums[start + block] ?? 0];
    const [c, d] = [sums[start + 2 * block] ?? 0, sums[start + 3 * block] ?? 0];
    if (d === a) continue;
    const bend = Math.max(Math.abs(d - a - 3 * (c - b)), LEAST_DIFFERENCE);
    ratios[found] = bend ** 2 / (d - a + 3 * (c - b));
    found += 1;
  }
  if (found < MIN_BLOCKS * block) return null;
  const sorted = ratios.subarray(0, found).sort();
  const kept = Math.round(KEPT * found);
  let sum = 0;
  for (let i = 0; i < kept; i += 1) sum += sorted[i] ?? 0;
  // One over the sum of the squared correlations with all others, by how far they overlap.
  const independent = 1 / ((7 * block) / 9 + SMALL_BLOCK / block);
  return { seconds, weight: independent * kept, mean: sum / kept / KEPT_MEAN };
}

/** Closes in the first i bins. */
function cumulative(counts: Float64Array): Float64Array {
  const sums = new Float64Array(counts.length + 1);
  for (let i = 0; i < counts.length; i += 1) sums[i + 1] = (sums[i] ?? 0) + (counts[i] ?? 0);
  return sums;
}

/** Log likelihood of a mean of squares, each a chi-square of one degree times `mean`. */
function logLikelihood({ weight, mean: seen }: Scale, mean: number): number {
  return -0.5 * weight * (Math.log(mean) + seen / mean);
}

/**
 * What the comparison of blocks of `seconds` has for a mean, where the intensity has an excess variance that fades as
 * exp(-t / tau): variance of a block, less 4/3 of its covariance with the next one, plus 1/3 of that with
 * the next but one, over its mean.
 */
function expected(phi: number, tau: number, seconds: number): number {
  if (tau === 0) return phi;
  const q = Math.exp(-seconds / tau);
  const next = (tau / (2 * seconds)) * (1 - q) ** 2;
  const share = 1 - (tau / seconds) * (1 - q) - (4 / 3) * next + (1 / 3) * next * q;
  return 1 + (phi - 1) * Math.max(0, share);
}
