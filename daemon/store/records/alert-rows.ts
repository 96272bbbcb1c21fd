/** Alerts and outgoing mail as rows: the SQL statements. The journal decides when they run. */
import type { Alert, AlertChange, AlertState } from '../../alert/alert.js';
import type { OutboxEntry, OutboxMessage, OutboxSummary, SendOutcome } from '../../contracts.js';
import type { Connection } from '../database.js';

/** Alerts that changed, together with the messages about the changes. */
interface AlertCommit {
  readonly kind: 'commit';
  readonly changes: readonly AlertChange[];
  readonly messages: readonly OutboxMessage[];
}

/** An attempt to send a message. */
export interface SendAttempt {
  readonly kind: 'attempt';
  readonly messageId: string;
  readonly outcome: SendOutcome;
  readonly nowMs: number;
  /** Null when no further attempt is planned. */
  readonly nextAttemptAtMs: number | null;
}

export type AlertOperation = AlertCommit | SendAttempt;

export interface MailRow extends OutboxEntry {
  readonly status: 'waiting' | 'sent' | 'failed';
  readonly attemptedAtMs: number | null;
}

export interface AlertRows {
  /** One transaction, on disk on return. Raises what SQLite raises; then nothing was written. */
  apply(operation: AlertOperation): void;
  activeAlerts(): Alert[];
  /** Newest first; null for every state. */
  alerts(state: AlertState | null, limit: number): Alert[];
  /** Waiting rows whose next attempt is due, oldest first. */
  due(nowMs: number, limit: number): MailRow[];
  mail(messageId: string): MailRow | null;
  summary(): OutboxSummary;
}

const MAIL_COLUMNS =
  'message_id AS messageId, recipient, alert_id AS alertId, subject, text, html, created_at_ms AS createdAtMs, ' +
  'status, attempts, next_attempt_at_ms AS nextAttemptAtMs, attempted_at_ms AS attemptedAtMs, last_error AS lastError';

export function prepareAlertRows(db: Connection): AlertRows {
  const apply = prepareApply(db);
  const prepareAlerts = (sql: string): ((...values: unknown[]) => Alert[]) => {
    const statement = db.prepare<unknown[], string>(sql).pluck();
    return (...values) => statement.all(...values).map((body) => JSON.parse(body) as Alert);
  };
  const active = prepareAlerts("SELECT body FROM alert WHERE state <> 'resolved' ORDER BY pending_at_ms, id");
  const newest = prepareAlerts('SELECT body FROM alert ORDER BY pending_at_ms DESC, id LIMIT ?');
  const ofState = prepareAlerts('SELECT body FROM alert WHERE state = ? ORDER BY pending_at_ms DESC, id LIMIT ?');
  const due = db.prepare<[number, number], MailRow>(
    `SELECT ${MAIL_COLUMNS} FROM outbox WHERE status = 'waiting' AND next_attempt_at_ms <= ? ` +
      'ORDER BY created_at_ms, rowid LIMIT ?',
  );
  const mail = db.prepare<[string], MailRow>(`SELECT ${MAIL_COLUMNS} FROM outbox WHERE message_id = ?`);
  const counts = db.prepare<[], { pending: number; failed: number; lastSentAtMs: number | null }>(
    "SELECT count(*) FILTER (WHERE status = 'waiting') AS pending, count(*) FILTER (WHERE status = 'failed') AS failed, " +
      "max(attempted_at_ms) FILTER (WHERE status = 'sent') AS lastSentAtMs FROM outbox",
  );
  const lastAttempt = db.prepare<[], { status: string; lastError: string | null }>(
    'SELECT status, last_error AS lastError FROM outbox WHERE attempted_at_ms IS NOT NULL ' +
      'ORDER BY attempted_at_ms DESC LIMIT 1',
  );
  return {
    apply,
    activeAlerts: () => active(),
    alerts: (state, limit) => (state === null ? newest(limit) : ofState(state, limit)),
    due: (nowMs, limit) => due.all(nowMs, limit),
    mail: (messageId) => mail.get(messageId) ?? null,
    summary() {
      const { pending, failed, lastSentAtMs } = counts.get() ?? { pending: 0, failed: 0, lastSentAtMs: null };
      const last = lastAttempt.get();
      return { pending, failed, lastSentAtMs, lastError: last?.status === 'sent' ? null : (last?.lastError ?? null) };
    },
  };
}

function prepareApply(db: Connection): (operation: AlertOperation) => void {
  const putAlert = db.prepare(
    'INSERT INTO alert (id, state, pending_at_ms, resolved_at_ms, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) ' +
      'DO UPDATE SET state = excluded.state, resolved_at_ms = excluded.resolved_at_ms, body = excluded.body',
  );
  const dropAlert = db.prepare('DELETE FROM alert WHERE id = ?');
  // The message id is derived from alert, transition and recipient: a message that is committed again is stored once.
  const putMail = db.prepare(
    'INSERT INTO outbox (message_id, recipient, alert_id, subject, text, html, created_at_ms, status, attempts, ' +
      'next_attempt_at_ms, attempted_at_ms, last_error) VALUES (@messageId, @recipient, @alertId, @subject, @text, ' +
      "@html, @createdAtMs, 'waiting', 0, @createdAtMs, NULL, NULL) ON CONFLICT (message_id) DO NOTHING",
  );
  const updateMail = db.prepare(
    'UPDATE outbox SET status = ?, attempts = attempts + 1, next_attempt_at_ms = coalesce(?, next_attempt_at_ms), ' +
      "attempted_at_ms = ?, last_error = ? WHERE message_id = ? AND status = 'waiting'",
  );
  return db.transaction((operation: AlertOperation) => {
    if (operation.kind === 'attempt') {
      const { outcome, nowMs, nextAttemptAtMs, messageId } = operation;
      const error = outcome.ok ? null : outcome.error;
      updateMail.run(statusAfter(operation), roundOrNull(nextAttemptAtMs), Math.round(nowMs), error, messageId);
      return;
    }
    for (const { to, alert } of operation.changes) {
      if (to === 'inactive') dropAlert.run(alert.id);
      else
        putAlert.run(
          alert.id,
          to,
          Math.round(alert.pendingAtMs),
          roundOrNull(alert.resolvedAtMs),
          JSON.stringify(alert),
        );
    }
    for (const message of operation.messages) {
      putMail.run({ ...message, createdAtMs: Math.round(message.createdAtMs) });
    }
  }).immediate;
}

/** The status of a message after an attempt: `failed` when the attempt failed and no further one is planned. */
export function statusAfter({ outcome, nextAttemptAtMs }: SendAttempt): MailRow['status'] {
  if (outcome.ok) return 'sent';
  return nextAttemptAtMs === null ? 'failed' : 'waiting';
}

function roundOrNull(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}
