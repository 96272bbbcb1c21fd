/**
 * What has been promised, in memory: the active alerts, the incidents, the silences and the waiting messages, and which of them
 * have a state that is not written yet.
 */
import type { Alert, AlertChange } from '../../alert/alert.js';
import type { Decision, Incident } from '../../incident/incident.js';
import type { OutboxMessage } from '../../notify-contracts.js';
import type { Silence } from '../../incident/silences.js';
import type { MailRow } from './alert-rows.js';
import { hideLinks } from './hidden-links.js';
import { createSilenceMemory, type SilenceMemory } from './silence-memory.js';

/** Finished ones whose last state is not written: beyond this the oldest are forgotten. */
const MAX_FINISHED = 5000;
/** Resolved incidents that stay known, so that flapping is remembered. */
const MAX_KNOWN_RESOLVED = 200;
const UNTRIED = { attempts: 0, attemptedAtMs: null, lastError: null };

export interface PromiseMemory {
  readonly active: ReadonlyMap<string, Alert>;
  readonly waiting: ReadonlyMap<string, MailRow>;
  /** The newest states that are not written yet. Null stands for an alert that became inactive. */
  readonly alerts: ReadonlyMap<string, Alert | null>;
  readonly mails: ReadonlyMap<string, MailRow>;
  /** Those that are not resolved, and the latest of the others. */
  readonly known: ReadonlyMap<string, Incident>;
  readonly incidents: ReadonlyMap<string, Incident>;
  readonly decisions: readonly Decision[];
  readonly silences: SilenceMemory;
  changeAlert(change: AlertChange): void;
  addMessage(message: OutboxMessage): void;
  changeIncident(incident: Incident): void;
  addDecision(decision: Decision): void;
  /** The new state of a message. One that was sent, given up or cancelled is kept without the tokens of its links. */
  changeMail(mail: MailRow): void;
  /** To be called after everything was written. */
  setWritten(): void;
  /** Everything that is active or waits is to be written again, to another database. */
  setUnwritten(): void;
  /** To be called when nothing could be written. What is active or waits stays. */
  dropFinished(): void;
}

interface StoredPromises {
  readonly alerts: readonly Alert[];
  readonly mails: readonly MailRow[];
  readonly incidents: readonly Incident[];
  readonly silences: readonly Silence[];
}

export function createPromiseMemory(stored: StoredPromises): PromiseMemory {
  const active = new Map(stored.alerts.map((alert) => [alert.id, alert]));
  const waiting = new Map(stored.mails.map((mail) => [mail.messageId, mail]));
  const known = new Map(stored.incidents.map((incident) => [incident.id, incident]));
  const incidents = new Map<string, Incident>();
  const decisions: Decision[] = [];
  const alerts = new Map<string, Alert | null>();
  const mails = new Map<string, MailRow>();
  const silences = createSilenceMemory(stored.silences);
  const changeMail = (mail: MailRow): void => {
    const isWaiting = mail.status === 'waiting';
    if (isWaiting) waiting.set(mail.messageId, mail);
    else waiting.delete(mail.messageId);
    mails.set(mail.messageId, isWaiting ? mail : hideLinks(mail));
  };
  return {
    active,
    waiting,
    alerts,
    mails,
    known,
    incidents,
    silences,
    decisions,
    changeIncident(incident) {
      known.set(incident.id, incident);
      incidents.set(incident.id, incident);
      dropOldest(known, ({ state }) => state === 'resolved', MAX_KNOWN_RESOLVED);
    },
    addDecision: (decision) => void decisions.push(decision),
    changeAlert({ to, alert }) {
      alerts.set(alert.id, to === 'inactive' ? null : { ...alert, state: to });
      if (to === 'inactive' || to === 'resolved') active.delete(alert.id);
      else active.set(alert.id, { ...alert, state: to });
    },
    addMessage: (message) => changeMail(waitFor(message)),
    changeMail,
    setWritten() {
      alerts.clear();
      mails.clear();
      incidents.clear();
      decisions.length = 0;
      silences.setWritten();
    },
    setUnwritten() {
      for (const alert of active.values()) alerts.set(alert.id, alert);
      for (const mail of waiting.values()) mails.set(mail.messageId, mail);
      for (const incident of known.values()) incidents.set(incident.id, incident);
      silences.setUnwritten();
    },
    dropFinished() {
      dropOldest(alerts, (alert) => alert === null || alert.state === 'resolved');
      dropOldest(mails, ({ status }) => status !== 'waiting');
      dropOldest(incidents, ({ state }) => state === 'resolved');
      decisions.splice(0, Math.max(0, decisions.length - MAX_FINISHED));
      silences.dropSurplus();
    },
  };
}

function dropOldest<T>(changes: Map<string, T>, isFinished: (value: T) => boolean, most = MAX_FINISHED): void {
  if (changes.size <= most) return;
  const finished = [...changes].filter(([, value]) => isFinished(value));
  for (const [key] of finished.slice(0, Math.max(0, finished.length - most))) changes.delete(key);
}

/** A message that nothing was tried with yet. */
function waitFor(message: OutboxMessage): MailRow {
  return { ...message, ...UNTRIED, status: 'waiting', nextAttemptAtMs: message.notBeforeMs ?? message.createdAtMs };
}
