/** Forecasts that wait for what will happen, and how each is settled. Instants in monotonic ms: the wall clock may step. */
import { MINUTE_MS, SECOND_MS } from '../units.js';
import { SHOWN_ABOVE, PROBABILITY_WITHIN_MS } from '../forecast/thresholds.js';
import { referenceWindowMs, measureRateAfter, measureRateBefore } from './reference.js';
import type { CountedCloses } from './types.js';
import type { KeptForecast, SettledForecast } from './types.js';

/** A shown forecast waits for the end of its interval, but no longer than this. */
export const SETTLE_WITHIN_MS = 20 * MINUTE_MS;
/** The traffic went on when it stayed within this factor. */
const SAME_TRAFFIC = 1.5;
/** A failure that is known no better than this says nothing of the error of an instant. */
const VAGUE_MS = 10 * SECOND_MS;

export interface UnsettledForecast {
  readonly forecast: KeptForecast;
  readonly madeMs: number;
  /** Later its time is over. */
  readonly untilMs: number;
  /** Closes per second just before it was made; null where nothing was counted. */
  readonly before: number | null;
  /** Ports taken per second: just after it was made, and up to now; null until anything was seen. */
  atFirst: number | null;
  sinceThen: number | null;
  closes: number;
  watchedMs: number;
}

/** What a pool shows at one sample. */
export interface Traffic {
  readonly nowMs: number;
  readonly live: number;
  /** Closes since the sample before, and all that are remembered. */
  readonly fresh: readonly CountedCloses[];
  readonly counted: readonly CountedCloses[];
}

/** When a failure came, as far as it is known. */
export interface FailedBetween {
  readonly afterMs: number;
  readonly beforeMs: number;
}

export function createUnsettled(
  forecast: KeptForecast,
  madeMs: number,
  counted: readonly CountedCloses[],
): UnsettledForecast {
  const latestMs = isShown(forecast) ? after(forecast, forecast.latestAtMs) : null;
  const waitMs = Math.min(SETTLE_WITHIN_MS, Math.max(PROBABILITY_WITHIN_MS, latestMs ?? 0));
  const before = measureRateBefore(counted, madeMs);
  return {
    forecast,
    madeMs,
    untilMs: madeMs + waitMs,
    before,
    atFirst: null,
    sinceThen: null,
    closes: 0,
    watchedMs: 0,
  };
}

/** Takes up one more sample of the pool's traffic: in a leak its growth, else its closes. */
export function followForecast(pending: UnsettledForecast, { nowMs, live, fresh, counted }: Traffic): void {
  const { forecast, madeMs } = pending;
  if (nowMs <= madeMs) return;
  const isLeak = forecast.mode === 'leak';
  if (isLeak) pending.sinceThen = Math.max(0, (SECOND_MS * (live - forecast.live)) / (nowMs - madeMs));
  else {
    for (const { fromMs, toMs, closes } of fresh) {
      const sinceMs = Math.max(0, toMs - Math.max(fromMs, madeMs));
      pending.watchedMs += sinceMs;
      pending.closes += (closes * sinceMs) / (toMs - fromMs);
    }
    if (pending.watchedMs > 0) pending.sinceThen = (SECOND_MS * pending.closes) / pending.watchedMs;
  }
  if (pending.atFirst !== null && nowMs - madeMs > referenceWindowMs(isLeak)) return;
  pending.atFirst = isLeak ? pending.sinceThen : measureRateAfter(counted, madeMs);
}

/** @param failed null when its time is over without a failure. */
export function settleForecast(
  pending: UnsettledForecast,
  failed: FailedBetween | null,
  now: { readonly monotonicMs: number; readonly atMs: number },
): SettledForecast {
  const { forecast, madeMs } = pending;
  const { poolId, madeAtMs, probability } = forecast;
  const bounds = failed === null ? null : { afterMs: failed.afterMs - madeMs, beforeMs: failed.beforeMs - madeMs };
  const failedAfterMs = bounds === null ? null : Math.max(0, middleOf(bounds));
  return {
    poolId,
    madeAtMs,
    settledAtMs: Math.round(now.atMs),
    failedAtMs: failedAfterMs === null ? null : Math.round(madeAtMs + failedAfterMs),
    probability,
    happened: failedAfterMs !== null && failedAfterMs <= PROBABILITY_WITHIN_MS,
    ...compare(pending, bounds, now.monotonicMs - madeMs),
  };
}

/** Portcast was blind, or nobody can tell: nothing is known of this one. */
export function settleAsUnknown({ forecast }: UnsettledForecast, atMs: number): SettledForecast {
  const { poolId, madeAtMs, probability } = forecast;
  const settledAtMs = Math.round(atMs);
  return { poolId, madeAtMs, settledAtMs, failedAtMs: null, probability, happened: null, errorMs: null, held: null };
}

export function middleOf({ afterMs, beforeMs }: FailedBetween): number {
  return (afterMs + beforeMs) / 2;
}

function compare(pending: UnsettledForecast, failed: FailedBetween | null, waitedMs: number) {
  const { forecast } = pending;
  const exhaustsMs = after(forecast, forecast.exhaustsAtMs);
  if (!isShown(forecast) || exhaustsMs === null || !wentOn(pending)) return { errorMs: null, held: null };
  const [earliestMs, latestMs] = [after(forecast, forecast.earliestAtMs), after(forecast, forecast.latestAtMs)];
  if (failed === null) {
    // The traffic went on and nothing failed: an interval that is over has not held the instant.
    return { errorMs: null, held: latestMs !== null && latestMs < waitedMs ? 0 : null };
  }
  const isVague = failed.beforeMs - failed.afterMs > VAGUE_MS;
  const errorMs = isVague ? null : Math.round(exhaustsMs - Math.max(0, middleOf(failed)));
  return { errorMs, held: shareWithin(failed, { fromMs: earliestMs ?? exhaustsMs, toMs: latestMs ?? Infinity }) };
}

/** Of the time in which the failure can have come, the share that lies in the interval. */
function shareWithin({ afterMs, beforeMs }: FailedBetween, interval: { fromMs: number; toMs: number }): number {
  const { fromMs, toMs } = interval;
  if (beforeMs <= afterMs) return Number(beforeMs >= fromMs && beforeMs <= toMs);
  return Math.max(0, Math.min(beforeMs, toMs) - Math.max(afterMs, fromMs)) / (beforeMs - afterMs);
}

/**
 * The traffic was the same just afterwards and on the whole, and it did not change when the forecast was made: before, or
 * as stated, it was the same too. A rate stated wrongly is no change of the traffic.
 */
function wentOn({ forecast, before, atFirst, sinceThen }: UnsettledForecast): boolean {
  if (atFirst === null || sinceThen === null || !isSame(atFirst, sinceThen)) return false;
  if (forecast.mode === 'leak') return true;
  return [before, forecast.closeRate].some((rate) => rate !== null && isSame(rate, atFirst));
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
