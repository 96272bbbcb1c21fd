/** One alert of `GET /api/v1/alerts`. */
import type { Alert, Trouble } from '../alert/alert.js';
import { isoOrNull } from '../units.js';
import { outageToWire, type WireOutage } from './outage.js';
import { poolToWire, processesToWire, type WirePool, type WireProcess } from './pool.js';

export interface WireAlert {
  id: string;
  rule: Alert['rule'];
  severity: Alert['severity'];
  state: Alert['state'];
  mail: boolean;
  poolId: string | null;
  pendingAt: string;
  firingAt: string | null;
  resolvedAt: string | null;
  lastSeenAt: string;
  summary: string;
  pool: WirePool | null;
  processes: WireProcess[];
  processesWhy: string | null;
  /** The outages of the pool since the alert became pending, oldest first. */
  outages: WireOutage[];
  /** What is wrong with which part of portcast; for the rule `trouble` only, null for the others. */
  trouble?: Trouble | null;
}

export function alertToWire(alert: Alert): WireAlert {
  const pool = alert.latest ?? alert.raised;
  return {
    id: alert.id,
    rule: alert.rule,
    severity: alert.severity,
    state: alert.state,
    mail: alert.mail,
    poolId: alert.poolId,
    pendingAt: new Date(alert.pendingAtMs).toISOString(),
    firingAt: isoOrNull(alert.firingAtMs),
    resolvedAt: isoOrNull(alert.resolvedAtMs),
    lastSeenAt: new Date(alert.lastSeenAtMs).toISOString(),
    summary: alert.summary,
    pool: pool === null ? null : poolToWire(pool, alert.owners.processes),
    processes: processesToWire(alert.owners.processes),
    processesWhy: alert.owners.why,
    outages: (alert.outages ?? []).map(outageToWire),
    trouble: alert.trouble ?? null,
  };
}
