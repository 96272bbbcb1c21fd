/** Messages that are sent only after another one was accepted, and are given up with it. */
import type { OutboxMessage } from '../../notify-contracts.js';
import type { AlertRows, MailRow } from './alert-rows.js';
import type { PromiseMemory } from './promise-memory.js';

/**
 * A message that was stored before, also one that was sent meanwhile, is not added again. One that depends on a message that
 * was given up is given up with it.
 */
export function addMessage(message: OutboxMessage, memory: PromiseMemory, rows: AlertRows): void {
  if (statusOf(message.messageId, memory, rows) !== null) return;
  memory.addMessage(message);
  const { messageId, afterId } = message;
  const added = memory.waiting.get(messageId);
  if (added === undefined || afterId == null || statusOf(afterId, memory, rows) !== 'failed') return;
  memory.changeMail(giveUp(added, message.createdAtMs));
}

/** Null where there is no such message, or the database cannot be read. */
function statusOf(messageId: string, memory: PromiseMemory, rows: AlertRows): MailRow['status'] | null {
  const known = memory.waiting.get(messageId) ?? memory.mails.get(messageId);
  if (known !== undefined) return known.status;
  try {
    return rows.mailStatus(messageId);
  } catch {
    return null;
  }
}

/** To be called when a message was given up. */
export function giveUpDependent(memory: PromiseMemory, { messageId }: MailRow, nowMs: number): void {
  for (const mail of memory.waiting.values()) {
    if (mail.afterId === messageId) memory.changeMail(giveUp(mail, nowMs));
  }
}

function giveUp(mail: MailRow, nowMs: number): MailRow {
  return { ...mail, status: 'failed', attemptedAtMs: nowMs, lastError: 'the message before it was not accepted' };
}
