/** When the last port of a pool was taken between two tables. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildPools } from '../../../daemon/pool/build-pools.js';
import { createPoolMemory } from '../../../daemon/pool/pool-memory.js';
import type { Granularity } from '../../../daemon/host/release-granularity.js';
import { findLastPortTaken, type TimedHoldings } from '../../../daemon/score/last-port-taken.js';
import { STATE } from '../../../daemon/snapshot/snapshot.js';
import { churn, samplesOf } from '../../builders/recordings.js';
import { requireValue } from '../../builders/require-value.js';
import { LIMITS } from '../../fakes.js';

/** Ports are released at whole multiples of 2,048 ms on the monotonic clock. */
const GRANULARITY: Granularity = { hz: 250, timeWaitMs: 2048, phaseMs: 0, learned: true };
const STEP_MS = GRANULARITY.timeWaitMs;
const RULES = { limits: LIMITS, granularity: GRANULARITY };

/** A table at `monotonicMs` whose TIME_WAIT ports were closed at the given instants. */
function tableAt(monotonicMs: number, closedMs: readonly number[], live = 0): TimedHoldings {
  return {
    monotonicMs,
    live,
    timed: {
      state: new Uint8Array(closedMs.length).fill(STATE.TIME_WAIT),
      expiresMs: Int32Array.from(closedMs, (ms) => Math.max(0, LIMITS.timeWaitMs - (monotonicMs - ms))),
    },
  };
}

describe('the last port', () => {
  it('is taken by the close that fills the pool', () => {
    const before = tableAt(0, [-50_000]);
    const now = tableAt(2000, [-50_000, 400, 900, 1600]);
    expect(findLastPortTaken(before, now, { ...RULES, capacity: 4 })).toBe(1600);
    expect(findLastPortTaken(before, now, { ...RULES, capacity: 3 })).toBe(900);
    expect(findLastPortTaken(before, now, { ...RULES, capacity: 5 })).toBeNull();
  });

  it('is taken later where a release comes in between', () => {
    // The first port expires at 500 ms and is released at 2048 ms.
    const before = tableAt(0, [-59_500], 1);
    const now = tableAt(3000, [1000, 2100, 2500], 1);
    expect(findLastPortTaken(before, now, { ...RULES, capacity: 4 })).toBe(2500);
    expect(findLastPortTaken(before, now, { ...RULES, capacity: 3 })).toBe(1000);
  });

  it('is not taken by the end of an open connection', () => {
    // Five of the nine live ports are closed, and none is opened.
    const before = tableAt(0, [], 9);
    const now = tableAt(2000, [100, 200, 300, 400, 500], 4);
    expect(findLastPortTaken(before, now, { ...RULES, capacity: 10 })).toBeNull();
    expect(findLastPortTaken(before, now, { ...RULES, capacity: 9 })).toBe(500);
  });

  it('is found for an orphan FIN_WAIT2 by its own time', () => {
    const limits = { ...LIMITS, finTimeoutMs: 10_000 };
    const timed = { state: Uint8Array.of(STATE.FIN_WAIT2), expiresMs: Int32Array.of(9500) };
    const now = { monotonicMs: 2000, live: 0, timed };
    expect(findLastPortTaken(tableAt(0, []), now, { ...RULES, limits, capacity: 1 })).toBe(1500);
  });

  it.each([
    ['while the release step is not learned', tableAt(2000, [1000]), { ...GRANULARITY, learned: false }],
    ['between tables at the same instant', tableAt(0, [0]), GRANULARITY],
    ['between tables more than 30 s apart', tableAt(30_001, [1000]), GRANULARITY],
    ['where the second table shows fewer ports than were worked out', tableAt(2000, [1000]), GRANULARITY],
  ])('cannot be worked out %s', (_name, now, granularity) => {
    const before = tableAt(0, [-1000, -2000, -3000, -4000]);
    expect(findLastPortTaken(before, now, { limits: LIMITS, granularity, capacity: 5 })).toBe('unknown');
  });

  it('agrees with counting the ports in use close by close (property)', () => {
    const closesBefore = fc.array(fc.integer({ min: -59_999, max: 0 }), { maxLength: 30 });
    const closesAfter = fc.array(fc.integer({ min: 1, max: 9999 }), { minLength: 1, maxLength: 30 });
    const found = { full: 0, notFull: 0 };
    fc.assert(
      fc.property(
        closesBefore,
        closesAfter,
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 1, max: 60 }),
        (...of) => {
          const [earlier, later, live, capacity] = of;
          fc.pre(live + earlier.length < capacity);
          const releaseOf = (closedMs: number): number =>
            (Math.floor((closedMs + LIMITS.timeWaitMs) / STEP_MS) + 1) * STEP_MS;
          const usedAfter = (ms: number): number =>
            live +
            earlier.filter((closedMs) => releaseOf(closedMs) > ms).length +
            later.filter((closedMs) => closedMs <= ms).length;
          const expected = [...later].sort((a, b) => a - b).find((ms) => usedAfter(ms) >= capacity) ?? null;
          const remaining = earlier.filter((closedMs) => releaseOf(closedMs) > 10_000);
          const now = tableAt(10_000, [...remaining, ...later], live);
          expect(findLastPortTaken(tableAt(0, earlier, live), now, { ...RULES, capacity })).toBe(expected);
          found[expected === null ? 'notFull' : 'full'] += 1;
        },
      ),
      { numRuns: 300 },
    );
    expect(found.full).toBeGreaterThan(10);
    expect(found.notFull).toBeGreaterThan(10);
  });
});

/** The first full table and the first instant found, in ms after the start; null where the pool never became full. */
function findInSimulation(ratePerSecond: (ms: number) => number, seconds: number, learned = true) {
  const { samples, failedAtMs } = samplesOf(churn(ratePerSecond), seconds);
  const memory = createPoolMemory();
  const pools = samples.map(({ host, table }) => buildPools(table.snapshot, host.limits, memory)[0]);
  const startMs = requireValue(samples[0]).table.snapshot.monotonicMs;
  let byTimers: number | null = null;
  let byTable: number | null = null;
  let unknownPairs = 0;
  for (const [index, { host, table }] of samples.entries()) {
    const [before, pool] = [pools[index - 1], pools[index]];
    const { monotonicMs } = table.snapshot;
    if (pool === undefined) continue;
    if (pool.live + pool.timed.state.length >= pool.capacity) byTable ??= monotonicMs - startMs;
    if (before === undefined) continue;
    const foundMs = findLastPortTaken(
      { ...before, monotonicMs: monotonicMs - 2000 },
      { ...pool, monotonicMs },
      { limits: host.limits, granularity: { ...host.granularity, learned }, capacity: pool.capacity },
    );
    if (foundMs === 'unknown') unknownPairs += 1;
    else if (foundMs !== null) byTimers ??= foundMs - startMs;
  }
  return { failedAtMs, byTimers, byTable, unknownPairs };
}

describe('the last port of a simulated host', () => {
  it('is found to within one close, where the tables alone show it seconds late', () => {
    const { failedAtMs, byTimers, byTable } = findInSimulation((ms) => (ms < 300_000 ? 5 : 25), 380);
    expect(Math.abs(requireValue(byTimers) - requireValue(failedAtMs))).toBeLessThan(100);
    expect(requireValue(byTable) - requireValue(failedAtMs)).toBeGreaterThan(5000);
  });

  it('is found where no port was released yet', () => {
    const { failedAtMs, byTimers } = findInSimulation(() => 25, 50);
    expect(Math.abs(requireValue(byTimers) - requireValue(failedAtMs))).toBeLessThan(100);
  });

  it.each([15, 16])('is never taken at %d closes per second', (rate) => {
    expect(findInSimulation(() => rate, 200)).toEqual({
      failedAtMs: null,
      byTimers: null,
      byTable: null,
      unknownPairs: 0,
    });
  });

  it('cannot be found while the release step is not learned', () => {
    expect(findInSimulation(() => 25, 50, false)).toMatchObject({ byTimers: null, unknownPairs: 24 });
  });
});
