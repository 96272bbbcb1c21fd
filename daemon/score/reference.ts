/**
 * The reference: the probability of an exhaustion by the rate that was seen afterwards. It measures whether a warning
 * was justified when it was given. The true rate at that moment cannot be observed, but the closes that followed show
 * it, so the reference is computed afterwards. It uses counted closes alone and none of the code that makes the
 * forecast, because it judges the forecast.
 */
import { normalCdf } from '../forecast/rate/distribution.js';
import { MINUTE_MS, SECOND_MS } from '../units.js';
import type { CountedCloses } from './types.js';

/** The rate is measured over this many closes: their number varies by a tenth. */
const RATE_FROM_CLOSES = 100;
/** The rate is measured over at least this time, which is the usual interval between two samples. */
const RATE_MIN_MS = 2 * SECOND_MS;
/**
 * The rate is measured over at most this time: a burst that ends soon after the instant must still count with the rate
 * that it had.
 */
const RATE_MAX_MS = 10 * SECOND_MS;
/** A leak is slow, so its growth is measured over a longer time. */
const LEAK_WINDOW_MS = MINUTE_MS;

interface ReferenceInput {
  readonly capacity: number;
  /** How long a closed connection keeps its port. */
  readonly holdMs: number;
  /** The live ports at the instant. */
  readonly live: number;
  /** The growth of the live ports per second, as it was seen after the instant. */
  readonly liveGrowth: number;
  /** Ascending and not overlapping, from one `holdMs` before the instant to `referenceWindowMs` after it. */
  readonly counted: readonly CountedCloses[];
}

/** The time in which what follows an instant changes its reference. What comes later does not change it any more. */
export function referenceWindowMs(isLeak: boolean): number {
  return isLeak ? LEAK_WINDOW_MS : RATE_MAX_MS;
}

/**
 * The closes per second that followed an instant: of the next 100 closes, over at least 2 s and at most 10 s. Within a
 * counted stretch the closes are taken to be spread evenly. Time that no stretch covers counts neither as time nor as
 * time without closes.
 * @param counted ascending, not overlapping.
 * @returns null where nothing was counted after the instant.
 */
export function measureRateAfter(counted: readonly CountedCloses[], atMs: number): number | null {
  let watchedMs = 0;
  let closes = 0;
  for (const stretch of counted) {
    const fromMs = Math.max(stretch.fromMs, atMs);
    const toMs = Math.min(stretch.toMs, atMs + RATE_MAX_MS);
    if (toMs <= fromMs) continue;
    if (watchedMs >= RATE_MIN_MS && closes >= RATE_FROM_CLOSES) break;
    watchedMs += toMs - fromMs;
    closes += (stretch.closes * (toMs - fromMs)) / (stretch.toMs - stretch.fromMs);
  }
  return watchedMs > 0 ? (SECOND_MS * closes) / watchedMs : null;
}

/** The closes per second just before an instant, measured as in `measureRateAfter` but backwards in time. */
export function measureRateBefore(counted: readonly CountedCloses[], atMs: number): number | null {
  const mirrored = counted.map(({ fromMs, toMs, closes }) => ({ fromMs: -toMs, toMs: -fromMs, closes })).reverse();
  return measureRateAfter(mirrored, -atMs);
}

/**
 * The probability that the pool runs out of ports within `horizonMs` of an instant, if the rate that followed the
 * instant (`measureRateAfter`) had stayed the same. The ports in use at a later moment are the live ports and those of
 * the closes of the last `holdMs`: the counted closes before the instant, and from the instant on a Poisson process
 * with that rate. The greatest probability at any one moment is taken for the whole time. It is above 0.5 exactly where
 * the expected use reaches capacity.
 * @returns null where nothing was counted after the instant.
 */
export function referenceProbability(input: ReferenceInput, atMs: number, horizonMs: number): number | null {
  const { counted, holdMs } = input;
  const ratePerSecond = measureRateAfter(counted, atMs);
  if (ratePerSecond === null) return null;
  const past = counted
    .filter(({ fromMs, toMs }) => fromMs < atMs && toMs > atMs - holdMs)
    .map(({ fromMs, toMs, closes }) => {
      const endMs = Math.min(toMs, atMs);
      return { fromMs, toMs: endMs, closes: (closes * (endMs - fromMs)) / (toMs - fromMs) };
    });
  // Between these moments the expected use is a straight line, so it is greatest at one of them.
  const bends = past.flatMap(({ fromMs, toMs }) => [fromMs, toMs]).map((ms) => ms + holdMs - atMs);
  const moments = [0, holdMs, horizonMs, ...bends].filter((afterMs) => afterMs >= 0 && afterMs <= horizonMs);
  return Math.max(...moments.map((afterMs) => computeProbabilityAt(input, { past, ratePerSecond, atMs, afterMs })));
}

/** The probability that all ports are in use at the one moment `afterMs` after the instant. */
function computeProbabilityAt(
  { capacity, holdMs, live, liveGrowth }: ReferenceInput,
  at: { past: readonly CountedCloses[]; ratePerSecond: number; atMs: number; afterMs: number },
): number {
  const heldSinceMs = at.atMs + at.afterMs - holdMs;
  const heldByPast = at.past.reduce((sum, { fromMs, toMs, closes }) => {
    const heldShare = Math.max(0, toMs - Math.max(fromMs, heldSinceMs)) / (toMs - fromMs);
    return sum + closes * heldShare;
  }, 0);
  const heldByComing = (at.ratePerSecond * Math.min(at.afterMs, holdMs)) / SECOND_MS;
  const excess = live + (liveGrowth * at.afterMs) / SECOND_MS + heldByPast + heldByComing - capacity;
  return heldByComing > 0 ? normalCdf(excess / Math.sqrt(heldByComing)) : Number(excess >= 0);
}
