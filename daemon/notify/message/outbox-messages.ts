/** The messages about an incident as they are stored: one for each recipient. */
import { createHash } from 'node:crypto';
import type { AlertChange } from '../../alert/alert.js';
import type { OutboxMessage } from '../../notify-contracts.js';
import type { HeldNotice } from '../../incident/caps.js';
import type { Incident, Notice } from '../../incident/incident.js';
import { channelOf } from '../../incident/recipients.js';
import { renderDocument, type DocumentAbout } from './document.js';
import { composeDigest } from './digest.js';
import { renderContent } from './render.js';
import { renderText } from './plain-text.js';
import { composeAlert, composeTest, type MailContent, type MailContext } from './wording.js';

export interface MessageOptions {
  /** The right side of the Message-ID, usually the domain of the sender. */
  readonly domain: string;
  readonly context: Omit<MailContext, 'notice'>;
}

/** The domain where the given one could not stand in a Message-ID (RFC 2606). */
const FALLBACK_DOMAIN = 'portcast.invalid';

/**
 * The Message-ID depends only on the incident, on what is told of it and on the recipient. A message that is created or sent
 * twice is therefore recognised as the same one, by the store and by the mail server of the reader.
 */
export function createMessage(
  { recipient, notice }: { readonly recipient: string; readonly notice: Notice },
  { domain, context }: MessageOptions,
): OutboxMessage {
  const { incident, kind } = notice;
  const fullContext = { ...context, notice };
  const idOf = (what: string): string => buildMessageId([incident.id, what, recipient], domain);
  const messageId = idOf(kind === 'reminder' || kind === 'escalated' ? `${kind} ${incident.told.count}` : kind);
  return {
    messageId,
    recipient,
    alertId: incident.lead.id,
    incidentId: incident.id,
    // Only who was told that it began is told that it is over.
    afterId: kind === 'resolved' ? idOf('first') : null,
    ...renderFor(recipient, composeAlert(changeOf(notice), fullContext), { messageId, kind, context: fullContext }),
    createdAtMs: context.nowMs,
  };
}

/** The message that names what was held back. */
export function createDigest(
  digest: { readonly recipient: string; readonly held: readonly HeldNotice[]; readonly known: readonly Incident[] },
  { domain, context }: MessageOptions,
): OutboxMessage {
  const { recipient, held } = digest;
  const messageId = buildMessageId(['digest', String(held[0]?.atMs), held[0]?.incidentId ?? '', recipient], domain);
  return {
    messageId,
    recipient,
    alertId: null,
    incidentId: null,
    afterId: null,
    ...renderFor(recipient, composeDigest(digest, context), { messageId, kind: 'digest', context, held }),
    createdAtMs: context.nowMs,
  };
}

/**
 * The message of `portcast alert test`, marked as a test.
 * @param id is new for each test: the other side may drop a message whose id it has seen before.
 */
export function createTest(recipient: string, id: string, { domain, context }: MessageOptions): OutboxMessage {
  const messageId = buildMessageId(['test', id, recipient], domain);
  const rendered = renderFor(recipient, composeTest(context), { messageId, kind: 'test', context });
  return { messageId, recipient, alertId: null, ...rendered, createdAtMs: context.nowMs };
}

/** A mail has text and HTML, every other message the document and the text. */
function renderFor(
  recipient: string,
  content: MailContent,
  about: DocumentAbout,
): Pick<OutboxMessage, 'subject' | 'text' | 'html' | 'document'> {
  if (channelOf(recipient) === 'mail') return renderContent(content);
  const text = renderText(content);
  return { subject: content.subject, text, html: '', document: renderDocument(content, text, about) };
}

/** The change of the leading alert that the notice is about. */
function changeOf({ kind, incident }: Notice): AlertChange {
  return kind === 'resolved'
    ? { from: 'firing', to: 'resolved', alert: incident.lead }
    : { from: 'pending', to: 'firing', alert: incident.lead };
}

function buildMessageId(parts: readonly string[], domain: string): string {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
  return `${hash}@${/^[a-z0-9.-]{1,200}$/i.test(domain) ? domain : FALLBACK_DOMAIN}`;
}
