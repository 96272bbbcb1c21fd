/** The e-mail channel: builds each message as MIME and hands it over. */
import { createHash } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { Channel, OutboxMessage } from '../../notify-contracts.js';
import { messageOf, PortcastError } from '../../errors.js';
import { isMailAddress } from '../../mail-address.js';
import type { Dial } from '../connect/dial.js';
import { cleanLine } from '../message/sanitize.js';
import { PICTURE_CID, withoutPicture } from '../message/picture/embed.js';
import { stemOf } from '../message/subject.js';
import { createPictureDrawer, type PictureDrawer } from './picture.js';
import { createSender } from './smtp-sender.js';
import type { SmtpOptions } from './smtp-session.js';

export type EmailChannel = Required<Channel>;

const MAX_NAME = 100;
const MAX_SUBJECT = 200;
const MAX_QUOTED_RECIPIENT = 100;
const THREAD_HASH_BYTES = 16;
/** A reserved byte and five of a date. The id of the conversation is what follows, so the same date serves all. */
const EXCHANGE_BEGINNING = '01d5c0366900';

/**
 * @param dial opens the connections
 * @throws PortcastError CONFIG_INVALID when the sender is not a plain mail address.
 *
 * Sending never throws. Where a user is configured, a message is only ever sent after a successful login.
 */
export function createEmailChannel(options: SmtpOptions, dial: Dial, pictures = createPictureDrawer()): EmailChannel {
  const { address } = options.from;
  if (!isMailAddress(address)) {
    throw new PortcastError('CONFIG_INVALID', `the sender ${JSON.stringify(address)} is not an address like a@b.org`);
  }
  const sender = createSender(options, dial);
  let isClosed = false;
  return {
    server: { host: options.host, port: options.port },
    warm: sender.warm,
    async selfTest() {
      if (isClosed) return { ok: false, retry: true, error: 'portcast is stopping' };
      return sender.test();
    },
    async send(message) {
      if (isClosed) return { ok: false, retry: true, error: 'portcast is stopping' };
      const { recipient } = message;
      if (!isMailAddress(recipient)) {
        const quoted = JSON.stringify(cleanLine(recipient, MAX_QUOTED_RECIPIENT));
        return { ok: false, retry: false, error: `the recipient ${quoted} is not an address like a@b.org` };
      }
      try {
        const raw = await buildMime(options, message, pictures);
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
async function buildMime({ from }: SmtpOptions, message: OutboxMessage, pictures: PictureDrawer): Promise<Buffer> {
  const thread = message.incidentId ?? message.alertId;
  const png = message.picture == null ? null : await pictures.draw(message.picture);
  const composer = new MailComposer({
    from: { name: cleanLine(from.name, MAX_NAME), address: from.address },
    to: { name: '', address: message.recipient },
    subject: cleanLine(message.subject, MAX_SUBJECT),
    text: message.text,
    html: png === null ? withoutPicture(message.html) : message.html,
    attachments: png === null ? [] : [attachPicture(png)],
    messageId: `<${message.messageId}>`,
    date: new Date(message.createdAtMs),
    ...(thread === null ? {} : buildThreading(thread, message)),
    headers: {
      // RFC 3834: automatic responders such as vacation notes must not answer.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'X-Portcast-Created': new Date(message.createdAtMs).toISOString(),
      ...(thread === null ? {} : buildExchangeThreading(thread, message.subject)),
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

function attachPicture(content: Buffer) {
  const place = { cid: PICTURE_CID, contentDisposition: 'inline' as const };
  return { filename: 'ports.png', content, contentType: 'image/png', ...place };
}

/**
 * A parent that all messages of one incident share, the first one included, so that mail programs show them as one thread.
 * No message has this id: a root that is a message would be missing for a reader who was not told of the beginning.
 */
function buildThreading(thread: string, { messageId }: OutboxMessage) {
  const root = `<alert-${hashThread(thread).toString('hex')}@${messageId.replace(/^.*@/, '')}>`;
  return { references: root, inReplyTo: root };
}

/** The same for Exchange and Outlook, which compare these two headers (MS-OXOMSG, 2.2.1.2 and 2.2.1.3). */
function buildExchangeThreading(thread: string, subject: string): Record<string, string> {
  const index = Buffer.concat([Buffer.from(EXCHANGE_BEGINNING, 'hex'), hashThread(thread)]);
  return { 'Thread-Topic': cleanLine(stemOf(subject), MAX_SUBJECT), 'Thread-Index': index.toString('base64') };
}

function hashThread(thread: string): Buffer {
  return createHash('sha256').update(thread).digest().subarray(0, THREAD_HASH_BYTES);
}
