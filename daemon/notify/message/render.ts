/** A mail as subject, text and HTML. */
import type { AlertChange } from '../../alert/alert.js';
import type { OutboxMessage } from '../../contracts.js';
import { formatDuration, MINUTE_MS } from '../../units.js';
import { composeAlert, composeTest, type MailContent, type MailContext } from './wording.js';
import { formatUtc } from './facts.js';
import { renderHtmlNotice, renderHtml, NOTICE_MARK } from './html.js';
import { renderText } from './plain-text.js';

export type { MailContext } from './wording.js';

export interface RenderedMail {
  /** One line without control characters. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A mail that is later than this says so. */
const LATE_AFTER_MS = 2 * MINUTE_MS;

/** The mail about an alert that started firing or was resolved. */
export function renderMail(change: AlertChange, context: MailContext): RenderedMail {
  return rendered(composeAlert(change, context));
}

/** The mail of `portcast alert test`, marked as a test. */
export function renderTest(context: MailContext): RenderedMail {
  return rendered(composeTest(context));
}

/** The stored message as it is to be sent now: a late one says how late, because its "in 28 s" is over. */
export function markIfLate<T extends OutboxMessage>(message: T, nowMs: number): T {
  const lateMs = nowMs - message.createdAtMs;
  if (lateMs <= LATE_AFTER_MS) return message;
  const late = formatDuration(Math.floor(lateMs / MINUTE_MS) * MINUTE_MS);
  const notice = `Delayed by ${late}: written at ${formatUtc(message.createdAtMs)} and only now accepted by the mail server. What it foretells may be past.`;
  return {
    ...message,
    subject: `[delayed ${late}] ${message.subject}`,
    text: `${notice}\n\n${message.text}`,
    html: message.html.replace(NOTICE_MARK, () => renderHtmlNotice(notice)),
  };
}

function rendered(content: MailContent): RenderedMail {
  return { subject: content.subject, text: renderText(content), html: renderHtml(content) };
}
