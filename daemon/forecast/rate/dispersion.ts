/**
 * How much the closes scatter: phi is the long-run variance of their counts over the mean. Poisson arrivals have phi 1
 * and paced arrivals nearly 0. Where requests come in bunches, or where their rate varies over seconds, phi is greater,
 * and longer blocks show that better.
 */

export interface Dispersion {
  /** Best value. */
  readonly phi: number;
  /** Independent comparisons it rests on: the degrees of freedom of the interval. */
  readonly evidence: number;
  /** Mean closes per second while it was measured. */
  readonly rate: number;
}

/** Below this phi the arrivals may as well be Poisson arrivals that were seen for too short a time. */
const CLEARLY_ABOVE_POISSON = 1.5;
/** The excess of phi over 1 is scaled up by no more than this. */
const MAX_SCALING = 3;
/** Blocks, in bins, whose neighbours are compared. */
const BLOCKS = [2, 4, 8] as const;
/** Values of phi that are tried. */
const PHIS = [
  0.001, 0.003, 0.008, 0.02, 0.04, 0.08, 0.15, 0.3, 0.55, 1, 1.4, 2, 2.8, 4, 5.6, 8, 11, 16, 22, 32, 48, 72, 110, 160,
  240, 360, 540, 800,
] as const;
/** Seconds over which arrivals may be correlated. */
const TAUS = [1, 2, 4, 8] as const;
/**
 * A step of the rate makes the differences across it large, and a step is not scatter: of each block size the greatest
 * fifth is left out. What is left of chi-square values of one degree of freedom has the mean `KEPT_MEAN`.
 */
const KEPT = 0.8;
const KEPT_MEAN = 0.4377;
/** A jump: `JUMP_BINS` bins hold `JUMP_FACTOR` times as much as the bins next to them, beyond what chance explains. */
const JUMP_BINS = 6;
const JUMP_FACTOR = 2;
const JUMP_SQUARE = 30;
/** With fewer blocks that do not overlap, a step would be taken for scatter, so that block size is not used. */
const MIN_BLOCKS = 8;
/** Overlapping blocks of few bins give less evidence than their overlap alone implies, by this over their length. */
const SMALL_BLOCK = 7 / 6;
/** Counts of evenly paced closes differ by a fraction of a close even where the whole numbers are equal. */
const MIN_DIFFERENCE = 0.3;
/** Prior probability of Poisson arrivals, against all other values together. */
const POISSON_PRIOR = 0.6;
/**
 * A phi below 1 is used only once the posterior probability of Poisson arrivals is below this: with too small a phi a few
 * closes by chance would look like a new rate.
 */
const POISSON_POSSIBLE = 0.05;
/** By this over the evidence a normal interval is widened into Student's, to first order. */
const STUDENT_WIDENING = 0.93;
const MIN_EVIDENCE = 2;

/** The comparison of neighbouring blocks of one length. */
interface Scale {
  readonly seconds: number;
  /** Independent comparisons. */
  readonly weight: number;
  /** Mean of the squared differences over what Poisson counts give; long blocks have phi as its expected value. */
  readonly mean: number;
}

/**
 * Estimates how much the closes scatter.
 * @param counts closes in bins of `binSeconds`, in order.
 * @returns null while there are too few closes.
 */
export function measureDispersion(counts: Float64Array, binSeconds: number): Dispersion | null {
  const scales: Scale[] = [];
  const sums = accumulate(counts);
  const jumps = countJumps(sums);
  for (const block of BLOCKS) {
    const scale = compareBlocks(sums, jumps, { block, seconds: block * binSeconds });
    if (scale !== null) scales.push(scale);
  }
  if (scales.length === 0) return null;
  let [logPhi, total, atLeastPoisson] = [0, 0, 0];
  let peak = -Infinity;
  const candidates: { phi: number; log: number }[] = [];
  for (const phi of PHIS) {
    const taus = phi > 1 ? TAUS : [0];
    for (const tau of taus) {
      let log = Math.log(
        phi === 1
          ? POISSON_PRIOR
          : (1 - POISSON_PRIOR) / (PHIS.length * Math.max(1, tau) * Math.max(1, Math.sqrt(phi))),
      );
      for (const scale of scales) log += computeLogLikelihood(scale, expectMean(phi, tau, scale.seconds));
      candidates.push({ phi, log });
      peak = Math.max(peak, log);
    }
  }
  for (const { phi, log } of candidates) {
    const weight = Math.exp(log - peak);
    logPhi += weight * Math.log(phi);
    total += weight;
    if (phi >= 1) atLeastPoisson += weight;
  }
  const phi = Math.exp(logPhi / total);
  const rate = counts.reduce((sum, count) => sum + count, 0) / (counts.length * binSeconds);
  return {
    phi: atLeastPoisson > POISSON_POSSIBLE * total ? Math.max(1, phi) : phi,
    evidence: scales.at(-1)?.weight ?? 0,
    rate,
  };
}

/**
 * Phi at another rate per second. Bunches have the same phi at every rate; where the rate itself varies, phi grows with
 * the rate. One rate does not show which of the two it is, and too small a phi would give too narrow an interval, so
 * phi is taken to grow.
 */
export function scalePhi({ phi, rate: measured }: Pick<Dispersion, 'phi' | 'rate'>, rate: number): number {
  if (phi < CLEARLY_ABOVE_POISSON || measured <= 0) return phi;
  return 1 + (phi - 1) * Math.min(MAX_SCALING, Math.max(1, rate / measured));
}

/** Factor on the variance for an estimated phi: it widens a normal interval into Student's, to first order in 1 / evidence. */
export function widenForEvidence(evidence: number): number {
  return (1 + STUDENT_WIDENING / Math.max(MIN_EVIDENCE, evidence)) ** 2;
}

/** Number of jumps of the rate up to each bin. */
function countJumps(sums: Float64Array): Uint16Array {
  const bins = sums.length - 1;
  const jumps = new Uint16Array(bins + 1);
  for (let edge = 0; edge < bins; edge += 1) {
    const isInside = edge >= JUMP_BINS && edge + JUMP_BINS <= bins;
    const here = sums[edge] ?? 0;
    const a = isInside ? here - (sums[edge - JUMP_BINS] ?? 0) : 0;
    const b = isInside ? (sums[edge + JUMP_BINS] ?? 0) - here : 0;
    const isJump = Math.max(a, b) > JUMP_FACTOR * Math.min(a, b) && (a - b) ** 2 > JUMP_SQUARE * (a + b);
    jumps[edge + 1] = (jumps[edge] ?? 0) + (isJump ? 1 : 0);
  }
  return jumps;
}

/**
 * Compares each block with the middle of its two neighbours, so that a rate that climbs evenly is no scatter; squared,
 * and over what Poisson counts would give. Blocks across a jump are left out. A block starts at every bin: blocks that
 * do not overlap would give half the evidence, and the result would depend on where the first one starts.
 * @returns null where there are too few blocks.
 */
function compareBlocks(
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
    const bend = Math.max(Math.abs(d - a - 3 * (c - b)), MIN_DIFFERENCE);
    ratios[found] = bend ** 2 / (d - a + 3 * (c - b));
    found += 1;
  }
  if (found < MIN_BLOCKS * block) return null;
  const sorted = ratios.subarray(0, found).sort();
  const kept = Math.round(KEPT * found);
  let sum = 0;
  for (let i = 0; i < kept; i += 1) sum += sorted[i] ?? 0;
  // 1 over the sum of the squared correlations with all other blocks, which follow from how far they overlap.
  const independent = 1 / ((7 * block) / 9 + SMALL_BLOCK / block);
  return { seconds, weight: independent * kept, mean: sum / kept / KEPT_MEAN };
}

/** Closes in the first 0, 1, 2, ... bins. */
function accumulate(counts: Float64Array): Float64Array {
  const sums = new Float64Array(counts.length + 1);
  for (let i = 0; i < counts.length; i += 1) sums[i + 1] = (sums[i] ?? 0) + (counts[i] ?? 0);
  return sums;
}

/** Log likelihood of a mean of squares, each of them a chi-square of one degree of freedom times `mean`. */
function computeLogLikelihood({ weight, mean: seen }: Scale, mean: number): number {
  return -0.5 * weight * (Math.log(mean) + seen / mean);
}

/**
 * Expected value of `Scale.mean` for blocks of `seconds` where the intensity has an excess variance that fades as
 * exp(-t / tau): the variance of a block, less 4/3 of its covariance with the next block, plus 1/3 of that with the
 * next but one, over the block's mean. With tau 0 the counts are independent.
 */
function expectMean(phi: number, tau: number, seconds: number): number {
  if (tau === 0) return phi;
  const q = Math.exp(-seconds / tau);
  const next = (tau / (2 * seconds)) * (1 - q) ** 2;
  const share = 1 - (tau / seconds) * (1 - q) - (4 / 3) * next + (1 / 3) * next * q;
  return 1 + (phi - 1) * Math.max(0, share);
}
