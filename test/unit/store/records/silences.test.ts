/** Silences and the tokens of links: they are stored as what they belong to, and deleted for their age. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ActionToken } from '../../../../daemon/incident/action.js';
import type { Silence } from '../../../../daemon/incident/silences.js';
import { DAY_MS, HOUR_MS } from '../../../../daemon/units.js';
import { createAlert, createAlertChange, createMail } from '../../../builders/records.js';
import { createTempFolder, openTestStore, type TestStore } from '../../../builders/stores.js';

const T0 = Date.UTC(2026, 0, 5, 12);
const LINK = `https://portcast.example.org/act/${'x'.repeat(43)}`;

const createSilence = (id: string, endAtMs = T0 + HOUR_MS): Silence => ({
  id,
  matchers: { pool: 'a' },
  beginAtMs: T0,
  endAtMs,
  createdAtMs: T0,
  author: null,
  comment: '',
});
const createToken = (changes: Partial<ActionToken> = {}): ActionToken => ({
  hash: 'h',
  action: 'acknowledge',
  incidentId: 'i1',
  recipient: 'ops@example.org',
  expiresAtMs: T0 + 7 * DAY_MS,
  spentAtMs: null,
  ...changes,
});
const commit = ({ store }: TestStore, told: { silences?: Silence[]; tokens?: ActionToken[] }): void =>
  store.commitAlerts([], [], { incidents: [], decisions: [], ...told });

it('keeps the newest state of each through a restart', () => {
  const test = openTestStore();
  commit(test, { silences: [createSilence('s1'), createSilence('s2')], tokens: [createToken()] });
  commit(test, { silences: [createSilence('s1', T0)], tokens: [createToken({ spentAtMs: T0 + 5 })] });
  test.reopen();
  expect(test.store.listSilences()).toEqual([createSilence('s1', T0), createSilence('s2')]);
  expect(test.store.findActionToken('h')).toEqual(createToken({ spentAtMs: T0 + 5 }));
  expect(test.store.findActionToken('other')).toBeNull();
});

it('keeps them in memory while nothing can be written', () => {
  const test = openTestStore();
  const lock = test.sql();
  lock.exec('BEGIN IMMEDIATE');
  commit(test, { silences: [createSilence('s1')], tokens: [createToken()] });
  expect(test.store.listSilences()).toHaveLength(1);
  expect(test.store.findActionToken('h')).toEqual(createToken());
  lock.exec('ROLLBACK');
  test.pass(3000);
  test.reopen();
  expect(test.store.findActionToken('h')).toEqual(createToken());
});

it('leaves out a silence that cannot be read', () => {
  const test = openTestStore();
  commit(test, { silences: [createSilence('s1'), createSilence('s2')] });
  test.sql().prepare("UPDATE silence SET body = '{' WHERE id = 's1'").run();
  test.reopen();
  expect(test.store.listSilences().map(({ id }) => id)).toEqual(['s2']);
});

it('deletes them some time after their end', () => {
  const test = openTestStore();
  commit(test, { silences: [createSilence('s1')], tokens: [createToken()] });
  const count = (table: string): unknown => test.sql().prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  test.beat({});
  test.pass(6 * DAY_MS, HOUR_MS);
  test.beat({});
  test.pass(HOUR_MS, 30_000);
  expect([count('silence'), count('action_token')]).toEqual([1, 1]);
  test.pass(2 * DAY_MS, HOUR_MS);
  test.beat({});
  test.pass(HOUR_MS, 30_000);
  expect([count('silence'), count('action_token')]).toEqual([0, 1]);
});

it('keeps the token of a link in the message only until that was sent', () => {
  const test = openTestStore();
  const mail = {
    ...createMail('m1'),
    text: `now: ${LINK}\n`,
    html: `<a href="${LINK}">now</a>`,
    document: `{"url":"${LINK}"}`,
  };
  test.store.commitAlerts([createAlertChange(createAlert('a1'), 'firing')], [mail]);
  const stored = (): string => JSON.stringify(test.sql().prepare('SELECT * FROM outbox').all());
  expect(test.store.dueMessages(T0 + DAY_MS, 9, 'mail')[0]?.text).toContain(LINK);
  test.store.recordAttempt('m1', { ok: false, retry: true, error: 'away' }, T0, T0 + 1);
  expect(stored()).toContain(LINK);
  test.store.recordAttempt('m1', { ok: true, response: '250' }, T0, null);
  expect(stored()).not.toContain('x'.repeat(43));
  expect(stored()).toContain('https://portcast.example.org/act/...');
});

it('moves them to a new file when the one that is open was removed', () => {
  const test = openTestStore();
  commit(test, { silences: [createSilence('s1')], tokens: [createToken()] });
  for (const end of ['', '-wal', '-shm']) rmSync(`${test.file}${end}`, { force: true });
  test.pass(12_000);
  expect(test.health.problems.get('store')).toMatch(/was removed or moved/);
  commit(test, { silences: [createSilence('s2')] });
  test.reopen();
  expect(test.store.listSilences().map(({ id }) => id)).toEqual(['s1', 's2']);
  expect(test.store.findActionToken('h')).toEqual(createToken());
});

it('does not call a link unknown while the file that may know it cannot be used', () => {
  const folder = join(createTempFolder(), 'db');
  writeFileSync(folder, 'a file in the place of the folder');
  const test = openTestStore({ file: join(folder, 'portcast.db') });
  expect(() => test.store.findActionToken('h')).toThrow(expect.objectContaining({ retryable: true }));
  commit(test, { silences: [createSilence('s1')], tokens: [createToken()] });
  expect(test.store.findActionToken('h')).toEqual(createToken());
  rmSync(folder);
  test.pass(12_000);
  test.reopen();
  expect(test.store.listSilences()).toHaveLength(1);
  expect(test.store.findActionToken('h')).toEqual(createToken());
});
