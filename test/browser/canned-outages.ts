/** Canned outages: of the scenarios in which ports ran out. */
import type { WireOutage } from '../../daemon/wire/outage.js';
import { iso } from '../builders/wire-pool.js';
import { CAPACITY, type Shown } from './canned-pools.js';

/** Two that are over: one a minute ago, which had a warning, and an estimated one some time ago. */
export function cannedOutages(scenario: Shown, poolId: string, startMs: number): WireOutage[] {
  if (scenario !== 'draining' || !poolId.endsWith('_10.0.0.2_443')) return [];
  return [
    outage(poolId, { fromMs: startMs - 21 * 60_000, seconds: 95, failed: 81_350, warnedSeconds: null }),
    outage(poolId, { fromMs: startMs - 130_000, seconds: 90, failed: 14_312, warnedSeconds: 28 }),
  ];
}

function outage(
  poolId: string,
  of: { fromMs: number; seconds: number; failed: number; warnedSeconds: number | null },
): WireOutage {
  return {
    poolId,
    from: iso(of.fromMs),
    to: iso(of.fromMs + of.seconds * 1000),
    durationSeconds: of.seconds,
    peakUsed: CAPACITY,
    capacity: CAPACITY,
    failedConnects: of.failed,
    failedConnectsEstimated: of.warnedSeconds === null,
    warnedSeconds: of.warnedSeconds,
  };
}
