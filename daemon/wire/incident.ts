/** One incident of `GET /api/v1/incidents`, and why something was told of it or not. */
import type { Cause, Decision, Incident } from '../incident/incident.js';
import { isoOrNull, SECOND_MS } from '../units.js';

export interface WireIncident {
  id: string;
  state: Incident['state'];
  /** The worst of all its alerts so far. */
  severity: Incident['severity'];
  cause: Cause;
  openedAt: string;
  /** Since when no alert of it fires; null while one does. */
  quietSince: string | null;
  resolvedAt: string | null;
  recurrences: number;
  /** How long it must be quiet before it is resolved. */
  quietForSeconds: number;
  /** The summary of its leading alert. */
  summary: string;
  leadAlertId: string;
  alerts: {
    id: string;
    rule: string;
    poolId: string | null;
    severity: string;
    firingAt: string;
    resolvedAt: string | null;
  }[];
  alertCount: number;
  pools: {
    id: string;
    name: string;
    processes: readonly string[];
    joinedAt: string;
    capacity: number;
    peakUsed: number;
    forecastExhaustionAt: string | null;
  }[];
  /** Messages to each recipient. */
  messages: number;
  lastMessageAt: string | null;
  nextReminderAt: string | null;
}

export interface WireDecision {
  at: string;
  incidentId: string | null;
  alertId: string | null;
  kind: Decision['kind'];
  told: boolean;
  reason: Decision['reason'];
  /** The id of the incident or of the alert that is told in its place; null where none is. */
  by: string | null;
  /** Null where it holds for every recipient. */
  recipient: string | null;
  messageId: string | null;
}

export type WireIncidentDetails = WireIncident & { decisions: WireDecision[] };

export function incidentToWire(incident: Incident): WireIncident {
  const { told, lead } = incident;
  return {
    id: incident.id,
    state: incident.state,
    severity: incident.severity,
    cause: incident.cause,
    openedAt: new Date(incident.openedAtMs).toISOString(),
    quietSince: isoOrNull(incident.quietSinceMs),
    resolvedAt: isoOrNull(incident.resolvedAtMs),
    recurrences: incident.recurrences,
    quietForSeconds: incident.quietForMs / SECOND_MS,
    summary: lead.summary,
    leadAlertId: lead.id,
    alerts: incident.alerts.map(({ firingAtMs, resolvedAtMs, ...alert }) => ({
      ...alert,
      firingAt: new Date(firingAtMs).toISOString(),
      resolvedAt: isoOrNull(resolvedAtMs),
    })),
    alertCount: incident.alertCount,
    pools: incident.pools.map((pool) => ({
      id: pool.id,
      name: pool.name,
      processes: pool.processes,
      joinedAt: new Date(pool.joinedAtMs).toISOString(),
      capacity: pool.capacity,
      peakUsed: pool.peakUsed,
      forecastExhaustionAt: isoOrNull(pool.forecastExhaustionMs),
    })),
    messages: told.count,
    lastMessageAt: isoOrNull(told.lastAtMs),
    nextReminderAt: isoOrNull(told.nextReminderAtMs),
  };
}

export function decisionToWire({ atMs, ...decision }: Decision): WireDecision {
  return { at: new Date(atMs).toISOString(), ...decision };
}
