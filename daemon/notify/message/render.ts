/** A mail as subject, text and HTML. */
import type { AlertChange } from '../../alert/alert.js';
import type { OutboxMessage } from '../../notify-contracts.js';
import { formatDuration, MINUTE_MS } from '../../units.js';
import { createLocalTime } from './local-time.js';
import { NOTICE_MARK, renderHtml, renderHtmlNotice } from './html.js';
import { renderText } from './plain-text.js';
import { markDocumentLate } from './document.js';
import { markSubjectLate } from './subject.js';
import { composeAlert, composeTest, type MailContent, type MailContext } from './wording.js';

export interface RenderedMail {
  /** One line without control characters. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The picture in the HTML, as SVG; null where there is none. */
  readonly picture: string | null;
}

/** A mail that is sent later than this after it was written is marked as delayed. */
const LATE_AFTER_MS = 2 * MINUTE_MS;

/** The mail about an alert that fired or was resolved. */
export function renderMail(change: AlertChange, context: MailContext): RenderedMail {
  return renderContent(composeAlert(change, context));
}

/** The mail of `portcast alert test`, marked as a test. */
export function renderTest(context: MailContext): RenderedMail {
  return renderContent(composeTest(context));
}

/** The stored message as it is to be sent now. A late message states its delay, because its "in 28 s" has passed. */
export function markIfLate<T extends OutboxMessage>(message: T, nowMs: number, timeZone?: string): T {
  const lateMs = nowMs - message.createdAtMs;
  if (lateMs <= LATE_AFTER_MS) return message;
  const late = formatDuration(Math.floor(lateMs / MINUTE_MS) * MINUTE_MS);
  const notice = `Delayed by ${late}: written at ${createLocalTime(timeZone).formatInstant(message.createdAtMs)} and sent only now. What it forecasts may have happened already.`;
  const subject = markSubjectLate(message.subject, late);
  const text = `${notice}\n\n${message.text}`;
  const document = message.document == null ? null : markDocumentLate(message.document, { subject, text, lateMs });
  return {
    ...message,
    subject,
    text,
    document,
    html: message.html.replace(NOTICE_MARK, () => renderHtmlNotice(notice)),
  };
}

/** What was composed, laid out. */
export function renderContent(content: MailContent): RenderedMail {
  const { subject, picture } = content;
  return { subject, text: renderText(content), html: renderHtml(content), picture };
}
