/** What the step of incidents makes of changes of alerts, for the tests of the announcer and of the cycle. */
import type { AlertChange } from '../../daemon/alert/alert.js';
import type { Announcement } from '../../daemon/notify-contracts.js';
import { DEFAULT_INCIDENT_SETTINGS } from '../../daemon/incident/settings.js';
import { createIncidentTracker, type IncidentTracker } from '../../daemon/incident/tracker.js';
import { T0 } from './forecasts.js';

export function incidentTracker(recipients: readonly string[] = []): IncidentTracker {
  return createIncidentTracker({
    incidents: [],
    decisions: [],
    settings: DEFAULT_INCIDENT_SETTINGS,
    findRecipients: () => recipients,
    startedAtMs: 0,
  });
}

export function announcementOf(changes: readonly AlertChange[], recipients: readonly string[]): Announcement {
  const active = changes.flatMap(({ to, alert }) => (to === 'resolved' ? [] : [alert]));
  return { ...incidentTracker(recipients).step({ active, changes, usablePorts: null, nowMs: T0 }), changes };
}
