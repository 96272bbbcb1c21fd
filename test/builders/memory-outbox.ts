/** The outbox of the store, in memory: the one fake of OutboxStore, and what an outbox needs beside it. */
import type { Channel, OutboxEntry, OutboxMessage, OutboxStore, SendOutcome } from '../../daemon/notify-contracts.js';
import { createOutbox } from '../../daemon/notify/outbox.js';
import { fakeClock, fakeHealth, fakeLog } from '../fakes.js';
import { T0 } from './forecasts.js';

export const ACCEPTED: SendOutcome = { ok: true, response: '250 queued' };
export const UNREACHABLE: SendOutcome = { ok: false, retry: true, error: 'server away' };
export const REFUSED: SendOutcome = { ok: false, retry: false, error: '550 unknown' };

interface Row extends OutboxEntry {
  readonly state: 'waiting' | 'sent' | 'failed';
}

interface MemoryOutbox extends OutboxStore {
  /** Stores messages as a commit of alerts does: one whose Message-ID is already stored changes nothing. */
  commit(...messages: OutboxMessage[]): void;
  rows(): Row[];
  /** Thrown by the next call of that method. */
  readonly faults: Record<'dueMessages' | 'recordAttempt', Error | null>;
}

export function createMemoryOutbox(): MemoryOutbox {
  const rows = new Map<string, Row>();
  const faults: MemoryOutbox['faults'] = { dueMessages: null, recordAttempt: null };
  let lastSentAtMs: number | null = null;
  const throwFault = (method: keyof typeof faults): void => {
    const fault = faults[method];
    faults[method] = null;
    if (fault !== null) throw fault;
  };
  const countRows = (state: Row['state']): number => [...rows.values()].filter((row) => row.state === state).length;
  return {
    faults,
    rows: () => [...rows.values()],
    commit(...messages) {
      for (const message of messages) {
        if (rows.has(message.messageId)) continue;
        rows.set(message.messageId, {
          ...message,
          attempts: 0,
          nextAttemptAtMs: message.createdAtMs,
          lastError: null,
          state: 'waiting',
        });
      }
    },
    dueMessages(nowMs, limit) {
      throwFault('dueMessages');
      return [...rows.values()]
        .filter((row) => row.state === 'waiting' && row.nextAttemptAtMs <= nowMs)
        .slice(0, limit);
    },
    recordAttempt(messageId, outcome, nowMs, nextAttemptAtMs) {
      throwFault('recordAttempt');
      const row = rows.get(messageId);
      if (row === undefined) throw new Error(`no message ${messageId}`);
      if (outcome.ok) lastSentAtMs = nowMs;
      rows.set(messageId, {
        ...row,
        attempts: row.attempts + 1,
        nextAttemptAtMs: nextAttemptAtMs ?? row.nextAttemptAtMs,
        lastError: outcome.ok ? null : outcome.error,
        state: outcome.ok ? 'sent' : nextAttemptAtMs === null ? 'failed' : 'waiting',
      });
    },
    outboxSummary: () => ({
      pending: countRows('waiting'),
      failed: countRows('failed'),
      lastSentAtMs,
      lastError: [...rows.values()].findLast((row) => row.lastError !== null)?.lastError ?? null,
    }),
  };
}

/** A channel that answers from a list, of which the last answer stays, and keeps what it was given. */
export function scriptChannel(...answers: SendOutcome[]): Channel & { readonly sent: OutboxMessage[] } {
  const sent: OutboxMessage[] = [];
  return {
    sent,
    send(mail) {
      sent.push(mail);
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      return Promise.resolve(answer ?? ACCEPTED);
    },
    close: () => undefined,
  };
}

export function setUpOutbox(channel: Channel, store = createMemoryOutbox(), clock = fakeClock(T0)) {
  const health = fakeHealth();
  const log = fakeLog();
  const outbox = createOutbox({ name: 'mail', store, channel, clock, health, log, random: () => 0.5 });
  return { store, clock, health, log, outbox };
}
