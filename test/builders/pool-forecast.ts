/** The forecast of one pool, for every test that needs one. */
import type { PoolForecast } from '../../daemon/forecast/types.js';
import { UNFORESEEN } from '../../daemon/forecast/unforeseen.js';

/** An idle pool of 1,000 ports towards 10.0.0.2:443, with the fields that the test states. */
export function createPoolForecast(overrides: Partial<PoolForecast> = {}): PoolForecast {
  return {
    ...UNFORESEEN,
    id: 'connect_host_10.0.0.1_10.0.0.2_443',
    kind: 'connect',
    namespace: 'host',
    family: 'ipv4',
    localAddress: '10.0.0.1',
    remoteAddress: '10.0.0.2',
    remotePort: 443,
    sampledAtMs: Date.UTC(2026, 0, 5, 12),
    capacity: 1000,
    used: 0,
    reusable: 0,
    available: 1000,
    live: 0,
    closeWait: 0,
    timeWait: 0,
    holdMs: 62_048,
    reuse: 'none',
    closeRate: 0,
    closeRateLow: 0,
    closeRateHigh: 0,
    liveGrowth: 0,
    sustainableRate: 16.1,
    pressure: 0,
    probability: 0,
    mode: 'idle',
    why: 'nothing closes',
    ...overrides,
  };
}
