/** One pool as the daemon sends it: steady, with use far from the limit, unless fields say otherwise. */
import type { WirePool } from '../../daemon/wire/pool.js';
import type { HostTime } from '../../dashboard/src/state/freshness.js';

export const NOW = Date.UTC(2026, 0, 5, 12, 0, 0);
export const MAX_SAMPLE_AGE_MS = 35_000;

export const iso = (ms: number): string => new Date(ms).toISOString();

export function hostTime(nowMs = NOW): HostTime {
  return { nowMs, maxSampleAgeMs: MAX_SAMPLE_AGE_MS };
}

export function wirePool(fields: Partial<WirePool> = {}): WirePool {
  return {
    id: 'connect_host_10.0.0.1_10.0.0.2_443',
    kind: 'connect',
    namespace: 'host',
    family: 'ipv4',
    localAddress: '10.0.0.1',
    remoteAddress: '10.0.0.2',
    remotePort: 443,
    capacity: 28_232,
    used: 20_603,
    available: 7_629,
    reusable: 0,
    live: 184,
    closeWait: 0,
    synSent: 0,
    timeWait: 20_419,
    holdSeconds: 62.048,
    reuse: 'none',
    cause: null,
    demandAtLeast: false,
    closeRate: 332,
    closeRateLow: 320,
    closeRateHigh: 345,
    liveGrowth: 0,
    sustainableRate: 452,
    pressure: 0.734,
    exhaustsAt: null,
    earliestAt: null,
    latestAt: null,
    secondsToExhaustion: null,
    probability: 0.001,
    probabilityIfHeld: null,
    probabilityBasis: 'rate',
    burstsKnown: 0,
    pressureFullAt: null,
    pressureFullEarliestAt: null,
    pressureFullLatestAt: null,
    outlookDays: null,
    outlookWhy: null,
    failedConnects: null,
    failedBy: [],
    mode: 'steady',
    why: '332 closes/s hold 20,600 ports.',
    processes: [],
    sampledAt: iso(NOW),
    ahead: [],
    ...fields,
  };
}
