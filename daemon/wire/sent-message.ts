/** One message to one recipient, in the delivery log of `GET /api/v1/incidents/:id`. */
import { channelOf } from '../incident/recipients.js';
import type { Decision } from '../incident/incident.js';
import { isoOrNull } from '../units.js';

export interface WireSentMessage {
  messageId: string;
  channel: string;
  /** A mail address, or the name of the channel. */
  recipient: string;
  /** What it told; null where that is not known any more. */
  kind: Decision['kind'] | null;
  /** `failed`: it was given up. `cancelled`: another channel accepted it before this one. */
  status: 'waiting' | 'sent' | 'failed' | 'cancelled';
  attempts: number;
  createdAt: string;
  /** Of a message that was sent: when the other side accepted it. */
  lastAttemptAt: string | null;
  /** In the words of the other side; null after a message was accepted. */
  lastError: string | null;
}

interface Delivery {
  readonly messageId: string;
  readonly recipient: string;
  readonly status: WireSentMessage['status'];
  readonly attempts: number;
  readonly createdAtMs: number;
  readonly attemptedAtMs: number | null;
  readonly lastError: string | null;
}

/** @param decisions by which it is known what each message told. */
export function sentMessagesToWire(deliveries: readonly Delivery[], decisions: readonly Decision[]): WireSentMessage[] {
  const kinds = new Map(decisions.map(({ messageId, kind }) => [messageId, kind]));
  return deliveries.map(({ messageId, recipient, status, attempts, createdAtMs, attemptedAtMs, lastError }) => ({
    messageId,
    channel: channelOf(recipient),
    recipient,
    kind: kinds.get(messageId) ?? null,
    status,
    attempts,
    createdAt: new Date(createdAtMs).toISOString(),
    lastAttemptAt: isoOrNull(attemptedAtMs),
    lastError,
  }));
}
