import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findInterval90 } from '../../../daemon/forecast/rate/distribution.js';
import { findExhaustion, projectQueue, type Queue } from '../../../daemon/forecast/queue.js';
import { nextReleaseMs, scheduleReleases, createTimings, type Timing } from '../../../daemon/forecast/release.js';
import { inferExpiries, rememberCount, createUntimedMemory } from '../../../daemon/forecast/rate/untimed.js';
import { STATE } from '../../../daemon/snapshot/snapshot.js';
import { LEARNED, limitsOf, MONOTONIC_START } from '../../tools/simulator/world.js';

const NONE = { atMs: [], ports: [] };
/** An idle pool whose first boundary past 60 s is at 61.42 s: the phase of the measured rows. */
const TIMING: Timing = { durationMs: 60_000, roundingMs: 2048, grid: { stepMs: 2048, offsetMs: 61_420 % 2048 } };
const FIN: Timing = { durationMs: 10_000, roundingMs: 256, grid: { stepMs: 256, offsetMs: 61_420 % 256 } };

const queue = (rate: number, changes: Partial<Queue> = {}): Queue => ({
  capacity: 1000,
  live: 0,
  growth: 0,
  releases: NONE,
  inflows: [{ rate, timing: TIMING }],
  timedCap: Infinity,
  ...changes,
});

describe('exhaustsAfter', () => {
  it.each([
    [12, null],
    [16.1, null],
    [16.2, 61.42 + 1000 / 16.2 - 60],
    [16.5, 1000 / 16.5],
    [25, 40],
  ])('1,000 ports at %d/s: %d s', (rate, seconds) => {
    const after = findExhaustion(queue(rate));
    if (seconds === null) expect(after).toBeNull();
    else expect((after ?? Infinity) / 1000).toBeCloseTo(seconds, 3);
  });

  it('depends on the phase: 16.2/s falls to the first or to a later boundary', () => {
    const instants = Array.from({ length: 16 }, (_, i) => {
      const grid = { stepMs: 2048, offsetMs: i * 128 };
      return (findExhaustion(queue(0, { inflows: [{ rate: 16.2, timing: { ...TIMING, grid } }] })) ?? Infinity) / 1000;
    });
    expect(Math.min(...instants)).toBeCloseTo(1000 / 16.2, 2);
    expect(Math.max(...instants)).toBeLessThan(60 + 2.048 + 1000 / 16.2 - 60 + 0.01);
  });

  it('meets the exact limit of the saw: capacity / (60 s + g)', () => {
    const limit = 1000 / 62.048;
    expect(findExhaustion(queue(limit * 0.9999))).toBeNull();
    expect(findExhaustion(queue(limit * 1.0001))).not.toBeNull();
  });

  it('lets old ports go before it counts new ones against them', () => {
    const releases = { atMs: [10_000], ports: [900] };
    expect(findExhaustion(queue(9, { releases }))).toBeNull();
    expect((findExhaustion(queue(11, { releases })) ?? 0) / 1000).toBeCloseTo(100 / 11, 3);
  });

  it('adds kinds with times of their own', () => {
    const both = [
      { rate: 15, timing: TIMING },
      { rate: 25, timing: FIN },
    ];
    // 15 x 62.048 + 25 x 10.256 > 1000, neither does alone.
    expect(findExhaustion(queue(0, { inflows: both }))).not.toBeNull();
    for (const one of both) expect(findExhaustion(queue(0, { inflows: [one] }))).toBeNull();
  });

  it('follows growth of live ports, near and hours away', () => {
    expect((findExhaustion(queue(0, { growth: 2, live: 100 })) ?? 0) / 1000).toBeCloseTo(450, 3);
    const slow = (findExhaustion(queue(10, { growth: 0.01 })) ?? 0) / 1000;
    // The peaks of the saw reach capacity when growth has eaten what they leave: within one step.
    expect(Math.abs(slow - (1000 - 10 * 62.048) / 0.01)).toBeLessThan(2.1);
    expect(findExhaustion(queue(0, { growth: 0.001 }))).toBeNull();
  });

  it('is kept from filling by tcp_max_tw_buckets until live ports leave less room', () => {
    expect(findExhaustion(queue(25, { timedCap: 500 }))).toBeNull();
    const grown = (findExhaustion(queue(25, { timedCap: 500, growth: 5 })) ?? 0) / 1000;
    expect(grown).toBeCloseTo(100, 3);
  });

  it('never comes later at a higher rate (property)', () => {
    const rate = fc.double({ min: 0, max: 60, noNaN: true });
    const offset = fc.double({ min: 0, max: 2047, noNaN: true });
    const old = fc.array(
      fc.record({ at: fc.integer({ min: 1, max: 62_000 }), ports: fc.integer({ min: 1, max: 40 }) }),
      {
        maxLength: 20,
      },
    );
    const growth = fc.constantFrom(0, 0, 0.02, 3);
    fc.assert(
      fc.property(rate, rate, offset, old, growth, (a, b, offsetMs, held, growing) => {
        const sorted = [...held].sort((x, y) => x.at - y.at);
        const releases = { atMs: sorted.map(({ at }) => at), ports: sorted.map(({ ports }) => ports) };
        const timing = { ...TIMING, grid: { stepMs: 2048, offsetMs } };
        const at = (r: number): number =>
          findExhaustion(queue(0, { releases, growth: growing, inflows: [{ rate: r, timing }] })) ?? Infinity;
        expect(at(Math.max(a, b))).toBeLessThanOrEqual(at(Math.min(a, b)) + 1e-6);
      }),
    );
  });

  it('agrees with the use it draws (property)', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 40, noNaN: true }), fc.integer({ min: 0, max: 300 }), (rate, live) => {
        const of = queue(rate, { live });
        const after = findExhaustion(of);
        const instants = Array.from({ length: 400 }, (_, i) => i * 500);
        const full = instants.filter((_, i) => (projectQueue(of, instants)[i] ?? 0) >= 1000 - 1e-9);
        if (after === null) expect(full).toEqual([]);
        else expect(full[0] ?? Infinity).toBeGreaterThanOrEqual(after - 1e-6);
      }),
      { numRuns: 25 },
    );
  });
});

describe('releases', () => {
  it.each([
    [0, 1000],
    [999, 1000],
    [1000, 3048],
    [1001, 3048],
  ])('a timer with %d ms left goes at the boundary after it: %d ms', (expiresMs, expected) => {
    expect(nextReleaseMs(expiresMs, { ...TIMING, grid: { stepMs: 2048, offsetMs: 1000 } })).toBe(expected);
  });

  it('are as late as can be until the boundaries are known', () => {
    expect(nextReleaseMs(5000, { ...TIMING, grid: null })).toBe(7048);
  });

  it('put every port on a boundary of the learned phase, FIN_WAIT2 on finer ones', () => {
    const timings = createTimings('none', limitsOf({ finTimeoutMs: 10_000 }), {
      granularity: LEARNED,
      monotonicMs: MONOTONIC_START,
    });
    const timed = { state: Uint8Array.of(STATE.TIME_WAIT, STATE.FIN_WAIT2), expiresMs: Int32Array.of(30_000, 5000) };
    const { atMs } = scheduleReleases(timed, timings, { reuse: 'none', timeWaitMs: 60_000 });
    expect(atMs[0]).toBeGreaterThan(5000);
    expect(atMs[0]).toBeLessThanOrEqual(5256);
    const turns = (MONOTONIC_START + (atMs[1] ?? 0) - (LEARNED.phaseMs ?? 0)) / 2048;
    expect(Math.abs(turns - Math.round(turns))).toBeLessThan(1e-3);
  });

  it('make an orphan FIN_WAIT2 beyond 60 s a mini-socket for the excess only', () => {
    const at = { granularity: LEARNED, monotonicMs: MONOTONIC_START };
    expect(createTimings('none', limitsOf({ finTimeoutMs: 90_000 }), at).finWait2.durationMs).toBe(30_000);
  });
});

describe('without timers', () => {
  it('counts tell the closes, through the filling and the draining', () => {
    const memory = createUntimedMemory(0, 0);
    for (let second = 2; second <= 200; second += 2) {
      rememberCount(memory, { monotonicMs: second * 1000, count: 10 * Math.min(second, 60), timeWaitMs: 60_000 });
    }
    for (const { closes } of memory.intervals) expect(closes).toBeCloseTo(20, 3);
    const expires = inferExpiries(memory, 600, 60_000);
    expect(Math.max(...expires)).toBeGreaterThan(59_000);
    expect(Math.min(...expires)).toBeLessThan(1000);
  });
});

describe('interval90', () => {
  it('ends where the quantile is nothing', () => {
    const run = (mean: number, shape: number) => ({ weight: 0.5, rate: mean, mean, shape, seen: 1, ageMs: 500 });
    const { low, high } = findInterval90([run(900, 0.02), run(10, 50)]);
    expect(low).toBeCloseTo(0, 3);
    expect(high).toBeGreaterThan(low);
  });
});
