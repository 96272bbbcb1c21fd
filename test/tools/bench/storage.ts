/**
 * What a sample costs on disk, what a year costs, and how long a history query takes with that year in the database.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Clock } from '../../../daemon/contracts.js';
import type { PortSeriesSample } from '../../../daemon/snapshot/port-series.js';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import { MIGRATIONS_DIR } from '../../../daemon/paths.js';
import { STATE, STATE_COUNT } from '../../../daemon/snapshot/snapshot.js';
import { openConnection, type Connection } from '../../../daemon/store/database.js';
import { openStore, type Store } from '../../../daemon/store/store.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../daemon/units.js';
import { fakeClock, fakeHealth, fakeLog, type FakeClock, MAX_SAMPLE_AGE_MS } from '../../fakes.js';
import { createCounters, NOTHING_SETTLED, pool } from '../../builders/records.js';
import { benchRow, median, type BenchResult } from './bench.js';
import { addSeries, writeYear } from './storage-year.js';

const PORTS = 100;
const POOLS = 20;
const BEAT_MS = 2000;
const MIB = 1024 * 1024;
const DEFAULT_RETENTION = { rawMs: 6 * HOUR_MS, minuteMs: 14 * DAY_MS, hourMs: 400 * DAY_MS };

/** Takes about two minutes. SQLite works synchronously. */
export function benchStorage(): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'portcast-bench-'));
  const notes = [
    `${PORTS} port series whose counts all change at every beat of ${BEAT_MS / 1000} s, beside ${POOLS} pools and the ` +
      'host counters, which are charged to the port series as well; bytes by dbstat, indexes counted',
  ];
  try {
    const day = simulateDay(join(folder, 'day.db'));
    const year = measureYear(join(folder, 'year.db'));
    return Promise.resolve({ name: 'storage', rows: [...day, ...year], notes });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A day through the real store, with a retention that keeps all of it in the raw tier. */
function simulateDay(file: string): BenchResult['rows'] {
  const clock = fakeClock();
  let tickStarted = performance.now();
  // Real time passes within a tick, so that upkeep stops where it would in the daemon.
  const ticking = { ...clock, monotonicMs: () => clock.monotonicMs() + performance.now() - tickStarted };
  const store = open(file, ticking, { ...DEFAULT_RETENTION, rawMs: 2 * DAY_MS });
  const traffic = simulator(clock);
  const instants = DAY_MS / BEAT_MS;
  const ticks: number[] = [];
  for (let beat = 0; beat < instants; beat++) {
    store.append(traffic());
    for (let tick = 0; tick < 2; tick++) {
      clock.advance(BEAT_MS / 2);
      tickStarted = performance.now();
      const before = process.cpuUsage();
      store.tick();
      const { user, system } = process.cpuUsage(before);
      ticks.push((user + system) / 1000);
    }
  }
  clock.advance(6 * MINUTE_MS);
  for (let tick = 0; tick < 600; tick++) store.tick();
  store.close();
  const db = openConnection(file);
  const raw = tableBytes(db, 'raw');
  const minutes = tableBytes(db, 'minute');
  const hours = tableBytes(db, 'hour');
  db.close();
  ticks.sort((a, b) => a - b);
  return [
    benchRow('raw row: one port series at one instant', raw / (PORTS * instants), { unit: 'bytes', limit: 40 }),
    benchRow('minute roll-up: one port series, one minute', minutes / (PORTS * (DAY_MS / MINUTE_MS)), {
      unit: 'bytes',
    }),
    benchRow('hour roll-up: one port series, one hour', hours / (PORTS * 24), { unit: 'bytes' }),
    benchRow('one tick (batch and upkeep), p99.9', ticks[Math.floor(ticks.length * 0.999)] ?? NaN, { unit: 'ms CPU' }),
  ];
}

/** A year of roll-ups by the store's sealers, and six hours of raw samples by the store. */
function measureYear(file: string): BenchResult['rows'] {
  const clock = fakeClock(Math.floor(Date.UTC(2026, 0, 5) / (4 * DAY_MS)) * 4 * DAY_MS);
  open(file, clock, DEFAULT_RETENTION).close();
  const db = openConnection(file);
  const random = generator(7);
  const ids = [...Array(PORTS).keys()];
  const series = addSeries(db, ids.map(portId), ids.slice(0, POOLS).map(poolId));
  writeYear(db, { series, endMs: clock.wallMs(), hourDays: 365, minuteDays: 14, random });
  db.close();
  const store = open(file, clock, DEFAULT_RETENTION);
  const traffic = simulator(clock);
  for (let beat = 0; beat < (6 * HOUR_MS) / BEAT_MS; beat++) {
    store.append(traffic());
    clock.advance(BEAT_MS / 2);
    store.tick();
    clock.advance(BEAT_MS / 2);
    store.tick();
  }
  store.flush();
  const times = ids.slice(0, POOLS).flatMap((id) => [queryMs(store, clock, id), queryMs(store, clock, id)]);
  const { sizeBytes } = store.stats();
  store.close();
  const after = openConnection(file);
  const [raw, minute, hour] = ['raw', 'minute', 'hour'].map((tier) => tableBytes(after, tier) / MIB);
  after.close();
  return [
    benchRow('a year on disk, default retention', sizeBytes / MIB, { unit: 'MiB' }),
    benchRow('of it raw samples of 6 hours', raw ?? NaN, { unit: 'MiB' }),
    benchRow('of it minutes of 14 days', minute ?? NaN, { unit: 'MiB' }),
    benchRow('of it hours of 365 days', hour ?? NaN, { unit: 'MiB' }),
    benchRow('history of 30 days of one pool, 720 points, median', median(times), { unit: 'ms', limit: 20 }),
    benchRow('the same, slowest of 40', Math.max(...times), { unit: 'ms' }),
  ];
}

function queryMs(store: Store, clock: FakeClock, id: number): number {
  const toMs = clock.wallMs();
  const started = performance.now();
  const history = store.poolHistory({ id: poolId(id), fromMs: toMs - 30 * DAY_MS, toMs, points: 720 });
  const took = performance.now() - started;
  const filled = history?.mean['used']?.filter((value) => value !== null).length ?? 0;
  if (history === null || filled < history.t.length - 2)
    throw new Error(`the history of pool ${id} has ${filled} points`);
  return took;
}

function open(file: string, clock: Clock, retention: typeof DEFAULT_RETENTION): Store {
  return openStore({
    file,
    capBytes: 4096 * MIB,
    retention,
    maxSeries: 200,
    maxSampleAgeMs: MAX_SAMPLE_AGE_MS,
    migrationsDir: MIGRATIONS_DIR,
    clock,
    health: fakeHealth(),
    log: fakeLog(),
  });
}

function tableBytes(db: Connection, tier: string): number {
  const sum = db.prepare<[string], number>("SELECT sum(pgsize) FROM dbstat WHERE name LIKE ? || '\\_%' ESCAPE '\\'");
  return sum.pluck().get(tier) ?? NaN;
}

function portId(index: number): string {
  return `out_host_10.0.${Math.floor(index / 250)}.${index % 250}_443`;
}

function poolId(index: number): string {
  return `connect_host_10.0.0.1_10.0.1.${index}_443`;
}

/** Counts that change with every sample, with a few ms of jitter in the instants. */
function simulator(clock: FakeClock) {
  const random = generator(1);
  const step = (value: number, size: number): number => Math.max(0, value + Math.round((random() - 0.5) * 2 * size));
  const states = Array.from({ length: PORTS }, () => ({ live: 50, timeWait: 500, closeWait: 1, synSent: 0 }));
  return () => {
    const ports: PortSeriesSample[] = states.map((state, index) => {
      state.live = step(state.live, 4) + (state.live === 0 ? 1 : 0);
      state.timeWait = step(state.timeWait, 20);
      state.closeWait = random() < 0.1 ? step(state.closeWait, 1) : state.closeWait;
      state.synSent = random() < 0.1 ? step(state.synSent, 1) : state.synSent;
      const counts = new Uint32Array(STATE_COUNT);
      counts[STATE.ESTABLISHED - 1] = state.live;
      counts[STATE.TIME_WAIT - 1] = state.timeWait;
      counts[STATE.CLOSE_WAIT - 1] = state.closeWait;
      counts[STATE.SYN_SENT - 1] = state.synSent;
      return { id: portId(index), direction: 'out', namespace: 'host', address: '10.0.0.2', port: 443, states: counts };
    });
    const pools: PoolForecast[] = states.slice(0, POOLS).map(({ live, timeWait }, index) => {
      const closeRate = timeWait / 61 + random();
      const used = live + timeWait;
      const pressure = (live + closeRate * 62) / 28_232;
      return pool(poolId(index), { used, live, timeWait, closeRate, pressure, capacity: 28_232, mode: 'steady' });
    });
    const atMs = clock.wallMs() + Math.floor(random() * 6);
    return {
      atMs,
      ports,
      pools,
      bursts: [],
      monotonicMs: clock.monotonicMs(),
      forecasts: [],
      scores: NOTHING_SETTLED,
      outages: [],
      counters: createCounters(clock, { tw: Math.floor(clock.monotonicMs() / 3) }),
    };
  };
}

/** A seeded generator (mulberry32), 0 to 1. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
