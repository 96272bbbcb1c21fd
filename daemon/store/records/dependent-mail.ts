/**
 * Messages that depend on others. The end of an incident is told only to a recipient who has accepted a message about it, and
 * a message of a later channel is sent only while none of the channels before has accepted the same news.
 */
import type { OutboxMessage } from '../../notify-contracts.js';
import { readOr } from '../read-or.js';
import type { AlertRows, MailRow } from './alert-rows.js';
import type { PromiseMemory } from './promise-memory.js';

interface Parts {
  readonly memory: PromiseMemory;
  readonly rows: AlertRows;
}

type Status = MailRow['status'];

/** A message that was stored before, also one that was sent meanwhile, is not added again. */
export function addMessage(message: OutboxMessage, { memory, rows }: Parts): void {
  if (statusOf(message.messageId, { memory, rows }) !== null) return;
  memory.addMessage(message);
  const added = memory.waiting.get(message.messageId);
  if (added !== undefined && added.afterId != null) settleDependent(added, { memory, rows }, message.createdAtMs);
}

/** To be called when a message was sent, given up or cancelled. */
export function settleOthers(mail: MailRow, parts: Parts, nowMs: number): void {
  const { memory } = parts;
  for (const other of [...memory.waiting.values()]) {
    if (mail.status === 'sent' && listBefore(other).includes(mail.messageId)) {
      const lastError = `not needed: ${mail.recipient} has accepted it`;
      const cancelled: MailRow = { ...other, status: 'cancelled', attemptedAtMs: nowMs, lastError };
      memory.changeMail(cancelled);
      settleOthers(cancelled, parts, nowMs);
    } else if (other.afterId === mail.messageId || isDependentOn(other, mail)) {
      settleDependent(other, parts, nowMs);
    }
  }
}

/** A message does not wait for its time any more where those in whose place it is sent were given up. */
export function callNext(mail: MailRow, { waiting }: PromiseMemory): MailRow {
  const before = listBefore(mail);
  const isNext = before.length > 0 && mail.attempts === 0 && before.every((id) => !waiting.has(id));
  return isNext ? { ...mail, nextAttemptAtMs: Math.min(mail.createdAtMs, mail.nextAttemptAtMs) } : mail;
}

function listBefore({ insteadOf }: MailRow): string[] {
  return insteadOf == null ? [] : insteadOf.split(' ');
}

function isDependentOn({ afterId, incidentId, recipient }: MailRow, mail: MailRow): boolean {
  return afterId != null && incidentId != null && incidentId === mail.incidentId && recipient === mail.recipient;
}

/**
 * Has a message wait for one that can still be accepted; one that was accepted frees it. Where none was and none can be, it is
 * given up as they were.
 */
function settleDependent(mail: MailRow, parts: Parts, nowMs: number): void {
  const others = listOthers(mail, parts);
  const find = (status: Status): string | undefined => others.find(([, known]) => known === status)?.[0];
  const afterId = find('sent') ?? find('waiting');
  if (afterId !== undefined) {
    if (afterId !== mail.afterId) parts.memory.changeMail({ ...mail, afterId });
  } else if (others.length > 0) {
    const status = find('failed') === undefined ? 'cancelled' : 'failed';
    const lastError = 'the message before it was not accepted';
    parts.memory.changeMail({ ...mail, status, attemptedAtMs: nowMs, lastError });
  }
}

/** The messages of which one must have been accepted, with their status. */
function listOthers(mail: MailRow, parts: Parts): (readonly [messageId: string, status: Status])[] {
  const { messageId, afterId, incidentId, recipient } = mail;
  if (incidentId == null) {
    const status = afterId == null ? null : statusOf(afterId, parts);
    return afterId == null || status === null ? [] : [[afterId, status]];
  }
  const { memory, rows } = parts;
  const known = new Map(readOr([], () => rows.statusesOf(incidentId, recipient)));
  for (const other of [...memory.mails.values(), ...memory.waiting.values()]) {
    if (other.incidentId === incidentId && other.recipient === recipient) known.set(other.messageId, other.status);
  }
  known.delete(messageId);
  return [...known];
}

/** Null where there is no such message, or the database cannot be read. */
function statusOf(messageId: string, { memory, rows }: Parts): Status | null {
  const known = memory.waiting.get(messageId) ?? memory.mails.get(messageId);
  return known?.status ?? readOr(null, () => rows.mailStatus(messageId));
}
