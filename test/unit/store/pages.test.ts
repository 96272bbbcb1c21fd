/** What the store knows of one pool and of one port: who it was, when it was last seen, its alerts and its score. */
import { describe, expect, it } from 'vitest';

import { openInMemory } from '../../../daemon/store/database.js';
import { migrate } from '../../../daemon/store/migrations.js';
import { createPageReaders } from '../../../daemon/store/page-readers.js';
import { createTierReader } from '../../../daemon/store/series/tier-reader.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../daemon/units.js';
import { MIGRATIONS_DIR } from '../../../daemon/paths.js';
import { createOutage } from '../../builders/outage.js';
import { watchQueryCost } from '../../builders/query-cost.js';
import { createAlert, createAlertChange, createPortSeries, pool } from '../../builders/records.js';
import { openTestStore } from '../../builders/stores.js';

const ID = 'connect_host_10.0.0.1_10.0.0.2_443';
const SERIES = 'out_host_10.0.0.2_443';

describe('a pool that is gone', () => {
  it('keeps its identity, and when it was last seen to the sample', () => {
    const test = openTestStore();
    for (let beat = 0; beat < 100; beat += 1) test.beat({ pools: [pool(ID, { used: 5, live: 5 })] });
    const lastMs = test.clock.wallMs() - 2000;
    for (let beat = 0; beat < 30; beat += 1) test.beat({ pools: [] });
    const known = { id: ID, kind: 'connect', remoteAddress: '10.0.0.2', remotePort: 443 };
    expect(test.store.pages.findPool(ID)).toMatchObject({ ...known, end: { lastMs, goneMs: lastMs + 2000 } });
    test.reopen();
    expect(test.store.pages.findPool(ID)?.end).toEqual({ lastMs, goneMs: lastMs + 2000 });
  });

  it('is known from the sample that is still in memory', () => {
    const test = openTestStore();
    test.append({ pools: [pool(ID, { used: 5, live: 5 })] });
    test.store.flush();
    test.append({ pools: [pool(ID, { used: 5, live: 5 })] });
    expect(test.store.pages.findPool(ID)?.end).toEqual({ lastMs: test.clock.wallMs(), goneMs: null });
  });

  it('is known to the minute, then to the hour, after its samples were rolled up', () => {
    const test = openTestStore();
    for (let beat = 0; beat < 40; beat += 1) test.beat({ pools: [pool(ID, { used: 5, live: 5 })] });
    const lastMs = test.clock.wallMs();
    for (let hour = 0; hour < 9; hour += 1) {
      test.append({ pools: [] });
      test.pass(HOUR_MS, MINUTE_MS);
    }
    const seenMs = test.store.pages.findPool(ID)?.end?.lastMs ?? 0;
    expect(lastMs - seenMs).toBeLessThan(2 * MINUTE_MS);
  });

  it('is null where there never was such a pool, and for a port series of that name', () => {
    const test = openTestStore();
    test.beat({ ports: [createPortSeries(SERIES, { ESTABLISHED: 1 })] });
    test.store.flush();
    expect(test.store.pages.findPool('nope')).toBeNull();
    expect(test.store.pages.findPool(SERIES)).toBeNull();
    expect(test.store.pages.findPool("' OR 1=1 --")).toBeNull();
  });
});

describe('the series of a port', () => {
  it('are found by the whole number, inbound and outbound', () => {
    const test = openTestStore();
    const series = (id: string, port: number, direction: 'in' | 'out') => ({
      ...createPortSeries(id, { ESTABLISHED: 1 }),
      direction,
      address: direction === 'in' ? null : '10.0.0.2',
      port,
    });
    const ports = [
      series('in_host_80', 80, 'in'),
      series('in_host_8080', 8080, 'in'),
      series('out_host_10.0.0.2_8080', 8080, 'out'),
      series('out_host_10.0.0.2_18080', 18_080, 'out'),
    ];
    test.beat({ ports });
    test.store.flush();
    const names = (port: number, limit = 10) => test.store.pages.findPorts(port, limit).map(({ id }) => id);
    expect(names(8080)).toEqual(['in_host_8080', 'out_host_10.0.0.2_8080']);
    expect(names(80)).toEqual(['in_host_80']);
    expect(names(8080, 1)).toHaveLength(1);
    expect(names(0)).toEqual([]);
    expect(test.store.pages.findPorts(80, 1)[0]).toMatchObject({ direction: 'in', address: null, port: 80 });
  });
});

describe('the alerts of a pool', () => {
  it('are those in the span, of this pool only, the newest first', () => {
    const test = openTestStore();
    const nowMs = test.clock.wallMs();
    const add = (rule: 'imminent' | 'leak', poolId: string, pendingAtMs: number, resolvedAtMs: number | null) => {
      const state = resolvedAtMs === null ? 'firing' : 'resolved';
      const alert = createAlert(`${rule}_${poolId}_${pendingAtMs}`, { rule, poolId, pendingAtMs, resolvedAtMs, state });
      test.store.commitAlerts([createAlertChange(alert)], []);
    };
    add('imminent', ID, nowMs - 9 * HOUR_MS, nowMs - 8 * HOUR_MS);
    add('imminent', ID, nowMs - 3 * HOUR_MS, nowMs - HOUR_MS);
    add('leak', ID, nowMs - 2 * HOUR_MS, null);
    // The id of another pool begins with the id of this one.
    add('imminent', `${ID}_5`, nowMs - 2 * HOUR_MS, null);
    add('imminent', 'connect_host_10.0.0.1_10.0.0.3_443', nowMs - 2 * HOUR_MS, null);
    const find = (fromMs: number, toMs: number, limit = 10) =>
      test.store.pages.poolAlerts({ poolId: ID, fromMs, toMs, limit }).alerts.map(({ alert }) => alert.id);
    const leak = `leak_${ID}_${nowMs - 2 * HOUR_MS}`;
    const imminent = `imminent_${ID}_${nowMs - 3 * HOUR_MS}`;
    expect(find(nowMs - 2 * HOUR_MS, nowMs)).toEqual([leak, imminent]);
    expect(find(nowMs - 2 * HOUR_MS, nowMs, 1)).toEqual([leak]);
    expect(find(nowMs - HOUR_MS / 2, nowMs)).toEqual([leak]);
    expect(find(nowMs - DAY_MS, nowMs)).toHaveLength(3);
  });
});

describe('the score of a pool', () => {
  it('counts its outages, and how long before them the warning came', () => {
    const test = openTestStore();
    const at = test.clock.wallMs();
    const outage = (poolId: string, minute: number, warnedMs: number | null) =>
      createOutage({ poolId, fromMs: at + minute * MINUTE_MS, lastMs: at + minute * MINUTE_MS + 1000, warnedMs });
    test.beat({ outages: [outage(ID, 1, 40_000), outage(ID, 2, null), outage('other', 3, 5000)] });
    test.store.flush();
    expect(test.store.pages.poolScore(ID, at)).toMatchObject({ outages: 2, leadsMs: [40_000], forecasts: 0 });
    expect(test.store.pages.poolScore(ID, at + 90_000)).toMatchObject({ outages: 1, leadsMs: [] });
    expect(test.store.pages.poolEpisodes(ID, 5)).toEqual([]);
  });
});

describe('the cost of the pages', () => {
  it('is bounded by the limits, whatever is stored', () => {
    const db = openInMemory();
    migrate(db, { file: ':memory:', migrationsDir: MIGRATIONS_DIR, nowMs: 0 });
    const cost = watchQueryCost(db);
    const findId = db.prepare<[number, string], number>('SELECT id FROM series WHERE kind = ? AND name = ?').pluck();
    const tiers = createTierReader({
      db,
      batches: () => [],
      findSeriesId: (kind, name) => findId.get(kind, name) ?? null,
    });
    const pages = createPageReaders(db, tiers);
    db.exec(`
      WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
      INSERT INTO series (kind, name, identity)
        SELECT 0, 'out_host_10.0.' || (i / 250) || '.' || (i % 250) || '_443',
          '{"direction":"out","namespace":"host","address":"10.0.0.1","port":443}' FROM n;
      WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
      INSERT INTO score (pool_id, made_at_ms, settled_at_ms, probability, happened, held)
        SELECT 'p', i, i, 0.5, 1, 1 FROM n;
      WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 4999)
      INSERT INTO episode (pool_id, kind, from_ms, verdict, start) SELECT 'p', 'shown', i, 'fulfilled', '{}' FROM n;
      WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 4999)
      INSERT INTO outage (pool_id, from_ms, last_ms, is_over, peak_used, capacity, estimated)
        SELECT 'p', i, i, 1, 1, 1, 0 FROM n;
      WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 4999)
      INSERT INTO alert (id, state, pending_at_ms, resolved_at_ms, body)
        SELECT 'imminent_p_' || (1000 + i), 'resolved', 1000 + i, 1000 + i, '{"id":"imminent_p_' || (1000 + i) || '","poolId":"p","pendingAtMs":' || (1000 + i) || '}' FROM n;
    `);
    const rowsOf = (read: () => unknown): number => {
      const before = cost.countRows();
      read();
      return cost.countRows() - before;
    };
    // Each series that is found costs some more rows for its last sample.
    expect(rowsOf(() => pages.series.ports(443, 20))).toBeLessThanOrEqual(20 * 10);
    expect(rowsOf(() => pages.score.sums('p', 0))).toBeLessThanOrEqual(501);
    expect(pages.score.sums('p', 0)).toMatchObject({ forecasts: 2000, intervals: 2000, outages: 500 });
    expect(rowsOf(() => pages.score.episodes('p', 20))).toBe(20);
    expect(pages.score.episodes('p', 1)[0]?.fromMs).toBe(4999);
    const query = { poolId: 'p', fromMs: 0, toMs: DAY_MS, limit: 50 };
    expect(rowsOf(() => pages.alerts(query))).toBeLessThanOrEqual(100);
    expect(pages.alerts(query).alerts[0]?.alert.pendingAtMs).toBe(5999);
    expect(cost.listFullScans().filter((step) => !step.includes('subquery'))).toEqual([]);
    db.close();
  });
});
