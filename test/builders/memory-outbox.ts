/** The outbox of the store, in memory: the one fake of OutboxStore. */
import type { OutboxEntry, OutboxMessage, OutboxStore, SendOutcome } from '../../daemon/contracts.js';

interface Row extends OutboxEntry {
  readonly nextAttemptAtMs: number;
  readonly state: 'waiting' | 'sent' | 'failed';
}

export interface MemoryOutbox extends OutboxStore {
  /** As a commit of alerts does: a Message-ID that is known already changes nothing. */
  promise(...messages: OutboxMessage[]): void;
  rows(): Row[];
  /** Thrown by the next call of that method. */
  readonly faults: Record<'dueMessages' | 'recordAttempt', Error | null>;
}

export function memoryOutbox(): MemoryOutbox {
  const rows = new Map<string, Row>();
  const faults: MemoryOutbox['faults'] = { dueMessages: null, recordAttempt: null };
  let lastSentAtMs: number | null = null;
  const failIfTold = (method: keyof typeof faults): void => {
    const fault = faults[method];
    faults[method] = null;
    if (fault !== null) throw fault;
  };
  return {
    faults,
    rows: () => [...rows.values()],
    promise(...messages) {
      for (const message of messages) {
        if (rows.has(message.messageId)) continue;
        const fresh = { attempts: 0, nextAttemptAtMs: message.createdAtMs, lastError: null, state: 'waiting' } as const;
        rows.set(message.messageId, { ...message, ...fresh });
      }
    },
    dueMessages(nowMs, limit) {
      failIfTold('dueMessages');
      return [...rows.values()]
        .filter((row) => row.state === 'waiting' && row.nextAttemptAtMs <= nowMs)
        .slice(0, limit);
    },
    recordAttempt(messageId, outcome: SendOutcome, nowMs, nextAttemptAtMs) {
      failIfTold('recordAttempt');
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
    outboxSummary() {
      const of = (state: Row['state']): Row[] => [...rows.values()].filter((row) => row.state === state);
      return {
        pending: of('waiting').length,
        failed: of('failed').length,
        lastSentAtMs,
        lastError: [...rows.values()].findLast((row) => row.lastError !== null)?.lastError ?? null,
      };
    },
  };
}
