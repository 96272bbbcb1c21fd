/** The outbox as rows in memory: what an attempt changes, and the figures of each channel. */
import { channelOf, type ChannelName } from '../../incident/recipients.js';
import { isTrialId } from '../../incident/trial-id.js';
import type { OutboxEntry, OutboxSummary, SendOutcome } from '../../notify-contracts.js';
import type { MailRow } from './alert-rows.js';
import type { PromiseMemory } from './promise-memory.js';

interface Attempt {
  readonly outcome: SendOutcome;
  readonly nowMs: number;
  readonly nextAttemptAtMs: number | null;
}

/** The message is given up when the attempt failed and no further one is planned. */
export function applyAttempt(row: MailRow, { outcome, nowMs, nextAttemptAtMs }: Attempt): MailRow {
  const status = outcome.ok ? 'sent' : nextAttemptAtMs === null ? 'failed' : 'waiting';
  return {
    ...row,
    status,
    attempts: row.attempts + 1,
    nextAttemptAtMs: nextAttemptAtMs ?? row.nextAttemptAtMs,
    attemptedAtMs: nowMs,
    lastError: outcome.ok ? null : outcome.error,
  };
}

export function addAttempt(summary: OutboxSummary, { status, attemptedAtMs, lastError }: MailRow): OutboxSummary {
  const isSent = status === 'sent';
  const lastSentAtMs = isSent ? Math.max(summary.lastSentAtMs ?? 0, attemptedAtMs ?? 0) : summary.lastSentAtMs;
  return { ...summary, lastSentAtMs, lastError, failed: summary.failed + (status === 'failed' ? 1 : 0) };
}

export function countWaiting({ waiting }: PromiseMemory, channel: ChannelName): number {
  return [...waiting.values()].filter(
    ({ messageId, recipient }) => channelOf(recipient) === channel && !isTrialId(messageId),
  ).length;
}

export function toEntry(row: MailRow): OutboxEntry {
  const { messageId, recipient, alertId, subject, text, html, createdAtMs } = row;
  const { attempts, nextAttemptAtMs, lastError } = row;
  const { incidentId = null, picture = null, document = null, insteadOf = null } = row;
  const content = { messageId, recipient, alertId, incidentId, subject, text, html, picture, document, createdAtMs };
  const entry = { ...content, attempts, nextAttemptAtMs, lastError };
  return insteadOf === null ? entry : { ...entry, insteadOf };
}
