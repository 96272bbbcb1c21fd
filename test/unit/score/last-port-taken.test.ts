import { describe, expect, it } from 'vitest';
import { buildPools } from '../../../daemon/pool/build-pools.js';
import { createPoolMemory } from '../../../daemon/pool/pool-memory.js';
import type { Pool } from '../../../daemon/pool/pool.js';
import { findLastPortTaken } from '../../../daemon/score/last-port-taken.js';
import { churn, samplesOf } from '../../builders/recordings.js';

/** When the pool became full, by two tables after the other, in ms after the start; and when it first showed none available. */
function fullBy(rate: (ms: number) => number, seconds: number, learned = true) {
  const { samples, failedAtMs } = samplesOf(churn(rate), seconds);
  const memory = createPoolMemory();
  const pools = samples.map(({ host, table }) => buildPools(table.snapshot, host.limits, memory)[0]);
  const found = { byTimers: null as number | null, byTable: null as number | null, untold: 0 };
  const start = samples[0]?.table.snapshot.monotonicMs ?? 0;
  samples.forEach(({ host, table }, index) => {
    const [before, pool] = [pools[index - 1], pools[index]];
    const { monotonicMs } = table.snapshot;
    if (pool === undefined) return;
    if (pool.live + pool.timed.state.length >= pool.capacity) found.byTable ??= monotonicMs - start;
    if (before === undefined) return;
    const timers = { limits: host.limits, granularity: { ...host.granularity, learned } };
    const at = findLastPortTaken(
      { ...before, monotonicMs: monotonicMs - 2000 },
      { ...pool, monotonicMs },
      { ...timers, ...pool },
    );
    if (at === 'unknown') found.untold += 1;
    else if (at !== null) found.byTimers ??= at - start;
  });
  return { failedAtMs, ...found };
}

describe('when a pool became full', () => {
  it('is known to one close, where tables alone see it seconds late', () => {
    const { failedAtMs, byTimers, byTable } = fullBy((ms) => (ms < 300_000 ? 5 : 25), 380);
    expect(failedAtMs).not.toBeNull();
    expect(Math.abs((byTimers ?? 0) - (failedAtMs ?? 0))).toBeLessThan(100);
    expect((byTable ?? 0) - (failedAtMs ?? 0)).toBeGreaterThan(5000);
  });

  it('is known without releases too', () => {
    const { failedAtMs, byTimers } = fullBy(() => 25, 50);
    expect(Math.abs((byTimers ?? 0) - (failedAtMs ?? 0))).toBeLessThan(100);
  });

  it.each([15, 16])('is never at %d closes/s', (rate) => {
    expect(fullBy(() => rate, 200)).toEqual({ failedAtMs: null, byTimers: null, byTable: null, untold: 0 });
  });

  it('cannot be told while the steps of release are not learned', () => {
    expect(fullBy(() => 25, 50, false)).toMatchObject({ byTimers: null, untold: 24 });
  });

  const pool = (capacity: number, expires: number[], live = 0): Pool => ({
    id: 'p',
    kind: 'connect',
    namespace: 'host',
    family: 'ipv4',
    localAddress: '10.0.0.1',
    remoteAddress: '10.0.0.2',
    remotePort: 443,
    capacity,
    states: new Uint32Array(13),
    live,
    timed: { state: new Uint8Array(expires.length).fill(6), expiresMs: Int32Array.from(expires) },
    reuse: 'none',
  });
  it('does not take the end of an open connection for a new port', () => {
    const { samples } = samplesOf(
      churn(() => 0),
      0,
    );
    const host = samples[0]?.host;
    if (host === undefined) throw new Error('no sample');
    const before = pool(10, [], 9);
    // Five of the nine are closed, and none is opened.
    const now = pool(10, [59_900, 59_800, 59_700, 59_600, 59_500], 4);
    const timers = { limits: host.limits, granularity: host.granularity };
    const at = findLastPortTaken(
      { ...before, monotonicMs: 0 },
      { ...now, monotonicMs: 2000 },
      { ...timers, capacity: 10 },
    );
    expect(at).toBeNull();
  });
});
