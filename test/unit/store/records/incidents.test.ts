/** Incidents and decisions: they are stored with the alerts and messages that they belong to, and outlive a restart. */
import { describe, expect, it } from 'vitest';
import type { Decision, Incident } from '../../../../daemon/incident/incident.js';
import { DAY_MS } from '../../../../daemon/units.js';
import { incidentScene } from '../../../builders/incident-scene.js';
import { createAlert, createAlertChange, createMail } from '../../../builders/records.js';
import { requireValue } from '../../../builders/require-value.js';
import { openTestStore, type TestStore } from '../../../builders/stores.js';

const T0 = Date.UTC(2026, 0, 5, 12);

const createIncident = (id: string, changes: Partial<Incident> = {}): Incident => {
  const scene = incidentScene();
  scene.fire({ pool: id });
  scene.step();
  return { ...requireValue(scene.living()[0]), id, openedAtMs: T0, ...changes };
};

const createDecision = (changes: Partial<Decision> = {}): Decision => ({
  atMs: T0,
  incidentId: 'i1',
  alertId: 'a1',
  kind: 'first',
  told: true,
  reason: 'first',
  by: null,
  recipient: 'ops@example.org',
  messageId: 'm1',
  ...changes,
});

const commit = ({ store }: TestStore, incidents: readonly Incident[], decisions: readonly Decision[] = []): void =>
  store.commitAlerts([], [], { incidents, decisions });

describe('incidents', () => {
  it('are known after a restart, with the newest state of each, and are found by their id', () => {
    const test = openTestStore();
    commit(test, [createIncident('i1'), createIncident('i2', { openedAtMs: T0 + 1 })]);
    const over = createIncident('i1', { state: 'resolved', resolvedAtMs: T0 + 9 });
    commit(test, [over]);
    test.reopen();
    expect(test.store.loadIncidents().map(({ id, state }) => `${id} ${state}`)).toEqual(['i1 resolved', 'i2 open']);
    expect(test.store.listIncidents({ limit: 1 }).map(({ id }) => id)).toEqual(['i2']);
    expect(test.store.findIncident('i1')).toEqual(over);
    expect(test.store.findIncident('nothing')).toBeNull();
  });

  it('are kept in memory while nothing can be written, and written later', () => {
    const test = openTestStore();
    const lock = test.sql();
    lock.exec('BEGIN IMMEDIATE');
    commit(test, [createIncident('i1')], [createDecision()]);
    expect(test.health.problems.get('store')).toMatch(/kept in memory/);
    expect(test.store.listIncidents({ limit: 10 })).toHaveLength(1);
    expect(test.store.listDecisions({ incidentId: 'i1' }, 10)).toEqual([createDecision()]);
    lock.exec('ROLLBACK');
    test.pass(3000);
    test.reopen();
    expect(test.store.findIncident('i1')).not.toBeNull();
    expect(test.store.listDecisions({ incidentId: 'i1' }, 10)).toEqual([createDecision()]);
  });

  it('that are over are deleted with age, those that go on are not', () => {
    const test = openTestStore();
    commit(test, [createIncident('open'), createIncident('over', { state: 'resolved' })], [createDecision()]);
    test.pass(500 * DAY_MS, DAY_MS);
    test.reopen();
    expect(test.store.listIncidents({ limit: 10 }).map(({ id }) => id)).toEqual(['open']);
    expect(test.store.listDecisions({ incidentId: 'i1' }, 10)).toEqual([]);
  });

  it('are listed by state, and page by page also where two were opened at the same instant', () => {
    const test = openTestStore();
    const states = ['open', 'resolved', 'resolved', 'quiet', 'resolved'] as const;
    commit(
      test,
      states.map((state, index) => createIncident(`i${index}`, { state, openedAtMs: T0 + Math.floor(index / 3) })),
    );
    const list = (query: Omit<Parameters<typeof test.store.listIncidents>[0], 'limit'>): string[] =>
      test.store.listIncidents({ ...query, limit: 2 }).map(({ id }) => id);
    expect(list({ state: 'quiet' })).toEqual(['i3']);
    expect(list({ state: 'resolved' })).toEqual(['i4', 'i2']);
    expect(list({ state: 'resolved', before: 'i2' })).toEqual(['i1']);
    expect(list({ before: 'i3' })).toEqual(['i2', 'i1']);
    expect(list({ before: 'i0' })).toEqual([]);
  });

  it('that were never written are on the first page only', () => {
    const test = openTestStore();
    commit(test, [createIncident('i1')]);
    test.sql().exec('BEGIN IMMEDIATE');
    commit(test, [createIncident('i2', { openedAtMs: T0 + 1 }), createIncident('i1', { state: 'quiet' })]);
    expect(test.store.listIncidents({ limit: 10 }).map(({ id }) => id)).toEqual(['i2', 'i1']);
    expect(test.store.listIncidents({ limit: 10, state: 'open' }).map(({ id }) => id)).toEqual(['i2']);
  });

  it('whose row is damaged are left out, and do not stop the start', () => {
    const test = openTestStore();
    commit(test, [createIncident('i1'), createIncident('i2')]);
    test.sql().exec("UPDATE incident SET body = '{' WHERE id = 'i1'");
    test.reopen();
    expect(test.store.loadIncidents().map(({ id }) => id)).toEqual(['i2']);
  });
});

describe('decisions', () => {
  it('are listed by incident and by alert, the newest first', () => {
    const test = openTestStore();
    const held = createDecision({ atMs: T0 + 5, told: false, reason: 'inhibited', by: 'i1', alertId: 'a2' });
    commit(test, [], [createDecision(), held, createDecision({ incidentId: 'i2', alertId: 'a3' })]);
    expect(test.store.listDecisions({ incidentId: 'i1' }, 10)).toEqual([held, createDecision()]);
    expect(test.store.listDecisions({ alertId: 'a2' }, 10)).toEqual([held]);
    expect(test.store.listDecisions({ incidentId: 'i1' }, 1)).toEqual([held]);
    expect(test.store.loadDecisions(T0 + 1)).toEqual([held]);
  });
});

it('decisions that cannot be read do not stop the start', () => {
  const test = openTestStore();
  commit(test, [], [createDecision()]);
  test.sql().exec('DROP TABLE decision');
  expect(test.store.loadDecisions(0)).toEqual([]);
  expect(test.health.problems.get('store')).toMatch(/decision/);
});

describe('a message that depends on another one', () => {
  const first = createMail('first');
  const resolved = createMail('resolved', { afterId: 'first' });
  const due = ({ store }: TestStore): string[] =>
    store.dueMessages(Number.MAX_SAFE_INTEGER, 10, 'mail').map(({ messageId }) => messageId);

  it('waits until that one was accepted', () => {
    const test = openTestStore();
    test.store.commitAlerts([createAlertChange(createAlert('a'))], [first, resolved]);
    expect(due(test)).toEqual(['first']);
    test.store.recordAttempt('first', { ok: false, retry: true, error: 'later' }, T0, T0 + 1);
    test.reopen();
    expect(due(test)).toEqual(['first']);
    test.store.recordAttempt('first', { ok: true, response: '250 OK' }, T0, null);
    expect(due(test)).toEqual(['resolved']);
  });

  it.each(['before', 'after'])('is given up with it, where it is stored %s that', (when) => {
    const test = openTestStore();
    test.store.commitAlerts([], when === 'before' ? [first, resolved] : [first]);
    test.store.recordAttempt('first', { ok: false, retry: false, error: 'no such user' }, T0, null);
    if (when === 'after') test.store.commitAlerts([], [resolved]);
    expect(due(test)).toEqual([]);
    expect(test.store.outboxSummary('mail')).toMatchObject({ pending: 0, failed: 2 });
  });
});

describe('the delivery log of an incident', () => {
  const createMessage = (messageId: string, incidentId: string, createdAtMs: number) => ({
    ...createMail(messageId),
    incidentId,
    createdAtMs,
  });

  it('has the newest state of each of its messages, also of those that cannot be written', () => {
    const test = openTestStore();
    const messages = [createMessage('m1', 'i1', T0), createMessage('m2', 'i1', T0 + 1), createMessage('x', 'i2', T0)];
    test.store.commitAlerts([], messages);
    test.store.recordAttempt('m1', { ok: true, response: '250 queued' }, T0 + 5, null);
    const lock = test.sql();
    lock.exec('BEGIN IMMEDIATE');
    test.store.recordAttempt('m2', { ok: false, retry: true, error: '451 later' }, T0 + 9, T0 + 5000);
    const listed = test.store
      .listDeliveries('i1', 10)
      .map(({ messageId, status, attempts, attemptedAtMs, lastError }) => {
        return [messageId, status, attempts, attemptedAtMs, lastError];
      });
    expect(listed).toEqual([
      ['m2', 'waiting', 1, T0 + 9, '451 later'],
      ['m1', 'sent', 1, T0 + 5, null],
    ]);
    expect(test.store.listDeliveries('i1', 1)).toHaveLength(1);
    expect(test.store.listDeliveries('nothing', 10)).toEqual([]);
  });

  it('reads only the messages of that incident', () => {
    const plan = openTestStore()
      .sql()
      .prepare('EXPLAIN QUERY PLAN SELECT message_id FROM outbox WHERE incident_id = ?')
      .all('i1');
    expect(JSON.stringify(plan)).toContain('outbox_incident');
  });
});
