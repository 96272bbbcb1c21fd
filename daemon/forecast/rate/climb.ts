/**
 * Is the close rate climbing? A line through the recent closes, level up to some instant and rising since, accepted only where
 * at least two minutes of rise speak for it: it must beat a constant rate, it must beat the best single step, and the newest
 * closes must not have settled.
 */

export interface Climb {
  /** Closes per second now, by the line, and its change per second, above 0. */
  readonly rate: number;
  readonly perSecond: number;
  /** Variances and covariance of the two. */
  readonly rateVariance: number;
  readonly perSecondVariance: number;
  readonly covariance: number;
  /** How long it has been climbing, in ms, and the closes looked at. */
  readonly lastedMs: number;
  readonly seen: number;
}

/** Closes in complete bins, the newest first; the newest one ended `endedSeconds` ago. */
export interface Bins {
  readonly counts: Float64Array;
  readonly binSeconds: number;
  readonly endedSeconds: number;
}

/** Spans of evidence, each a share of the one before and at least two minutes: what has held longest speaks. */
const NEXT_SPAN = 0.8;
const MIN_RISE_SECONDS = 120;
/** Where in a span the rise may have begun. */
const KNEES = Array.from({ length: 70 }, (_, i) => 1 - i / 80);
/** Gain in log likelihood, in units of the dispersion, by which a line must beat a constant rate and the best steps. */
const BEATS_CONSTANT = 9;
const BEATS_STEPS = 0;
const SECOND_STEP_COSTS = 7;
const MIN_CLOSES = 30;
/** Seconds of newest closes that are held against the line through the older ones, and how far below it they may lie. */
const NEWEST = [10, 20, 40] as const;
const SETTLED_BELOW = -3.5;
/** Blocks in which the line must hold, and by how many standard deviations chi-square may exceed what chance gives. */
const BLOCKS = 16;
const MISFIT = 3;
/** Log likelihood by which a knee may be worse than the best and still count. */
const NEGLIGIBLE = 12;
/** Counts per bin below which the noise is not that of the mean. */
const LEAST_EXPECTED = 0.5;
/** Dispersion below which closes are as good as paced. */
const MIN_PHI = 0.05;

/** @param phi variance over mean of the closes. */
export function detectClimb(bins: Bins, phi: number): Climb | null {
  const sums = sumUp(bins);
  const shortest = MIN_RISE_SECONDS / bins.binSeconds;
  for (let length = bins.counts.length; length >= shortest; length = Math.floor(NEXT_SPAN * length)) {
    const climb = climbOver(sums, length, Math.max(MIN_PHI, phi));
    if (climb !== null) return climb;
  }
  return null;
}

function climbOver(sums: Sums, length: number, phi: number): Climb | null {
  const seen = sums.closes[length] ?? 0;
  if (seen < MIN_CLOSES) return null;
  const noise = (phi * seen) / length;
  const fits: Fit[] = [];
  for (const share of KNEES) {
    const knee = Math.round(share * length);
    if (knee * sums.binSeconds < MIN_RISE_SECONDS) break;
    fits.push(fit(sums, { from: 0, to: length, knee }));
  }
  const best = fits.reduce<Fit | null>(
    (top, each) => (top === null || gainOf(each, noise) > gainOf(top, noise) ? each : top),
    null,
  );
  if (best === null || best.slope <= 0) return null;
  const gain = gainOf(best, noise);
  if (gain < BEATS_CONSTANT || gain - bestSteps(sums, length, noise) < BEATS_STEPS) return null;
  if (!follows(sums, best, { length, phi }) || hasSettled(sums, { length, knee: best.knee, phi })) return null;
  const likely = fits.filter((each) => gain - gainOf(each, noise) < NEGLIGIBLE);
  return averaged(
    likely.map((each) => refined(sums, each, { length, phi })),
    { binSeconds: sums.binSeconds, seen, lastedMs: 1000 * ageOf(sums, best.knee) },
  );
}

/** Gain in log likelihood over a constant rate. */
function gainOf({ slope, spread }: Fit, noise: number): number {
  return (slope * slope * spread) / (2 * noise);
}

/** Level and slope with each bin weighed by its own noise, in counts per bin and seconds. */
interface Line {
  readonly now: number;
  readonly slope: number;
  readonly nowVariance: number;
  readonly slopeVariance: number;
  readonly covariance: number;
  readonly logLikelihood: number;
}

/**
 * Where the rate is low its noise is low as well: what came before the rise tells more than the newest closes do. Least squares
 * with the weights that the plain fit gives, which is one step of the maximum likelihood of Poisson counts.
 */
function refined(sums: Sums, plain: Fit, { length, phi }: { length: number; phi: number }): Line {
  const { closes } = sums;
  const kneeAge = ageOf(sums, plain.knee);
  const riseOf = (bin: number): number => Math.max(0, kneeAge - ageOf(sums, bin + 0.5));
  const countOf = (bin: number): number => (closes[bin + 1] ?? 0) - (closes[bin] ?? 0);
  const plainLevel = plain.now - plain.slope * kneeAge;
  let [ones, rises, squares, counts, crossed] = [0, 0, 0, 0, 0];
  for (let bin = 0; bin < length; bin += 1) {
    const rise = riseOf(bin);
    const weight = 1 / Math.max(LEAST_EXPECTED, plainLevel + plain.slope * rise);
    ones += weight;
    rises += weight * rise;
    squares += weight * rise * rise;
    counts += weight * countOf(bin);
    crossed += weight * rise * countOf(bin);
  }
  const determinant = ones * squares - rises * rises;
  const slope = (ones * crossed - rises * counts) / determinant;
  const level = (squares * counts - rises * crossed) / determinant;
  let logLikelihood = 0;
  for (let bin = 0; bin < length; bin += 1) {
    const expected = Math.max(LEAST_EXPECTED, level + slope * riseOf(bin));
    logLikelihood += (countOf(bin) * Math.log(expected) - expected) / phi;
  }
  const slopeVariance = (phi * ones) / determinant;
  const covariance = kneeAge * slopeVariance - (phi * rises) / determinant;
  return {
    now: level + slope * kneeAge,
    slope,
    slopeVariance,
    covariance,
    nowVariance: (phi * (squares - 2 * kneeAge * rises + kneeAge * kneeAge * ones)) / determinant,
    logLikelihood,
  };
}

/** Where the rise began is only guessed: each guess counts by its likelihood, and their differences are doubt, too. */
function averaged(lines: readonly Line[], of: { binSeconds: number; seen: number; lastedMs: number }): Climb {
  const { binSeconds, seen, lastedMs } = of;
  const most = Math.max(...lines.map(({ logLikelihood }) => logLikelihood));
  const weights = lines.map(({ logLikelihood }) => Math.exp(logLikelihood - most));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (pick: (each: Line) => number): number =>
    lines.reduce((sum, each, i) => sum + (pick(each) * (weights[i] ?? 0)) / total, 0);
  const now = mean((each) => each.now);
  const slope = mean((each) => each.slope);
  const perSecond = 1 / binSeconds ** 2;
  return {
    rate: Math.max(0, now / binSeconds),
    perSecond: slope / binSeconds,
    rateVariance: perSecond * mean((each) => each.nowVariance + (each.now - now) ** 2),
    perSecondVariance: perSecond * mean((each) => each.slopeVariance + (each.slope - slope) ** 2),
    covariance: perSecond * mean((each) => each.covariance + (each.now - now) * (each.slope - slope)),
    lastedMs,
    seen,
  };
}

/** Over the newest i bins: closes, and closes x age in seconds. */
interface Sums {
  readonly closes: Float64Array;
  readonly moments: Float64Array;
  readonly binSeconds: number;
  readonly endedSeconds: number;
}

/** Counts per bin: `now` by the line, `slope` per second; `spread` and `lever` make its errors. */
interface Fit {
  readonly knee: number;
  readonly now: number;
  readonly slope: number;
  /** Sum of squares of the rise about its mean, in seconds. */
  readonly spread: number;
  /** Distance of now from the mean of the rise, in seconds. */
  readonly lever: number;
}

/** Least squares of a level and a rise since the far edge of bin `knee`, over the bins `from` to `to`. */
function fit(sums: Sums, { from, to, knee }: { from: number; to: number; knee: number }): Fit {
  const { closes, moments, binSeconds } = sums;
  const n = to - from;
  const rising = knee - from;
  const kneeAge = ageOf(sums, knee);
  const all = (closes[to] ?? 0) - (closes[from] ?? 0);
  const risen = (closes[knee] ?? 0) - (closes[from] ?? 0);
  const crossed = kneeAge * risen - ((moments[knee] ?? 0) - (moments[from] ?? 0));
  // The rise at the middle of each bin: half a bin, one and a half, ... up from the knee.
  const sum = (binSeconds * rising * rising) / 2;
  const squares = (binSeconds * binSeconds * rising * (4 * rising * rising - 1)) / 12;
  const spread = squares - (sum * sum) / n;
  const slope = (crossed - (sum * all) / n) / spread;
  const level = (all - slope * sum) / n;
  return { knee, now: level + slope * kneeAge, slope, spread, lever: kneeAge - sum / n };
}

function ageOf({ binSeconds, endedSeconds }: Sums, bin: number): number {
  return endedSeconds + binSeconds * bin;
}

/** Gain of the best one or two sudden changes of a constant rate, however recent; the second one has its price. */
function bestSteps({ closes }: Sums, length: number, noise: number): number {
  const all = closes[length] ?? 0;
  const base = (all * all) / length;
  const cuts = cutsOf(length);
  let best = 0;
  for (const [index, newer] of cuts.entries()) {
    const newest = closes[newer] ?? 0;
    const first = (newest * newest) / newer - base;
    const rest = all - newest;
    best = Math.max(best, first + (rest * rest) / (length - newer));
    for (let k = index + 1; k < cuts.length; k += 1) {
      const older = cuts[k] ?? length;
      const middle = (closes[older] ?? 0) - newest;
      const oldest = all - newest - middle;
      const gain = first + (middle * middle) / (older - newer) + (oldest * oldest) / (length - older);
      best = Math.max(best, gain - SECOND_STEP_COSTS * 2 * noise);
    }
  }
  return best / (2 * noise);
}

/** Every bin of the newest 20 s, then coarser ones: a step that is long past need not be placed so well. */
function cutsOf(length: number): number[] {
  const cuts: number[] = [];
  for (let cut = 1; cut < length; cut += cut < 10 ? 1 : cut < 40 ? 3 : 8) cuts.push(cut);
  return cuts;
}

/** Does the line hold all along, block by block? What came before a step or an earlier burst belongs to no line. */
function follows(sums: Sums, { knee, now, slope }: Fit, { length, phi }: { length: number; phi: number }): boolean {
  const { closes, binSeconds } = sums;
  const rise = slope * binSeconds;
  let misfit = 0;
  for (let block = 0; block < BLOCKS; block += 1) {
    const newer = Math.round((block * length) / BLOCKS);
    const older = Math.round(((block + 1) * length) / BLOCKS);
    // The line falls with age as far as the knee, and stays level beyond it.
    const [from, to] = [Math.min(newer, knee), Math.min(older, knee)];
    const level = now - slope * ageOf(sums, knee);
    const expected = level * (older - newer) + rise * ((to - from) * knee - (to * to - from * from) / 2);
    const got = (closes[older] ?? 0) - (closes[newer] ?? 0);
    misfit += (got - expected) ** 2 / (phi * Math.max(1, expected));
  }
  return misfit < BLOCKS + MISFIT * Math.sqrt(2 * BLOCKS);
}

/** The newest closes against the line through the older ones. */
function hasSettled(sums: Sums, { length, knee, phi }: { length: number; knee: number; phi: number }): boolean {
  const { closes, binSeconds } = sums;
  return NEWEST.some((seconds) => {
    const newest = Math.round(seconds / binSeconds);
    if (newest * 2.5 > knee) return false;
    const { now, slope, spread, lever } = fit(sums, { from: newest, to: length, knee });
    const middle = ageOf(sums, newest / 2);
    const expected = Math.max(0, (now - slope * middle) * newest);
    const level = ((closes[length] ?? 0) - (closes[newest] ?? 0)) / (length - newest);
    const fitVariance = phi * level * (1 / (length - newest) + (lever - middle) ** 2 / spread) * newest ** 2;
    const z = ((closes[newest] ?? 0) - expected) / Math.sqrt(phi * Math.max(1, expected) + fitVariance);
    return z < SETTLED_BELOW;
  });
}

function sumUp({ counts, binSeconds, endedSeconds }: Bins): Sums {
  const closes = new Float64Array(counts.length + 1);
  const moments = new Float64Array(counts.length + 1);
  for (let i = 0; i < counts.length; i += 1) {
    const count = counts[i] ?? 0;
    closes[i + 1] = (closes[i] ?? 0) + count;
    moments[i + 1] = (moments[i] ?? 0) + count * (endedSeconds + binSeconds * (i + 0.5));
  }
  return { closes, moments, binSeconds, endedSeconds };
}
