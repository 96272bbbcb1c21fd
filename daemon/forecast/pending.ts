/** Forecasts that wait for what will happen, and how each is settled. Instants in monotonic ms: the wall clock may step. */
import { MINUTE_MS } from '../units.js';
import { SHOWN_ABOVE } from './episodes.js';
import { FOLLOWING_SAMPLES, type Traffic } from './oracle.js';
import type { KeptForecast, SettledForecast } from './score.js';
import { median } from './trend.js';

/** `probability` is that of exhaustion within this time. */
const PROBABILITY_WITHIN_MS = 10 * MINUTE_MS;
/** A shown forecast waits for the end of its interval, but no longer than this. */
export const WAIT_MS = 20 * MINUTE_MS;
/** The traffic went on when it stayed within this factor. */
const SAME_TRAFFIC = 1.5;

export interface PendingForecast {
  readonly forecast: KeptForecast;
  readonly madeMs: number;
  /** Later its time is over. */
  readonly untilMs: number;
  /** Ports taken per second, as stated at the samples that follow. */
  readonly first: number[];
  sum: number;
  count: number;
}

export function pendingOf(forecast: KeptForecast, madeMs: number): PendingForecast {
  const latestMs = isShown(forecast) ? after(forecast, forecast.latestAtMs) : null;
  const waitMs = Math.min(WAIT_MS, Math.max(PROBABILITY_WITHIN_MS, latestMs ?? 0));
  return { forecast, madeMs, untilMs: madeMs + waitMs, first: [], sum: 0, count: 0 };
}

/** Takes up one more sample of the pool's traffic: in a leak its growth, else its closes. */
export function follow(pending: PendingForecast, traffic: Traffic): void {
  const taken = pending.forecast.mode === 'leak' ? traffic.growth : traffic.rate;
  if (pending.first.length < FOLLOWING_SAMPLES) pending.first.push(taken);
  pending.sum += taken;
  pending.count += 1;
}

/** @param failedMs monotonic instant of the failure; null when its time is over without one. */
export function settle(
  pending: PendingForecast,
  failedMs: number | null,
  now: { readonly monotonicMs: number; readonly atMs: number },
): SettledForecast {
  const { forecast, madeMs } = pending;
  const failedAfterMs = failedMs === null ? null : Math.max(0, failedMs - madeMs);
  const { poolId, madeAtMs, probability } = forecast;
  return {
    poolId,
    madeAtMs,
    settledAtMs: Math.round(now.atMs),
    failedAtMs: failedAfterMs === null ? null : Math.round(madeAtMs + failedAfterMs),
    probability,
    happened: failedAfterMs !== null && failedAfterMs <= PROBABILITY_WITHIN_MS,
    ...compare(pending, failedAfterMs, now.monotonicMs - madeMs),
  };
}

/** Portcast was blind, or nobody can tell: nothing is known of this one. */
export function settleUnknown({ forecast }: PendingForecast, atMs: number): SettledForecast {
  const { poolId, madeAtMs, probability } = forecast;
  const settledAtMs = Math.round(atMs);
  return { poolId, madeAtMs, settledAtMs, failedAtMs: null, probability, happened: null, errorMs: null, held: null };
}

function compare(pending: PendingForecast, failedAfterMs: number | null, waitedMs: number) {
  const { forecast } = pending;
  const exhaustsMs = after(forecast, forecast.exhaustsAtMs);
  if (!isShown(forecast) || exhaustsMs === null || !wentOn(pending)) return { errorMs: null, held: null };
  const [earliestMs, latestMs] = [after(forecast, forecast.earliestAtMs), after(forecast, forecast.latestAtMs)];
  if (failedAfterMs === null) {
    // The traffic went on and nothing failed: an interval that is over has not held the instant.
    return { errorMs: null, held: latestMs !== null && latestMs < waitedMs ? false : null };
  }
  const held = failedAfterMs >= (earliestMs ?? exhaustsMs) && failedAfterMs <= (latestMs ?? Infinity);
  return { errorMs: Math.round(exhaustsMs - failedAfterMs), held };
}

/** As it was stated, as it was seen just afterwards, and on the whole, the traffic was the same. */
function wentOn({ forecast, first, sum, count }: PendingForecast): boolean {
  if (count === 0) return true;
  const atFirst = median(first);
  const stated = forecast.mode === 'leak' ? atFirst : (forecast.closeRate ?? atFirst);
  return isSame(stated, atFirst) && isSame(atFirst, sum / count);
}

function isSame(a: number, b: number): boolean {
  return a <= b * SAME_TRAFFIC && b <= a * SAME_TRAFFIC;
}

function isShown({ probability }: KeptForecast): boolean {
  return probability !== null && probability > SHOWN_ABOVE;
}

function after({ madeAtMs }: KeptForecast, atMs: number | null): number | null {
  return atMs === null ? null : atMs - madeAtMs;
}
