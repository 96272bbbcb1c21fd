/**
 * What has been promised, in memory: the active alerts and the waiting messages, and which alerts and messages have a state
 * that is not written yet.
 */
import type { Alert, AlertChange } from '../../alert/alert.js';
import type { OutboxMessage } from '../../contracts.js';
import type { MailRow } from './alert-rows.js';

/** Finished ones whose last state is not written: beyond this the oldest are forgotten. */
const MAX_FINISHED = 5000;

export interface PromiseMemory {
  readonly active: ReadonlyMap<string, Alert>;
  readonly waiting: ReadonlyMap<string, MailRow>;
  /** The newest states that are not written yet. Null stands for an alert that became inactive. */
  readonly alerts: ReadonlyMap<string, Alert | null>;
  readonly mails: ReadonlyMap<string, MailRow>;
  changeAlert(change: AlertChange): void;
  addMessage(message: OutboxMessage): void;
  /** The new state of a message that waits. */
  changeMail(mail: MailRow): void;
  /** To be called after everything was written. */
  setWritten(): void;
  /** Everything that is active or waits is to be written again, to another database. */
  setUnwritten(): void;
  /** To be called when nothing could be written. What is active or waits stays. */
  dropFinished(): void;
}

export function createPromiseMemory(stored: readonly Alert[], waitingMail: readonly MailRow[]): PromiseMemory {
  const active = new Map(stored.map((alert) => [alert.id, alert]));
  const waiting = new Map(waitingMail.map((mail) => [mail.messageId, mail]));
  const alerts = new Map<string, Alert | null>();
  const mails = new Map<string, MailRow>();
  const changeMail = (mail: MailRow): void => {
    if (mail.status === 'waiting') waiting.set(mail.messageId, mail);
    else waiting.delete(mail.messageId);
    mails.set(mail.messageId, mail);
  };
  return {
    active,
    waiting,
    alerts,
    mails,
    changeAlert({ to, alert }) {
      alerts.set(alert.id, to === 'inactive' ? null : { ...alert, state: to });
      if (to === 'inactive' || to === 'resolved') active.delete(alert.id);
      else active.set(alert.id, { ...alert, state: to });
    },
    addMessage(message) {
      const none = { attempts: 0, attemptedAtMs: null, lastError: null };
      changeMail({ ...message, ...none, status: 'waiting', nextAttemptAtMs: message.createdAtMs });
    },
    changeMail,
    setWritten() {
      alerts.clear();
      mails.clear();
    },
    setUnwritten() {
      for (const alert of active.values()) alerts.set(alert.id, alert);
      for (const mail of waiting.values()) mails.set(mail.messageId, mail);
    },
    dropFinished() {
      dropOldest(alerts, (alert) => alert === null || alert.state === 'resolved');
      dropOldest(mails, ({ status }) => status !== 'waiting');
    },
  };
}

function dropOldest<T>(changes: Map<string, T>, isFinished: (value: T) => boolean): void {
  if (changes.size <= MAX_FINISHED) return;
  const finished = [...changes].filter(([, value]) => isFinished(value));
  for (const [key] of finished.slice(0, Math.max(0, finished.length - MAX_FINISHED))) changes.delete(key);
}
