/** Bursts and daily peaks: kept, bounded, read back across tiers, restarts and a database from before them. */
import { cpSync, mkdirSync, copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import type { Burst } from '../../../../daemon/forecast/history/types.js';
import { MIGRATIONS_DIR } from '../../../../daemon/paths.js';
import { openConnection } from '../../../../daemon/store/database.js';
import { migrate } from '../../../../daemon/store/migrations.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../../daemon/units.js';
import { addSeries, writeYear } from '../../../tools/bench/storage-year.js';
import { createTempFolder, openTestStore, type TestStore } from '../../../builders/stores.js';
import { createCycleRecord, pool } from '../../../builders/records.js';

const POOL = 'connect_host_10.0.0.1_10.0.0.2_443';

function burst(beganAtMs: number, some: Partial<Burst> = {}): Burst {
  return { poolId: POOL, beganAtMs, durationMs: 12_345, rate: 20.5, baseRate: 1.25, exhausted: false, ...some };
}

/** A beat every 10 minutes, so that days pass quickly. */
function run(test: TestStore, ms: number, pressureAt: (atMs: number) => number | null): void {
  for (let left = ms; left > 0; left -= 10 * MINUTE_MS) {
    const pressure = pressureAt(test.clock.wallMs());
    test.beat({ pools: pressure === null ? [] : [pool(POOL, { pressure })] });
    test.pass(8000);
    test.clock.advance(10 * MINUTE_MS - 10_000);
  }
}

describe('bursts', () => {
  it('are read back at once, after their batch, and after a restart, those of the pool only, oldest first', () => {
    const test = openTestStore();
    const nowMs = test.clock.wallMs();
    const mine = [burst(nowMs - 90_000, { exhausted: true }), burst(nowMs - 50_000)];
    const bursts = [...mine].reverse().concat(burst(nowMs, { poolId: 'other' }));
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
    for (let index = 0; index < 230; index++) test.beat({ bursts: [burst(nowMs + index * 1000)] });
    test.beat({ bursts: [burst(nowMs, { poolId: 'quiet' })] });
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
    test.beat({ bursts: [burst(nowMs - 401 * DAY_MS), burst(nowMs - 399 * DAY_MS)] });
    test.pass(MINUTE_MS);
    expect(test.store.poolPast(POOL).bursts.map(({ beganAtMs }) => beganAtMs)).toEqual([nowMs - 399 * DAY_MS]);
  });

  it('find their table in a database from before it, beside what was there', () => {
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
    test.beat({ bursts: [burst(test.clock.wallMs())] });
    test.store.flush();
    expect(test.store.poolPast(POOL).bursts).toHaveLength(1);
    expect(test.sql().prepare("SELECT name FROM series WHERE kind = 1 AND name <> 'other'").pluck().all()).toEqual([
      POOL,
    ]);
  });
});

describe('daily peaks', () => {
  it('are the greatest pressure of each UTC day, whatever tier holds it, with the hours that were sampled', () => {
    const test = openTestStore();
    const firstDay = Math.floor(test.clock.wallMs() / DAY_MS) * DAY_MS;
    const pressureAt = (atMs: number): number | null => {
      const [day, hour] = [Math.floor((atMs - firstDay) / DAY_MS), Math.floor(atMs / HOUR_MS) % 24];
      // On the third day the pool holds no port from six on; on the fourth none at all.
      if (day === 3 || (day === 2 && hour >= 6)) return null;
      return hour === 3 + day ? 0.5 + day / 10 : 0.1;
    };
    // From noon of the first day to 4:30 of the tenth.
    run(test, 12 * HOUR_MS + 8 * DAY_MS + 4.5 * HOUR_MS, pressureAt);
    const { dailyPeaks } = test.store.poolPast(POOL);
    expect(dailyPeaks.map(({ dayMs, pressure, hours }) => [(dayMs - firstDay) / DAY_MS, pressure, hours])).toEqual([
      [0, 0.1, 12],
      [1, 0.6, 24],
      [2, 0.7, 24],
      [4, 0.9, 24],
      [5, 1, 24],
      [6, 1.1, 24],
      [7, 1.2, 24],
      [8, 1.3, 24],
      [9, 0.1, 5],
    ]);
    test.reopen();
    expect(test.store.poolPast(POOL).dailyPeaks).toEqual(dailyPeaks);
  });

  it('leave out what the pressure is not known of, and instants that are still to come', () => {
    const test = openTestStore();
    test.beat({ pools: [pool(POOL, { pressure: null })] });
    expect(test.store.poolPast(POOL).dailyPeaks).toEqual([]);
    test.beat({ pools: [pool(POOL, { pressure: 0.25 })] });
    expect(test.store.poolPast(POOL).dailyPeaks).toMatchObject([{ pressure: 0.25, hours: 1 }]);
    test.clock.stepWall(-2 * DAY_MS);
    expect(test.store.poolPast(POOL).dailyPeaks).toEqual([]);
  });

  it('of the last 98 days agree with the history and cost little', () => {
    const test = openTestStore();
    const endMs = Math.floor(test.clock.wallMs() / (4 * DAY_MS)) * 4 * DAY_MS;
    test.clock.stepWall(endMs - test.clock.wallMs() - 1);
    test.store.close();
    const db = openConnection(test.file);
    let state = 1;
    const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    writeYear(db, { series: addSeries(db, [], [POOL]), endMs, hourDays: 400, minuteDays: 8, random });
    db.close();
    test.reopen();
    const { dailyPeaks } = test.store.poolPast(POOL);
    const history = test.store.poolHistory({ id: POOL, fromMs: endMs - 99 * DAY_MS, toMs: endMs, points: 99 });
    expect(dailyPeaks.map(({ dayMs }) => dayMs)).toEqual(history?.t);
    expect(dailyPeaks.map(({ pressure }) => pressure)).toEqual(history?.max['pressure']);
    expect(dailyPeaks.every(({ hours }) => hours === 24)).toBe(true);
    const times = Array.from({ length: 20 }, () => {
      const startedMs = performance.now();
      test.store.poolPast(POOL);
      return performance.now() - startedMs;
    });
    times.sort((a, b) => a - b);
    expect(times[10]).toBeLessThan(30);
  });
});

describe('an unreadable database', () => {
  it('gives no past instead of an error, and the log says why', () => {
    const test = openTestStore();
    test.beat({ bursts: [burst(test.clock.wallMs())] });
    test.store.flush();
    const db = test.sql();
    db.exec('DROP TABLE burst');
    expect(test.store.poolPast(POOL)).toEqual({ bursts: [], dailyPeaks: [] });
    expect(test.log.lines.at(-1)).toMatchObject({ level: 'warn', args: [{ poolId: POOL }, expect.any(String)] });
  });
});
