/** What the API serves: the documents of the newest cycle, and what the store keeps. */
import type { ApiData } from '../api/data.js';
import type { PageData } from '../api/page-data.js';
import { createAdviceData } from './advice.js';
import type { Store } from '../store/store.js';
import type { ChangeTracker } from '../change/tracker.js';
import type { Views } from '../views.js';
import { createChangesData } from './change-tracker.js';
import { alertToWire } from '../wire/alert.js';
import { sentMessagesToWire } from '../wire/sent-message.js';
import { decisionToWire, incidentToWire } from '../wire/incident.js';
import { outageToWire } from '../wire/outage.js';
import { episodeToWire, scoreToWire } from '../wire/score.js';

const MAX_ALERT_DECISIONS = 100;
const MAX_DECISIONS = 500;
const MAX_DELIVERIES = 200;

export function createApiData(views: Views, store: Store, pages: PageData, tracker: ChangeTracker): ApiData {
  const changes = createChangesData(views, store, tracker);
  return {
    ...changes,
    status: () => views.status(),
    pools: () => views.pools(),
    ports: () => views.ports(),
    unlistedPorts: () => views.unlistedPorts(),
    alerts(state, limit) {
      // The stored alert is as it was when its state last changed; the newest cycle knows its forecast and owners of now.
      const current = new Map(views.alerts().map((alert) => [alert.id, alert]));
      const stored = store.listAlerts({ ...(state === null ? {} : { state }), limit });
      return stored.map((alert) => alertToWire(alert.state === 'resolved' ? alert : (current.get(alert.id) ?? alert)));
    },
    decisions: (alertId) => store.listDecisions({ alertId }, MAX_ALERT_DECISIONS).map(decisionToWire),
    incidents: (query) => store.listIncidents(query).map(incidentToWire),
    incident(id) {
      const incident = store.findIncident(id);
      if (incident === null) return null;
      const decisions = store.listDecisions({ incidentId: id }, MAX_DECISIONS);
      const deliveries = sentMessagesToWire(store.listDeliveries(id, MAX_DELIVERIES), decisions);
      return {
        ...incidentToWire(incident),
        decisions: decisions.map(decisionToWire),
        deliveries,
        changes: changes.incidentChanges(incident),
      };
    },
    outages: (limit) => store.listOutages(limit).map(outageToWire),
    score: (limit) => ({
      ...scoreToWire(store.scoreSummary()),
      episodes: store.scoredEpisodes(limit).map(episodeToWire),
    }),
    history: store,
    pages,
    advice: createAdviceData(views),
    counters: () => views.reading()?.counters ?? null,
    timeWaitEntered: () => views.timeWaitEntered(),
  };
}
