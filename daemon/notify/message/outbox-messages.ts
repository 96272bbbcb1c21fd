/** The messages a change of an alert promises. */
import { createHash } from 'node:crypto';
import type { AlertChange } from '../../alert/alert.js';
import type { OutboxMessage } from '../../contracts.js';
import { renderMail, type MailContext } from './render.js';

export interface MessageOptions {
  readonly recipients: readonly string[];
  /** The right side of the Message-ID, usually the domain of the sender. */
  readonly domain: string;
  readonly context: MailContext;
}

/**
 * One message per recipient; none when the change is not to be mailed: only firing and its end are, and only where
 * `alert.mail` is set. The Message-ID depends on nothing but the alert, the transition and the recipient, so the same
 * promise made or sent twice is recognized as one by the store and by the reader's mail server.
 */
export function createMessages(change: AlertChange, options: MessageOptions): OutboxMessage[] {
  const { alert, from, to } = change;
  const fired = to === 'firing' && from !== 'firing';
  const ended = to === 'resolved' && from === 'firing';
  if (!alert.mail || !(fired || ended)) return [];
  const rendered = renderMail(change, options.context);
  return [...new Set(options.recipients)].map((recipient) => ({
    messageId: messageId([alert.id, to, recipient], options.domain),
    recipient,
    alertId: alert.id,
    ...rendered,
    createdAtMs: options.context.nowMs,
  }));
}

function messageId(parts: readonly string[], domain: string): string {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
  return `${hash}@${/^[a-z0-9.-]{1,200}$/i.test(domain) ? domain : 'portcast.invalid'}`;
}
