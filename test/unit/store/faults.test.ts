/** A database that is locked, full, damaged, foreign or killed: nothing promised is lost, and it is said in plain words. */
import Database from 'better-sqlite3';
import { keepStatements } from '../../../daemon/store/database.js';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { MIGRATIONS_DIR, PACKAGE_ROOT } from '../../../daemon/paths.js';
import { createBatchQueue } from '../../../daemon/store/series/batch.js';
import { openConnection, openDurableConnection, storeError, withStoreErrors } from '../../../daemon/store/database.js';
import { createSampleIntake } from '../../../daemon/store/series/sample-intake.js';
import { createAlertJournal } from '../../../daemon/store/records/alert-journal.js';
import { migrate } from '../../../daemon/store/migrations.js';
import { createBatchWriter } from '../../../daemon/store/series/batch-writer.js';
import { fakeClock } from '../../fakes.js';
import { tempFolder, testStore } from '../../builders/stores.js';
import { alert, change, cycleRecord, mail, port } from '../../builders/records.js';

const ID = 'out_host_10.0.0.2_443';
const REQUIRE = createRequire(import.meta.url);

/** Another process that holds the write lock until told to let go. */
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
    const test = testStore();
    const fromMs = test.clock.wallMs();
    test.beat({ ports: [port(ID, { ESTABLISHED: 1 })] });
    const release = await lockElsewhere(test.file);
    for (let count = 2; count <= 20; count++) test.beat({ ports: [port(ID, { ESTABLISHED: count })] });
    test.store.commitAlerts([change(alert('a'))], [mail('m1')]);
    expect(test.store.loadActiveAlerts()).toEqual([alert('a')]);
    expect(test.health.problems.get('store')).toMatch(/is locked by another process; new samples wait in memory/);
    expect(test.store.stats()).toMatchObject({ pendingRecords: 20, lastFlushAtMs: null });
    await release();
    test.pass(15_000);
    expect(test.health.problems.size).toBe(0);
    expect(test.store.stats()).toMatchObject({ pendingRecords: 0, droppedSamples: 0 });
    test.reopen();
    expect(test.store.loadActiveAlerts()).toEqual([alert('a')]);
    const history = test.store.portHistory({ id: ID, fromMs, toMs: fromMs + 40_000, points: 20 });
    expect(history?.mean['established']).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  it('that lasts longer than ten minutes costs the oldest samples, counted and said', async () => {
    const test = testStore();
    const release = await lockElsewhere(test.file);
    for (let count = 1; count <= 330; count++) test.beat({ ports: [port(ID, { ESTABLISHED: count })] });
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

  it('at the start is a clear error', async () => {
    const file = join(tempFolder(), 'x.db');
    openConnection(file).close();
    const release = await lockElsewhere(file);
    expect(() => testStore({ file })).toThrow(expect.objectContaining({ code: 'STORE_LOCKED', retryable: true }));
    await release();
  });
});

describe('a full database', () => {
  const setUp = () => {
    const file = join(tempFolder(), 'x.db');
    const db = openConnection(file);
    migrate(db, { file, migrationsDir: MIGRATIONS_DIR, nowMs: 0 });
    return { file, db };
  };
  const freeze = (db: Database.Database): void => {
    db.pragma(`max_page_count = ${String(db.pragma('page_count', { simple: true }))}`);
  };

  it('refuses a batch as a whole, and takes it when there is room again', () => {
    const { file, db } = setUp();
    const writer = createBatchWriter(db);
    const clock = fakeClock();
    const pending = createBatchQueue();
    const ports = Array.from({ length: 400 }, (_, index) => port(`out_host_10.0.0.2_${index}`, { ESTABLISHED: index }));
    pending.add(createSampleIntake(1000).take(cycleRecord(clock, { ports }), 0));
    const [batch] = pending.batches();
    if (batch === undefined) throw new Error('no batch');
    freeze(db);
    const refused = (): void => {
      try {
        writer.write(batch);
      } catch (error) {
        throw storeError(file, error);
      }
    };
    expect(refused).toThrow(expect.objectContaining({ code: 'STORE_FULL' }));
    expect(db.prepare('SELECT count(*) FROM series').pluck().get()).toBe(0);
    db.pragma('max_page_count = 100000');
    writer.write(batch);
    expect(db.prepare('SELECT count(*) FROM series').pluck().get()).toBe(403);
    db.close();
  });

  it('keeps alerts and mail in memory until there is room again', () => {
    const { file, db } = setUp();
    const durable = openDurableConnection(file);
    let problem: string | null = null;
    const journal = createAlertJournal({ db: durable, file, report: (text) => (problem = text) });
    freeze(durable);
    const large = mail('m1', { html: 'x'.repeat(100_000) });
    journal.commitAlerts([change(alert('a'))], [large]);
    expect(problem).toMatch(/no space left for database .*1 change of alerts and mail/);
    expect(journal.loadActiveAlerts()).toEqual([alert('a')]);
    expect(journal.dueMessages(large.createdAtMs, 1)).toMatchObject([{ messageId: 'm1' }]);
    expect(db.prepare('SELECT count(*) FROM alert').pluck().get()).toBe(0);
    durable.pragma('max_page_count = 100000');
    journal.retry();
    expect([problem, journal.waiting()]).toEqual([null, 0]);
    expect(db.prepare('SELECT count(*) FROM outbox').pluck().get()).toBe(1);
    durable.close();
    db.close();
  });
});

describe('a damaged file', () => {
  const filled = (): string => {
    const test = testStore();
    for (let count = 0; count < 400; count++) test.beat({ ports: [port(ID, { ESTABLISHED: count * 1000 })] });
    test.store.close();
    return test.file;
  };
  it.each([
    ['random bytes', (file: string) => writeFileSync(file, Buffer.alloc(20_000, 'no database '))],
    ['one cut short', (file: string) => truncateSync(file, statSync(file).size - 8192)],
    [
      'one whose schema page is overwritten',
      (file: string) => {
        const bytes = readFileSync(file);
        bytes.fill(0xa5, 100, 4096);
        writeFileSync(file, bytes);
      },
    ],
  ])('%s is refused with what to do, and left as it is', (_, damage) => {
    const file = filled();
    damage(file);
    const before = readFileSync(file);
    expect(() => testStore({ file })).toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }));
    expect(() => testStore({ file })).toThrow(/move .* aside, then restore a backup or start afresh/);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('damaged where only data is, shows when it is touched; samples stop, the daemon does not', () => {
    const file = filled();
    const db = keepStatements(new Database(file, { readonly: true }));
    const page = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'raw_chunk'").pluck().get() as number;
    db.close();
    const bytes = readFileSync(file);
    bytes.fill(0xa5, (page - 1) * 4096, page * 4096);
    writeFileSync(file, bytes);
    const test = testStore({ file });
    for (let count = 0; count < 10; count++) test.beat({ ports: [port(ID, { ESTABLISHED: 1 })] });
    expect(test.health.problems.get('store')).toMatch(/is damaged .* it is left as it is/);
    // The first five went into the tail; sealing it touched the damage.
    expect(test.store.stats().pendingRecords).toBe(5);
    const query = { id: ID, fromMs: test.clock.wallMs() - 20_000, toMs: test.clock.wallMs(), points: 10 };
    expect(() => test.store.portHistory(query)).toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }));
    test.store.commitAlerts([change(alert('a'))], []);
    expect(test.store.loadActiveAlerts()).toEqual([alert('a')]);
  });
});

describe('the binary of better-sqlite3', () => {
  /** @returns a copy of the package as npm installs it, with `spoil` applied to the folder of its binaries. */
  function copyPackage(spoil: (prebuilds: string) => void): typeof Database {
    const modules = join(tempFolder(), 'node_modules');
    const copy = join(modules, 'better-sqlite3');
    cpSync(join(PACKAGE_ROOT, 'node_modules', 'better-sqlite3'), copy, {
      recursive: true,
      filter: (path) => !/better-sqlite3\/(deps|src)$/.test(path),
    });
    spoil(join(copy, 'prebuilds'));
    return createRequire(join(modules, 'x.js'))('better-sqlite3') as typeof Database;
  }

  it.each<[string, (prebuilds: string) => void]>([
    ['is missing', (prebuilds) => rmSync(prebuilds, { recursive: true })],
    ['is damaged', (prebuilds) => readdirSync(prebuilds).forEach((name) => writeFileSync(join(prebuilds, name), 'x'))],
  ])('that %s is named, with the platforms that have one and the command that mends it', (_name, spoil) => {
    const Copy = copyPackage(spoil);
    const open = () => withStoreErrors('x.db', () => new Copy(':memory:'));
    expect(open).toThrow(expect.objectContaining({ code: 'STORE_BINDING' }));
    expect(open).toThrow(/has no binary that loads on this linux-\w+ \(.*\).* glibc 2\.34 .* packages again: npm ci/);
  });
});
