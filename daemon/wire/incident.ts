/** One incident of `GET /api/v1/incidents`, and why something was told of it or not. */
import type { Cause, Decision, Incident } from '../incident/incident.js';
import { isoOrNull, SECOND_MS } from '../units.js';
import type { WireChange } from './change.js';
import type { WireSentMessage } from './sent-message.js';

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
  /** Null also while it is acknowledged. */
  nextReminderAt: string | null;
  /** Null while nobody has taken it on. */
  acknowledgement: {
    at: string;
    /** Null where nobody was named. */
    author: string | null;
    comment: string;
    /** How severe the incident was then; the acknowledgement is lifted when it becomes worse. */
    severity: Incident['severity'];
  } | null;
  /** Oldest first. */
  comments: { at: string; author: string | null; text: string }[];
  /** The id of the silence that keeps it from being told now; null where none does. */
  silencedBy: string | null;
  /** The name of the maintenance window that keeps it from being told now; null where none does. */
  maintenance: string | null;
}

export interface WireDecision {
  at: string;
  incidentId: string | null;
  alertId: string | null;
  kind: Decision['kind'];
  told: boolean;
  reason: Decision['reason'];
  /** What is told in its place, what silenced it, or who acknowledged it; null where that is none of them. */
  by: string | null;
  /** Null where it holds for every recipient. */
  recipient: string | null;
  messageId: string | null;
}

export type WireIncidentDetails = WireIncident & {
  decisions: WireDecision[];
  /** The newest 200 messages, newest first. */
  deliveries: WireSentMessage[];
  /** What changed from an hour before it to an hour after it, newest first; versions before it was added have none. */
  changes?: WireChange[];
};

export function incidentToWire(incident: Incident): WireIncident {
  const { told, lead } = incident;
  const acknowledgement = incident.acknowledgement ?? null;
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
    nextReminderAt: acknowledgement === null ? isoOrNull(told.nextReminderAtMs) : null,
    ...remarksToWire(incident),
  };
}

function remarksToWire({ acknowledgement, comments = [], mutedBy }: Incident) {
  const at = ({ atMs }: { readonly atMs: number }): string => new Date(atMs).toISOString();
  return {
    acknowledgement:
      acknowledgement == null
        ? null
        : {
            at: at(acknowledgement),
            author: acknowledgement.author,
            comment: acknowledgement.comment,
            severity: acknowledgement.severity,
          },
    comments: comments.map((comment) => ({ at: at(comment), author: comment.author, text: comment.text })),
    silencedBy: mutedBy?.reason === 'silenced' ? mutedBy.by : null,
    maintenance: mutedBy?.reason === 'maintenance' ? mutedBy.by : null,
  };
}

export function decisionToWire({ atMs, ...decision }: Decision): WireDecision {
  return { at: new Date(atMs).toISOString(), ...decision };
}
