/** The part of app.ts that connects the incidents: the tracker that the cycle steps, what people do about them, the links. */
import { issueLinks } from './action-links.js';
import { createDaemonIncidents } from './notify.js';
import { followMaintenance } from '../config/maintenance.js';
import type { IncidentCommands } from '../incident/commands.js';
import { listSilenceMutes } from '../incident/silences.js';
import type { IncidentTracker } from '../incident/tracker.js';
import { createIncidentCommands } from './incident-commands.js';
import type { AnnouncerOptions } from '../notify/announcer.js';

export interface IncidentParts {
  readonly tracker: IncidentTracker;
  readonly commands: IncidentCommands;
  /** Null without a public URL: messages then have no links that do something. */
  readonly issueLinks: Required<AnnouncerOptions>['issueLinks'];
}

export function createIncidentParts(parts: Parameters<typeof createDaemonIncidents>[0]): IncidentParts {
  const { config, store } = parts;
  const listWindows = followMaintenance(config.incidents.maintenance);
  const tracker = createDaemonIncidents(parts, (nowMs) => [
    ...listSilenceMutes(store.listSilences(), nowMs),
    ...listWindows(nowMs).map(({ name, matchers }) => ({ reason: 'maintenance' as const, by: name, matchers })),
  ]);
  const { publicUrl } = config.http;
  return {
    tracker,
    commands: createIncidentCommands({ ...parts, tracker }),
    issueLinks: publicUrl === null ? null : (message) => issueLinks(publicUrl, message),
  };
}
