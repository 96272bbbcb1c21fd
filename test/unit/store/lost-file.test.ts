/** The files of the database are removed, moved, replaced or overwritten while the store has them open. */
import Database from 'better-sqlite3';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { backupDatabase } from '../../../daemon/store/backup.js';
import { keepStatements } from '../../../daemon/store/database.js';
import { DAY_MS, MINUTE_MS } from '../../../daemon/units.js';
import { createAlert, createAlertChange, createMail, createPortSeries } from '../../builders/records.js';
import { createTempFolder, openTestStore, type TestStore } from '../../builders/stores.js';

const ID = 'out_host_10.0.0.2_443';
const WAITING = ['m1', 'm2', 'm3'];

/** A store that has sealed samples, a firing alert, a resolved one, and a message that was sent beside those that wait. */
function openFilledStore(): TestStore {
  const test = openTestStore();
  const { store, clock } = test;
  const resolved = createAlert('old', { state: 'resolved', resolvedAtMs: clock.wallMs() });
  store.commitAlerts([createAlertChange(createAlert('a')), createAlertChange(resolved, 'firing')], []);
  store.commitAlerts(
    [],
    ['sent', ...WAITING].map((id) => createMail(id)),
  );
  store.recordAttempt('sent', { ok: true, response: '250' }, clock.wallMs(), null);
  store.recordAttempt('m2', { ok: false, retry: true, error: '421' }, clock.wallMs(), clock.wallMs() + 5000);
  fill(test, 12 * MINUTE_MS);
  // The first look at the file is taken after 10 s.
  test.pass(11_000);
  return test;
}

function fill(test: TestStore, ms: number): void {
  for (let left = ms; left > 0; left -= 2000) test.beat({ ports: [createPortSeries(ID, { ESTABLISHED: 7 })] });
}

function removeFiles(file: string): void {
  for (const end of ['', '-wal', '-shm', '.lock']) rmSync(file + end, { force: true });
}

function countGaps(test: TestStore, fromMs: number, toMs: number): number {
  const history = test.store.portHistory({ id: ID, fromMs, toMs, points: Math.round((toMs - fromMs) / MINUTE_MS) });
  return history?.mean['established']?.filter((value) => value === null).length ?? Infinity;
}

function expectPromises(test: TestStore): void {
  const { store, clock } = test;
  expect(store.loadActiveAlerts().map(({ id }) => id)).toEqual(['a']);
  expect(store.dueMessages(clock.wallMs() + DAY_MS, 9, 'mail').map(({ messageId }) => messageId)).toEqual(WAITING);
  expect(store.dueMessages(clock.wallMs() + DAY_MS, 9, 'mail')[1]).toMatchObject({ attempts: 1, lastError: '421' });
}

const LOSSES: [string, (file: string) => void, RegExp][] = [
  ['removed with its journals', removeFiles, /was removed or moved while it was open: .* a new file .* whole history/],
  ['removed, its journals left', (file) => rmSync(file), /was removed or moved/],
  [
    'moved with its journals',
    (file) => {
      mkdirSync(join(dirname(file), 'old'));
      for (const end of ['', '-wal', '-shm']) renameSync(file + end, join(dirname(file), 'old', `x.db${end}`));
    },
    /was removed or moved/,
  ],
  ['removed with its folder', (file) => rmSync(dirname(file), { recursive: true }), /was removed or moved/],
  [
    'in a folder that was replaced',
    (file) => {
      renameSync(dirname(file), `${dirname(file)}-old`);
      mkdirSync(dirname(file));
    },
    /was removed or moved/,
  ],
  [
    'replaced by garbage',
    (file) => {
      writeFileSync(`${file}.new`, Buffer.alloc(20_000, 'no database '));
      renameSync(`${file}.new`, file);
    },
    /was replaced by another file .* found in its place is no database and is now .*\.aside-/,
  ],
  [
    'replaced by an empty file',
    (file) => {
      rmSync(file);
      writeFileSync(file, '');
    },
    /was replaced by another file .* whole history/,
  ],
  [
    'replaced by a folder',
    (file) => {
      rmSync(file);
      mkdirSync(file);
    },
    /was replaced by another file/,
  ],
  ['cut to nothing', (file) => truncateSync(file, 0), /was overwritten or cut short/],
  ['cut to a part', (file) => truncateSync(file, 8192), /was overwritten or cut short|is damaged/],
  ['overwritten in place', (file) => writeFileSync(file, Buffer.alloc(50_000, 'x')), /was overwritten or cut short/],
];

describe('a database that is lost while it is open', () => {
  it.each(LOSSES)('(%s) is noticed within a minute, and the store goes on in a new file', (_, lose, problem) => {
    const test = openFilledStore();
    lose(test.file);
    fill(test, MINUTE_MS);
    expect(test.health.problems.get('store')).toMatch(problem);
    expect(test.health.problems.get('store')).toMatch(/[Ss]top portcast/);
    expectPromises(test);
    const db = keepStatements(new Database(test.file, { readonly: true }));
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(db.prepare("SELECT count(*) FROM outbox WHERE status = 'waiting'").pluck().get()).toBe(3);
    db.close();
    expect(test.store.stats()).toMatchObject({ pendingRecords: expect.any(Number) as number, droppedSamples: 0 });
    test.reopen();
    expectPromises(test);
    expect(
      test.store.portHistory({ id: ID, fromMs: test.clock.wallMs() - MINUTE_MS, toMs: test.clock.wallMs(), points: 1 }),
    ).not.toBeNull();
  });

  it('(removed) loses nothing of its history, and the problem is shown for a day', () => {
    const test = openFilledStore();
    const fromMs = test.clock.wallMs() - 12 * MINUTE_MS;
    removeFiles(test.file);
    fill(test, 2 * MINUTE_MS);
    expect(countGaps(test, fromMs, test.clock.wallMs())).toBe(0);
    expect(
      test.store
        .listAlerts({ limit: 9 })
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['a', 'old']);
    test.pass(DAY_MS - 3 * MINUTE_MS, MINUTE_MS);
    expect(test.health.problems.has('store')).toBe(true);
    test.pass(4 * MINUTE_MS);
    expect(test.health.problems.has('store')).toBe(false);
    test.reopen();
    expect(test.health.problems.has('store')).toBe(false);
  });

  it('(removed, then stopped at once) is written to a new file by the stop', () => {
    const test = openFilledStore();
    removeFiles(test.file);
    test.beat({ ports: [createPortSeries(ID, { ESTABLISHED: 9 })] });
    test.reopen();
    expectPromises(test);
    const toMs = test.clock.wallMs();
    expect(test.store.portHistory({ id: ID, fromMs: toMs - 2000, toMs, points: 1 })?.max['established']).toEqual([9]);
  });

  it('(replaced by a backup) is that backup from then on, with the alerts and mail of now: nothing is sent twice', async () => {
    const test = openFilledStore();
    const backup = join(createTempFolder(), 'backup.db');
    await backupDatabase(test.file, backup);
    test.store.recordAttempt('m1', { ok: true, response: '250' }, test.clock.wallMs(), null);
    test.store.commitAlerts([createAlertChange(createAlert('new'))], [createMail('m4')]);
    copyFileSync(backup, `${test.file}.new`);
    renameSync(`${test.file}.new`, test.file);
    fill(test, MINUTE_MS);
    expect(test.health.problems.get('store')).toMatch(/was replaced by another file .* the file that is there now/);
    test.reopen();
    expect(test.store.loadActiveAlerts().map(({ id }) => id)).toEqual(['a', 'new']);
    const due = test.store.dueMessages(test.clock.wallMs() + DAY_MS, 9, 'mail').map(({ messageId }) => messageId);
    expect(due).toEqual(['m2', 'm3', 'm4']);
    expect(countGaps(test, test.clock.wallMs() - 13 * MINUTE_MS, test.clock.wallMs())).toBeLessThanOrEqual(1);
    expect(test.sql().pragma('integrity_check', { simple: true })).toBe('ok');
  });

  it.each(['-wal', '-shm'])('(its %s only) is written back and goes on in the same file', (end) => {
    const test = openFilledStore();
    const { ino } = statSync(test.file);
    rmSync(test.file + end);
    fill(test, MINUTE_MS);
    expect(statSync(test.file).ino).toBe(ino);
    expect(test.health.problems.get('store')).toMatch(/the WAL of the database was removed/);
    expectPromises(test);
    expect(existsSync(test.file + end)).toBe(true);
    const db = keepStatements(new Database(test.file, { readonly: true }));
    expect(db.prepare("SELECT count(*) FROM outbox WHERE status = 'waiting'").pluck().get()).toBe(3);
    db.close();
  });

  it('(replaced by a database of another program) is left alone, and the store goes on in the file that it has', () => {
    const test = openFilledStore();
    rmSync(test.file);
    const other = keepStatements(new Database(test.file));
    other.exec('CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)');
    other.close();
    fill(test, MINUTE_MS);
    expect(test.health.problems.get('store')).toMatch(/database of another program.* tries again every 10 s/);
    expectPromises(test);
    rmSync(test.file);
    fill(test, MINUTE_MS);
    expect(test.health.problems.get('store')).toMatch(/whole history/);
    expectPromises(test);
  });

  it('sets nothing aside while the file is as it was', () => {
    const test = openFilledStore();
    fill(test, 5 * MINUTE_MS);
    linkSync(test.file, `${test.file}-link`);
    fill(test, MINUTE_MS);
    expect(test.health.problems.size).toBe(0);
    expect(readdirSync(dirname(test.file)).filter((name) => name.includes('aside'))).toEqual([]);
  });
});
