/** Alerts and outgoing mail as rows: the SQL statements. The journal decides when they run. */
import type { Alert, AlertState } from '../../alert/alert.js';
import type { OutboxEntry, OutboxSummary } from '../../notify-contracts.js';
import { PortcastError } from '../../errors.js';
import type { ChannelName } from '../../incident/recipients.js';
import type { Decision, Incident } from '../../incident/incident.js';
import type { Connection } from '../database.js';
import { STATUS, prepareDeliveryRows, type Delivery } from './delivery-rows.js';
import { prepareFigureRows } from './figure-rows.js';
import { prepareIncidentRows, type IncidentRows } from './incident-rows.js';
import { prepareSilenceRows, type SilenceRows, type SilenceStates } from './silence-rows.js';

/** The newest states of alerts and messages that are written together. */
interface AlertStates {
  /** By id. Null deletes an alert that was only pending. */
  readonly alerts: ReadonlyMap<string, Alert | null>;
  /** By id of the message. */
  readonly mails: ReadonlyMap<string, MailRow>;
  /** By id. */
  readonly incidents: ReadonlyMap<string, Incident>;
  readonly decisions: readonly Decision[];
  readonly silences: SilenceStates;
}

export interface MailRow extends OutboxEntry {
  /** `cancelled`: it was not needed, because another channel has accepted the same news. */
  readonly status: 'waiting' | 'sent' | 'failed' | 'cancelled';
  readonly attemptedAtMs: number | null;
}

export interface AlertRows {
  /**
   * One transaction, on disk on return. It waits so long for a lock. Raises what SQLite raises; then nothing was written.
   */
  write(states: AlertStates, lockWaitMs: number): void;
  activeAlerts(): Alert[];
  /** Newest first; null for every state. */
  alerts(state: AlertState | null, limit: number): Alert[];
  /** Oldest first. */
  waitingMail(): MailRow[];
  /** Null where there is no such message. */
  mailStatus(messageId: string): MailRow['status'] | null;
  /** Null where there is no such message. */
  mail(messageId: string): MailRow | null;
  /** The messages about an incident to a recipient: their ids and how each stands, oldest first. */
  statusesOf(incidentId: string, recipient: string): [messageId: string, status: MailRow['status']][];
  readonly incidents: Omit<IncidentRows, 'put' | 'add'>;
  readonly silences: Omit<SilenceRows, 'put'>;
  /** Newest first. */
  deliveries(incidentId: string, limit: number): Delivery[];
  summary(channel: ChannelName): OutboxSummary;
}

const MAIL_COLUMNS =
  'message_id AS messageId, recipient, alert_id AS alertId, incident_id AS incidentId, after_id AS afterId, ' +
  'instead_of AS insteadOf, subject, text, html, picture, document, created_at_ms AS createdAtMs, ' +
  `${STATUS} AS status, attempts, ` +
  'next_attempt_at_ms AS nextAttemptAtMs, attempted_at_ms AS attemptedAtMs, last_error AS lastError';

/**
 * Alerts whose body cannot be parsed are left out of every list.
 * @param onDamage called at once, for each of them.
 */
export function prepareAlertRows(
  db: Connection,
  onDamage: (error: PortcastError) => void = () => undefined,
): AlertRows {
  for (const id of db.prepare<[], string>('SELECT id FROM alert WHERE NOT json_valid(body)').pluck().all()) {
    onDamage(new PortcastError('STORE_CORRUPT', `alert ${id}: its body cannot be parsed`));
  }
  const incidents = prepareIncidentRows(db);
  const silences = prepareSilenceRows(db);
  const write = prepareWrite(db, incidents, silences);
  const prepareAlerts = (sql: string): ((...values: unknown[]) => Alert[]) => {
    const statement = db.prepare<unknown[], string>(sql).pluck();
    return (...values) => statement.all(...values).map((body) => JSON.parse(body) as Alert);
  };
  const readable = 'SELECT body FROM alert WHERE json_valid(body)';
  const active = prepareAlerts(`${readable} AND state <> 'resolved' ORDER BY pending_at_ms, id`);
  const newest = prepareAlerts(`${readable} ORDER BY pending_at_ms DESC, id LIMIT ?`);
  const ofState = prepareAlerts(`${readable} AND state = ? ORDER BY pending_at_ms DESC, id LIMIT ?`);
  const waiting = db.prepare<[], MailRow>(
    `SELECT ${MAIL_COLUMNS} FROM outbox WHERE status = 'waiting' ORDER BY created_at_ms, rowid`,
  );
  const status = db.prepare<[string], MailRow['status']>(`SELECT ${STATUS} FROM outbox WHERE message_id = ?`).pluck();
  const one = db.prepare<[string], MailRow>(`SELECT ${MAIL_COLUMNS} FROM outbox WHERE message_id = ?`);
  const ofIncident = db
    .prepare<[string, string], [string, MailRow['status']]>(
      `SELECT message_id, ${STATUS} FROM outbox WHERE incident_id = ? AND recipient = ? ORDER BY rowid`,
    )
    .raw();
  return {
    write(states, lockWaitMs) {
      db.pragma(`busy_timeout = ${lockWaitMs}`);
      write(states);
    },
    activeAlerts: () => active(),
    alerts: (state, limit) => (state === null ? newest(limit) : ofState(state, limit)),
    waitingMail: () => waiting.all(),
    mailStatus: (messageId) => status.get(messageId) ?? null,
    mail: (messageId) => one.get(messageId) ?? null,
    statusesOf: (incidentId, recipient) => ofIncident.all(incidentId, recipient),
    incidents,
    silences,
    deliveries: prepareDeliveryRows(db),
    summary: prepareFigureRows(db),
  };
}

function prepareWrite(db: Connection, rows: IncidentRows, silenceRows: SilenceRows): (states: AlertStates) => void {
  const putAlert = db.prepare(
    'INSERT INTO alert (id, state, pending_at_ms, resolved_at_ms, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) ' +
      'DO UPDATE SET state = excluded.state, resolved_at_ms = excluded.resolved_at_ms, body = excluded.body',
  );
  const dropAlert = db.prepare('DELETE FROM alert WHERE id = ?');
  const putMail = db.prepare(
    'INSERT INTO outbox (message_id, recipient, alert_id, incident_id, after_id, instead_of, subject, text, html, picture, document, created_at_ms, status, is_cancelled, attempts, ' +
      'next_attempt_at_ms, attempted_at_ms, last_error) VALUES (@messageId, @recipient, @alertId, @incidentId, @afterId, @insteadOf, @subject, @text, ' +
      '@html, @picture, @document, @createdAtMs, @status, @isCancelled, @attempts, @nextAttemptAtMs, @attemptedAtMs, @lastError) ON CONFLICT (message_id) ' +
      'DO UPDATE SET text = excluded.text, html = excluded.html, document = excluded.document, status = excluded.status, is_cancelled = excluded.is_cancelled, after_id = excluded.after_id, attempts = excluded.attempts, next_attempt_at_ms = ' +
      'excluded.next_attempt_at_ms, attempted_at_ms = excluded.attempted_at_ms, last_error = excluded.last_error',
  );
  return db.transaction(({ alerts, mails, incidents, decisions, silences }: AlertStates) => {
    for (const [id, alert] of alerts) {
      if (alert === null) dropAlert.run(id);
      else {
        const { state, pendingAtMs, resolvedAtMs } = alert;
        putAlert.run(id, state, Math.round(pendingAtMs), roundOrNull(resolvedAtMs), JSON.stringify(alert));
      }
    }
    for (const mail of mails.values()) {
      putMail.run({
        ...mail,
        createdAtMs: Math.round(mail.createdAtMs),
        nextAttemptAtMs: Math.round(mail.nextAttemptAtMs),
        attemptedAtMs: roundOrNull(mail.attemptedAtMs),
        incidentId: mail.incidentId ?? null,
        afterId: mail.afterId ?? null,
        insteadOf: mail.insteadOf ?? null,
        status: mail.status === 'cancelled' ? 'failed' : mail.status,
        isCancelled: mail.status === 'cancelled' ? 1 : 0,
        picture: mail.picture ?? null,
        document: mail.document ?? null,
      });
    }
    for (const incident of incidents.values()) rows.put(incident);
    for (const decision of decisions) rows.add(decision);
    silenceRows.put(silences);
  }).immediate;
}

function roundOrNull(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}
