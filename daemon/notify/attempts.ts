/**
 * Sees every attempt to send on its way into the store: tells those who follow a message what the other side answered, and
 * notices an outbox that tries nothing any more.
 */
import type { Clock, HealthSink } from '../contracts.js';
import type { ChannelName } from '../incident/recipients.js';
import type { OutboxStore, SendOutcome } from '../notify-contracts.js';
import { formatDuration, MINUTE_MS } from '../units.js';

/** Far longer than one message may take, whatever the server does. */
const OVERDUE_MS = 5 * MINUTE_MS;

interface Attempt {
  readonly messageId: string;
  readonly outcome: SendOutcome;
  /** Whether the message will be tried again. */
  readonly isPlannedAgain: boolean;
}

export interface AttemptBoard {
  /** The store as the outboxes use it. */
  readonly store: OutboxStore;
  /** Calls `listener` after each attempt. @returns the function that ends this */
  follow(listener: (attempt: Attempt) => void): () => void;
  /** Reports an outbox that has messages which are due, and tries none. To be called about once a second. */
  check(): void;
}

interface BoardOptions {
  readonly store: OutboxStore;
  readonly channels: readonly ChannelName[];
  readonly clock: Clock;
  readonly health: HealthSink;
}

export function createAttemptBoard({ store, channels, clock, health }: BoardOptions): AttemptBoard {
  const listeners = new Set<(attempt: Attempt) => void>();
  const triedMs = new Map(channels.map((channel) => [channel, clock.monotonicMs()]));
  /** The messages that each outbox has looked at last. */
  const seen = new Map<ChannelName, ReadonlySet<string>>();

  const describeStuck = (channel: ChannelName): string[] => {
    const sinceMs = clock.monotonicMs() - (triedMs.get(channel) ?? -Infinity);
    const isOverdue = sinceMs >= OVERDUE_MS && store.dueMessages(clock.wallMs() - OVERDUE_MS, 1, channel).length > 0;
    return isOverdue ? [`messages through ${channel} are due, and none was tried for ${formatDuration(sinceMs)}`] : [];
  };
  return {
    store: {
      ...store,
      dueMessages(...query) {
        const due = store.dueMessages(...query);
        seen.set(query[2], new Set(due.map(({ messageId }) => messageId)));
        return due;
      },
      recordAttempt(messageId, outcome, nowMs, nextAttemptAtMs) {
        store.recordAttempt(messageId, outcome, nowMs, nextAttemptAtMs);
        const channel = channels.find((name) => seen.get(name)?.has(messageId));
        if (channel !== undefined) triedMs.set(channel, clock.monotonicMs());
        for (const listener of listeners) listener({ messageId, outcome, isPlannedAgain: nextAttemptAtMs !== null });
      },
    },
    follow(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    check() {
      health.report('outbox', channels.flatMap(describeStuck).join('; ') || null);
    },
  };
}
