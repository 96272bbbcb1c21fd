/**
 * Alerts and mail. The active alerts and the waiting messages are in memory, so they are there whatever happens to the
 * file. Each change is written at once and is then on disk when the call returns. A change that cannot be written now (another
 * process holds the lock, the disk is full, the file is gone) is kept in memory and tried again with each tick.
 */
import type { Alert } from '../../alert/alert.js';
import { CHANNEL_NAMES, channelOf } from '../../incident/recipients.js';
import { isTrialId } from '../../incident/trial-id.js';
import type { Decision, Incident } from '../../incident/incident.js';
import type { AlertStore, IncidentRecord, OutboxStore, OutboxSummary, SilenceStore } from '../../notify-contracts.js';
import { storeError, withStoreErrors } from '../database.js';
import { readOr } from '../read-or.js';
import type { AlertRows, MailRow } from './alert-rows.js';
import { addMessage, callNext, settleOthers } from './dependent-mail.js';
import { mergeDeliveries, type Delivery } from './delivery-rows.js';
import type { IncidentQuery } from './incident-rows.js';
import { addAttempt, applyAttempt, countWaiting, toEntry } from './outbox-figures.js';
import { createPromiseMemory, type PromiseMemory } from './promise-memory.js';

export interface AlertJournal extends AlertStore, OutboxStore, SilenceStore {
  listAlerts(query: { state?: Alert['state']; limit: number }): Alert[];
  /** Newest first. */
  listIncidents(query: IncidentQuery): Incident[];
  findIncident(id: string): Incident | null;
  /** Why something was told or not, of one incident or of one alert; newest first. */
  listDecisions(about: { readonly incidentId?: string; readonly alertId?: string }, limit: number): Decision[];
  /** The messages about an incident, newest first. */
  listDeliveries(incidentId: string, limit: number): Delivery[];
  /** Tries to write the changes that wait, without waiting for a lock. Never throws. */
  retry(): void;
  /** Number of changes that are only in memory. */
  countWaiting(): number;
  /** Goes on with the rows of another database, and writes to it every active alert and every waiting message. */
  moveTo(rows: AlertRows): void;
}

export interface JournalOptions {
  readonly rows: AlertRows;
  readonly file: string;
  /** Called with the problem when a write failed, with null once nothing waits. */
  readonly report: (problem: string | null) => void;
  /** Makes room on a full disk; false when there is none to make, as when this is absent. */
  readonly makeRoom?: (() => boolean) | undefined;
}

const NO_MESSAGES: OutboxSummary = { pending: 0, failed: 0, lastSentAtMs: null, lastError: null };
const NO_INCIDENTS: IncidentRecord = { incidents: [], decisions: [] };
/** How long the first attempt may wait for a lock, on the main thread; later attempts do not wait. */
const FIRST_ATTEMPT_MS = 100;

/** Raises STORE_* when the stored alerts and messages cannot be read. */
export function createAlertJournal({ rows: firstRows, file, report, makeRoom }: JournalOptions): AlertJournal {
  let rows = firstRows;
  const memory = withStoreErrors(file, () =>
    createPromiseMemory({
      alerts: rows.activeAlerts(),
      mails: rows.waitingMail(),
      incidents: rows.incidents.known(),
      silences: rows.silences.all(),
    }),
  );
  const summaries = new Map(
    withStoreErrors(file, () => CHANNEL_NAMES.map((channel) => [channel, rows.summary(channel)] as const)),
  );
  const writer = createWriter({ memory, file, report, makeRoom, rows: () => rows });
  return {
    ...createQueries({ memory, file, rows: () => rows }),
    commitAlerts(changes, messages, told = NO_INCIDENTS) {
      const { incidents, decisions, silences = [], tokens = [] } = told;
      if ([changes, messages, incidents, decisions, silences, tokens].every(({ length }) => length === 0)) return;
      writer.change(() => {
        changes.forEach(memory.changeAlert);
        incidents.forEach(memory.changeIncident);
        decisions.forEach(memory.addDecision);
        silences.forEach(memory.silences.changeSilence);
        tokens.forEach(memory.silences.changeToken);
        for (const message of messages) addMessage(message, { memory, rows });
      });
    },
    recordAttempt(messageId, outcome, nowMs, nextAttemptAtMs) {
      // A message that was cancelled while it was being sent may have been accepted all the same.
      const findFinished = (): MailRow | null =>
        memory.mails.get(messageId) ?? readOr(null, () => rows.mail(messageId));
      const row = memory.waiting.get(messageId) ?? (outcome.ok ? findFinished() : null);
      if (row === null) return;
      const tried = applyAttempt(row, { outcome, nowMs, nextAttemptAtMs });
      writer.change(() => {
        memory.changeMail(tried);
        if (tried.status !== 'waiting') settleOthers(tried, { memory, rows }, nowMs);
      });
      if (isTrialId(messageId)) return;
      const channel = channelOf(tried.recipient);
      summaries.set(channel, addAttempt(summaries.get(channel) ?? NO_MESSAGES, tried));
    },
    outboxSummary(channel) {
      const known = summaries.get(channel) ?? NO_MESSAGES;
      // Old messages are deleted with time, so the stored figures are taken where they can be read.
      const summary = memory.mails.size === 0 ? readOr(known, () => rows.summary(channel)) : known;
      summaries.set(channel, summary);
      return { ...summary, pending: countWaiting(memory, channel) };
    },
    retry: writer.retry,
    countWaiting: writer.countWaiting,
    moveTo(next) {
      rows = next;
      memory.setUnwritten();
      writer.writeAgain();
    },
  };
}

interface Writer {
  /** Makes a change in memory and writes it. */
  change(act: () => void): void;
  retry(): void;
  /** Writes what is in memory although it was written before, to another database. */
  writeAgain(): void;
  countWaiting(): number;
}

interface WriterOptions extends Pick<JournalOptions, 'file' | 'report' | 'makeRoom'> {
  readonly memory: PromiseMemory;
  readonly rows: () => AlertRows;
}

function createWriter({ memory, file, report, makeRoom, rows }: WriterOptions): Writer {
  /** How many calls made the changes that are not written yet. */
  let unwritten = 0;
  const writeRows = (lockWaitMs: number): void => {
    try {
      rows().write(memory, lockWaitMs);
    } catch (error) {
      if (storeError(file, error).code !== 'STORE_FULL' || makeRoom?.() !== true) throw error;
      rows().write(memory, lockWaitMs);
    }
  };
  const write = (lockWaitMs: number): void => {
    try {
      if (hasUnwritten(memory)) writeRows(lockWaitMs);
      memory.setWritten();
      unwritten = 0;
      report(null);
    } catch (error) {
      memory.dropFinished();
      const plural = unwritten === 1 ? 'change' : 'changes';
      const { message } = storeError(file, error);
      report(`${message}; ${unwritten} ${plural} of alerts and mail are kept in memory and tried again`);
    }
  };
  return {
    change(act) {
      const lockWaitMs = unwritten === 0 ? FIRST_ATTEMPT_MS : 0;
      act();
      unwritten++;
      write(lockWaitMs);
    },
    retry() {
      if (unwritten > 0) write(0);
    },
    writeAgain() {
      unwritten = Math.max(1, unwritten);
      write(0);
    },
    countWaiting: () => unwritten,
  };
}

type Queries = Pick<
  AlertJournal,
  | 'loadActiveAlerts'
  | 'loadIncidents'
  | 'loadDecisions'
  | 'listAlerts'
  | 'listIncidents'
  | 'findIncident'
  | 'listDecisions'
  | 'listDeliveries'
  | 'dueMessages'
  | 'listSilences'
  | 'findActionToken'
>;

function createQueries(parts: { memory: PromiseMemory; file: string; rows: () => AlertRows }): Queries {
  const { active, alerts, waiting, known, incidents, silences, mails } = parts.memory;
  const read = <T>(query: (rows: AlertRows) => T): T => withStoreErrors(parts.file, () => query(parts.rows()));
  return {
    loadIncidents: () => [...known.values()],
    listSilences: () => [...silences.known.values()],
    findActionToken: (hash) => silences.tokens.get(hash) ?? read((rows) => rows.silences.token(hash)),
    loadDecisions: (sinceMs) => read((rows) => rows.incidents.decisionsSince(sinceMs)),
    listIncidents: ({ state = null, before = null, limit }) =>
      read((rows) => {
        // Each incident with a change that waits may have had this state before, so one more is read for each.
        const stored = rows.incidents.newest({ state, before, limit: limit + incidents.size });
        // Those that were never written are the newest of all.
        const isListed = ({ id }: Incident): boolean => before === null || stored.some((other) => other.id === id);
        const changed = [...incidents.values()].filter(
          (incident) => (state === null || incident.state === state) && isListed(incident),
        );
        return [...stored.filter(({ id }) => !incidents.has(id)), ...changed]
          .sort((a, b) => b.openedAtMs - a.openedAtMs)
          .slice(0, limit);
      }),
    listDeliveries: (incidentId, limit) =>
      read((rows) => mergeDeliveries(rows.deliveries(incidentId, limit), mails.values(), { incidentId, limit })),
    findIncident: (id) => known.get(id) ?? incidents.get(id) ?? read((rows) => rows.incidents.find(id)),
    listDecisions: (about, limit) =>
      read((rows) => {
        const unwritten = parts.memory.decisions.filter(
          ({ incidentId, alertId }) => incidentId === about.incidentId || alertId === about.alertId,
        );
        return [...unwritten.toReversed(), ...rows.incidents.decisions(about, limit)].slice(0, limit);
      }),
    loadActiveAlerts: () => [...active.values()].sort(byPending),
    listAlerts: ({ state, limit }) =>
      withStoreErrors(parts.file, () => {
        // Each alert with a change that waits may have had this state before, so one more is read for each.
        const stored = parts.rows().alerts(state ?? null, limit + alerts.size);
        const changed = [...alerts.values()].filter((alert) => alert !== null);
        const found = [...stored.filter(({ id }) => !alerts.has(id)), ...changed].filter(
          (alert) => state === undefined || alert.state === state,
        );
        return found.sort((a, b) => b.pendingAtMs - a.pendingAtMs).slice(0, limit);
      }),
    dueMessages(nowMs, limit, channel) {
      const free = [...waiting.values()].filter(
        ({ afterId, recipient }) => !waiting.has(afterId ?? '') && channelOf(recipient) === channel,
      );
      const due = free.map((mail) => callNext(mail, parts.memory)).filter((mail) => mail.nextAttemptAtMs <= nowMs);
      due.sort((a, b) => a.createdAtMs - b.createdAtMs);
      return due.slice(0, limit).map(toEntry);
    },
  };
}

function hasUnwritten({ alerts, mails, incidents, decisions, silences }: PromiseMemory): boolean {
  return alerts.size + mails.size + incidents.size + decisions.length + silences.countUnwritten() > 0;
}

function byPending(a: Alert, b: Alert): number {
  return a.pendingAtMs - b.pendingAtMs || (a.id < b.id ? -1 : 1);
}
