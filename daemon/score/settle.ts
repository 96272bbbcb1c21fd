/**
 * Settles forecasts. A kept forecast is unsettled until its outcome is known: until its pool runs out of ports, or
 * until the time that it is about is over without that. Settling compares the forecast with the outcome. Instants are
 * monotonic ms, because the wall clock may be stepped in between.
 */
import { PROBABILITY_WITHIN_MS, SHOWN_ABOVE } from '../forecast/thresholds.js';
import { MINUTE_MS, SECOND_MS } from '../units.js';
import { measureRateAfter, measureRateBefore, referenceWindowMs } from './reference.js';
import type { CountedCloses, KeptForecast, SettledForecast } from './types.js';

/** A forecast that is shown waits until its interval is over, but no longer than this. */
export const SETTLE_WITHIN_MS = 20 * MINUTE_MS;
/** The traffic is taken to be unchanged while its rate stays within this factor. */
const SAME_TRAFFIC_FACTOR = 1.5;
/** When a failure came is known only within bounds. With bounds wider than this no error of the instant is computed. */
const MAX_BOUNDS_MS = 10 * SECOND_MS;

export interface UnsettledForecast {
  readonly forecast: KeptForecast;
  readonly madeMs: number;
  /** The end of the time that the forecast is about. It is settled without a failure at the first sample after it. */
  readonly untilMs: number;
  /** Closes per second just before the forecast was made; null where nothing was counted. */
  readonly rateBefore: number | null;
  /**
   * Ports taken per second just after the forecast was made, and from then until now. They are closes, or in a leak the
   * growth of live ports. Null until anything has been seen.
   */
  rateAtFirst: number | null;
  rateSinceThen: number | null;
  /** The closes since the forecast was made, and the time over which they were counted. */
  closesSinceThen: number;
  watchedMs: number;
}

/** What one sample shows of the traffic of a pool. */
export interface Traffic {
  readonly nowMs: number;
  readonly live: number;
  /** The closes since the sample before. */
  readonly newCloses: readonly CountedCloses[];
  /** These and all older closes that are still kept. */
  readonly counted: readonly CountedCloses[];
}

/** When a failure came: after the first instant and not later than the second. */
export interface FailureBounds {
  readonly afterMs: number;
  readonly beforeMs: number;
}

/** Whether a forecast counts as a warning: its probability is above the 50% line. */
export function isShown({ probability }: Pick<KeptForecast, 'probability'>): boolean {
  return probability !== null && probability > SHOWN_ABOVE;
}

export function createUnsettled(
  forecast: KeptForecast,
  madeMs: number,
  counted: readonly CountedCloses[],
): UnsettledForecast {
  const latestMs = isShown(forecast) ? toDelayMs(forecast, forecast.latestAtMs) : null;
  const waitMs = Math.min(SETTLE_WITHIN_MS, Math.max(PROBABILITY_WITHIN_MS, latestMs ?? 0));
  return {
    forecast,
    madeMs,
    untilMs: madeMs + waitMs,
    rateBefore: measureRateBefore(counted, madeMs),
    rateAtFirst: null,
    rateSinceThen: null,
    closesSinceThen: 0,
    watchedMs: 0,
  };
}

/** Adds one more sample of the pool's traffic: in a leak the growth of live ports, else the closes. */
export function followForecast(unsettled: UnsettledForecast, { nowMs, live, newCloses, counted }: Traffic): void {
  const { forecast, madeMs } = unsettled;
  if (nowMs <= madeMs) return;
  const isLeak = forecast.mode === 'leak';
  if (isLeak) unsettled.rateSinceThen = Math.max(0, (SECOND_MS * (live - forecast.live)) / (nowMs - madeMs));
  else {
    for (const { fromMs, toMs, closes } of newCloses) {
      const sinceMadeMs = Math.max(0, toMs - Math.max(fromMs, madeMs));
      unsettled.watchedMs += sinceMadeMs;
      unsettled.closesSinceThen += (closes * sinceMadeMs) / (toMs - fromMs);
    }
    if (unsettled.watchedMs > 0) {
      unsettled.rateSinceThen = (SECOND_MS * unsettled.closesSinceThen) / unsettled.watchedMs;
    }
  }
  if (unsettled.rateAtFirst !== null && nowMs - madeMs > referenceWindowMs(isLeak)) return;
  unsettled.rateAtFirst = isLeak ? unsettled.rateSinceThen : measureRateAfter(counted, madeMs);
}

/**
 * Settles a forecast by its outcome. A failure that is known within bounds is taken to have come in the middle of them.
 * @param failed null when the time of the forecast is over without a failure.
 * @param now the sample that shows the outcome.
 */
export function settleForecast(
  unsettled: UnsettledForecast,
  failed: FailureBounds | null,
  now: { readonly monotonicMs: number; readonly atMs: number },
): SettledForecast {
  const { forecast, madeMs } = unsettled;
  const { poolId, madeAtMs, probability } = forecast;
  const bounds = failed === null ? null : { afterMs: failed.afterMs - madeMs, beforeMs: failed.beforeMs - madeMs };
  const failedAfterMs = bounds === null ? null : Math.max(0, findMiddle(bounds));
  return {
    poolId,
    madeAtMs,
    settledAtMs: Math.round(now.atMs),
    failedAtMs: failedAfterMs === null ? null : Math.round(madeAtMs + failedAfterMs),
    probability,
    happened: failedAfterMs !== null && failedAfterMs <= PROBABILITY_WITHIN_MS,
    ...compareInstant(unsettled, bounds, now.monotonicMs - madeMs),
  };
}

/** Settles a forecast whose outcome cannot be found out: samples are missing, or ports may be reused unseen. */
export function settleAsUnknown({ forecast }: UnsettledForecast, atMs: number): SettledForecast {
  const { poolId, madeAtMs, probability } = forecast;
  const settledAtMs = Math.round(atMs);
  return { poolId, madeAtMs, settledAtMs, failedAtMs: null, probability, happened: null, errorMs: null, held: null };
}

export function findMiddle({ afterMs, beforeMs }: FailureBounds): number {
  return (afterMs + beforeMs) / 2;
}

/**
 * Compares the forecast instant and its interval with the outcome, where they can be compared: the forecast warned, it
 * named an instant, and the traffic stayed the same. All times here are relative to the instant at which it was made.
 */
function compareInstant(
  unsettled: UnsettledForecast,
  failed: FailureBounds | null,
  waitedMs: number,
): Pick<SettledForecast, 'errorMs' | 'held'> {
  const { forecast } = unsettled;
  const exhaustsMs = toDelayMs(forecast, forecast.exhaustsAtMs);
  if (!isShown(forecast) || exhaustsMs === null || !hasTrafficStayed(unsettled)) return { errorMs: null, held: null };
  const earliestMs = toDelayMs(forecast, forecast.earliestAtMs);
  const latestMs = toDelayMs(forecast, forecast.latestAtMs);
  if (failed === null) {
    // The traffic stayed the same and nothing failed: an interval that is over has not held the instant.
    return { errorMs: null, held: latestMs !== null && latestMs < waitedMs ? 0 : null };
  }
  const isVague = failed.beforeMs - failed.afterMs > MAX_BOUNDS_MS;
  const errorMs = isVague ? null : Math.round(exhaustsMs - Math.max(0, findMiddle(failed)));
  return { errorMs, held: measureShareHeld(failed, { fromMs: earliestMs ?? exhaustsMs, toMs: latestMs ?? Infinity }) };
}

/** The share of the time in which the failure may have come that lies in the interval. */
function measureShareHeld({ afterMs, beforeMs }: FailureBounds, interval: { fromMs: number; toMs: number }): number {
  const { fromMs, toMs } = interval;
  if (beforeMs <= afterMs) return Number(beforeMs >= fromMs && beforeMs <= toMs);
  return Math.max(0, Math.min(beforeMs, toMs) - Math.max(afterMs, fromMs)) / (beforeMs - afterMs);
}

/**
 * Whether the traffic stayed the same, so that the instant of the forecast can be scored. The rate just after it was made
 * must agree with the rate over the whole time since then, and with the rate just before or the rate that the forecast
 * states. One of these two is enough: a rate that was stated wrongly is an error of the forecast, not a change of the
 * traffic.
 */
function hasTrafficStayed({ forecast, rateBefore, rateAtFirst, rateSinceThen }: UnsettledForecast): boolean {
  if (rateAtFirst === null || rateSinceThen === null || !isSameRate(rateAtFirst, rateSinceThen)) return false;
  if (forecast.mode === 'leak') return true;
  return [rateBefore, forecast.closeRate].some((rate) => rate !== null && isSameRate(rate, rateAtFirst));
}

function isSameRate(a: number, b: number): boolean {
  return a <= b * SAME_TRAFFIC_FACTOR && b <= a * SAME_TRAFFIC_FACTOR;
}

/** How long after the forecast was made an instant lies; null for null. */
function toDelayMs({ madeAtMs }: KeptForecast, atMs: number | null): number | null {
  return atMs === null ? null : atMs - madeAtMs;
}
