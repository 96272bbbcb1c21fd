/**
 * Whether the close rate is climbing: a line through the recent closes that is level up to some instant and rises since.
 * It counts only with at least two minutes of rise, and only where it explains the closes better than a constant rate,
 * at least as well as the best steps, and where the newest closes have not settled.
 */
import { MINUTE_MS, SECOND_MS } from '../../units.js';
import { computeLineGain, findBestStepGain, fitsThroughout, hasSettled } from './climb-checks.js';
import {
  computeBinAge,
  fitLine,
  fitWeightedLine,
  sumBins,
  type Bins,
  type BinSums,
  type Fit,
  type WeightedFit,
} from './line-fit.js';

export interface Climb {
  /** Closes per second now, by the line, and its change per second, above 0. */
  readonly rate: number;
  readonly perSecond: number;
  /** Variances and covariance of the two. */
  readonly rateVariance: number;
  readonly perSecondVariance: number;
  readonly covariance: number;
  /** How long the rate has been climbing, in ms, and the number of closes in the span. */
  readonly lastedMs: number;
  readonly seen: number;
}

/** Each span of evidence is this share of the one before it: the longest span that shows a climb decides. */
const NEXT_SPAN = 0.8;
const MIN_RISE_SECONDS = (2 * MINUTE_MS) / SECOND_MS;
/** Places in a span, as shares of it, at which the rise may have begun. */
const KNEES = Array.from({ length: 70 }, (_, i) => 1 - i / 80);
/** Gain in log likelihood, in units of phi, by which a line must beat a constant rate and the best steps. */
const MIN_GAIN_OVER_CONSTANT = 9;
const MIN_GAIN_OVER_STEPS = 0;
const MIN_CLOSES = 30;
/** A knee counts as well while its log likelihood is below that of the best one by less than this. */
const NEGLIGIBLE = 12;
/** Below this phi the closes are as good as paced. */
const MIN_PHI = 0.05;

/** @param phi variance over mean of the closes. @returns null where the rate is not seen to climb. */
export function detectClimb(bins: Bins, phi: number): Climb | null {
  const sums = sumBins(bins);
  const shortest = MIN_RISE_SECONDS / bins.binSeconds;
  for (let length = bins.counts.length; length >= shortest; length = Math.floor(NEXT_SPAN * length)) {
    const climb = detectClimbOver(sums, length, Math.max(MIN_PHI, phi));
    if (climb !== null) return climb;
  }
  return null;
}

function detectClimbOver(sums: BinSums, length: number, phi: number): Climb | null {
  const seen = sums.closes[length] ?? 0;
  if (seen < MIN_CLOSES) return null;
  const noise = (phi * seen) / length;
  const fits: Fit[] = [];
  for (const share of KNEES) {
    const knee = Math.round(share * length);
    if (knee * sums.binSeconds < MIN_RISE_SECONDS) break;
    fits.push(fitLine(sums, { from: 0, to: length, knee }));
  }
  const best = fits.reduce<Fit | null>(
    (top, fit) => (top === null || computeLineGain(fit, noise) > computeLineGain(top, noise) ? fit : top),
    null,
  );
  if (best === null || best.slope <= 0) return null;
  const gain = computeLineGain(best, noise);
  if (gain < MIN_GAIN_OVER_CONSTANT || gain - findBestStepGain(sums, length, noise) < MIN_GAIN_OVER_STEPS) return null;
  if (!fitsThroughout(sums, best, { length, phi }) || hasSettled(sums, { length, knee: best.knee, phi })) return null;
  const likely = fits.filter((fit) => gain - computeLineGain(fit, noise) < NEGLIGIBLE);
  return averageFits(
    likely.map((fit) => fitWeightedLine(sums, fit, { length, phi })),
    { binSeconds: sums.binSeconds, seen, lastedMs: SECOND_MS * computeBinAge(sums, best.knee) },
  );
}

/** The knee is uncertain: each fit counts by its likelihood, and the differences between the fits add to the variances. */
function averageFits(fits: readonly WeightedFit[], of: { binSeconds: number; seen: number; lastedMs: number }): Climb {
  const { binSeconds, seen, lastedMs } = of;
  const highest = Math.max(...fits.map(({ logLikelihood }) => logLikelihood));
  const weights = fits.map(({ logLikelihood }) => Math.exp(logLikelihood - highest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (pick: (fit: WeightedFit) => number): number =>
    fits.reduce((sum, fit, i) => sum + (pick(fit) * (weights[i] ?? 0)) / total, 0);
  const now = mean((fit) => fit.now);
  const slope = mean((fit) => fit.slope);
  const perSecond = 1 / binSeconds ** 2;
  return {
    rate: Math.max(0, now / binSeconds),
    perSecond: slope / binSeconds,
    rateVariance: perSecond * mean((fit) => fit.nowVariance + (fit.now - now) ** 2),
    perSecondVariance: perSecond * mean((fit) => fit.slopeVariance + (fit.slope - slope) ** 2),
    covariance: perSecond * mean((fit) => fit.covariance + (fit.now - now) * (fit.slope - slope)),
    lastedMs,
    seen,
  };
}
