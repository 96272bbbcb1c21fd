/** An outage, with the fields that the test states. */
import type { Outage } from '../../daemon/outage/outage.js';

export function createOutage(changes: Partial<Outage> = {}): Outage {
  const fromMs = changes.fromMs ?? Date.UTC(2026, 0, 5, 17, 58, 36);
  return {
    poolId: 'connect_host_10.0.0.1_10.0.0.2_443',
    fromMs,
    lastMs: fromMs + 30_000,
    isOver: true,
    peakUsed: 1000,
    capacity: 1000,
    failedConnects: 165,
    isEstimated: false,
    warnedMs: 28_000,
    ...changes,
  };
}
