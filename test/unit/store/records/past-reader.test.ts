/** The stored past of a pool: its bursts, also those of a database from before bursts were stored. */
import { copyFileSync, cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import type { Burst } from '../../../../daemon/forecast/history/types.js';
import { MIGRATIONS_DIR } from '../../../../daemon/paths.js';
import { openConnection } from '../../../../daemon/store/database.js';
import { migrate } from '../../../../daemon/store/migrations.js';
import { DAY_MS, MINUTE_MS } from '../../../../daemon/units.js';
import { createCycleRecord } from '../../../builders/records.js';
import { createTempFolder, openTestStore } from '../../../builders/stores.js';
import { addSeries } from '../../../tools/bench/storage-year.js';

const POOL = 'connect_host_10.0.0.1_10.0.0.2_443';

function createBurst(beganAtMs: number, changes: Partial<Burst> = {}): Burst {
  return {
    poolId: POOL,
    kind: 'closes',
    beganAtMs,
    durationMs: 12_345,
    rate: 20.5,
    baseRate: 1.25,
    exhausted: false,
    ...changes,
  };
}

describe('bursts', () => {
  it('are read from memory, from the database and after a restart, those of the pool only, oldest first', () => {
    const test = openTestStore();
    const nowMs = test.clock.wallMs();
    const mine = [createBurst(nowMs - 90_000, { exhausted: true }), createBurst(nowMs - 50_000)];
    const bursts = [...mine].reverse().concat(createBurst(nowMs, { poolId: 'other' }));
    test.store.append(createCycleRecord(test.clock, { bursts }));
    expect(test.store.poolPast(POOL)).toEqual({ bursts: mine, dailyPeaks: [] });
    test.store.flush();
    expect(test.store.poolPast(POOL).bursts).toEqual(mine);
    test.reopen();
    expect(test.store.poolPast(POOL).bursts).toEqual(mine);
    expect(test.store.poolPast('nobody')).toEqual({ bursts: [], dailyPeaks: [] });
  });

  it('are the newest 200 of a pool, on disk and in the answer', () => {
    const test = openTestStore();
    const nowMs = test.clock.wallMs();
    const stored = Array.from({ length: 230 }, (_, index) => createBurst(nowMs + index * 1000));
    for (let index = 0; index < stored.length; index += 10) test.beat({ bursts: stored.slice(index, index + 10) });
    test.beat({ bursts: [createBurst(nowMs, { poolId: 'quiet' })] });
    expect(test.store.poolPast(POOL).bursts.map(({ beganAtMs }) => beganAtMs)).toEqual(
      Array.from({ length: 200 }, (_, index) => nowMs + (index + 30) * 1000),
    );
    test.store.flush();
    const count = test.sql().prepare('SELECT count(*) FROM burst WHERE pool_id = ?').pluck();
    expect(count.get(POOL)).toBe(200);
    expect(test.store.poolPast('quiet').bursts).toHaveLength(1);
  });

  it('are deleted after 400 days', () => {
    const test = openTestStore();
    const nowMs = test.clock.wallMs();
    test.beat({ bursts: [createBurst(nowMs - 401 * DAY_MS), createBurst(nowMs - 399 * DAY_MS)] });
    test.pass(MINUTE_MS);
    expect(test.store.poolPast(POOL).bursts.map(({ beganAtMs }) => beganAtMs)).toEqual([nowMs - 399 * DAY_MS]);
  });

  it('are stored in a database from before there was a table for them, and its series are kept', () => {
    const migrationsDir = join(createTempFolder(), 'migrations');
    mkdirSync(migrationsDir);
    copyFileSync(join(MIGRATIONS_DIR, '0001_initial.sql'), join(migrationsDir, '0001_initial.sql'));
    const file = join(createTempFolder(), 'old.db');
    const old = openConnection(file);
    migrate(old, { file, migrationsDir, nowMs: 0 });
    addSeries(old, [], [POOL]);
    old.close();
    rmSync(migrationsDir, { recursive: true });
    cpSync(MIGRATIONS_DIR, migrationsDir, { recursive: true });
    const test = openTestStore({ file, migrationsDir });
    test.beat({ bursts: [createBurst(test.clock.wallMs())] });
    test.store.flush();
    expect(test.store.poolPast(POOL).bursts).toHaveLength(1);
    expect(test.sql().prepare("SELECT name FROM series WHERE kind = 1 AND name <> 'other'").pluck().all()).toEqual([
      POOL,
    ]);
  });
});

describe('an unreadable database', () => {
  it('gives an empty past instead of an error, and a line in the log', () => {
    const test = openTestStore();
    test.beat({ bursts: [createBurst(test.clock.wallMs())] });
    test.store.flush();
    const db = test.sql();
    db.exec('DROP TABLE burst');
    expect(test.store.poolPast(POOL)).toEqual({ bursts: [], dailyPeaks: [] });
    expect(test.log.lines.at(-1)).toMatchObject({ level: 'warn', args: [{ poolId: POOL }, expect.any(String)] });
  });
});
