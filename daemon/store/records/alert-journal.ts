/**
 * Alerts and mail. Each change is written at once and is on disk when the call returns. A change that cannot be written
 * now (another process holds the lock, the disk is full) waits in memory, in order, and is tried again with each tick.
 * Readers see the changes that wait as if they were written.
 */
import type { Alert } from '../../alert/alert.js';
import type { AlertStore, OutboxEntry, OutboxMessage, OutboxStore } from '../../contracts.js';
import { storeError, withStoreErrors, type Connection } from '../database.js';
import {
  prepareAlertRows,
  statusAfter,
  type AlertOperation,
  type AlertRows,
  type MailRow,
  type SendAttempt,
} from './alert-rows.js';

export interface AlertJournal extends AlertStore, OutboxStore {
  listAlerts(query: { state?: Alert['state']; limit: number }): Alert[];
  /** Tries to write the changes that wait, oldest first, without waiting for a lock. Never throws. */
  retry(): void;
  /** Number of changes that are only in memory. */
  countWaiting(): number;
}

interface JournalOptions {
  readonly db: Connection;
  readonly file: string;
  /** Called with the problem when a write failed, with null once nothing waits. */
  readonly report: (problem: string | null) => void;
}

/** How long the first attempt may wait for a lock, on the main thread; later attempts do not wait. */
const FIRST_ATTEMPT_MS = 100;

export function createAlertJournal({ db, file, report }: JournalOptions): AlertJournal {
  const rows = prepareAlertRows(db);
  const queue: AlertOperation[] = [];

  const writeWaiting = (lockWaitMs: number): void => {
    db.pragma(`busy_timeout = ${lockWaitMs}`);
    for (let operation = queue[0]; operation !== undefined; operation = queue[0]) {
      try {
        rows.apply(operation);
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
  const write = (operation: AlertOperation): void => {
    queue.push(operation);
    writeWaiting(queue.length === 1 ? FIRST_ATTEMPT_MS : 0);
  };
  const read = <T>(act: () => T): T => withStoreErrors(file, act);
  return {
    loadActiveAlerts: () => read(() => applyAlertChanges(rows.activeAlerts(), queue).filter(isActive)),
    commitAlerts(changes, messages) {
      if (changes.length > 0 || messages.length > 0) write({ kind: 'commit', changes, messages });
    },
    listAlerts: ({ state, limit }) =>
      read(() => {
        // Each change that waits may move a stored alert out of this state, so one more is read for each.
        const stored = rows.alerts(state ?? null, limit + countChangedAlerts(queue));
        const alerts = applyAlertChanges(stored, queue).filter((alert) => state === undefined || alert.state === state);
        return alerts.sort((a, b) => b.pendingAtMs - a.pendingAtMs).slice(0, limit);
      }),
    dueMessages: (nowMs, limit) => read(() => findDueMessages(rows, queue, { nowMs, limit })),
    recordAttempt(messageId, outcome, nowMs, nextAttemptAtMs) {
      write({ kind: 'attempt', messageId, outcome, nowMs, nextAttemptAtMs });
    },
    outboxSummary: () => read(() => summarizeOutbox(rows, queue)),
    retry() {
      if (queue.length > 0) writeWaiting(0);
    },
    countWaiting: () => queue.length,
  };
}

function isActive(alert: Alert): boolean {
  return alert.state !== 'resolved';
}

function countChangedAlerts(queue: readonly AlertOperation[]): number {
  return queue.reduce((sum, operation) => sum + (operation.kind === 'commit' ? operation.changes.length : 0), 0);
}

/** The alerts as they will be once the changes that wait are written. */
function applyAlertChanges(stored: readonly Alert[], queue: readonly AlertOperation[]): Alert[] {
  const alerts = new Map(stored.map((alert) => [alert.id, alert]));
  for (const operation of queue) {
    if (operation.kind !== 'commit') continue;
    for (const { to, alert } of operation.changes) {
      if (to === 'inactive') alerts.delete(alert.id);
      else alerts.set(alert.id, alert);
    }
  }
  return [...alerts.values()];
}

function findDueMessages(
  rows: AlertRows,
  queue: readonly AlertOperation[],
  query: { readonly nowMs: number; readonly limit: number },
): OutboxEntry[] {
  const changed = findChangedMail(rows, queue);
  // Each stored message with a change that waits may no longer be due, so one more is read for each.
  const due = rows.due(query.nowMs, query.limit + changed.size).filter(({ messageId }) => !changed.has(messageId));
  for (const row of changed.values()) {
    if (row.status === 'waiting' && row.nextAttemptAtMs <= query.nowMs) due.push(row);
  }
  due.sort((a, b) => a.createdAtMs - b.createdAtMs);
  return due.slice(0, query.limit).map(toEntry);
}

/** The messages with a change that waits, as they will be once it is written. */
function findChangedMail(rows: AlertRows, queue: readonly AlertOperation[]): Map<string, MailRow> {
  const changed = new Map<string, MailRow>();
  const find = (messageId: string): MailRow | null => changed.get(messageId) ?? rows.mail(messageId);
  for (const operation of queue) {
    if (operation.kind === 'attempt') {
      const row = find(operation.messageId);
      if (row?.status === 'waiting') changed.set(operation.messageId, applyAttempt(row, operation));
      continue;
    }
    for (const message of operation.messages) {
      if (find(message.messageId) === null) changed.set(message.messageId, createMailRow(message));
    }
  }
  return changed;
}

function createMailRow(message: OutboxMessage): MailRow {
  return {
    ...message,
    status: 'waiting',
    attempts: 0,
    nextAttemptAtMs: message.createdAtMs,
    attemptedAtMs: null,
    lastError: null,
  };
}

function applyAttempt(row: MailRow, attempt: SendAttempt): MailRow {
  return {
    ...row,
    status: statusAfter(attempt),
    attempts: row.attempts + 1,
    nextAttemptAtMs: attempt.nextAttemptAtMs ?? row.nextAttemptAtMs,
    attemptedAtMs: attempt.nowMs,
    lastError: attempt.outcome.ok ? null : attempt.outcome.error,
  };
}

function summarizeOutbox(rows: AlertRows, queue: readonly AlertOperation[]): ReturnType<OutboxStore['outboxSummary']> {
  const summary = rows.summary();
  let { pending, failed, lastSentAtMs, lastError } = summary;
  for (const row of findChangedMail(rows, queue).values()) {
    const before = rows.mail(row.messageId)?.status;
    pending += (row.status === 'waiting' ? 1 : 0) - (before === 'waiting' ? 1 : 0);
    failed += (row.status === 'failed' ? 1 : 0) - (before === 'failed' ? 1 : 0);
    if (row.status === 'sent') lastSentAtMs = Math.max(lastSentAtMs ?? 0, row.attemptedAtMs ?? 0);
  }
  const last = queue.findLast((operation) => operation.kind === 'attempt');
  if (last?.kind === 'attempt') lastError = last.outcome.ok ? null : last.outcome.error;
  return { pending, failed, lastSentAtMs, lastError };
}

function toEntry(row: MailRow): OutboxEntry {
  const { messageId, recipient, alertId, subject, text, html, createdAtMs } = row;
  const { attempts, nextAttemptAtMs, lastError } = row;
  return { messageId, recipient, alertId, subject, text, html, createdAtMs, attempts, nextAttemptAtMs, lastError };
}
