/** Forecasts for tests: one pool in churn, with whatever the test changes. */
import type { PoolForecast } from '../../daemon/forecast/types.js';

export const T0 = Date.UTC(2026, 0, 5, 14, 2, 54);

export function poolForecast(changes: Partial<PoolForecast> = {}): PoolForecast {
  return {
    id: 'connect_host_10.0.0.1_10.0.0.2_443',
    kind: 'connect',
    namespace: 'host',
    family: 'ipv4',
    localAddress: '10.0.0.1',
    remoteAddress: '10.0.0.2',
    remotePort: 443,
    sampledAtMs: T0,
    capacity: 1000,
    used: 312,
    reusable: 0,
    available: 688,
    live: 12,
    closeWait: 0,
    timeWait: 300,
    holdMs: 62_048,
    reuse: 'none',
    closeRate: 25,
    closeRateLow: 23.1,
    closeRateHigh: 27.2,
    liveGrowth: 0,
    sustainableRate: 15.9,
    pressure: 1.56,
    exhaustsAtMs: T0 + 28_000,
    earliestAtMs: T0 + 26_000,
    latestAtMs: T0 + 30_500,
    probability: 0.98,
    probabilityIfHeld: null,
    probabilityBasis: 'rate',
    burstsKnown: 0,
    pressureFullAtMs: null,
    pressureFullEarliestAtMs: null,
    pressureFullLatestAtMs: null,
    outlookDays: null,
    outlookWhy: null,
    failedConnects: null,
    mode: 'churn',
    why: '25 closes per second hold a port for 62 s each, which needs 1,563 ports; the pool has 1,000.',
    ahead: [],
    ...changes,
  };
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
