import { describe, expect, it } from 'vitest';
import { createFailureMemory } from '../../../daemon/forecast/failures.js';
import { createForecaster } from '../../../daemon/forecast/forecaster.js';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import type { FailedConnect } from '../../../daemon/pool/failed-connect.js';
import type { Pool } from '../../../daemon/pool/pool.js';
import { STATE } from '../../../daemon/snapshot/snapshot.js';
import { fakeClock, fakeHost, LIMITS, type FakeRow } from '../../fakes.js';

const NOW = Date.UTC(2026, 0, 5, 12, 0, 0);
const pool = (changes: Partial<Pool> = {}): Pool => ({
  id: 'connect_host_10.0.0.1_10.0.0.2_443',
  kind: 'connect',
  namespace: 'host',
  family: 'ipv4',
  localAddress: '10.0.0.1',
  remoteAddress: '10.0.0.2',
  remotePort: 443,
  capacity: 100,
  states: new Uint32Array(13),
  live: 0,
  timed: { state: new Uint8Array(0), expiresMs: new Int32Array(0) },
  reuse: 'none',
  ...changes,
});
const failure = (changes: Partial<FailedConnect> = {}): FailedConnect => ({
  atMs: NOW,
  kind: 'connect',
  localAddress: '10.0.0.1',
  remoteAddress: '10.0.0.2',
  remotePort: 443,
  pid: 7,
  name: 'curl',
  ...changes,
});
const bindPool = (live: number): Pool =>
  pool({ id: 'bind_host_10.0.0.1', kind: 'bind', remoteAddress: null, remotePort: null, live });
const bind: FailedConnect = failure({ kind: 'bind', localAddress: null, remoteAddress: null, remotePort: null });

describe('failed connects of the last minute', () => {
  it('are counted by pool and by process, the one that failed most first', () => {
    const memory = createFailureMemory();
    const failures = [failure(), failure({ pid: 8, name: 'wget' }), failure({ pid: 8, name: 'wget' })];
    memory.add(failures, { pools: [pool()], nowMs: NOW, monotonicMs: 5000 });
    expect(memory.find(pool().id)).toEqual({
      count: 3,
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
  ])('of %s are not of this pool', (_, changes) => {
    const memory = createFailureMemory();
    memory.add([failure(changes)], { pools: [pool()], nowMs: NOW, monotonicMs: 5000 });
    expect(memory.find(pool().id)?.count).toBe(0);
  });

  it('are forgotten a minute after they happened, whatever the wall clock does meanwhile', () => {
    const memory = createFailureMemory();
    memory.add([failure({ atMs: NOW - 2000 })], { pools: [pool()], nowMs: NOW, monotonicMs: 100_000 });
    memory.add([], { pools: [pool()], nowMs: NOW - 3_600_000, monotonicMs: 157_000 });
    expect(memory.find(pool().id)?.count).toBe(1);
    memory.add([], { pools: [pool()], nowMs: NOW - 3_600_000, monotonicMs: 158_000 });
    expect(memory.find(pool().id)?.count).toBe(0);
  });

  it('are unknown, not none, while nobody watches', () => {
    const memory = createFailureMemory();
    expect(memory.find(pool().id)).toBeNull();
    memory.add([failure()], { pools: [pool()], nowMs: NOW, monotonicMs: 1000 });
    memory.add(null, { pools: [pool()], nowMs: NOW, monotonicMs: 2000 });
    expect(memory.find(pool().id)).toBeNull();
    memory.add([], { pools: [pool()], nowMs: NOW, monotonicMs: 3000 });
    expect(memory.find(pool().id)?.count).toBe(0);
  });

  it('count for a bind pool when it is nearly full: else the port asked for was in use', () => {
    for (const [live, count] of [
      [94, 0],
      [95, 1],
    ] as const) {
      const memory = createFailureMemory();
      memory.add([bind], { pools: [bindPool(live), pool()], nowMs: NOW, monotonicMs: 1000 });
      expect(memory.find(bindPool(live).id)?.count).toBe(count);
      expect(memory.find(pool().id)?.count).toBe(0);
    }
  });
});

/** One forecast of rows towards 10.0.0.2:443, after `failures`; reuse is effective when `reused` ports were taken again. */
async function forecastOf(
  rows: readonly FakeRow[],
  given: { failures?: readonly FailedConnect[] | null; twReuse?: 0 | 1; recycled?: number },
): Promise<PoolForecast> {
  const clock = fakeClock(NOW);
  const host = fakeHost(clock);
  const forecaster = createForecaster();
  let last: PoolForecast | undefined;
  for (let sample = 0; sample < 3; sample += 1) {
    host.rows = rows;
    host.counters = { twRecycled: sample * (given.recycled ?? 0) };
    const { granularity, counters } = await host.readHost();
    const { snapshot } = await host.readTable();
    const limits = { ...LIMITS, twReuse: given.twReuse ?? 0 };
    const failures = given.failures ?? null;
    last = forecaster.update({ snapshot, limits, granularity, counters, intervalMs: 2000, failures }).pools[0];
    clock.advance(2000);
  }
  if (last === undefined) throw new Error('no pool');
  return last;
}
/** A full table: `fresh` ports younger than the reuse delay, the rest older. */
const full = (fresh: number): FakeRow[] =>
  Array.from({ length: 1000 }, (_, index) => ({
    localPort: 20_000 + index,
    state: STATE.TIME_WAIT,
    expiresMs: index < fresh ? 59_900 : 40_000,
  }));

describe('a forecast with counted failures', () => {
  it('says exhausted of a full pool whose ports may be reused only when a connect failed', async () => {
    const reusing = { twReuse: 1, recycled: 50 } as const;
    const quiet = await forecastOf(full(1000), { ...reusing, failures: [] });
    expect(quiet).toMatchObject({ reuse: 'after_delay', available: 0, failedConnects: 0 });
    expect(quiet.mode).not.toBe('exhausted');
    const failing = await forecastOf(full(1000), { ...reusing, failures: [failure()] });
    expect(failing).toMatchObject({ mode: 'exhausted', probability: 1, exhaustsAtMs: failing.sampledAtMs });
    expect(failing.failedBy?.[0]).toMatchObject({ pid: 7, name: 'curl' });
  });

  it('needs none where nothing is reused, and says null where nobody watches', async () => {
    const forecast = await forecastOf(full(0), {});
    expect(forecast).toMatchObject({ mode: 'exhausted', failedConnects: null });
    expect(forecast).not.toHaveProperty('failedBy');
  });

  it('says so when connects fail although ports are available', async () => {
    const forecast = await forecastOf(full(0).slice(0, 400), { failures: [failure()] });
    expect(forecast.mode).not.toBe('exhausted');
    expect(forecast.why).toContain(
      'connect() failed 3 times in the last minute because no port was free, though 600 of 1,000 ports are available now',
    );
  });
});
