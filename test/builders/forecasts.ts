/** Forecasts for the tests of alerts and messages: a pool in churn, and the same pool when it is calm. */
import type { PoolForecast } from '../../daemon/forecast/types.js';
import { createPoolForecast } from './pool-forecast.js';

export const T0 = Date.UTC(2026, 0, 5, 14, 2, 54);

export function poolForecast(changes: Partial<PoolForecast> = {}): PoolForecast {
  return createPoolForecast({
    sampledAtMs: T0,
    used: 312,
    available: 688,
    live: 12,
    timeWait: 300,
    closeRate: 25,
    closeRateLow: 23.1,
    closeRateHigh: 27.2,
    sustainableRate: 15.9,
    pressure: 1.56,
    exhaustsAtMs: T0 + 28_000,
    earliestAtMs: T0 + 26_000,
    latestAtMs: T0 + 30_500,
    probability: 0.98,
    mode: 'churn',
    why: '25 closes per second hold a port for 62 s each, which needs 1,563 ports; the pool has 1,000.',
    ...changes,
  });
}

/** The same pool with nothing wrong. */
export function calmForecast(changes: Partial<PoolForecast> = {}): PoolForecast {
  return poolForecast({
    used: 60,
    available: 940,
    timeWait: 48,
    closeRate: 0.8,
    closeRateLow: 0.5,
    closeRateHigh: 1.1,
    pressure: 0.06,
    exhaustsAtMs: null,
    earliestAtMs: null,
    latestAtMs: null,
    probability: 0,
    mode: 'steady',
    why: '0.8 closes per second settle at 62 of 1,000 ports.',
    ...changes,
  });
}
