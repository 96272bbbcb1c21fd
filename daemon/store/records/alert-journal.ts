/**
 * Alerts and mail, durable: written at once, fully synchronous. What cannot be written now (a foreign lock, a full
 * disk) stays in memory in its order, counts as done for every reader, and is tried again on each tick.
 */
import type { Alert } from '../../alert/alert.js';
import type { AlertStore, OutboxEntry, OutboxStore } from '../../contracts.js';
import { storeError, withStoreErrors, type Connection } from '../database.js';
import { prepareAlertRows, statusAfter, type AlertOperation, type AlertRows, type MailRow } from './alert-rows.js';

export interface AlertJournal extends AlertStore, OutboxStore {
  listAlerts(query: { state?: Alert['state']; limit: number }): Alert[];
  /** Tries what waits, oldest first, without waiting for locks. */
  retry(): void;
  /** Promises that are only in memory. */
  waiting(): number;
}

interface JournalOptions {
  readonly db: Connection;
  readonly file: string;
  /** Null when nothing waits. */
  readonly report: (problem: string | null) => void;
}

/** How long the first try may wait for a lock, on the main thread; the tries after it do not wait. */
const FIRST_TRY_MS = 100;

export function createAlertJournal({ db, file, report }: JournalOptions): AlertJournal {
  const rows = prepareAlertRows(db);
  const queue: AlertOperation[] = [];

  const drain = (waitMs: number): void => {
    db.pragma(`busy_timeout = ${waitMs}`);
    for (let op = queue[0]; op !== undefined; op = queue[0]) {
      try {
        rows.apply(op);
        queue.shift();
      } catch (error) {
        const plural = queue.length === 1 ? 'change' : 'changes';
        const { message } = storeError(file, error);
        report(`${message}; ${queue.length} ${plural} of alerts and mail are kept in memory and tried again`);
        return;
      }
    }
    report(null);
  };
  const run = (op: AlertOperation): void => {
    queue.push(op);
    drain(queue.length === 1 ? FIRST_TRY_MS : 0);
  };
  const read = <T>(act: () => T): T => withStoreErrors(file, act);
  return {
    loadActiveAlerts: () => read(() => overlayAlerts(rows.activeAlerts(), queue).filter(isActive)),
    commitAlerts(changes, messages) {
      if (changes.length > 0 || messages.length > 0) run({ kind: 'commit', changes, messages });
    },
    listAlerts: ({ state, limit }) =>
      read(() => {
        // Waiting changes may move alerts out of the state asked for: look at as many more.
        const stored = rows.alerts(state ?? null, limit + touchedAlerts(queue));
        const alerts = overlayAlerts(stored, queue).filter((alert) => state === undefined || alert.state === state);
        return alerts.sort((a, b) => b.pendingAtMs - a.pendingAtMs).slice(0, limit);
      }),
    dueMessages: (nowMs, limit) => read(() => dueMessages(rows, queue, { nowMs, limit })),
    recordAttempt(messageId, outcome, nowMs, nextAttemptAtMs) {
      run({ kind: 'attempt', messageId, outcome, nowMs, nextAttemptAtMs });
    },
    outboxSummary: () => read(() => summarize(rows, queue)),
    retry() {
      if (queue.length > 0) drain(0);
    },
    waiting: () => queue.length,
  };
}

function isActive(alert: Alert): boolean {
  return alert.state !== 'resolved';
}

function touchedAlerts(queue: readonly AlertOperation[]): number {
  return queue.reduce((sum, op) => sum + (op.kind === 'commit' ? op.changes.length : 0), 0);
}

function overlayAlerts(stored: readonly Alert[], queue: readonly AlertOperation[]): Alert[] {
  const alerts = new Map(stored.map((alert) => [alert.id, alert]));
  for (const op of queue) {
    if (op.kind !== 'commit') continue;
    for (const { to, alert } of op.changes) {
      if (to === 'inactive') alerts.delete(alert.id);
      else alerts.set(alert.id, alert);
    }
  }
  return [...alerts.values()];
}

function dueMessages(
  rows: AlertRows,
  queue: readonly AlertOperation[],
  query: { readonly nowMs: number; readonly limit: number },
): OutboxEntry[] {
  const touched = touchedMail(rows, queue);
  // Those touched may not be due any more: look at as many more.
  const due = rows.due(query.nowMs, query.limit + touched.size).filter(({ messageId }) => !touched.has(messageId));
  for (const row of touched.values()) {
    if (row.status === 'waiting' && row.nextAttemptAtMs <= query.nowMs) due.push(row);
  }
  due.sort((a, b) => a.createdAtMs - b.createdAtMs);
  return due.slice(0, query.limit).map(entryOf);
}

/** The messages that waiting operations concern, as they will be once those are written. */
function touchedMail(rows: AlertRows, queue: readonly AlertOperation[]): Map<string, MailRow> {
  const touched = new Map<string, MailRow>();
  const known = (id: string): MailRow | null => touched.get(id) ?? rows.mail(id);
  for (const op of queue) {
    if (op.kind === 'attempt') {
      const row = known(op.messageId);
      if (row?.status === 'waiting') touched.set(op.messageId, attempted(row, op));
      continue;
    }
    for (const message of op.messages) {
      if (known(message.messageId) !== null) continue;
      const fresh = { status: 'waiting', attempts: 0, attemptedAtMs: null, lastError: null } as const;
      touched.set(message.messageId, { ...message, ...fresh, nextAttemptAtMs: message.createdAtMs });
    }
  }
  return touched;
}

function attempted(row: MailRow, op: Extract<AlertOperation, { kind: 'attempt' }>): MailRow {
  return {
    ...row,
    status: statusAfter(op),
    attempts: row.attempts + 1,
    nextAttemptAtMs: op.nextAttemptAtMs ?? row.nextAttemptAtMs,
    attemptedAtMs: op.nowMs,
    lastError: op.outcome.ok ? null : op.outcome.error,
  };
}

function summarize(rows: AlertRows, queue: readonly AlertOperation[]): ReturnType<OutboxStore['outboxSummary']> {
  const summary = rows.summary();
  let { pending, failed, lastSentAtMs, lastError } = summary;
  for (const row of touchedMail(rows, queue).values()) {
    const before = rows.mail(row.messageId)?.status;
    pending += (row.status === 'waiting' ? 1 : 0) - (before === 'waiting' ? 1 : 0);
    failed += (row.status === 'failed' ? 1 : 0) - (before === 'failed' ? 1 : 0);
    if (row.status === 'sent') lastSentAtMs = Math.max(lastSentAtMs ?? 0, row.attemptedAtMs ?? 0);
  }
  const last = queue.findLast((op) => op.kind === 'attempt');
  if (last?.kind === 'attempt') lastError = last.outcome.ok ? null : last.outcome.error;
  return { pending, failed, lastSentAtMs, lastError };
}

function entryOf(row: MailRow): OutboxEntry {
  const { messageId, recipient, alertId, subject, text, html, createdAtMs } = row;
  const { attempts, nextAttemptAtMs, lastError } = row;
  return { messageId, recipient, alertId, subject, text, html, createdAtMs, attempts, nextAttemptAtMs, lastError };
}
