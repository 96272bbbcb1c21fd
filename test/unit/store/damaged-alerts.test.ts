/** Damage among the stored alerts or the mail, which are read only after the database was opened. */
import Database from 'better-sqlite3';
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';

import { keepStatements } from '../../../daemon/store/database.js';
import { createAlert, createAlertChange, createMail } from '../../builders/records.js';
import { openTestStore } from '../../builders/stores.js';

const PAGE_BYTES = 4096;

/** Overwrites the first page of a table and of each of its indexes. */
function damageTable(file: string, table: string): void {
  const db = keepStatements(new Database(file));
  const pages = db
    .prepare<[string], number>('SELECT rootpage FROM sqlite_schema WHERE tbl_name = ?')
    .pluck()
    .all(table);
  db.close();
  const bytes = readFileSync(file);
  for (const page of pages) bytes.fill(0xa5, (page - 1) * PAGE_BYTES, page * PAGE_BYTES);
  writeFileSync(file, bytes);
}

it.each([
  ['alert', ['b'], ['m1', 'm2']],
  ['outbox', ['a', 'b'], ['m2']],
])('in the table %s sets the database aside at the start, and the other table goes on', (table, alerts, messages) => {
  const test = openTestStore();
  test.store.commitAlerts([createAlertChange(createAlert('a'))], [createMail('m1')]);
  test.store.close();
  damageTable(test.file, table);
  test.reopen();
  expect(test.health.problems.get('store')).toMatch(/is damaged .*It is now .*\.aside-/);
  test.store.commitAlerts([createAlertChange(createAlert('b'))], [createMail('m2')]);
  test.reopen();

  expect(test.store.loadActiveAlerts().map(({ id }) => id)).toEqual(alerts);
  expect(test.store.dueMessages(test.clock.wallMs(), 9, 'mail').map(({ messageId }) => messageId)).toEqual(messages);
});

it('in the body of one alert leaves that alert out and goes on with the others', () => {
  const test = openTestStore();
  test.store.commitAlerts([createAlertChange(createAlert('a')), createAlertChange(createAlert('b'))], []);
  test.store.close();
  const db = keepStatements(new Database(test.file));
  db.exec("UPDATE alert SET body = '{' WHERE id = 'a'");
  db.close();
  test.reopen();
  expect(test.health.problems.get('store')).toMatch(
    /^damaged records of database .* are left out, so far 1; examine the disk$/,
  );
  expect(test.store.loadActiveAlerts().map(({ id }) => id)).toEqual(['b']);
  expect(test.store.listAlerts({ limit: 9 }).map(({ id }) => id)).toEqual(['b']);
});
