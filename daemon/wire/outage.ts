/** One outage: `GET /api/v1/outages`, and part of alerts and of the history of a pool. */
import type { Outage } from '../outage/outage.js';
import { isoOrNull, SECOND_MS } from '../units.js';

export interface WireOutage {
  poolId: string;
  /** The first instant that is known to be without a free port. */
  from: string;
  /** Null while the outage goes on. */
  to: string | null;
  /** Until now where it goes on. */
  durationSeconds: number;
  peakUsed: number;
  capacity: number;
  /** Calls that failed for want of a port; null where that is not known. */
  failedConnects: number | null;
  /** True where `failedConnects`, or a part of it, is an estimate: the demand less what could open. */
  failedConnectsEstimated: boolean;
  /** How long before it the warning came, of an alert or a forecast; null where none came. */
  warnedSeconds: number | null;
}

export function outageToWire(outage: Outage): WireOutage {
  const { poolId, fromMs, lastMs, isOver, peakUsed, capacity, failedConnects, isEstimated, warnedMs } = outage;
  return {
    poolId,
    from: new Date(fromMs).toISOString(),
    to: isoOrNull(isOver ? lastMs : null),
    durationSeconds: (lastMs - fromMs) / SECOND_MS,
    peakUsed,
    capacity,
    failedConnects,
    failedConnectsEstimated: isEstimated,
    warnedSeconds: warnedMs === null ? null : warnedMs / SECOND_MS,
  };
}
