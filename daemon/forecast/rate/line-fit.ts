/** Fits of a level and a rise to closes in bins: the rate is level up to a knee and rises in a straight line since. */

/** Closes in complete bins, the newest first; the newest bin ended `endedSeconds` ago. */
export interface Bins {
  readonly counts: Float64Array;
  readonly binSeconds: number;
  readonly endedSeconds: number;
}

/** Over the newest i bins: the closes, and the sum of their ages in seconds. */
export interface BinSums {
  readonly closes: Float64Array;
  readonly moments: Float64Array;
  readonly binSeconds: number;
  readonly endedSeconds: number;
}

/** A plain least-squares fit. Counts per bin: `now` is the line's value at present, `slope` its change per second. */
export interface Fit {
  /** The rise began at the far edge of this many bins. */
  readonly knee: number;
  readonly now: number;
  readonly slope: number;
  /** Sum of squares of the rise about its mean, in seconds squared: what the variance of the slope follows from. */
  readonly spread: number;
  /** Distance of the present from the mean of the rise, in seconds: what the variance of `now` follows from. */
  readonly lever: number;
}

/** A fit in which each bin has the weight of its own noise. Counts per bin and seconds, as in `Fit`. */
export interface WeightedFit {
  readonly now: number;
  readonly slope: number;
  readonly nowVariance: number;
  readonly slopeVariance: number;
  readonly covariance: number;
  readonly logLikelihood: number;
}

/** Expected counts per bin below which the noise of a bin is not taken to be smaller. */
const MIN_EXPECTED = 0.5;

export function sumBins({ counts, binSeconds, endedSeconds }: Bins): BinSums {
  const closes = new Float64Array(counts.length + 1);
  const moments = new Float64Array(counts.length + 1);
  for (let i = 0; i < counts.length; i += 1) {
    const count = counts[i] ?? 0;
    closes[i + 1] = (closes[i] ?? 0) + count;
    moments[i + 1] = (moments[i] ?? 0) + count * (endedSeconds + binSeconds * (i + 0.5));
  }
  return { closes, moments, binSeconds, endedSeconds };
}

/** Age in seconds of the newer edge of a bin; a fraction is a place inside the bin. */
export function computeBinAge({ binSeconds, endedSeconds }: BinSums, bin: number): number {
  return endedSeconds + binSeconds * bin;
}

/** Least squares of a level and a rise since the far edge of bin `knee`, over the bins `from` to `to`. */
export function fitLine(sums: BinSums, { from, to, knee }: { from: number; to: number; knee: number }): Fit {
  const { closes, moments, binSeconds } = sums;
  const n = to - from;
  const rising = knee - from;
  const kneeAge = computeBinAge(sums, knee);
  const all = (closes[to] ?? 0) - (closes[from] ?? 0);
  const risen = (closes[knee] ?? 0) - (closes[from] ?? 0);
  const crossed = kneeAge * risen - ((moments[knee] ?? 0) - (moments[from] ?? 0));
  // The rise at the middle of each bin is half a bin, one and a half bins, ... from the knee on.
  const sum = (binSeconds * rising * rising) / 2;
  const squares = (binSeconds * binSeconds * rising * (4 * rising * rising - 1)) / 12;
  const spread = squares - (sum * sum) / n;
  const slope = (crossed - (sum * all) / n) / spread;
  const level = (all - slope * sum) / n;
  return { knee, now: level + slope * kneeAge, slope, spread, lever: kneeAge - sum / n };
}

/**
 * Where the rate is low its noise is low as well, so the closes before the rise get more weight than the newest ones.
 * Least squares with the weights that the plain fit gives: one step of the maximum likelihood of Poisson counts.
 * @param phi variance over mean of the closes.
 */
export function fitWeightedLine(sums: BinSums, plain: Fit, by: { length: number; phi: number }): WeightedFit {
  const { length, phi } = by;
  const { closes } = sums;
  const kneeAge = computeBinAge(sums, plain.knee);
  const riseOf = (bin: number): number => Math.max(0, kneeAge - computeBinAge(sums, bin + 0.5));
  const countOf = (bin: number): number => (closes[bin + 1] ?? 0) - (closes[bin] ?? 0);
  const plainLevel = plain.now - plain.slope * kneeAge;
  let [ones, rises, squares, counts, crossed] = [0, 0, 0, 0, 0];
  for (let bin = 0; bin < length; bin += 1) {
    const rise = riseOf(bin);
    const weight = 1 / Math.max(MIN_EXPECTED, plainLevel + plain.slope * rise);
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
    const expected = Math.max(MIN_EXPECTED, level + slope * riseOf(bin));
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
