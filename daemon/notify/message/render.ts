/** A mail as subject, text and HTML. */
import type { AlertChange } from '../../alert/alert.js';
import type { OutboxMessage } from '../../contracts.js';
import { formatDuration, MINUTE_MS } from '../../units.js';
import { alertContent, testContent, type MailContent, type MailContext } from './content.js';
import { utc } from './facts.js';
import { htmlNotice, htmlOf, NOTICE_MARK } from './html.js';
import { textOf } from './text.js';

export type { MailContext } from './content.js';

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
  return rendered(alertContent(change, context));
}

/** The mail of `portcast alert test`, marked as a test. */
export function renderTest(context: MailContext): RenderedMail {
  return rendered(testContent(context));
}

/** The stored message as it is to be sent now: a late one says how late, because its "in 28 s" is over. */
export function markedIfLate<T extends OutboxMessage>(message: T, nowMs: number): T {
  const lateMs = nowMs - message.createdAtMs;
  if (lateMs <= LATE_AFTER_MS) return message;
  const late = formatDuration(Math.floor(lateMs / MINUTE_MS) * MINUTE_MS);
  const notice = `Delayed by ${late}: written at ${utc(message.createdAtMs)} and only now accepted by the mail server. What it foretells may be past.`;
  return {
    ...message,
    subject: `[delayed ${late}] ${message.subject}`,
    text: `${notice}\n\n${message.text}`,
    html: message.html.replace(NOTICE_MARK, () => htmlNotice(notice)),
  };
}

function rendered(content: MailContent): RenderedMail {
  return { subject: content.subject, text: textOf(content), html: htmlOf(content) };
}
