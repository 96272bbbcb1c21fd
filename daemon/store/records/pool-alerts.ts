/** The stored alerts of one pool, and the incidents that they belong to. */
import { RULES, type Alert } from '../../alert/alert.js';
import type { Incident } from '../../incident/incident.js';
import type { Connection } from '../database.js';

interface PoolAlertsQuery {
  readonly poolId: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
}

/** An alert with the id of the incident that it belongs to; null where it belongs to none. */
interface PoolAlert {
  readonly alert: Alert;
  readonly incidentId: string | null;
}

export interface PoolAlerts {
  /** The newest first. */
  readonly alerts: readonly PoolAlert[];
  readonly incidents: readonly Incident[];
}

/** Reads those that lie at least partly in the span. Raises what SQLite raises. */
export function createPoolAlertReader(db: Connection): (query: PoolAlertsQuery) => PoolAlerts {
  // The id of an alert is its rule, its pool and the instant at which it became pending, so its index has all alerts of a
  // pool beside each other. A digit follows the pool, and the character after the digits is a colon.
  const ofRule = db
    .prepare<[string, string, number, number, number, number], string>(
      'SELECT body FROM alert WHERE id >= ? AND id < ? AND json_valid(body) AND pending_at_ms < ? AND ' +
        'coalesce(resolved_at_ms, ?) >= ? ORDER BY id DESC LIMIT ?',
    )
    .pluck();
  const incidentOf = db
    .prepare<[string], string | null>(
      'SELECT incident_id FROM decision WHERE alert_id = ? AND incident_id IS NOT NULL ORDER BY at_ms LIMIT 1',
    )
    .pluck();
  const incident = db.prepare<[string], string>('SELECT body FROM incident WHERE id = ? AND json_valid(body)').pluck();
  return ({ poolId, fromMs, toMs, limit }) => {
    const alerts = RULES.flatMap((rule) =>
      ofRule.all(`${rule}_${poolId}_0`, `${rule}_${poolId}_:`, toMs, Number.MAX_SAFE_INTEGER, fromMs, limit),
    )
      .map((body) => JSON.parse(body) as Alert)
      .filter((alert) => alert.poolId === poolId)
      .sort((a, b) => b.pendingAtMs - a.pendingAtMs)
      .slice(0, limit)
      .map((alert) => ({ alert, incidentId: incidentOf.get(alert.id) ?? null }));
    const ids = new Set(alerts.map(({ incidentId }) => incidentId).filter((id) => id !== null));
    const bodies = [...ids].map((id) => incident.get(id)).filter((body) => body !== undefined);
    return { alerts, incidents: bodies.map((body) => JSON.parse(body) as Incident) };
  };
}
