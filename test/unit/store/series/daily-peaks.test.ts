/** The daily peaks of a pool. */
import { describe, expect, it } from 'vitest';

import { openConnection } from '../../../../daemon/store/database.js';
import { createBatchWriter } from '../../../../daemon/store/series/batch-writer.js';
import { createDailyPeakReader } from '../../../../daemon/store/series/daily-peaks.js';
import { createTierReader } from '../../../../daemon/store/series/tier-reader.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../../daemon/units.js';
import { watchQueryCost } from '../../../builders/query-cost.js';
import { pool } from '../../../builders/records.js';
import { openTestStore, type TestStore } from '../../../builders/stores.js';
import { addSeries, writeYear } from '../../../tools/bench/storage-year.js';

const POOL = 'connect_host_10.0.0.1_10.0.0.2_443';
const PEAK_DAYS = 98;
/**
 * A window of four days has 96 hour rows in the tail. It is sealed in slices of 40 rows, which makes three chunks. The
 * newest window is still in the tail, and its newest hours are in the tail of the minutes.
 */
const MAX_ROWS = 3 * Math.ceil(PEAK_DAYS / 4 + 1) + 96 + 24;

/** A record every 10 minutes, so that days pass quickly; with a null pressure the pool holds no port. */
function run(test: TestStore, ms: number, pressureAt: (atMs: number) => number | null): void {
  for (let leftMs = ms; leftMs > 0; leftMs -= 10 * MINUTE_MS) {
    const pressure = pressureAt(test.clock.wallMs());
    test.append({ pools: pressure === null ? [] : [pool(POOL, { pressure })] });
    test.pass(10_000, 5000);
    test.clock.advance(10 * MINUTE_MS - 10_000);
  }
}

describe('daily peaks', () => {
  it('are the greatest pressure of each UTC day, whatever tier holds it, with the number of sampled hours', () => {
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

  it('leave out days without a known pressure, and samples that are later than the clock', () => {
    const test = openTestStore();
    test.beat({ pools: [pool(POOL, { pressure: null })] });
    expect(test.store.poolPast(POOL).dailyPeaks).toEqual([]);
    test.beat({ pools: [pool(POOL, { pressure: 0.25 })] });
    expect(test.store.poolPast(POOL).dailyPeaks).toMatchObject([{ pressure: 0.25, hours: 1 }]);
    test.clock.stepWall(-2 * DAY_MS);
    expect(test.store.poolPast(POOL).dailyPeaks).toEqual([]);
  });

  it('of the last 98 days agree with the history, and only the rows of those days are read', () => {
    const test = openTestStore();
    const endMs = Math.floor(test.clock.wallMs() / (4 * DAY_MS)) * 4 * DAY_MS;
    test.clock.stepWall(endMs - test.clock.wallMs() - 1);
    test.store.close();
    const db = openConnection(test.file);
    let state = 1;
    const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    writeYear(db, { series: addSeries(db, [], [POOL]), endMs, hourDays: 200, minuteDays: 8, random });

    const cost = watchQueryCost(db);
    const { findSeriesId } = createBatchWriter(db);
    const tiers = createTierReader({ db, batches: () => [], findSeriesId });
    const dailyPeaks = createDailyPeakReader(tiers, test.clock)(POOL);
    expect(cost.countRows()).toBeGreaterThan(PEAK_DAYS / 4);
    expect(cost.countRows()).toBeLessThanOrEqual(MAX_ROWS);
    db.close();

    test.reopen();
    expect(test.store.poolPast(POOL).dailyPeaks).toEqual(dailyPeaks);
    const history = test.store.poolHistory({ id: POOL, fromMs: endMs - 99 * DAY_MS, toMs: endMs, points: 99 });
    expect(dailyPeaks).toHaveLength(PEAK_DAYS + 1);
    expect(dailyPeaks.map(({ dayMs }) => dayMs)).toEqual(history?.t);
    expect(dailyPeaks.map(({ pressure }) => pressure)).toEqual(history?.max['pressure']);
    expect(dailyPeaks.map(({ hours }) => hours)).toEqual(dailyPeaks.map(() => 24));
  });
});
