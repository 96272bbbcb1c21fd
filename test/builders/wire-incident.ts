/** An incident as it leaves the daemon, with two decisions and one message. */
import { sentMessagesToWire } from '../../daemon/wire/sent-message.js';
import {
  decisionToWire,
  incidentToWire,
  type WireIncident,
  type WireIncidentDetails,
} from '../../daemon/wire/incident.js';
import { incidentScene } from './incident-scene.js';
import { requireValue } from './require-value.js';

export function wireIncident(): WireIncidentDetails {
  const scene = incidentScene();
  scene.fire({ pool: 'a', processes: ['psql'], place: { remoteAddress: '10.0.0.2', remotePort: 5432 } });
  scene.step();
  scene.fire({ pool: 'b', processes: ['psql'], place: { remoteAddress: '10.0.0.3', remotePort: 5432 } });
  scene.step();
  const incident = requireValue(scene.living()[0]);
  const told = {
    atMs: incident.openedAtMs,
    incidentId: incident.id,
    alertId: incident.lead.id,
    kind: 'first' as const,
    told: true,
    reason: 'first' as const,
    by: null,
    recipient: 'ops@example.org',
    messageId: 'm1@example.org',
  };
  const sent = {
    messageId: told.messageId,
    recipient: told.recipient,
    status: 'sent' as const,
    attempts: 2,
    createdAtMs: incident.openedAtMs,
    attemptedAtMs: incident.openedAtMs + 5000,
    lastError: null,
  };
  const decisions = [...scene.decisions, told];
  const deliveries = sentMessagesToWire([sent], decisions);
  return { ...incidentToWire(incident), decisions: decisions.map(decisionToWire), deliveries };
}

/** The same as it stands in the list. */
export function incidentOf(details: WireIncidentDetails): WireIncident {
  return Object.fromEntries(
    Object.entries(details).filter(([key]) => key !== 'decisions' && key !== 'deliveries'),
  ) as unknown as WireIncident;
}
