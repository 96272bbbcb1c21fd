/** The e-mail channel: builds each message as MIME and hands it over. */
import { createHash } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { Channel, OutboxMessage } from '../../notify-contracts.js';
import { messageOf, PortcastError } from '../../errors.js';
import { isMailAddress } from '../../mail-address.js';
import { cleanLine } from '../message/sanitize.js';
import { createSender } from './smtp-sender.js';
import type { SmtpOptions } from './smtp-session.js';

const MAX_NAME = 100;
const MAX_SUBJECT = 200;
const MAX_QUOTED_RECIPIENT = 100;
/** Hexadecimal characters of the hash in the id of a thread. */
const THREAD_HASH_LENGTH = 32;

/**
 * @throws PortcastError CONFIG_INVALID when the sender is not a plain mail address.
 *
 * Sending never throws. Where a user is configured, a message is only ever sent after a successful login.
 */
export function createEmailChannel(options: SmtpOptions): Channel {
  const { address } = options.from;
  if (!isMailAddress(address)) {
    throw new PortcastError('CONFIG_INVALID', `the sender ${JSON.stringify(address)} is not an address like a@b.org`);
  }
  const sender = createSender(options);
  let isClosed = false;
  return {
    async send(message) {
      if (isClosed) return { ok: false, retry: true, error: 'portcast is stopping' };
      const { recipient } = message;
      if (!isMailAddress(recipient)) {
        const quoted = JSON.stringify(cleanLine(recipient, MAX_QUOTED_RECIPIENT));
        return { ok: false, retry: false, error: `the recipient ${quoted} is not an address like a@b.org` };
      }
      try {
        const raw = await buildMime(options, message);
        return await sender.deliver({ recipient, raw });
      } catch (error) {
        return { ok: false, retry: true, error: `the message could not be handed over: ${messageOf(error)}` };
      }
    },
    close() {
      isClosed = true;
      sender.close();
    },
  };
}

/** Addresses are passed as objects. As strings they would be parsed, and could contain further recipients. */
function buildMime({ from }: SmtpOptions, message: OutboxMessage): Promise<Buffer> {
  const thread = message.incidentId ?? message.alertId;
  const composer = new MailComposer({
    from: { name: cleanLine(from.name, MAX_NAME), address: from.address },
    to: { name: '', address: message.recipient },
    subject: cleanLine(message.subject, MAX_SUBJECT),
    text: message.text,
    html: message.html,
    messageId: `<${message.messageId}>`,
    date: new Date(message.createdAtMs),
    ...(thread === null ? {} : { references: buildThreadId(thread, message.messageId) }),
    headers: {
      // RFC 3834: automatic responders such as vacation notes must not answer.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'X-Portcast-Created': new Date(message.createdAtMs).toISOString(),
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

/** A parent that all mails of one incident share, so that mail programs show its start and its end as one thread. */
function buildThreadId(thread: string, messageId: string): string {
  const hash = createHash('sha256').update(thread).digest('hex').slice(0, THREAD_HASH_LENGTH);
  return `<alert-${hash}@${messageId.replace(/^.*@/, '')}>`;
}
