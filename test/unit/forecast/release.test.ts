/** When held ports come free: the boundaries of the timer wheel, and the reuse delay. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findExhaustion } from '../../../daemon/forecast/queue.js';
import {
  computeHoldMs,
  countReusablePorts,
  createTimings,
  findCompleteAgeMs,
  finWait2TimerMs,
  nextReleaseMs,
  scheduleReleases,
} from '../../../daemon/forecast/release.js';
import { boundGranularityMs } from '../../../daemon/host/release-granularity.js';
import { forgetBoundaries, TIME_WAIT_TIMING, TIMINGS } from '../../builders/pool-facts.js';
import { createTimedPorts } from '../../builders/pool.js';
import { requireValue } from '../../builders/require-value.js';
import { LEARNED, limitsOf, MONOTONIC_START } from '../../tools/simulator/world.js';

const SEEDED = { seed: 17, numRuns: 100 };
const AT = { granularity: LEARNED, monotonicMs: MONOTONIC_START };
const NO_REUSE = { reuse: 'none', timeWaitMs: 60_000 } as const;
const schedule = (timeWait: readonly number[], timings = TIMINGS) =>
  scheduleReleases(createTimedPorts({ timeWait }), timings, NO_REUSE);

describe('the release of one port', () => {
  it.each([
    [0, 1000],
    [999, 1000],
    [1000, 1000 + LEARNED.timeWaitMs],
    [1001, 1000 + LEARNED.timeWaitMs],
  ])('with %d ms left is at the boundary after its timer: %d ms', (expiresMs, atMs) => {
    const timing = { ...TIME_WAIT_TIMING, grid: { stepMs: LEARNED.timeWaitMs, offsetMs: 1000 } };
    expect(nextReleaseMs(expiresMs, timing)).toBe(atMs);
  });

  it('is as late as possible until the boundaries are known', () => {
    expect(nextReleaseMs(5000, { ...TIME_WAIT_TIMING, grid: null })).toBe(7048);
  });
});

describe('the timings of a pool', () => {
  it('of FIN_WAIT2 has no known boundaries where its timer is on a coarser level of the wheel than TIME_WAIT', () => {
    // With a TIME_WAIT of 5 s, as tcp_tw_timeout allows, the wheel has steps of 256 ms at 250 Hz; 60 s has 2,048 ms.
    const granularity = { ...AT.granularity, hz: 250, timeWaitMs: 256, phaseMs: 100, learned: true };
    const timings = createTimings('none', limitsOf({ timeWaitMs: 5000 }), { ...AT, granularity });
    expect(timings.timeWait).toMatchObject({ durationMs: 5000, roundingMs: 256, grid: { stepMs: 256 } });
    expect(timings.finWait2).toEqual({
      durationMs: 60_000,
      roundingMs: boundGranularityMs(60_000, LEARNED.hz),
      grid: null,
    });
  });

  it('hold TIME_WAIT for 60 s and a step, and an orphan FIN_WAIT2 for tcp_fin_timeout and a finer step', () => {
    const { timeWait, finWait2 } = createTimings('none', limitsOf({ finTimeoutMs: 10_000 }), AT);
    expect(computeHoldMs(timeWait)).toBe(60_000 + LEARNED.timeWaitMs);
    expect(computeHoldMs(finWait2)).toBe(10_256);
  });

  it('make an orphan FIN_WAIT2 beyond 60 s a mini-socket for the excess only', () => {
    expect(createTimings('none', limitsOf({ finTimeoutMs: 90_000 }), AT).finWait2.durationMs).toBe(30_000);
    expect(finWait2TimerMs(limitsOf({ finTimeoutMs: 60_000 }))).toBe(60_000);
  });

  it('hold a port for the reuse delay where reuse is effective', () => {
    expect(createTimings('after_delay', limitsOf({ twReuseDelayMs: 1500 }), AT).timeWait).toEqual({
      durationMs: 1500,
      roundingMs: 0,
      grid: null,
    });
  });

  it('have no boundaries before the release step is learned', () => {
    const granularity = { ...LEARNED, phaseMs: null, learned: false };
    expect(createTimings('none', limitsOf(), { ...AT, granularity }).timeWait.grid).toBeNull();
  });
});

describe('the schedule of releases', () => {
  it('puts TIME_WAIT on boundaries of the learned phase, and FIN_WAIT2 on finer ones', () => {
    const timings = createTimings('none', limitsOf({ finTimeoutMs: 10_000 }), AT);
    const ports = createTimedPorts({ timeWait: [30_000], finWait2: [5000] });
    const [finWait2Ms, timeWaitMs] = scheduleReleases(ports, timings, NO_REUSE).atMs.map(requireValue);
    expect(finWait2Ms).toBeGreaterThan(5000);
    expect(finWait2Ms).toBeLessThanOrEqual(5000 + boundGranularityMs(10_000, LEARNED.hz));
    const turns = (MONOTONIC_START + requireValue(timeWaitMs) - requireValue(LEARNED.phaseMs)) / LEARNED.timeWaitMs;
    expect(Math.abs(turns - Math.round(turns))).toBeLessThan(1e-3);
    expect(requireValue(timeWaitMs)).toBeGreaterThan(30_000);
    expect(requireValue(timeWaitMs)).toBeLessThanOrEqual(30_000 + LEARNED.timeWaitMs);
  });

  it('releases every port once, at the boundary of its own timer, in ascending order (property)', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 1, maxLength: 200 }), (left) => {
        const { atMs, ports } = schedule(left);
        expect(ports.reduce((sum, count) => sum + count, 0)).toBe(left.length);
        expect(atMs).toEqual([...atMs].sort((a, b) => a - b));
        const expected = new Map<number, number>();
        for (const expiresMs of left) {
          const at = nextReleaseMs(expiresMs, TIME_WAIT_TIMING);
          expected.set(at, (expected.get(at) ?? 0) + 1);
        }
        expect(new Map(atMs.map((at, i) => [at, ports[i]]))).toEqual(expected);
      }),
      SEEDED,
    );
  });

  it('does not depend on the order of the rows (property)', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 100 }), (left) => {
        expect(schedule([...left].reverse())).toEqual(schedule(left));
        const unknown = forgetBoundaries(TIMINGS);
        expect(schedule([...left].reverse(), unknown)).toEqual(schedule(left, unknown));
      }),
      SEEDED,
    );
  });

  it('dates expired timers by how many have gathered, while the boundaries are unknown', () => {
    // Half as many have expired as expire within the next step, so half of a step has passed: 1,024 ms in slots of 50.
    const soon = Array.from({ length: 10 }, (_, i) => 100 + 190 * i);
    const { atMs } = schedule([...new Array<number>(5).fill(0), ...soon], forgetBoundaries(TIMINGS));
    expect(atMs[0]).toBe(1050);
    // As many have expired as expire within the next step, so the step is over and the expired ports are free.
    const { ports } = schedule([...new Array<number>(10).fill(0), ...soon], forgetBoundaries(TIMINGS));
    expect(ports.reduce((sum, count) => sum + count, 0)).toBe(10);
  });

  it('of timers that no kernel has is as long as the rows are many', () => {
    const left = [5000, 0x7fff_ffff, 900_000, 0x7fff_ffff];
    for (const timings of [TIMINGS, forgetBoundaries(TIMINGS)]) {
      const { atMs, ports } = schedule(left, timings);
      const at = (ms: number): number => nextReleaseMs(ms, timings.timeWait);
      expect(ports).toEqual([1, 1, 2]);
      for (const [i, ms] of [5000, 900_000, 0x7fff_ffff].entries())
        expect(Math.abs(requireValue(atMs[i]) - at(ms))).toBeLessThan(50);
    }
    expect(schedule([5000]).ports).toEqual([1]);
  });

  it('with reuse frees a TIME_WAIT port after the delay; older ports are free already', () => {
    const timings = createTimings('after_delay', limitsOf(), AT);
    const ports = createTimedPorts({ timeWait: [59_900, 59_500, 59_000, 30_000] });
    const releases = scheduleReleases(ports, timings, { reuse: 'after_delay', timeWaitMs: 60_000 });
    expect(releases).toEqual({ atMs: [500, 900], ports: [1, 1] });
    expect(countReusablePorts(ports, 60_000, timings.timeWait)).toBe(2);
  });

  it('never counts an orphan FIN_WAIT2 as reusable', () => {
    const { timeWait } = createTimings('after_delay', limitsOf(), AT);
    expect(countReusablePorts(createTimedPorts({ finWait2: [100, 5000] }), 60_000, timeWait)).toBe(0);
  });
});

describe('reuse by whole seconds, on a kernel without tcp_tw_reuse_delay', () => {
  /** The table was read 300 ms after a whole second of the monotonic clock. */
  const at = { ...AT, monotonicMs: MONOTONIC_START + 300 };
  const timings = createTimings('after_delay', limitsOf({ twReuse: 1, twReuseBySecond: true }), at);
  const pool = { reuse: 'after_delay', timeWaitMs: 60_000 } as const;

  it('holds the ports that were closed in the present second, until the next one begins', () => {
    // Closed 299 and 100 ms ago, and 301 ms and 30 s ago, in an earlier second.
    const ports = createTimedPorts({ timeWait: [59_701, 59_900, 59_699, 30_000] });
    expect(scheduleReleases(ports, timings, pool)).toEqual({ atMs: [700], ports: [2] });
    expect(countReusablePorts(ports, 60_000, timings.timeWait)).toBe(2);
  });

  it('holds a port for at most a second, and shows every close of the present second', () => {
    expect(computeHoldMs(timings.timeWait)).toBe(1000);
    expect(findCompleteAgeMs(timings.timeWait)).toBe(300);
    expect(findCompleteAgeMs(createTimings('after_delay', limitsOf(), at).timeWait)).toBe(1000);
  });

  it.each([
    [99, null],
    // In the second that begins in 700 ms the 100 ports are taken within 100 / 101 s.
    [101, 700 + (100 / 101) * 1000],
  ])('lets 100 ports bear %d closes per second until %s ms', (rate, atMs) => {
    const queue = {
      capacity: 100,
      live: 0,
      growth: 0,
      releases: { atMs: [], ports: [] },
      inflows: [{ rate, timing: timings.timeWait }],
      timedCap: Infinity,
    };
    const found = findExhaustion(queue);
    if (atMs === null) expect(found).toBeNull();
    else expect(found).toBeCloseTo(atMs, 3);
  });
});
