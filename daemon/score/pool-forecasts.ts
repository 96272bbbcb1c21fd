/** The kept forecasts of one pool: each is followed until its outcome is known, and then settled. */
import { isFailing, type PoolState, type Step } from './pool-state.js';
import {
  createUnsettled,
  followForecast,
  settleAsUnknown,
  settleForecast,
  type FailureBounds,
  type Traffic,
} from './settle.js';

/**
 * Starts to follow the forecast of this sample, if it is kept. While the pool is failing there is nothing to forecast.
 */
export function followKept(id: string, state: PoolState, { sample, kept }: Step): void {
  const forecast = kept.get(id);
  if (forecast === undefined || isFailing(state, sample)) return;
  state.unsettled.push(createUnsettled(forecast, sample.monotonicMs, state.counted));
}

export function followForecasts(state: PoolState, traffic: Traffic): void {
  for (const unsettled of state.unsettled) followForecast(unsettled, traffic);
}

/** Settles all forecasts of the pool by a failure. */
export function settleForecasts(state: PoolState, failed: FailureBounds, { sample, outcome }: Step): void {
  for (const unsettled of state.unsettled) outcome.settled.push(settleForecast(unsettled, failed, sample));
  state.unsettled = [];
}

/** Settles the forecasts whose time is over without a failure. */
export function settleExpired(state: PoolState, { sample, outcome }: Step): void {
  if (state.unsettled.length === 0) return;
  state.unsettled = state.unsettled.filter((unsettled) => {
    if (sample.monotonicMs <= unsettled.untilMs) return true;
    outcome.settled.push(settleForecast(unsettled, null, sample));
    return false;
  });
}

/** Settles all forecasts of the pool as unknown. */
export function abandonForecasts(state: PoolState, { sample, outcome }: Step): void {
  for (const unsettled of state.unsettled) outcome.settled.push(settleAsUnknown(unsettled, sample.atMs));
}
