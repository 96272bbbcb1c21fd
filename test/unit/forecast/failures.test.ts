/** Failed connects of the last minute: by pool and process, and what they change in a forecast. */
import { describe, expect, it } from 'vitest';
import { createFailureMemory } from '../../../daemon/forecast/failures.js';
import { createForecaster } from '../../../daemon/forecast/forecaster.js';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import type { FailedConnect } from '../../../daemon/pool/failed-connect.js';
import type { Pool } from '../../../daemon/pool/pool.js';
import { STATE } from '../../../daemon/snapshot/snapshot.js';
import { createPool } from '../../builders/pool.js';
import { requireValue } from '../../builders/require-value.js';
import { fakeClock, fakeHost, LIMITS, type FakeRow } from '../../fakes.js';

const NOW_MS = Date.UTC(2026, 0, 5, 12, 0, 0);
const POOL = createPool({ capacity: 100 });
const createFailure = (overrides: Partial<FailedConnect> = {}): FailedConnect => ({
  atMs: NOW_MS,
  kind: 'connect',
  localAddress: '10.0.0.1',
  remoteAddress: '10.0.0.2',
  remotePort: 443,
  pid: 7,
  name: 'curl',
  ...overrides,
});
const createBindPool = (live: number): Pool =>
  createPool({
    id: 'bind_host_10.0.0.1',
    kind: 'bind',
    remoteAddress: null,
    remotePort: null,
    capacity: 100,
    live,
  });
const FAILED_BIND = createFailure({ kind: 'bind', localAddress: null, remoteAddress: null, remotePort: null });

describe('the failed connects of a pool', () => {
  it('are counted by process, the one with most failures first', () => {
    const memory = createFailureMemory();
    const failures = [
      createFailure(),
      createFailure({ pid: 8, name: 'wget' }),
      createFailure({ pid: 8, name: 'wget' }),
    ];
    memory.add(failures, { pools: [POOL], nowMs: NOW_MS, monotonicMs: 5000 });
    expect(memory.find(POOL.id)).toEqual({
      count: 3,
      recent: 3,
      processes: [
        { pid: 8, name: 'wget', failed: 2 },
        { pid: 7, name: 'curl', failed: 1 },
      ],
    });
  });

  it.each([
    ['another destination', { remoteAddress: '10.0.0.3' }],
    ['another port', { remotePort: 444 }],
    ['another local address', { localAddress: '10.0.0.9' }],
  ])('do not include those towards %s', (_, overrides) => {
    const memory = createFailureMemory();
    memory.add([createFailure(overrides)], { pools: [POOL], nowMs: NOW_MS, monotonicMs: 5000 });
    expect(memory.find(POOL.id)).toEqual({ count: 0, recent: 0, processes: [] });
  });

  it('are dropped a minute after they happened, even when the wall clock jumps meanwhile', () => {
    const memory = createFailureMemory();
    memory.add([createFailure({ atMs: NOW_MS - 2000 })], { pools: [POOL], nowMs: NOW_MS, monotonicMs: 100_000 });
    memory.add([], { pools: [POOL], nowMs: NOW_MS - 3_600_000, monotonicMs: 157_000 });
    expect(memory.find(POOL.id)?.count).toBe(1);
    memory.add([], { pools: [POOL], nowMs: NOW_MS - 3_600_000, monotonicMs: 158_000 });
    expect(memory.find(POOL.id)?.count).toBe(0);
  });

  it('are recent where they happened since the sample before, however many there were earlier', () => {
    const memory = createFailureMemory();
    const fail = (count: number) => Array.from({ length: count }, () => createFailure());
    memory.add(fail(40), { pools: [POOL], nowMs: NOW_MS, monotonicMs: 10_000 });
    expect(memory.find(POOL.id)).toMatchObject({ count: 40, recent: 40 });
    // Those of the first and of the last millisecond of the time since the sample before count alike.
    const failures = [...fail(8), createFailure({ atMs: NOW_MS - 3999 })];
    memory.add(failures, { pools: [POOL], nowMs: NOW_MS, monotonicMs: 14_000 });
    expect(memory.find(POOL.id)).toMatchObject({ count: 49, recent: 9 });
    memory.add([], { pools: [POOL], nowMs: NOW_MS, monotonicMs: 14_001 });
    expect(memory.find(POOL.id)).toMatchObject({ count: 49, recent: 0 });
    memory.add(fail(5), { pools: [POOL], nowMs: NOW_MS, monotonicMs: 20_001 });
    expect(memory.find(POOL.id)).toMatchObject({ count: 54, recent: 5 });
  });

  it('are null, not 0, while they are not watched, and those before are dropped', () => {
    const memory = createFailureMemory();
    expect(memory.find(POOL.id)).toBeNull();
    memory.add([createFailure()], { pools: [POOL], nowMs: NOW_MS, monotonicMs: 1000 });
    expect(memory.find(POOL.id)?.count).toBe(1);
    memory.add(null, { pools: [POOL], nowMs: NOW_MS, monotonicMs: 2000 });
    expect(memory.find(POOL.id)).toBeNull();
    memory.add([], { pools: [POOL], nowMs: NOW_MS, monotonicMs: 3000 });
    expect(memory.find(POOL.id)?.count).toBe(0);
  });

  it.each([
    [94, 0],
    [95, 1],
  ])(
    'include a bind without an address only where the pool is nearly full: %d of 100 ports, count %d',
    (live, count) => {
      const memory = createFailureMemory();
      const pool = createBindPool(live);
      memory.add([FAILED_BIND], { pools: [pool, POOL], nowMs: NOW_MS, monotonicMs: 1000 });
      expect(memory.find(pool.id)?.count).toBe(count);
      expect(memory.find(POOL.id)?.count).toBe(0);
    },
  );
});

/** The third forecast of rows towards 10.0.0.2:443 with these failures; `recycled` ports are reused between samples. */
async function forecastRows(
  rows: readonly FakeRow[],
  given: { failures?: readonly FailedConnect[] | null; twReuse?: 0 | 1; recycled?: number },
): Promise<PoolForecast> {
  const clock = fakeClock(NOW_MS);
  const host = fakeHost(clock);
  const forecaster = createForecaster();
  let newest: PoolForecast | undefined;
  for (let sample = 0; sample < 3; sample += 1) {
    host.rows = rows;
    host.counters = { twRecycled: sample * (given.recycled ?? 0) };
    const { granularity, counters } = await host.readHost();
    const { snapshot } = await host.readTable();
    const limits = { ...LIMITS, twReuse: given.twReuse ?? 0 };
    const failures = given.failures ?? null;
    newest = forecaster.update({ snapshot, limits, granularity, counters, intervalMs: 2000, failures }).pools[0];
    clock.advance(2000);
  }
  return requireValue(newest);
}
/** A full table of TIME_WAIT rows: `young` of them are younger than the reuse delay. */
const fillTable = (young: number): FakeRow[] =>
  Array.from({ length: 1000 }, (_, index) => ({
    localPort: 20_000 + index,
    state: STATE.TIME_WAIT,
    expiresMs: index < young ? 59_900 : 40_000,
  }));

describe('a forecast with counted failures', () => {
  it('calls a full pool with reuse exhausted only when a connect failed', async () => {
    const reusing = { twReuse: 1, recycled: 50 } as const;
    const quiet = await forecastRows(fillTable(1000), { ...reusing, failures: [] });
    expect(quiet).toMatchObject({ reuse: 'after_delay', available: 0, failedConnects: 0 });
    expect(quiet.mode).not.toBe('exhausted');
    const failing = await forecastRows(fillTable(1000), { ...reusing, failures: [createFailure()] });
    expect(failing).toMatchObject({ mode: 'exhausted', probability: 1, exhaustsAtMs: failing.sampledAtMs });
    expect(failing.failedBy?.[0]).toMatchObject({ pid: 7, name: 'curl' });
  });

  it('calls a full pool without reuse exhausted where failures are not watched, and their count is null', async () => {
    const forecast = await forecastRows(fillTable(0), {});
    expect(forecast).toMatchObject({ mode: 'exhausted', failedConnects: null });
    expect(forecast).not.toHaveProperty('failedBy');
  });

  it('explains that connects fail although ports are available', async () => {
    const forecast = await forecastRows(fillTable(0).slice(0, 400), { failures: [createFailure()] });
    expect(forecast.mode).not.toBe('exhausted');
    expect(forecast.why).toContain(
      'connect() failed 3 times in the last minute because no port was free, though 600 of 1,000 ports are available now',
    );
  });
});
