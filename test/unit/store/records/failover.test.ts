/** Messages of which one stands in for another, and the end of an incident for whoever accepted something about it. */
import { describe, expect, it } from 'vitest';
import { CHANNEL_NAMES } from '../../../../daemon/incident/recipients.js';
import type { OutboxMessage, SendOutcome } from '../../../../daemon/notify-contracts.js';
import { createMail } from '../../../builders/records.js';
import { openTestStore, type TestStore } from '../../../builders/stores.js';

const T0 = Date.UTC(2026, 0, 5, 12);
const ACCEPTED: SendOutcome = { ok: true, response: 'ok' };
const LATER: SendOutcome = { ok: false, retry: true, error: 'later' };
const REFUSED: SendOutcome = { ok: false, retry: false, error: 'no' };

const about = (id: string, recipient: string, more: Partial<OutboxMessage> = {}): OutboxMessage =>
  createMail(id, { recipient, incidentId: 'i1', createdAtMs: T0, ...more });
const CHAIN = [
  about('slack1', 'slack'),
  about('mail1', 'ops@example.org', { insteadOf: 'slack1', notBeforeMs: T0 + 30_000 }),
  about('hook1', 'webhook', { insteadOf: 'slack1 mail1', notBeforeMs: T0 + 60_000 }),
];

const listDue = ({ store }: TestStore, atMs: number): string[] =>
  CHANNEL_NAMES.flatMap((name) => store.dueMessages(atMs, 10, name).map(({ messageId }) => messageId)).sort();

function open(...messages: OutboxMessage[]): TestStore {
  const test = openTestStore();
  test.store.commitAlerts([], messages);
  return test;
}

describe('a message of a later channel', () => {
  it('waits for its time, also after a restart, and is cancelled when an earlier channel accepts', () => {
    const test = open(...CHAIN);
    expect(listDue(test, T0)).toEqual(['slack1']);
    test.store.recordAttempt('slack1', LATER, T0, T0 + 40_000);
    test.reopen();
    expect(listDue(test, T0 + 29_000)).toEqual([]);
    expect(listDue(test, T0 + 30_000)).toEqual(['mail1']);
    test.store.recordAttempt('slack1', ACCEPTED, T0 + 35_000, null);
    expect(listDue(test, T0 + 1_000_000)).toEqual([]);
    test.reopen();
    expect(listDue(test, T0 + 1_000_000)).toEqual([]);
    for (const name of ['mail', 'webhook'] as const) {
      expect(test.store.outboxSummary(name)).toEqual({ pending: 0, failed: 0, lastSentAtMs: null, lastError: null });
    }
  });

  it('is sent at once when every channel before was given up', () => {
    const test = open(...CHAIN);
    test.store.recordAttempt('slack1', REFUSED, T0, null);
    expect(listDue(test, T0)).toEqual(['mail1']);
    test.store.recordAttempt('mail1', REFUSED, T0, null);
    expect(listDue(test, T0)).toEqual(['hook1']);
  });

  it('is not stored again where it was cancelled', () => {
    const test = open(...CHAIN);
    test.store.recordAttempt('slack1', ACCEPTED, T0, null);
    test.store.commitAlerts([], CHAIN);
    expect(listDue(test, T0 + 1_000_000)).toEqual([]);
  });
});

describe('the end of an incident', () => {
  const end = (recipient: string, first: string) => about(`end ${recipient}`, recipient, { afterId: first });

  it('is told where a message was accepted, and not where all were cancelled', () => {
    const test = open(...CHAIN);
    test.store.recordAttempt('slack1', ACCEPTED, T0, null);
    test.store.commitAlerts([], [end('slack', 'slack1'), end('webhook', 'hook1')]);
    expect(listDue(test, T0 + 1000)).toEqual(['end slack']);
    expect(test.store.outboxSummary('webhook').failed).toBe(0);
  });

  it('is told to a channel that accepted only a later message', () => {
    const test = open(...CHAIN);
    test.store.recordAttempt('slack1', ACCEPTED, T0, null);
    const worse = about('mail2', 'ops@example.org', { insteadOf: 'slack2' });
    test.store.commitAlerts([], [about('slack2', 'slack'), worse]);
    test.store.recordAttempt('mail2', ACCEPTED, T0, null);
    test.store.commitAlerts([], [end('ops@example.org', 'mail1')]);
    expect(listDue(test, T0 + 1000)).toEqual(['end ops@example.org', 'slack2']);
  });

  it('waits while a message can still be accepted, and is freed by any of them', () => {
    const test = open(about('m1', 'slack'), about('m2', 'slack'), end('slack', 'm1'));
    test.store.recordAttempt('m1', REFUSED, T0, null);
    test.reopen();
    expect(listDue(test, T0 + 1000)).toEqual(['m2']);
    test.store.recordAttempt('m2', ACCEPTED, T0, null);
    expect(listDue(test, T0 + 1000)).toEqual(['end slack']);
  });

  it('is freed by a later message while the first one still waits', () => {
    const test = open(about('m1', 'slack'), about('m2', 'slack'), end('slack', 'm1'));
    test.store.recordAttempt('m2', ACCEPTED, T0, null);
    expect(listDue(test, T0 + 1000)).toEqual(['end slack', 'm1']);
  });

  it('is given up when none was accepted', () => {
    const test = open(about('m1', 'slack'), end('slack', 'm1'));
    test.store.recordAttempt('m1', REFUSED, T0, null);
    expect(listDue(test, T0 + 1000)).toEqual([]);
    expect(test.store.outboxSummary('slack')).toMatchObject({ pending: 0, failed: 2 });
  });
});

it('a message that was accepted while it was cancelled counts as sent', () => {
  const test = open(...CHAIN);
  test.store.recordAttempt('slack1', ACCEPTED, T0, null);
  test.store.recordAttempt('mail1', ACCEPTED, T0 + 1, null);
  expect(test.store.outboxSummary('mail')).toMatchObject({ pending: 0, failed: 0, lastSentAtMs: T0 + 1 });
});

it('a message that was accepted while it was cancelled counts as sent, also while nothing can be written', () => {
  const test = openTestStore();
  const lock = test.sql();
  lock.exec('BEGIN IMMEDIATE');
  test.store.commitAlerts([], CHAIN);
  test.store.recordAttempt('slack1', ACCEPTED, T0, null);
  test.store.recordAttempt('mail1', ACCEPTED, T0 + 1, null);
  const sent = { pending: 0, failed: 0, lastSentAtMs: T0 + 1 };
  expect(test.store.outboxSummary('mail')).toMatchObject(sent);
  lock.exec('ROLLBACK');
  test.pass(3000);
  test.reopen();
  expect(test.store.outboxSummary('mail')).toMatchObject(sent);
});

describe('a message that is not sent any more has no live links', () => {
  const token = 'x'.repeat(43);
  const link = `https://portcast.example.org/act/${token}`;
  const linked = (id: string, more: Partial<OutboxMessage>): OutboxMessage =>
    about(id, 'ops@example.org', {
      text: link,
      html: `<a href="${link}">now</a>`,
      document: `{"url":"${link}"}`,
      ...more,
    });
  const read = (test: TestStore): { status: string; content: string }[] =>
    test
      .sql()
      .prepare<[], { status: string; content: string }>(
        "SELECT CASE WHEN is_cancelled = 1 THEN 'cancelled' ELSE status END AS status, text || html || document AS content FROM outbox " +
          'WHERE document IS NOT NULL',
      )
      .all();

  it.each([
    ['cancelled', linked('mail1', { insteadOf: 'slack1' }), ACCEPTED],
    ['cancelled with those before it', linked('end', { recipient: 'webhook', afterId: 'hook1' }), ACCEPTED],
    ['failed', linked('end', { recipient: 'slack', afterId: 'slack1' }), REFUSED],
  ])('%s', (status, message, outcome) => {
    const test = open(about('slack1', 'slack'), about('hook1', 'webhook', { insteadOf: 'slack1' }), message);
    expect(read(test)[0]?.content).toContain(token);
    test.store.recordAttempt('slack1', outcome, T0, null);
    expect(read(test)).toEqual([
      { status: status.split(' ')[0], content: expect.not.stringContaining(token) as string },
    ]);
  });
});
