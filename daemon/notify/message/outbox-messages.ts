/** The messages to send about a change of an alert: one for each recipient. */
import { createHash } from 'node:crypto';
import type { AlertChange } from '../../alert/alert.js';
import type { OutboxMessage } from '../../contracts.js';
import { renderMail } from './render.js';
import type { MailContext } from './wording.js';

interface MessageOptions {
  readonly recipients: readonly string[];
  /** The right side of the Message-ID, usually the domain of the sender. */
  readonly domain: string;
  readonly context: MailContext;
}

/** The domain where the given one could not stand in a Message-ID (RFC 2606). */
const FALLBACK_DOMAIN = 'portcast.invalid';

/**
 * One message for each recipient. There is none unless the alert fired or was resolved, and `alert.mail` is set.
 *
 * The Message-ID depends only on the alert, the transition and the recipient. A message that is created or sent twice
 * is therefore recognised as the same one, by the store and by the mail server of the reader.
 */
export function createMessages(change: AlertChange, options: MessageOptions): OutboxMessage[] {
  const { alert, from, to } = change;
  const hasFired = to === 'firing' && from !== 'firing';
  const hasEnded = to === 'resolved' && from === 'firing';
  if (!alert.mail || !(hasFired || hasEnded)) return [];
  const rendered = renderMail(change, options.context);
  return [...new Set(options.recipients)].map((recipient) => ({
    messageId: buildMessageId([alert.id, to, recipient], options.domain),
    recipient,
    alertId: alert.id,
    ...rendered,
    createdAtMs: options.context.nowMs,
  }));
}

function buildMessageId(parts: readonly string[], domain: string): string {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
  return `${hash}@${/^[a-z0-9.-]{1,200}$/i.test(domain) ? domain : FALLBACK_DOMAIN}`;
}
