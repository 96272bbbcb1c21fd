/** Incidents and decisions as rows: the SQL statements. */
import type { Decision, Incident } from '../../incident/incident.js';
import type { Connection } from '../database.js';

export interface IncidentRows {
  /** To be called within a transaction. */
  put(incident: Incident): void;
  /** To be called within a transaction. */
  add(decision: Decision): void;
  /** Those that are not resolved, and the newest of the others, oldest first. */
  known(): Incident[];
  /** Newest first. */
  newest(query: IncidentQuery): Incident[];
  find(id: string): Incident | null;
  /** Newest first; of one incident or of one alert. */
  decisions(about: { readonly incidentId?: string; readonly alertId?: string }, limit: number): Decision[];
  /** Of all incidents, oldest first. */
  decisionsSince(sinceMs: number): Decision[];
}

/** Those of one state, or of every state; and those that were opened before another incident, or all. */
export interface IncidentQuery {
  readonly state?: Incident['state'] | null;
  /** The id of the other incident. */
  readonly before?: string | null;
  readonly limit: number;
}

/** As many resolved incidents as flapping can be remembered of. */
const KNOWN_RESOLVED = 200;
const COLUMNS =
  'at_ms AS atMs, incident_id AS incidentId, alert_id AS alertId, kind, told, reason, made_by AS "by", recipient, ' +
  'message_id AS messageId';

type DecisionRow = Omit<Decision, 'told'> & { readonly told: 0 | 1 };

/** An incident whose body cannot be parsed is left out of every list. */
export function prepareIncidentRows(db: Connection): IncidentRows {
  const prepare = (sql: string): ((...values: unknown[]) => Incident[]) => {
    const statement = db.prepare<unknown[], string>(`SELECT body FROM incident WHERE json_valid(body) ${sql}`).pluck();
    return (...values) => statement.all(...values).map((body) => JSON.parse(body) as Incident);
  };
  const living = prepare("AND state <> 'resolved' ORDER BY opened_at_ms, rowid");
  const resolved = prepare("AND state = 'resolved' ORDER BY opened_at_ms DESC, rowid DESC LIMIT ?");
  const newest = prepare('AND (? IS NULL OR state = ?) ORDER BY opened_at_ms DESC, rowid DESC LIMIT ?');
  // Two incidents of one step are opened at the same instant, so the row decides between them.
  const newestBefore = prepare(
    'AND (? IS NULL OR state = ?) AND (opened_at_ms, rowid) < (SELECT opened_at_ms, rowid FROM incident WHERE id = ?) ' +
      'ORDER BY opened_at_ms DESC, rowid DESC LIMIT ?',
  );
  const one = prepare('AND id = ?');
  const put = db.prepare(
    'INSERT INTO incident (id, state, opened_at_ms, body) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET ' +
      'state = excluded.state, body = excluded.body',
  );
  const add = db.prepare(
    'INSERT INTO decision (at_ms, incident_id, alert_id, kind, told, reason, made_by, recipient, message_id) ' +
      'VALUES (@atMs, @incidentId, @alertId, @kind, @told, @reason, @by, @recipient, @messageId)',
  );
  const ofIncident = db.prepare<[string, number], DecisionRow>(
    `SELECT ${COLUMNS} FROM decision WHERE incident_id = ? ORDER BY at_ms DESC, id DESC LIMIT ?`,
  );
  const ofAlert = db.prepare<[string, number], DecisionRow>(
    `SELECT ${COLUMNS} FROM decision WHERE alert_id = ? ORDER BY at_ms DESC, id DESC LIMIT ?`,
  );
  const since = db.prepare<[number], DecisionRow>(
    `SELECT ${COLUMNS} FROM decision WHERE at_ms >= ? ORDER BY at_ms, id`,
  );
  const toDecision = (row: DecisionRow): Decision => ({ ...row, told: row.told === 1 });
  return {
    put: (incident) =>
      void put.run(incident.id, incident.state, Math.round(incident.openedAtMs), JSON.stringify(incident)),
    add: (decision) => void add.run({ ...decision, atMs: Math.round(decision.atMs), told: decision.told ? 1 : 0 }),
    known: () => [...resolved(KNOWN_RESOLVED).reverse(), ...living()],
    newest: ({ state = null, before = null, limit }) =>
      before === null ? newest(state, state, limit) : newestBefore(state, state, before, limit),
    find: (id) => one(id)[0] ?? null,
    decisions({ incidentId, alertId }, limit) {
      const rows = incidentId !== undefined ? ofIncident.all(incidentId, limit) : ofAlert.all(alertId ?? '', limit);
      return rows.map(toDecision);
    },
    decisionsSince: (sinceMs) => since.all(sinceMs).map(toDecision),
  };
}
