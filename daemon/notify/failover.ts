/** Which channel stands in for which: with `failover` each is used only where those before it have not accepted in time. */
import type { PlannedMessage } from '../incident/caps.js';
import { channelOf, type ChannelName } from '../incident/recipients.js';
import type { OutboxMessage } from '../notify-contracts.js';

export interface DeliveryOrder {
  readonly mode: 'all' | 'failover';
  /** A channel that is not in the list is always used. */
  readonly order: readonly ChannelName[];
  /** How long each channel has before the next one is used. */
  readonly failoverAfterMs: number;
}

interface Composed {
  readonly planned: PlannedMessage;
  readonly message: OutboxMessage;
}

/** The messages, each with those of the same news in whose place it is sent. */
export function orderMessages<T extends Composed>(
  composed: readonly T[],
  { mode, order, failoverAfterMs }: DeliveryOrder,
): T[] {
  if (mode === 'all') return [...composed];
  const rankOf = ({ message }: Composed): number => order.indexOf(channelOf(message.recipient));
  return composed.map((one) => {
    const { planned, message } = one;
    // The store holds the message about the end back from recipients who have accepted no message before (`afterId`).
    if (planned.notice?.kind === 'resolved' || rankOf(one) < 0) return one;
    const ofSameNews = composed.filter((other) => newsOf(other) === newsOf(one) && rankOf(other) >= 0);
    const before = ofSameNews.filter((other) => rankOf(other) < rankOf(one));
    if (before.length === 0) return one;
    const steps = new Set(before.map(rankOf)).size;
    const insteadOf = before.map((other) => other.message.messageId).join(' ');
    return { ...one, message: { ...message, insteadOf, notBeforeMs: message.createdAtMs + steps * failoverAfterMs } };
  });
}

/** What the messages of one step to several recipients have in common: the incident, or that they are digests. */
function newsOf({ planned }: Composed): string {
  return planned.notice?.incident.id ?? '';
}
