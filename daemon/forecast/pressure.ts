/** Pressure: the use at which a pool settles if its close rate holds, over its capacity. */
import type { Pool } from '../pool/pool.js';
import { HOUR_MS, NORMAL_95, SECOND_MS } from '../units.js';
import type { PoolFacts } from './pool-facts.js';
import { computeHoldMs, type Timings } from './release.js';

interface FullPressure {
  /** Ms after the snapshot, with the 90% interval; `latestMs` null = the climb may end before. */
  readonly afterMs: number;
  readonly earliestMs: number;
  readonly latestMs: number | null;
}

/** A climb is followed no further than this. */
const FULL_WITHIN_SECONDS = (6 * HOUR_MS) / SECOND_MS;

/**
 * `(live + closeRate x hold) / capacity`, the closes of each kind and unanswered connects with their own hold; null while
 * the rate is unknown.
 */
export function computePressure({ pool, inflow, timings, unanswered }: PoolFacts): number | null {
  if (inflow === null) return null;
  const [timeWait, finWait2] = inflow.splitByKind(inflow.rate, false);
  const held =
    (timeWait?.rate ?? 0) * computeHoldMs(timings.timeWait) + (finWait2?.rate ?? 0) * computeHoldMs(timings.finWait2);
  const waiting = unanswered === null ? 0 : (unanswered.perSecond * unanswered.holdMs) / SECOND_MS;
  const live = pool.live - (unanswered?.agesMs.length ?? 0) + waiting;
  return pool.capacity === 0 ? 1 : (live + held / SECOND_MS) / pool.capacity;
}

/** Closes per second at which the pool settles exactly at capacity: `(capacity - live) / hold`, never below 0. */
export function computeSustainableRate({ capacity, live }: Pool, { timeWait }: Timings): number {
  return Math.max(0, ((capacity - live) * SECOND_MS) / computeHoldMs(timeWait));
}

/** When a climbing rate reaches the sustainable one, with the 90% interval from the errors of level and slope. */
export function foreseeFullPressure({ inflow }: PoolFacts, sustainableRate: number): FullPressure | null {
  const climb = inflow?.climb ?? null;
  if (climb === null || climb.rate >= sustainableRate) return null;
  const seconds = (sustainableRate - climb.rate) / climb.perSecond;
  if (seconds > FULL_WITHIN_SECONDS) return null;
  // With an error of the line at that instant, the rate reaches the limit sooner or later.
  const { rateVariance, perSecondVariance, covariance } = climb;
  const variance = rateVariance + 2 * covariance * seconds + perSecondVariance * seconds ** 2;
  const share = (NORMAL_95 * Math.sqrt(Math.max(0, variance))) / (sustainableRate - climb.rate);
  return {
    afterMs: seconds * SECOND_MS,
    earliestMs: (seconds * SECOND_MS) / (1 + share),
    latestMs: share >= 1 ? null : (seconds * SECOND_MS) / (1 - share),
  };
}

/** Whether `tcp_max_tw_buckets` keeps the pool from filling although its closes alone would fill it (kernel rule 10). */
export function isHeldByCap({ pool, timedCap }: PoolFacts, pressure: number | null): boolean {
  return pressure !== null && pressure >= 1 && pool.live + timedCap < pool.capacity;
}
