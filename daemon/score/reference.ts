/**
 * What one who knew the true rate would have said: the measure of whether a warning was justified when it was given.
 * The true rate is not known in the field either, but what followed shows it; so this is asked afterwards, and is built
 * on counted closes alone, apart from the forecast that it judges.
 */

import { MINUTE_MS } from '../units.js';
import { normalCdf } from '../forecast/rate/distribution.js';
import type { CountedCloses } from './types.js';

/** The true rate is what the next so many closes show: their number scatters by a tenth. */
const RATE_FROM_CLOSES = 100;
/** At least one sampling interval; at most so long that a burst ending soon after still counts as the burst it was. */
const RATE_MIN_MS = 2000;
const RATE_MAX_MS = 10_000;

/** A leak is slow: its true growth is what the next minute shows. */
const LEAK_WINDOW_MS = MINUTE_MS;

/** From so long after an instant on, nothing that follows changes what is said of it. */
export function referenceWindowMs(isLeak: boolean): number {
  return isLeak ? LEAK_WINDOW_MS : RATE_MAX_MS;
}

/**
 * Closes per second that followed an instant: of the next 100 closes, in no less than 2 s and no more than 10 s. Counted
 * stretches are taken to be even; those that were not watched count neither as time nor as closes.
 * @param counted ascending, not overlapping.
 * @returns null where nothing was counted after the instant.
 */
export function measureRateAfter(counted: readonly CountedCloses[], atMs: number): number | null {
  let watchedMs = 0;
  let closes = 0;
  for (const { fromMs, toMs, closes: all } of counted) {
    const from = Math.max(fromMs, atMs);
    const to = Math.min(toMs, atMs + RATE_MAX_MS);
    if (to <= from) continue;
    const enough = watchedMs >= RATE_MIN_MS && closes >= RATE_FROM_CLOSES;
    if (enough) break;
    watchedMs += to - from;
    closes += (all * (to - from)) / (toMs - fromMs);
  }
  return watchedMs > 0 ? (1000 * closes) / watchedMs : null;
}

/** The same of the closes that came just before an instant, looking back. */
export function measureRateBefore(counted: readonly CountedCloses[], atMs: number): number | null {
  const mirrored = counted.map(({ fromMs, toMs, closes }) => ({ fromMs: -toMs, toMs: -fromMs, closes })).reverse();
  return measureRateAfter(mirrored, -atMs);
}

export interface ReferenceInput {
  readonly capacity: number;
  /** How long a closed connection keeps its port. */
  readonly holdMs: number;
  /** Live ports at the instant, and their true growth per second from then on. */
  readonly live: number;
  readonly liveGrowth: number;
  /** Ascending, not overlapping: from one `holdMs` before the instant to `hindsightMs` after it. */
  readonly counted: readonly CountedCloses[];
}

/**
 * The oracle: probability that the pool runs out within `horizonMs` of an instant, if the rate that is about to be seen
 * (`rateAfter`) were known and stayed for ever. Ports then held are those of the closes of the last `holdMs`: the counted
 * ones before the instant, and `rate` per second from it on, as a Poisson process. The greatest chance at any one moment
 * stands for the whole: it is above 0.5 exactly where the expected use reaches capacity.
 * @returns null where nothing was counted after the instant.
 */
export function referenceProbability(input: ReferenceInput, atMs: number, horizonMs: number): number | null {
  const rate = measureRateAfter(input.counted, atMs);
  if (rate === null) return null;
  const past = input.counted
    .filter(({ fromMs, toMs }) => fromMs < atMs && toMs > atMs - input.holdMs)
    .map(({ fromMs, toMs, closes }) => {
      const to = Math.min(toMs, atMs);
      return { fromMs, toMs: to, closes: (closes * (to - fromMs)) / (toMs - fromMs) };
    });
  // Between these moments the expected use is a straight line.
  const bends = past.flatMap(({ fromMs, toMs }) => [fromMs, toMs]).map((ms) => ms + input.holdMs - atMs);
  const moments = [0, input.holdMs, horizonMs, ...bends].filter((afterMs) => afterMs >= 0 && afterMs <= horizonMs);
  return Math.max(...moments.map((afterMs) => chanceAt(input, { past, rate, atMs, afterMs })));
}

function chanceAt(
  { capacity, holdMs, live, liveGrowth }: ReferenceInput,
  at: { past: readonly CountedCloses[]; rate: number; atMs: number; afterMs: number },
): number {
  const heldSinceMs = at.atMs + at.afterMs - holdMs;
  const old = at.past.reduce((sum, { fromMs, toMs, closes }) => {
    const kept = Math.max(0, toMs - Math.max(fromMs, heldSinceMs)) / (toMs - fromMs);
    return sum + closes * kept;
  }, 0);
  const coming = (at.rate * Math.min(at.afterMs, holdMs)) / 1000;
  const margin = live + (liveGrowth * at.afterMs) / 1000 + old + coming - capacity;
  return coming > 0 ? normalCdf(margin / Math.sqrt(coming)) : Number(margin >= 0);
}
