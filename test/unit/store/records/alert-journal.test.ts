/** Alerts and mail: what was committed is kept, also while nothing can be written. */
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';

import { keepStatements, openDurableConnection } from '../../../../daemon/store/database.js';
import { createAlert, createAlertChange, createMail } from '../../../builders/records.js';
import { openTestStore, type TestStore } from '../../../builders/stores.js';

const T0 = Date.UTC(2026, 0, 5, 12);

describe('alerts', () => {
  it('keep their state across restarts; a resolved alert stays listed, one that was only pending does not', () => {
    const test = openTestStore();
    test.store.commitAlerts(
      [
        createAlertChange(createAlert('a', { state: 'pending' })),
        createAlertChange(createAlert('b', { state: 'pending' })),
      ],
      [],
    );
    test.store.commitAlerts([createAlertChange(createAlert('a', { state: 'firing' }), 'pending')], []);
    test.store.commitAlerts([{ from: 'pending', to: 'inactive', alert: createAlert('b', { state: 'pending' }) }], []);
    const later = createAlert('c', { pendingAtMs: T0 + 1000 });
    test.store.commitAlerts([createAlertChange(later)], []);
    test.reopen();
    expect(test.store.loadActiveAlerts()).toEqual([createAlert('a', { state: 'firing' }), later]);
    const resolved = createAlert('a', { state: 'resolved', resolvedAtMs: T0 + 5000 });
    test.store.commitAlerts([createAlertChange(resolved, 'firing')], []);
    test.reopen();
    expect(test.store.loadActiveAlerts()).toEqual([later]);
    expect(test.store.listAlerts({ limit: 10 })).toEqual([later, resolved]);
    expect(test.store.listAlerts({ limit: 1 })).toEqual([later]);
    expect(test.store.listAlerts({ state: 'resolved', limit: 10 })).toEqual([resolved]);
  });

  it('are on disk when the commit returns: synchronous FULL, and another connection sees them', () => {
    const test = openTestStore();
    const durable = openDurableConnection(test.file);
    expect(durable.pragma('synchronous', { simple: true })).toBe(2);
    durable.close();
    test.store.commitAlerts([createAlertChange(createAlert('a'))], [createMail('m1')]);
    const db = test.sql();
    expect(db.prepare('SELECT id FROM alert').pluck().all()).toEqual(['a']);
    expect(db.prepare('SELECT message_id FROM outbox').pluck().all()).toEqual(['m1']);
  });
});

const NOTHING_MORE = { incidentId: null, picture: null, document: null };

describe('outbox', () => {
  it('keeps the messages of each channel apart, with their documents', () => {
    const test = openTestStore();
    const document = '{"version":1}';
    const toWebhook = createMail('w1', { recipient: 'webhook', html: '', document });
    test.store.commitAlerts([], [createMail('m1'), toWebhook]);
    test.store.recordAttempt('m1', { ok: true, response: '250 ok' }, T0, null);
    const read = () => ({
      webhook: test.store.dueMessages(T0 + 1000, 10, 'webhook'),
      mail: test.store.dueMessages(T0 + 1000, 10, 'mail'),
      summaries: [test.store.outboxSummary('webhook'), test.store.outboxSummary('mail')],
    });
    const expected = {
      webhook: [{ messageId: 'w1', html: '', document }],
      mail: [],
      summaries: [
        { pending: 1, lastSentAtMs: null },
        { pending: 0, lastSentAtMs: T0 },
      ],
    };
    expect(read()).toMatchObject(expected);
    test.reopen();
    expect(read()).toMatchObject(expected);
  });

  it('lists the messages that are due, oldest first, each once however often it was committed', () => {
    const test = openTestStore();
    test.store.commitAlerts([], [createMail('m2', { createdAtMs: T0 + 2 }), createMail('m1', { createdAtMs: T0 + 1 })]);
    test.store.commitAlerts([], [createMail('m1', { createdAtMs: T0 + 1 })]);
    expect(test.store.dueMessages(T0, 10, 'mail')).toEqual([]);
    expect(test.store.dueMessages(T0 + 2, 10, 'mail').map(({ messageId }) => messageId)).toEqual(['m1', 'm2']);
    expect(test.store.dueMessages(T0 + 2, 1, 'mail')).toEqual([
      {
        ...createMail('m1', { createdAtMs: T0 + 1 }),
        ...NOTHING_MORE,
        attempts: 0,
        nextAttemptAtMs: T0 + 1,
        lastError: null,
      },
    ]);
  });

  it('records attempts: to be repeated, sent, given up', () => {
    const test = openTestStore();
    const { store } = test;
    store.commitAlerts([], [createMail('m1'), createMail('m2'), createMail('m3')]);
    store.recordAttempt('m1', { ok: false, retry: true, error: '451 later' }, T0 + 1, T0 + 60_000);
    store.recordAttempt('m2', { ok: true, response: '250 ok' }, T0 + 2, null);
    expect(store.outboxSummary('mail')).toEqual({ pending: 2, failed: 0, lastSentAtMs: T0 + 2, lastError: null });
    store.recordAttempt('m3', { ok: false, retry: false, error: '550 no' }, T0 + 3, null);
    test.reopen();
    expect(test.store.outboxSummary('mail')).toEqual({
      pending: 1,
      failed: 1,
      lastSentAtMs: T0 + 2,
      lastError: '550 no',
    });
    expect(test.store.dueMessages(T0 + 59_999, 10, 'mail')).toEqual([]);
    expect(test.store.dueMessages(T0 + 60_000, 10, 'mail')).toMatchObject([
      { messageId: 'm1', attempts: 1, lastError: '451 later' },
    ]);
  });
});

/** All that can be read of alerts and mail. */
function readAll({ store }: TestStore) {
  return {
    active: store.loadActiveAlerts(),
    all: store.listAlerts({ limit: 10 }),
    resolved: store.listAlerts({ state: 'resolved', limit: 1 }),
    due: store.dueMessages(T0 + 1000, 10, 'mail'),
    firstDue: store.dueMessages(T0 + 1000, 1, 'mail'),
    later: store.dueMessages(T0 + 1e6, 10, 'mail'),
    summary: store.outboxSummary('mail'),
  };
}

describe('while another process holds the lock', () => {
  const steps: ((test: TestStore) => void)[] = [
    ({ store }) =>
      store.commitAlerts(
        [createAlertChange(createAlert('a'))],
        [createMail('m1'), createMail('m2', { createdAtMs: T0 + 5 })],
      ),
    ({ store }) => store.recordAttempt('m1', { ok: true, response: '250' }, T0 + 10, null),
    ({ store }) => store.recordAttempt('m2', { ok: false, retry: true, error: '421' }, T0 + 11, T0 + 5000),
    ({ store }) =>
      store.commitAlerts(
        [createAlertChange(createAlert('b', { state: 'pending', pendingAtMs: T0 + 3 }))],
        [createMail('m3')],
      ),
    ({ store }) => store.recordAttempt('m3', { ok: false, retry: false, error: '550' }, T0 + 12, null),
    ({ store }) =>
      store.commitAlerts(
        [
          createAlertChange(createAlert('a', { state: 'resolved', resolvedAtMs: T0 + 20 }), 'firing'),
          { from: 'pending', to: 'inactive', alert: createAlert('b') },
        ],
        [createMail('m4', { createdAtMs: T0 + 21 })],
      ),
    ({ store }) => store.recordAttempt('m2', { ok: true, response: '250' }, T0 + 30, null),
  ];

  it.each(steps.map((_, index) => index))(
    'reads are the same as without the lock, taken before step %i',
    (lockedStep) => {
      const free = openTestStore();
      const held = openTestStore();
      const locker = keepStatements(new Database(held.file));
      steps.forEach((step, index) => {
        if (index === lockedStep) locker.exec('BEGIN EXCLUSIVE');
        step(free);
        step(held);
        expect(readAll(held)).toEqual(readAll(free));
      });
      expect(held.health.problems.get('store')).toMatch(/locked by another process; \d+ changes? of alerts and mail/);
      held.pass(2000);
      expect(held.health.problems.has('store')).toBe(true);
      locker.exec('ROLLBACK');
      locker.close();
      held.pass(1000);
      expect(held.health.problems.has('store')).toBe(false);
      expect(readAll(held)).toEqual(readAll(free));
      held.reopen();
      expect(readAll(held)).toEqual(readAll(free));
    },
  );
});
