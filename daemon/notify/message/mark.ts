/** Marks the messages of tests and drills, in the subject, in both parts of the text and in the document. */
import type { OutboxMessage } from '../../notify-contracts.js';
import { makeTrialId, type Trial } from '../../incident/trial-id.js';
import type { WireNotification } from '../../wire/notification.js';
import { NOTICE_MARK, renderHtmlNotice } from './html.js';

const SUBJECTS: Record<Trial, string> = { test: 'TEST', drill: 'DRILL' };
const FLAGS = { test: { isTest: true }, drill: { isDrill: true } } as const;

/**
 * @param notice the sentence that says what the message is about in truth; one clean line.
 * @returns the message with an id by which the figures of the outbox leave it out.
 */
export function markTrial(message: OutboxMessage, trial: Trial, notice: string): OutboxMessage {
  const { afterId, html, document } = message;
  const marked = {
    messageId: makeTrialId(trial, message.messageId),
    subject: markSubject(message.subject, SUBJECTS[trial]),
    text: `${notice}\n\n${message.text}`,
  };
  return {
    ...message,
    ...marked,
    afterId: afterId == null ? null : makeTrialId(trial, afterId),
    // No alert and no incident of the database belongs to it. The id of the incident still makes one thread of its mails.
    alertId: null,
    html: html.replace(NOTICE_MARK, () => `${NOTICE_MARK}${renderHtmlNotice(notice)}`),
    document:
      document == null
        ? null
        : JSON.stringify({
            ...(JSON.parse(document) as WireNotification),
            ...marked,
            ...FLAGS[trial],
          } satisfies WireNotification),
  };
}

/** The mark stands in the brackets that mail programs leave out of threads; a late message keeps it. */
function markSubject(subject: string, mark: string): string {
  const marked = subject.replace(/^\[portcast /, `[portcast ${mark}, `);
  return marked === subject ? `[portcast ${mark}] ${subject}` : marked;
}
