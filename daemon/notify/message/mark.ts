/** Marks the messages of tests and drills, in the subject, in both parts of the text and in the document. */
import type { OutboxMessage } from '../../notify-contracts.js';
import { makeTrialId, type Trial } from '../../incident/trial-id.js';
import { NOTICE_MARK, renderHtmlNotice } from './html.js';

const SUBJECTS: Record<Trial, string> = { test: 'TEST', drill: 'DRILL' };

/**
 * @param notice the sentence that says what the message is about in truth; one clean line.
 * @returns the message with an id by which the figures of the outbox leave it out.
 */
export function markTrial(message: OutboxMessage, trial: Trial, notice: string): OutboxMessage {
  const { messageId, afterId, subject, text, html, document } = message;
  return {
    ...message,
    messageId: makeTrialId(trial, messageId),
    afterId: afterId == null ? null : makeTrialId(trial, afterId),
    // No alert and no incident of the database belongs to it. The id of the incident still makes one thread of its mails.
    alertId: null,
    subject: markSubject(subject, SUBJECTS[trial]),
    text: `${notice}\n\n${text}`,
    html: html.replace(NOTICE_MARK, () => `${NOTICE_MARK}${renderHtmlNotice(notice)}`),
    document: document == null ? null : markDocument(document, trial),
  };
}

/** The mark stands in the brackets that mail programs leave out of threads; a late message keeps it. */
function markSubject(subject: string, mark: string): string {
  const marked = subject.replace(/^\[portcast /, `[portcast ${mark}, `);
  return marked === subject ? `[portcast ${mark}] ${subject}` : marked;
}

function markDocument(document: string, trial: Trial): string {
  return JSON.stringify({ ...(JSON.parse(document) as object), trial });
}
