/**
 * What one would have said who knew the true rate when a warning began, and took it as frozen. The truth comes afterwards:
 * the rate at the start is the median of those stated at the three samples that follow, which the forecast that
 * began the warning has not seen.
 */
import { SECOND_MS } from '../units.js';
import type { PoolForecast } from './forecast.js';
import { median } from './trend.js';

/** Of the forecast with which the warning began. Plain JSON data: it outlives a restart. */
export interface OracleStart {
  readonly holdMs: number;
  readonly sustainableRate: number;
  /** The lowest close rate known to exhaust the pool from where it stood; null where only a lasting rate can. */
  readonly transientRate: number | null;
}

export interface Traffic {
  readonly rate: number;
  readonly growth: number;
}

export const FOLLOWING_SAMPLES = 3;
const WITHIN_MS = 600 * SECOND_MS;

export function oracleStart(pool: PoolForecast): OracleStart {
  // With a `latestAt` even the low end of the rate exhausts what is free now, before older closes are released.
  const atLow = pool.latestAtMs === null ? pool.closeRate : pool.closeRateLow;
  return {
    holdMs: pool.holdMs,
    sustainableRate: pool.sustainableRate,
    transientRate: pool.exhaustsAtMs === null ? null : atLow,
  };
}

/**
 * Probability of exhaustion within 10 minutes. Closes are taken for Poisson; ten minutes are as many independent looks as
 * they have holds.
 * @returns null when no sample followed.
 */
export function oracleProbability(start: OracleStart, following: readonly Traffic[]): number | null {
  if (following.length === 0) return null;
  const rate = median(following.map((one) => one.rate));
  const growth = Math.max(0, median(following.map((one) => one.growth)));
  const hold = Math.max(start.holdMs, 1) / SECOND_MS;
  const grown = (growth * (WITHIN_MS / SECOND_MS)) / hold;
  const critical = Math.min(start.sustainableRate, start.transientRate ?? Infinity);
  const score = ((rate + grown - critical) * hold) / Math.sqrt(Math.max(1, rate * hold));
  const looks = Math.max(1, WITHIN_MS / Math.max(start.holdMs, 1));
  return 1 - (1 - normalBelow(score)) ** looks;
}

/** The normal distribution function (Abramowitz and Stegun 26.2.17; error below 1e-7). */
function normalBelow(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail =
    (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z >= 0 ? 1 - tail : tail;
}
