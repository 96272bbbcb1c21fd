/** An incident that goes on, in a real store, with the commands that people give about it. */
import { issueLinks } from '../../daemon/app/action-links.js';
import type { IncidentCommands } from '../../daemon/incident/commands.js';
import type { Incident } from '../../daemon/incident/incident.js';
import { listSilenceMutes } from '../../daemon/incident/silences.js';
import { createIncidentTracker, type IncidentStepResult, type IncidentTracker } from '../../daemon/incident/tracker.js';
import { DEFAULT_INCIDENT_SETTINGS } from '../../daemon/incident/settings.js';
import { createIncidentCommands } from '../../daemon/app/incident-commands.js';
import { fired } from './messages.js';
import { requireValue } from './require-value.js';
import { openTestStore, type TestStore } from './stores.js';

export const PUBLIC_URL = 'https://portcast.example.org/';

export interface IncidentDesk {
  readonly test: TestStore;
  readonly commands: IncidentCommands;
  readonly tracker: IncidentTracker;
  readonly incident: () => Incident;
  readonly alertId: string;
  /** One step of the incidents, stored as the announcer stores it. */
  step(isOver?: boolean): IncidentStepResult;
  /** The tokens of new links to the incident, as they stand in a message. */
  link(): Record<'acknowledge' | '1 h' | '8 h', string>;
}

export function incidentDesk(): IncidentDesk {
  const test = openTestStore();
  const { clock, log } = test;
  const tracker = createIncidentTracker({
    incidents: test.store.loadIncidents(),
    decisions: [],
    settings: { ...DEFAULT_INCIDENT_SETTINGS, quietForMs: 0 },
    findRecipients: () => ['ops@example.org'],
    startedAtMs: 0,
    listMutes: (nowMs) => listSilenceMutes(test.store.listSilences(), nowMs),
  });
  const { alert } = fired();
  const firing = { ...alert, state: 'firing' as const, firingAtMs: clock.wallMs() };
  let isNew = true;
  const step = (isOver = false): IncidentStepResult => {
    const resolved = { ...firing, state: 'resolved' as const, resolvedAtMs: clock.wallMs() };
    const began = isNew ? [{ from: 'pending' as const, to: 'firing' as const, alert: firing }] : [];
    const changes = isOver ? [{ from: 'firing' as const, to: 'resolved' as const, alert: resolved }] : began;
    isNew = false;
    const result = tracker.step({ active: isOver ? [] : [firing], changes, usablePorts: null, nowMs: clock.wallMs() });
    test.store.commitAlerts(changes, [], result);
    tracker.accept(result);
    return result;
  };
  step();
  const id = requireValue(tracker.list()[0]).id;
  // The store is opened again by some tests, so that the commands must ask for it each time.
  const store = {
    commitAlerts: (...args: Parameters<typeof test.store.commitAlerts>) => test.store.commitAlerts(...args),
    listSilences: () => test.store.listSilences(),
    findActionToken: (hash: string) => test.store.findActionToken(hash),
    findIncident: (incidentId: string) => test.store.findIncident(incidentId),
  };
  const tokenOf = (url: string | undefined): string => (url ?? '').slice(`${PUBLIC_URL}act/`.length);
  return {
    test,
    tracker,
    commands: createIncidentCommands({ tracker, store, clock, log }),
    incident: () => requireValue(tracker.list().find((one) => one.id === id)),
    alertId: firing.id,
    step,
    link() {
      const links = issueLinks(PUBLIC_URL, { incidentId: id, recipient: 'ops@example.org', nowMs: clock.wallMs() });
      store.commitAlerts([], [], { incidents: [], decisions: [], tokens: links.tokens });
      const [hour, day] = links.silence.map(({ url }) => tokenOf(url));
      return { acknowledge: tokenOf(links.acknowledge), '1 h': hour ?? '', '8 h': day ?? '' };
    },
  };
}
