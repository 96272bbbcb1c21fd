/** What-if over incidents of simulated hosts, which were stored by the real line. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Settings } from '../../../daemon/advice/what-if.js';
import { MIGRATIONS_DIR } from '../../../daemon/paths.js';
import { openIncidents } from '../../../daemon/store/incident-reader.js';
import { incidentToWire } from '../../../daemon/wire/incident.js';
import { planIncident, situationsOfIncident, type WireIncidentPlan } from '../../../daemon/wire/plan-incident.js';
import { findProblems } from '../../../daemon/advice/what-if.js';
import type { HostScene } from '../../builders/host-scene.js';
import { RESOLVED_SCENES } from '../../builders/resolved-scenes.js';
import { playHost } from '../../builders/simulated-daemon.js';
import { createTempFolder, openTestStore } from '../../builders/stores.js';
import { watchQueryCost } from '../../builders/query-cost.js';
import { addSeries, writeYear } from '../../tools/bench/storage-year.js';
import type { HistoryQuery } from '../../../daemon/contracts.js';
import { openConnection } from '../../../daemon/store/database.js';
import { createBatchWriter } from '../../../daemon/store/series/batch-writer.js';
import { createHistoryReader } from '../../../daemon/store/series/history.js';
import { KIND } from '../../../daemon/store/series/series-kinds.js';
import { createTierReader } from '../../../daemon/store/series/tier-reader.js';
import { DAY_MS } from '../../../daemon/units.js';
import { MAX_SAMPLE_AGE_MS } from '../../fakes.js';
import { simulate } from '../../tools/simulator/simulate.js';
import type { World } from '../../tools/simulator/world.js';

const {
  resolved: CALM,
  'resolved-leak': LEAK,
  'resolved-outage': OUTAGE,
  'resolved-failing': SUDDEN,
} = RESOLVED_SCENES;
const BEAT_MS = 2000;
/** Half an hour of a host is simulated. */
const SLOW_MS = 120_000;
const PORTS = 1000;

/** Plays the scene to its end, and reads the incident from the database that it left. */
async function store(scene: HostScene) {
  const folder = createTempFolder();
  await playHost(scene, folder);
  const options = { migrationsDir: MIGRATIONS_DIR, maxSampleAgeMs: MAX_SAMPLE_AGE_MS };
  const open = () => openIncidents(join(folder, 'portcast.db'), options);
  const plan = (settings: Settings): WireIncidentPlan => {
    const reader = open();
    try {
      const incident = incidentToWire(reader.listIncidents(1)[0] ?? expect.unreachable('no incident was stored'));
      const nowMs = Date.UTC(2026, 0, 6);
      return planIncident({ incident, settings, host: null, poolHistory: reader.poolHistory, nowMs });
    } finally {
      reader.close();
    }
  };
  return { plan, open };
}

function only(plan: WireIncidentPlan) {
  return plan.pools[0] ?? expect.unreachable(`no pool was replayed: ${plan.sentence}`);
}

/** The greatest use of a pool of the same traffic under other limits, counted in the simulated table at each beat. */
function countPeak(world: World, seconds: number): number {
  const simulation = simulate(world);
  let peak = 0;
  for (let atMs = 700; atMs < seconds * 1000; atMs += BEAT_MS) {
    simulation.runTo(atMs);
    const { outbound } = simulation.snapshot();
    const rows = outbound.rowStart;
    for (let pool = 1; pool < rows.length; pool += 1) peak = Math.max(peak, (rows[pool] ?? 0) - (rows[pool - 1] ?? 0));
  }
  return peak;
}

describe('with unchanged settings', () => {
  it.each([
    ['closes that did not fill the pool', CALM, 0.001],
    ['live connections that grew', LEAK, 0.001],
    ['an outage by closes', OUTAGE, 0.03],
    ['a sudden outage', SUDDEN, 0.01],
  ])(
    'the replay of %s gives the stored line within its error',
    async (_, scene, share) => {
      const { plan } = await store(scene);
      const replayed = plan({});
      const { errorPorts, asIs, changed } = only(replayed);
      expect(errorPorts).toBeLessThanOrEqual(share * PORTS);
      expect(changed.peak / asIs.peak).toBeCloseTo(1, 2);
      expect(Math.abs(changed.outSeconds - asIs.outSeconds)).toBeLessThanOrEqual(6);
      expect(changed.outAt === null).toBe(asIs.outAt === null);
      const { t, asIs: was, changed: again } = replayed.lines;
      expect([was.length, again.length]).toEqual([t.length, t.length]);
      const apart = was.map((used, i) => Math.abs((used ?? 0) - (again[i] ?? 0)));
      expect(Math.max(...apart)).toBeLessThanOrEqual(errorPorts + 1);
      expect(replayed.notes.join(' ')).toContain('the replay differs from what was stored by at most');
    },
    SLOW_MS,
  );
});

describe('with other settings', () => {
  it('says what the same traffic would have held on a simulated host with these settings', async () => {
    const { plan } = await store(OUTAGE);
    const { limits } = OUTAGE.world;
    const wider: World = { ...OUTAGE.world, limits: { ...limits, range: { first: 20_000, last: 22_999 } } };
    const { asIs, changed, isLeast } = only(plan({ ports: [20_000, 22_999] }));
    const peak = countPeak(wider, 300);
    expect(asIs).toMatchObject({ peak: PORTS, capacity: PORTS });
    expect(asIs.outSeconds).toBeGreaterThan(20);
    expect(changed).toMatchObject({ capacity: 3000, outAt: null, outSeconds: 0 });
    expect(Math.abs(changed.peak - peak) / peak).toBeLessThan(0.08);
    expect(isLeast).toBe(true);
  });

  it('scales with the requests of a connection and the source addresses', async () => {
    const { plan } = await store(CALM);
    const { asIs } = only(plan({}));
    expect(only(plan({ requests: 10 })).changed.peak).toBeLessThan(asIs.peak / 10 + 10);
    expect(only(plan({ sources: 2 })).changed.peak).toBeCloseTo(asIs.peak / 2, -1);
    expect(only(plan({ timeWaitMs: 31_000 })).changed.peak).toBeLessThan(asIs.peak);
    expect(only(plan({ reuse: true })).changed.peak).toBeLessThan(60);
    expect(only(plan({ rate: 50 })).changed.outAt).not.toBeNull();
    expect(only(plan({ rate: 5, live: 100 })).changed.peak).toBeCloseTo(100 + 5 * 62, -1);
  });

  it('says it in one sentence, as a bound where connects failed', async () => {
    const { plan } = await store(OUTAGE);
    expect(plan({ requests: 10 }).sentence).toMatch(
      /^With 10 requests a connection 10\.0\.0\.2:443 would have peaked at 1\d% or more of 1,000 ports and not run out; as it was it peaked at 100% of 1,000 ports and was out of ports for \d+ s\.$/,
    );
    expect(plan({}).sentence).toMatch(
      /^10\.0\.0\.2:443 peaked at 100% of 1,000 ports and was out of ports for \d+ s\.$/,
    );
    expect(plan({ requests: 10 }).notes).toContain(
      'While no port was left, only the least demand is known: the real use may have been higher.',
    );
  });
});

describe('what an incident allows', () => {
  it('refuses what makes no sense for a stored pool', async () => {
    const { open } = await store(CALM);
    const reader = open();
    const incident = incidentToWire(reader.listIncidents(1)[0] ?? expect.unreachable());
    expect(reader.findIncident(incident.id)).toMatchObject({ id: incident.id });
    expect(reader.findIncident('none')).toBeNull();
    expect(reader.poolHistory({ id: 'none', fromMs: 0, toMs: 1000, points: 10 })).toBeNull();
    reader.close();
    const [situation] = situationsOfIncident({ incident, host: null });
    const problemsOf = (settings: Settings) => findProblems(situation ?? expect.unreachable(), settings);
    const [alone] = problemsOf({ reserved: 10 });
    expect(alone).toMatchObject({ field: 'reserved' });
    expect(alone?.allowed).toContain('together with ports');
    expect(problemsOf({ ports: [1024, 2047], reserved: 1024 })).toMatchObject([{ field: 'reserved' }]);
    expect(problemsOf({ live: 1001 })).toMatchObject([{ field: 'live', allowed: 'at most the 1,000 ports' }]);
    expect(problemsOf({ live: 1001, sources: 2 })).toEqual([]);
  });

  it('says so where no history is stored', () => {
    const pools = [
      {
        id: 'connect_a',
        name: 'a',
        processes: [],
        joinedAt: '',
        capacity: 10,
        peakUsed: 10,
        forecastExhaustionAt: null,
      },
    ];
    const incident = { id: 'i', openedAt: '2026-01-05T12:00:00.000Z', resolvedAt: null, pools };
    const parts = { incident, host: null, poolHistory: () => null, nowMs: Date.UTC(2026, 0, 6) };
    expect(planIncident({ ...parts, settings: {} })).toMatchObject({
      pools: [],
      poolsLeftOut: 1,
      sentence: 'No history of the time of this incident is stored.',
    });
  });
});

describe('of a database with a year of samples', () => {
  it('reads a bounded number of rows, whatever the length of the incident', () => {
    const test = openTestStore();
    const endMs = Math.floor(test.clock.wallMs() / (4 * DAY_MS)) * 4 * DAY_MS;
    test.store.close();
    const db = openConnection(test.file);
    let state = 1;
    const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    const id = 'connect_host_10.0.0.1_10.0.0.2_443';
    writeYear(db, { series: addSeries(db, [], [id]), endMs, hourDays: 200, minuteDays: 8, random });
    const { findSeriesId } = createBatchWriter(db);
    const cost = watchQueryCost(db);
    const tiers = createTierReader({ db, batches: () => [], findSeriesId });
    const readHistory = createHistoryReader(tiers, MAX_SAMPLE_AGE_MS);
    const pools = [
      { id, name: 'a', processes: [], joinedAt: '', capacity: 1000, peakUsed: 10, forecastExhaustionAt: null },
    ];
    for (const days of [0.01, 1, 7, 190]) {
      const incident = { id: 'i', openedAt: new Date(endMs - days * DAY_MS).toISOString(), resolvedAt: null, pools };
      const before = cost.countRows();
      const poolHistory = (query: HistoryQuery) => readHistory(KIND.pool, query);
      const plan = planIncident({ incident, settings: { requests: 2 }, host: null, poolHistory, nowMs: endMs });
      expect(plan.lines.t.length).toBeLessThanOrEqual(600);
      // Nine hours of minutes, of which each hour is sealed in slices, or of hours.
      expect(cost.countRows() - before).toBeLessThanOrEqual(200);
    }
    expect(cost.listFullScans()).toEqual([]);
    db.close();
  });
});
