/** The data that the API serves: read-only, and each cheap enough to be read for every request. */
import type { AlertState } from '../alert/alert.js';
import type { HistoryStore } from '../contracts.js';
import type { Incident } from '../incident/incident.js';
import type { HostCounters } from '../host/counters.js';
import type { ChangeKind } from '../change/change.js';
import type { WireAlert } from '../wire/alert.js';
import type { WireChange } from '../wire/change.js';
import type { WireDecision, WireIncident, WireIncidentDetails } from '../wire/incident.js';
import type { WireOutage } from '../wire/outage.js';
import type { WirePools } from '../wire/pool.js';
import type { WirePort, WireUnlistedPorts } from '../wire/port.js';
import type { WireScoreDetails } from '../wire/score.js';
import type { PageData } from './page-data.js';
import type { WireSettings } from '../wire/setting.js';
import type { WireStatus } from '../wire/status.js';
import type { AdviceData } from './advice-data.js';

/** Null stands for every state, and for all incidents. */
export interface IncidentsQuery {
  readonly state: Incident['state'] | null;
  readonly before: string | null;
  readonly limit: number;
}

/** Null stands for every pool, and for any time. */
export interface ChangesRequest {
  readonly poolId: string | null;
  readonly incidentId: string | null;
  readonly limit: number;
}

export interface ChangesData {
  /** At most `limit` changes, newest first; null where there is no such incident. */
  changes(request: ChangesRequest): WireChange[] | null;
  /** The changes that belong to an incident, newest first. */
  incidentChanges(incident: Incident): WireChange[];
  /** How many changes of each kind began since the start. */
  changeCounts(): Readonly<Record<ChangeKind, number>>;
  /** Null until the host has been read once. */
  settings(): WireSettings | null;
}

export interface ApiData extends ChangesData {
  /** Null until the host has been read once. */
  status(): WireStatus | null;
  /** The pools, worst first; null until the first sample. */
  pools(): WirePools | null;
  /** The port series of the latest sample, in any order; empty before the first sample. */
  ports(): WirePort[];
  /** The port series that `ports` does not list; null where it lists all. */
  unlistedPorts(): WireUnlistedPorts | null;
  /** At most `limit` alerts, newest first; a null state means every state. */
  alerts(state: AlertState | null, limit: number): WireAlert[];
  /** Why each change of an alert was told or not, newest first, at most 100. */
  decisions(alertId: string): WireDecision[];
  /** At most `limit` incidents, newest first: of one state, and those opened before the incident with the id `before`. */
  incidents(query: IncidentsQuery): WireIncident[];
  /** One incident with its newest 500 decisions and its newest 200 messages; null where there is none. */
  incident(id: string): WireIncidentDetails | null;
  /** At most `limit` outages, newest first. */
  outages(limit: number): WireOutage[];
  /** How good the forecasts were, with the newest `limit` episodes. */
  score(limit: number): WireScoreDetails;
  readonly history: HistoryStore;
  readonly pages: PageData;
  readonly advice: AdviceData;
  /** The kernel counters of the latest beat; null before the first beat. */
  counters(): HostCounters | null;
  /** Sockets that entered TIME_WAIT since it is known what TcpExt TW counts; null until then. */
  timeWaitEntered(): number | null;
}
