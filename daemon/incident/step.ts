/** One step of all incidents: the alerts of this step join them or open new ones, and what is to be told is decided. */
import type { Alert, AlertChange } from '../alert/alert.js';
import { findIncident, type CauseContext } from './cause.js';
import { clampAfterStepBack } from './clock-jumps.js';
import type { Decision, Incident, Notice } from './incident.js';
import { markSaved, mustSave } from './gather.js';
import { addAlert, FLAP_MEMORY_MS, listResolved, openIncident, updateIncident } from './life-cycle.js';
import { updateMute, type Mute } from './mutes.js';
import { decideNotice, MAX_PAUSE_MS, recordTold } from './notices.js';
import { liftAcknowledgement } from './remarks.js';
import type { IncidentSettings } from './settings.js';

interface IncidentInput {
  /** As the step before left them: those that are open or quiet, and those that were resolved within the last hour. */
  readonly incidents: readonly Incident[];
  /** The alerts after this step. */
  readonly active: readonly Alert[];
  /** The changes of alerts in this step. */
  readonly changes: readonly AlertChange[];
  /** When the number of usable ports last fell; null where it did not. */
  readonly rangeShrankAtMs: number | null;
  /** Who is to be told of an incident; nobody where no channel is configured. */
  readonly findRecipients: (incident: Incident) => readonly string[];
  /** Who is told only of incidents of another severity; absent: nobody. */
  readonly findBelowSeverity?: (incident: Incident) => readonly string[];
  /** Alerts that fire since before this instant and belong to no incident were told of without one. */
  readonly toldBeforeMs: number;
  /** The silences and maintenance windows that are in force now; none unless given. */
  readonly mutes?: readonly Mute[];
  readonly settings: IncidentSettings;
  readonly nowMs: number;
}

interface IncidentStep {
  /** For the next step. */
  readonly incidents: Incident[];
  /** Those that are to be stored. */
  readonly changed: Incident[];
  readonly notices: Notice[];
  readonly decisions: Decision[];
}

const NOT_TOLD = { kind: 'first', told: false, recipient: null, messageId: null } as const;

export function stepIncidents(input: IncidentInput): IncidentStep {
  const { nowMs, settings } = input;
  const decisions: Decision[] = input.changes.flatMap((change) => decideUntold(change, nowMs));
  const joined = joinAlerts(input, decisions);
  const firing = new Map(listFiring(input.active).map((alert) => [alert.id, alert]));
  const resolved = listResolved(input.changes);
  const notices: Notice[] = [];
  const incidents: Incident[] = [];
  for (const before of joined) {
    if (before.state === 'resolved') {
      if (nowMs - (before.resolvedAtMs ?? 0) <= FLAP_MEMORY_MS) incidents.push(before);
      continue;
    }
    const followed = updateIncident(before, { firing, resolved, nowMs });
    const updated = liftAcknowledgement(updateMute(followed, firing, input.mutes ?? []));
    const step = decideNotice(updated, {
      recipients: input.findRecipients(updated),
      belowSeverity: input.findBelowSeverity?.(updated) ?? [],
      settings,
      nowMs,
    });
    notices.push(...step.notices);
    decisions.push(...step.decisions);
    incidents.push(step.incident);
  }
  const changed = incidents.flatMap((incident, index) => {
    if (!hasChanged(incident, input)) return [];
    return [(incidents[index] = markSaved(incident, nowMs))];
  });
  return { incidents, changed, notices, decisions };
}

/** Alerts that fire and belong to no incident yet join one or open one. */
function joinAlerts(input: IncidentInput, decisions: Decision[]): Incident[] {
  const { nowMs, settings, rangeShrankAtMs } = input;
  const context: CauseContext = { nowMs, rangeShrankAtMs };
  const incidents = input.incidents.map((incident) => clampAfterStepBack(incident, nowMs, MAX_PAUSE_MS));
  const known = new Set(incidents.flatMap(({ alerts }) => alerts.map(({ id }) => id)));
  for (const alert of listFiring(input.active)) {
    if (known.has(alert.id) || !isTold(alert)) continue;
    const living = incidents.filter(({ state }) => state !== 'resolved');
    const found = findIncident(alert, living, context);
    if (found !== null) {
      incidents[incidents.indexOf(found)] = addAlert(found, alert, nowMs);
      decisions.push(decideJoined(alert, found, nowMs));
    } else {
      const over = incidents.filter(({ state }) => state === 'resolved').reverse();
      const before = findIncident(alert, over, context);
      const opened = openIncident(alert, { context, settings, before });
      const wasTold = (alert.firingAtMs ?? nowMs) < input.toldBeforeMs;
      incidents.push(
        wasTold ? recordTold(opened, 'first', { recipients: input.findRecipients(opened), settings, nowMs }) : opened,
      );
    }
  }
  return incidents;
}

/** The decision about an alert that joins an incident. Where it makes the incident worse, that is told beside it. */
function decideJoined({ id, inhibitedBy }: Alert, incident: Incident, nowMs: number): Decision {
  const reason = incident.state === 'quiet' ? 'flapping' : 'inhibited';
  return { ...NOT_TOLD, atMs: nowMs, incidentId: incident.id, alertId: id, reason, by: inhibitedBy ?? incident.id };
}

/** The decision about an alert that begins to fire and belongs to no incident, because the mail of its rule is off. */
function decideUntold({ from, to, alert }: AlertChange, nowMs: number): Decision[] {
  if (to !== 'firing' || from === 'firing' || isTold(alert)) return [];
  return [{ ...NOT_TOLD, atMs: nowMs, incidentId: null, alertId: alert.id, reason: 'below severity', by: null }];
}

/** An alert that a mailed one covers belongs to the incident of that one, and keeps it open. */
function isTold({ mail, inhibitedBy }: Alert): boolean {
  return mail || (inhibitedBy ?? null) !== null;
}

function listFiring(active: readonly Alert[]): Alert[] {
  return active.filter(({ state }) => state === 'firing');
}

/** A new sample alone is not stored at once: see `mustSave`. */
function hasChanged(incident: Incident, { incidents, nowMs }: IncidentInput): boolean {
  const known = incidents.find(({ id }) => id === incident.id);
  if (known === undefined) return true;
  const { state, severity, told, held, belowSeverity, alerts, pools, acknowledgement, mutedBy } = incident;
  return (
    state !== known.state ||
    severity !== known.severity ||
    told !== known.told ||
    held !== known.held ||
    acknowledgement !== known.acknowledgement ||
    mutedBy !== known.mutedBy ||
    belowSeverity !== known.belowSeverity ||
    alerts.some((alert, index) => alert !== known.alerts[index]) ||
    pools.length !== known.pools.length ||
    mustSave(incident, known, nowMs)
  );
}
