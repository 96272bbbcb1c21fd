/** A database that is locked, full or damaged: no committed alert or mail is lost, and the problem is reported. */
import Database from 'better-sqlite3';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { MIGRATIONS_DIR } from '../../../daemon/paths.js';
import { keepStatements, openConnection, openDurableConnection, storeError } from '../../../daemon/store/database.js';
import { migrate } from '../../../daemon/store/migrations.js';
import { createAlertJournal } from '../../../daemon/store/records/alert-journal.js';
import { prepareAlertRows } from '../../../daemon/store/records/alert-rows.js';
import { createBatchQueue } from '../../../daemon/store/series/batch-queue.js';
import { createBatchWriter } from '../../../daemon/store/series/batch-writer.js';
import { createSampleIntake } from '../../../daemon/store/series/sample-intake.js';
import {
  createAlert,
  createAlertChange,
  createCycleRecord,
  createMail,
  createPortSeries,
} from '../../builders/records.js';
import { createTempFolder, openTestStore } from '../../builders/stores.js';
import { fakeClock } from '../../fakes.js';

const ID = 'out_host_10.0.0.2_443';
const REQUIRE = createRequire(import.meta.url);

/** Starts a process that locks the database, and returns the function that ends it. */
async function lockElsewhere(file: string): Promise<() => Promise<void>> {
  const script = `
    const db = new (require(${JSON.stringify(REQUIRE.resolve('better-sqlite3'))}))(process.argv[1]);
    db.exec('BEGIN EXCLUSIVE');
    process.stdin.resume().on('end', () => process.exit(0));
    console.log('locked');`;
  const child = spawn(process.execPath, ['-e', script, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return async () => {
    const exited = once(child, 'exit');
    child.stdin.end();
    await exited;
  };
}

describe('a lock held by another process', () => {
  it('delays samples, alerts and mail, and loses none of them', async () => {
    const test = openTestStore();
    const fromMs = test.clock.wallMs();
    test.beat({ ports: [createPortSeries(ID, { ESTABLISHED: 1 })] });
    const release = await lockElsewhere(test.file);
    for (let count = 2; count <= 20; count++) test.beat({ ports: [createPortSeries(ID, { ESTABLISHED: count })] });
    test.store.commitAlerts([createAlertChange(createAlert('a'))], [createMail('m1')]);
    expect(test.store.loadActiveAlerts()).toEqual([createAlert('a')]);
    expect(test.health.problems.get('store')).toMatch(/is locked by another process; new samples wait in memory/);
    expect(test.store.stats()).toMatchObject({ pendingRecords: 20, lastFlushAtMs: null });
    await release();
    test.pass(15_000);
    expect(test.health.problems.size).toBe(0);
    expect(test.store.stats()).toMatchObject({ pendingRecords: 0, droppedSamples: 0 });
    test.reopen();
    expect(test.store.loadActiveAlerts()).toEqual([createAlert('a')]);
    const history = test.store.portHistory({ id: ID, fromMs, toMs: fromMs + 40_000, points: 20 });
    expect(history?.mean['established']).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  it('for longer than ten minutes makes the store drop the oldest samples, and report how many', async () => {
    const test = openTestStore();
    const release = await lockElsewhere(test.file);
    for (let count = 1; count <= 330; count++) test.beat({ ports: [createPortSeries(ID, { ESTABLISHED: count })] });
    const { droppedSamples, pendingRecords } = test.store.stats();
    expect(pendingRecords).toBeGreaterThanOrEqual(295);
    // Each record has the series, the two sums and the host counters.
    expect(droppedSamples).toBe(4 * (330 - pendingRecords));
    expect(test.health.problems.get('store')).toContain(`${droppedSamples} of the oldest were dropped`);
    await release();
    test.pass(60_000);
    expect(test.health.problems.size).toBe(0);
    expect(test.log.lines).toContainEqual({
      level: 'warn',
      args: [{ dropped: droppedSamples }, expect.stringContaining('samples were dropped')],
    });
  });

  it('at the start is an error that names the cause', async () => {
    const file = join(createTempFolder(), 'x.db');
    openConnection(file).close();
    const release = await lockElsewhere(file);
    const open = (): unknown => openTestStore({ file, openWaitMs: 50 });
    expect(open).toThrow(expect.objectContaining({ code: 'STORE_LOCKED', retryable: true }));
    await release();
  });
});

describe('a full database', () => {
  const createDatabase = () => {
    const file = join(createTempFolder(), 'x.db');
    const db = openConnection(file);
    migrate(db, { file, migrationsDir: MIGRATIONS_DIR, nowMs: 0 });
    return { file, db };
  };
  /** No page can be added any more. */
  const limitPages = (db: Database.Database): void => {
    db.pragma(`max_page_count = ${String(db.pragma('page_count', { simple: true }))}`);
  };

  it('takes nothing of a batch that does not fit, and all of it when there is room again', () => {
    const { file, db } = createDatabase();
    const writer = createBatchWriter(db);
    const clock = fakeClock();
    const queue = createBatchQueue();
    const ports = Array.from({ length: 400 }, (_, index) =>
      createPortSeries(`out_host_10.0.0.2_${index}`, { ESTABLISHED: index }),
    );
    queue.add(createSampleIntake(1000).take(createCycleRecord(clock, { ports }), 0));
    const [batch] = queue.batches();
    if (batch === undefined) throw new Error('no batch');
    limitPages(db);
    const write = (): void => {
      try {
        writer.write(batch);
      } catch (error) {
        throw storeError(file, error);
      }
    };
    expect(write).toThrow(expect.objectContaining({ code: 'STORE_FULL' }));
    expect(db.prepare('SELECT count(*) FROM series').pluck().get()).toBe(0);
    db.pragma('max_page_count = 100000');
    writer.write(batch);
    expect(db.prepare('SELECT count(*) FROM series').pluck().get()).toBe(403);
    db.close();
  });

  it('keeps alerts and mail in memory until there is room again', () => {
    const { file, db } = createDatabase();
    const durable = openDurableConnection(file);
    let problem: string | null = null;
    const journal = createAlertJournal({ rows: prepareAlertRows(durable), file, report: (text) => (problem = text) });
    limitPages(durable);
    const large = createMail('m1', { html: 'x'.repeat(100_000) });
    journal.commitAlerts([createAlertChange(createAlert('a'))], [large]);
    expect(problem).toMatch(/no space left for database .*1 change of alerts and mail/);
    expect(journal.loadActiveAlerts()).toEqual([createAlert('a')]);
    expect(journal.dueMessages(large.createdAtMs, 1, 'mail')).toMatchObject([{ messageId: 'm1' }]);
    expect(db.prepare('SELECT count(*) FROM alert').pluck().get()).toBe(0);
    durable.pragma('max_page_count = 100000');
    journal.retry();
    expect([problem, journal.countWaiting()]).toEqual([null, 0]);
    expect(db.prepare('SELECT count(*) FROM outbox').pluck().get()).toBe(1);
    durable.close();
    db.close();
  });
});

describe('a damaged file', () => {
  const createFile = (): string => {
    const test = openTestStore();
    for (let count = 0; count < 400; count++) {
      test.beat({ ports: [createPortSeries(ID, { ESTABLISHED: count * 1000 })] });
    }
    test.store.close();
    return test.file;
  };
  const DAMAGES: [string, (file: string) => void][] = [
    ['random bytes', (file) => writeFileSync(file, Buffer.alloc(20_000, 'no database '))],
    ['cut short', (file) => truncateSync(file, statSync(file).size - 8192)],
    ['schema page overwritten', (file) => overwrite(file, 100, 4096)],
  ];
  const overwrite = (file: string, from: number, to: number): void => {
    const bytes = readFileSync(file);
    bytes.fill(0xa5, from, to);
    writeFileSync(file, bytes);
  };
  const listAside = (file: string): string[] =>
    readdirSync(dirname(file)).filter((name) => /\.aside-\d{8}T\d{6}Z/.test(name) && !/-(wal|shm)$|\.lock$/.test(name));

  it.each(DAMAGES)('(%s) is set aside at the start, and a new one begun', (_, damage) => {
    const file = createFile();
    damage(file);
    const before = readFileSync(file);
    const test = openTestStore({ file });
    const [aside = ''] = listAside(file);
    expect(readFileSync(join(dirname(file), aside)).equals(before)).toBe(true);
    expect(test.health.problems.get('store')).toMatch(
      /is damaged .*It is now .*\.aside-\d+.* to restore a backup, stop portcast/,
    );
    expect(test.log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    test.store.commitAlerts([createAlertChange(createAlert('b'))], [createMail('m9')]);
    test.beat({ ports: [createPortSeries(ID, { ESTABLISHED: 1 })] });
    test.reopen();
    expect(test.store.loadActiveAlerts().map(({ id }) => id)).toContain('b');
    expect(test.store.portHistory({ id: ID, fromMs: 0, toMs: test.clock.wallMs(), points: 1 })).not.toBeNull();
  });

  it('is left alone when it was never a database of portcast: another name, no mark, no lock file', () => {
    const file = join(createTempFolder(), 'notes.txt');
    writeFileSync(file, 'no database '.repeat(1000));
    expect(() => openTestStore({ file })).toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }));
    expect(readFileSync(file, 'utf8')).toBe('no database '.repeat(1000));
    expect(readdirSync(dirname(file))).toEqual(['notes.txt']);
  });

  it.each(['at the start', 'while it is open'])(
    'with damage among its data is replaced (%s); what can be read goes on',
    (when) => {
      const file = createFile();
      const db = keepStatements(new Database(file));
      const page = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'raw_chunk'").pluck().get() as number;
      db.close();
      overwrite(file, (page - 1) * 4096, page * 4096);
      const test = openTestStore({ file });
      test.store.commitAlerts([createAlertChange(createAlert('a'))], [createMail('m1')]);
      const query = { id: ID, fromMs: test.clock.wallMs() - 20_000, toMs: test.clock.wallMs() + 20_000, points: 10 };
      if (when === 'at the start') {
        expect(() => test.store.portHistory(query)).toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }));
        expect(test.health.problems.get('store')).toMatch(/is damaged/);
      }
      for (let count = 0; count < 10; count++) test.beat({ ports: [createPortSeries(ID, { ESTABLISHED: 1 })] });
      expect(test.health.problems.get('store')).toMatch(/is damaged .*It is now .* what could be read of it/);
      expect(listAside(file)).toHaveLength(1);
      expect(test.store.portHistory(query)).not.toBeNull();
      expect(test.store.loadActiveAlerts()).toEqual([createAlert('a')]);
      test.health.problems.clear();
      test.reopen();
      expect(test.store.dueMessages(test.clock.wallMs(), 9, 'mail')).toMatchObject([{ messageId: 'm1' }]);
      expect([...test.health.problems.values()]).toEqual([]);
      expect(test.sql().pragma('integrity_check', { simple: true })).toBe('ok');
    },
  );

  it('with a block of samples that cannot be decoded goes on without it, and says so', () => {
    const test = openTestStore();
    for (let count = 0; count < 200; count++) test.beat({ ports: [createPortSeries(ID, { ESTABLISHED: count })] });
    const db = test.sql();
    db.exec("UPDATE raw_chunk SET data = x'ffffffffffffffffff' WHERE id = 1; UPDATE raw_tail SET data = x'ffff'");
    const toMs = test.clock.wallMs();
    expect(test.store.portHistory({ id: ID, fromMs: toMs - 400_000, toMs, points: 10 })).not.toBeNull();
    expect(test.health.problems.get('store')).toMatch(/damaged records of database .* are left out, so far \d+;/);
    for (let count = 0; count < 200; count++) test.beat({ ports: [createPortSeries(ID, { ESTABLISHED: count })] });
    // The rows that cannot be sealed are gone, and those after them were sealed.
    expect(db.prepare('SELECT count(*) FROM raw_tail WHERE length(data) = 2').pluck().get()).toBe(0);
    expect(db.prepare('SELECT max(to_ms) FROM raw_chunk').pluck().get()).toBeGreaterThan(toMs);
    expect(test.store.stats()).toMatchObject({ droppedSamples: 0 });
  });
});
