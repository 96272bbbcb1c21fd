/** Retention, the cap, slices that stay small, and a file that only its owner can read. */
import Database from 'better-sqlite3';
import { keepStatements } from '../../../../daemon/store/database.js';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { openConnection, type Connection } from '../../../../daemon/store/database.js';
import { createMaintenance } from '../../../../daemon/store/upkeep/maintenance.js';
import { SLICE_PAGES, SLICE_ROWS, type Slice } from '../../../../daemon/store/upkeep/slice.js';
import { limitSpace, measureSpace, divideSpace } from '../../../../daemon/store/upkeep/space.js';
import { backupDatabase } from '../../../../daemon/store/backup.js';
import type { StoreOptions } from '../../../../daemon/store/store.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../../daemon/units.js';
import { createTempFolder, openTestStore, type TestStore } from '../../../builders/stores.js';
import { createAlert, createAlertChange, createMail, pool, createPortSeries } from '../../../builders/records.js';

const MIB = 1024 * 1024;
const SHORT = { rawMs: 10 * MINUTE_MS, minuteMs: 2 * HOUR_MS, hourMs: 2 * DAY_MS };

/** Beats of 10 s, so that days pass quickly; every count differs. */
function run(test: TestStore, ms: number, count = 3): void {
  for (let left = ms; left > 0; left -= 10_000) {
    const beat = Math.floor(test.clock.monotonicMs() / 1000);
    const ports = Array.from({ length: count }, (_, index) =>
      createPortSeries(`out_host_10.0.0.2_${index}`, {
        ESTABLISHED: (beat * (index + 7919)) % 1009,
        TIME_WAIT: (beat * 31) % 5003,
      }),
    );
    test.beat({ ports, pools: [pool('p', { sampledAtMs: test.clock.wallMs(), pressure: (beat % 100) / 100 })] });
    test.pass(8000);
  }
}

function count(db: Connection, table: string): number {
  return db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? NaN;
}

function bytesOnDisk(file: string): number {
  return ['', '-wal', '-shm'].reduce((sum, end) => {
    return sum + (existsSync(file + end) ? statSync(file + end).size : 0);
  }, 0);
}

describe('retention', () => {
  it('deletes each tier at its own age, forecasts with the minutes', () => {
    const test = openTestStore({ retention: { rawMs: 10 * MINUTE_MS, minuteMs: HOUR_MS, hourMs: 6 * DAY_MS } });
    run(test, 3 * HOUR_MS);
    const db = test.sql();
    const nowMs = test.clock.wallMs();
    const oldest = (sql: string): number => nowMs - (db.prepare<[], number>(sql).pluck().get() ?? NaN);
    expect(oldest('SELECT min(to_ms) FROM raw_chunk')).toBeLessThan(11 * MINUTE_MS);
    expect(oldest('SELECT min(to_ms) FROM minute_chunk')).toBeLessThan(HOUR_MS + MINUTE_MS);
    expect(oldest('SELECT min(made_at_ms) FROM forecast')).toBeLessThan(HOUR_MS + MINUTE_MS);
    expect(count(db, 'hour_tail')).toBeGreaterThan(0);
  });

  it('forgets series that no tier refers to, and takes them up again', () => {
    const test = openTestStore({ retention: { ...SHORT, minuteMs: HOUR_MS, hourMs: HOUR_MS } });
    test.beat({ ports: [createPortSeries('out_host_10.0.0.9_80', { ESTABLISHED: 1 })] });
    const names = test.sql().prepare<[], string>('SELECT name FROM series WHERE kind = 0 ORDER BY name').pluck();
    // The hours of a window of four days are sealed when it is over.
    for (let day = 0; day < 9; day++) {
      test.clock.advance(DAY_MS - 10 * MINUTE_MS);
      test.pass(1000);
      run(test, 10 * MINUTE_MS, 1);
    }
    expect(names.all()).toEqual(['other', 'out_host_10.0.0.2_0']);
    const fromMs = test.clock.wallMs();
    test.beat({ ports: [createPortSeries('out_host_10.0.0.9_80', { ESTABLISHED: 5 })] });
    test.reopen();
    const history = test.store.portHistory({ id: 'out_host_10.0.0.9_80', fromMs, toMs: fromMs + 2000, points: 1 });
    expect(history?.max['established']).toEqual([5]);
  });

  it('does not believe a clock that has just jumped a year ahead', () => {
    const test = openTestStore({ retention: SHORT });
    run(test, 30 * MINUTE_MS);
    const db = test.sql();
    const before = count(db, 'raw_chunk');
    expect(before).toBeGreaterThan(0);
    test.clock.stepWall(365 * DAY_MS);
    test.pass(MINUTE_MS);
    test.clock.stepWall(-365 * DAY_MS);
    test.pass(MINUTE_MS);
    expect(count(db, 'raw_chunk')).toBeGreaterThanOrEqual(before);
    test.pass(70 * MINUTE_MS);
    expect(count(db, 'raw_chunk')).toBe(0);
  });

  it('keeps resolved alerts and sent mail for their time, and what is active or unsent for ever', () => {
    const test = openTestStore();
    const old = test.clock.wallMs() - 401 * DAY_MS;
    const times = { pendingAtMs: old, createdAtMs: old };
    test.store.commitAlerts(
      [
        createAlertChange(createAlert('firing', times)),
        createAlertChange(createAlert('resolved', { ...times, state: 'resolved', resolvedAtMs: old })),
      ],
      ['sent', 'failed', 'waiting'].map((id) => createMail(id, { createdAtMs: old })),
    );
    test.store.recordAttempt('sent', { ok: true, response: '250' }, old, null);
    test.store.recordAttempt('failed', { ok: false, retry: false, error: '550' }, old, null);
    test.pass(MINUTE_MS);
    expect(test.store.listAlerts({ limit: 9 }).map(({ id }) => id)).toEqual(['firing']);
    expect(test.store.dueMessages(test.clock.wallMs(), 9).map(({ messageId }) => messageId)).toEqual(['waiting']);
    expect(test.store.outboxSummary()).toMatchObject({ pending: 1, failed: 0 });
  });
});

describe('the cap', () => {
  it.each([1, 2])('of %i MiB is kept at every beat, detailed data goes first, the newest stays', (mib) => {
    const test = openTestStore({ capBytes: mib * MIB });
    let most = 0;
    for (let step = 0; step < 24 * mib; step++) {
      for (let beat = 0; beat < 30; beat++) {
        run(test, 10_000, 60);
        most = Math.max(most, bytesOnDisk(test.file));
      }
      test.store.commitAlerts([createAlertChange(createAlert(`a${step}`))], []);
    }
    expect(most).toBeLessThanOrEqual(mib * MIB);
    expect(most).toBeGreaterThan(mib * MIB * 0.5);
    expect(test.health.problems.size).toBe(0);
    expect(test.store.stats()).toMatchObject({ droppedSamples: 0, capBytes: mib * MIB });
    expect(test.store.loadActiveAlerts()).toHaveLength(24 * mib);
    const toMs = test.clock.wallMs();
    const newest = test.store.portHistory({ id: 'out_host_10.0.0.2_7', fromMs: toMs - MINUTE_MS, toMs, points: 6 });
    expect(newest?.mean['total']?.every((value) => value !== null)).toBe(true);
    expect(count(test.sql(), 'hour_tail')).toBeGreaterThan(0);
  });

  it('too small for anything stops the samples, says so, and still takes alerts', () => {
    const test = openTestStore({ capBytes: 220 * 1024 });
    run(test, 20 * MINUTE_MS, 60);
    expect(test.health.problems.get('store')).toMatch(/takes \d+ of the 225280 bytes it is allowed/);
    test.store.commitAlerts([createAlertChange(createAlert('a'))], [createMail('m')]);
    test.reopen({ capBytes: 64 * MIB });
    test.health.problems.clear();
    expect(test.store.loadActiveAlerts()).toHaveLength(1);
    run(test, MINUTE_MS);
    expect(test.health.problems.size).toBe(0);
  });

  it('that was lowered shrinks the file', () => {
    const test = openTestStore();
    run(test, 6 * HOUR_MS, 60);
    test.store.close();
    const before = statSync(test.file).size;
    test.reopen({ capBytes: MIB });
    expect(before).toBeGreaterThan(1.5 * MIB);
    test.pass(5 * MINUTE_MS);
    expect(bytesOnDisk(test.file)).toBeLessThanOrEqual(MIB);
  });
});

describe('upkeep', () => {
  it('goes in slices that never exceed their bound', () => {
    const test = openTestStore();
    run(test, HOUR_MS, 150);
    test.store.close();
    const db = openConnection(test.file);
    const durable = openConnection(test.file);
    const budget = divideSpace(MIB / 2);
    limitSpace(db, durable, budget);
    const space = measureSpace(db, test.file, budget);
    const maintenance = createMaintenance({
      db,
      clock: test.clock,
      space,
      retention: { rawMs: 0, minuteMs: 0, hourMs: 0 },
      onForget: () => undefined,
    });
    const slices: Slice[] = [];
    for (let tick = 0; tick < 2 * 3600; tick++) {
      test.clock.advance(1000);
      const slice = maintenance.step();
      if (slice !== null) slices.push(slice);
    }
    db.close();
    durable.close();
    expect(new Set(slices.map(({ task }) => task))).toEqual(
      new Set(['checkpoint', 'evict', 'seal', 'expire', 'vacuum', 'forget']),
    );
    for (const { task, amount } of slices) {
      expect(amount).toBeLessThanOrEqual(task === 'vacuum' ? SLICE_PAGES : SLICE_ROWS);
    }
  });
});

describe('files', () => {
  it('are for the owner only, whatever the umask: database, WAL, shm, folder and backup', async () => {
    const before = process.umask(0);
    try {
      const test = openTestStore();
      test.beat({});
      const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
      expect(['', '-wal', '-shm'].map((end) => mode(test.file + end))).toEqual(['600', '600', '600']);
      expect(mode(dirname(test.file))).toBe('700');
      const target = join(createTempFolder(), 'copy.db');
      await backupDatabase(test.file, target);
      expect(mode(target)).toBe('600');
    } finally {
      process.umask(before);
    }
  });
});

describe('backup', () => {
  it('of a live database is consistent, holds what was committed, and opens like the original', async () => {
    const test = openTestStore();
    run(test, 10 * MINUTE_MS);
    test.store.commitAlerts([createAlertChange(createAlert('a'))], [createMail('m')]);
    const writer = keepStatements(new Database(test.file));
    writer.exec('BEGIN IMMEDIATE');
    const target = join(createTempFolder(), 'copy.db');
    await backupDatabase(test.file, target);
    writer.close();
    const copy = keepStatements(new Database(target, { readonly: true }));
    expect(copy.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(copy.pragma('auto_vacuum', { simple: true })).toBe(2);
    copy.close();
    const options: Partial<StoreOptions> = { file: target };
    const restored = openTestStore(options);
    expect(restored.store.loadActiveAlerts()).toEqual([createAlert('a')]);
    const query = { id: 'out_host_10.0.0.2_1', fromMs: test.clock.wallMs() - 9 * MINUTE_MS, points: 20 };
    const toMs = test.clock.wallMs() - MINUTE_MS;
    expect(restored.store.portHistory({ ...query, toMs })).toEqual(test.store.portHistory({ ...query, toMs }));
  });

  it('overwrites nothing, needs a database, and leaves no half file', async () => {
    const test = openTestStore();
    test.store.flush();
    const folder = createTempFolder();
    await expect(backupDatabase(test.file, test.file)).rejects.toThrow(/exists already/);
    await expect(backupDatabase(join(folder, 'none.db'), join(folder, 'x.db'))).rejects.toThrow(/none\.db/);
    expect(existsSync(join(folder, 'x.db'))).toBe(false);
    await expect(backupDatabase(test.file, join(folder, 'no', 'x.db'))).rejects.toThrow(/cannot create backup/);
    expect(readFileSync(test.file).length).toBeGreaterThan(0);
  });
});
