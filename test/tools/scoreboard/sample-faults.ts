/** What must never be stated, counted over the samples of a case. */
import type { Alert } from '../../../daemon/alert/alert.js';
import { PROBABILITY_WITHIN_MS } from '../../../daemon/forecast/thresholds.js';
import type { PoolForecast } from '../../../daemon/forecast/types.js';

/** Below this probability a forecast may state neither an instant of exhaustion nor that closes exhaust the pool. */
const UNLIKELY_BELOW = 0.2;
/** While calls fail, a stated rate below this share of the demand counts as no rate. */
const DEMAND_SEEN_FROM = 0.1;
/** Relative rounding of a rate against the ends of its own interval. */
const ROUNDING = 1e-9;

/** Whether the stated rate lies outside its own 90% interval. */
export function isRateOutside({ closeRate, closeRateLow, closeRateHigh }: PoolForecast): boolean {
  if (closeRate === null) return false;
  const slack = ROUNDING * closeRate;
  return closeRate < (closeRateLow ?? -Infinity) - slack || closeRate > (closeRateHigh ?? Infinity) + slack;
}

/** Whether an instant within 10 minutes or the mode `churn` is stated of an exhaustion that is said to be unlikely. */
export function isUnlikelyStated({ probability, exhaustsAtMs, sampledAtMs, mode }: PoolForecast): boolean {
  if (probability === null || probability >= UNLIKELY_BELOW) return false;
  return mode === 'churn' || (exhaustsAtMs !== null && exhaustsAtMs - sampledAtMs <= PROBABILITY_WITHIN_MS);
}

/** Whether a pool whose calls fail is said to be calm: steady, idle, never exhausted, or without a rate worth a mention. */
export function isCalm(pool: PoolForecast | null, demandPerSecond: number): boolean {
  if (pool === null || pool.mode === 'steady' || pool.mode === 'idle' || pool.exhaustsAtMs === null) return true;
  return (pool.closeRate ?? 0) < DEMAND_SEEN_FROM * demandPerSecond;
}

/** Whether a critical alert began to fire after an instant (epoch ms). A failure that was counted is none: it is true. */
export function firesCritical(active: readonly Alert[], sinceMs: number): boolean {
  return active.some(
    ({ rule, state, severity, firingAtMs }) =>
      (rule === 'imminent' || rule === 'leak') &&
      state === 'firing' &&
      severity === 'critical' &&
      (firingAtMs ?? 0) >= sinceMs,
  );
}
