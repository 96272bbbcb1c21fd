/** What keeps an incident from being told while it fires: silences and maintenance windows that are in force. */
import type { Alert } from '../alert/alert.js';
import type { Incident, IncidentPool, MutedBy } from './incident.js';
import { matchesAlert, type Matchers } from './matchers.js';

/** One silence or one maintenance window that is in force now. */
export interface Mute extends MutedBy {
  /** Null matches every alert. */
  readonly matchers: Matchers | null;
}

/**
 * The incident with what mutes it; null where an alert of it fires that nothing matches, or none fires. Of several the one
 * that matches its oldest alert is named.
 * @param firing by id.
 */
export function updateMute(incident: Incident, firing: ReadonlyMap<string, Alert>, mutes: readonly Mute[]): Incident {
  const mutedBy = mutes.length === 0 ? null : findMute(incident, firing, mutes);
  const before = incident.mutedBy ?? null;
  if (before?.reason === mutedBy?.reason && before?.by === mutedBy?.by) return incident;
  return { ...incident, mutedBy };
}

function findMute(incident: Incident, firing: ReadonlyMap<string, Alert>, mutes: readonly Mute[]): MutedBy | null {
  const pools = new Map<string | null, IncidentPool>(incident.pools.map((pool) => [pool.id, pool]));
  let first: Mute | null = null;
  for (const { id } of incident.alerts) {
    const alert = firing.get(id);
    if (alert === undefined) continue;
    const membership = { incidentId: incident.id, member: pools.get(alert.poolId) };
    const mute = mutes.find(({ matchers }) => matchers === null || matchesAlert(matchers, alert, membership));
    if (mute === undefined) return null;
    first ??= mute;
  }
  return first === null ? null : { reason: first.reason, by: first.by };
}
