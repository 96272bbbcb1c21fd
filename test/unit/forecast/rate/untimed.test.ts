/** Closes and timers of a table without timers, from counts: nothing is lost, and nothing is counted twice. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createUntimedMemory,
  inferExpiries,
  rememberCount,
  type UntimedMemory,
} from '../../../../daemon/forecast/rate/untimed.js';

const SEEDED = { seed: 14, numRuns: 100 };
const TIME_WAIT_MS = 60_000;

/** Counts every 2 s from 0 on. */
function watchCounts(countAt: (second: number) => number, untilSeconds: number): UntimedMemory {
  const memory = createUntimedMemory(0, countAt(0));
  for (let second = 2; second <= untilSeconds; second += 2) {
    rememberCount(memory, { monotonicMs: second * 1000, count: countAt(second), timeWaitMs: TIME_WAIT_MS });
  }
  return memory;
}

describe('closes from counts', () => {
  it('are the true ones while the table fills and while it releases as many', () => {
    const { intervals } = watchCounts((second) => 10 * Math.min(second, 60), 200);
    // Two TIME_WAITs of intervals are kept.
    expect(intervals).toHaveLength(61);
    for (const { closes } of intervals) expect(closes).toBeCloseTo(20, 3);
  });

  it('are none while the ports of the first count are released evenly', () => {
    const { intervals } = watchCounts((second) => 600 - 10 * Math.min(second, 60), 60);
    expect(intervals).toHaveLength(30);
    for (const { closes } of intervals) expect(closes).toBeCloseTo(0, 9);
  });

  it('are never negative where ports go faster than expected', () => {
    const { intervals } = watchCounts((second) => (second < 10 ? 500 : 0), 20);
    // Of the 500 ports of the first count, 500 / 30 are expected to go in each interval, but all go in the fifth.
    const expected = [500 / 30, 500 / 30, 500 / 30, 500 / 30, 0];
    expect(intervals).toHaveLength(10);
    for (const [index, closes] of expected.entries()) expect(intervals[index]?.closes).toBeCloseTo(closes, 9);
  });

  it('add up to the final count and everything that was released (property)', () => {
    const closes = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 29 });
    fc.assert(
      fc.property(closes, (perInterval) => {
        // An empty table at first, and less than one TIME_WAIT: nothing is released.
        const total = (second: number): number =>
          perInterval.slice(0, second / 2).reduce((sum, count) => sum + count, 0);
        const { intervals } = watchCounts(total, 2 * perInterval.length);
        expect(intervals.map((interval) => interval.closes)).toEqual(perInterval);
      }),
      SEEDED,
    );
  });

  it('ignore a count that is not newer', () => {
    const memory = watchCounts(() => 10, 4);
    rememberCount(memory, { monotonicMs: 4000, count: 99, timeWaitMs: TIME_WAIT_MS });
    expect(memory.lastCount).toBe(10);
    expect(memory.intervals).toHaveLength(2);
  });
});

describe('inferred timers', () => {
  it('are spread evenly over TIME_WAIT at a steady rate, the newest ports with the longest time left', () => {
    const expires = inferExpiries(
      watchCounts((second) => 10 * Math.min(second, 60), 200),
      600,
      TIME_WAIT_MS,
    );
    expect(expires).toHaveLength(600);
    for (const [index, left] of expires.entries()) {
      expect(Math.abs(left - (TIME_WAIT_MS - 100 * (index + 0.5)))).toBeLessThanOrEqual(1);
    }
  });

  it('of ports that the first count saw are spread over what is left of their TIME_WAIT', () => {
    const memory = watchCounts(() => 100, 0);
    expect([...inferExpiries(memory, 4, TIME_WAIT_MS)]).toEqual([7500, 22_500, 37_500, 52_500]);
  });

  it('lie within TIME_WAIT, one for each port (property)', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(counts, fc.integer({ min: 0, max: 400 }), (perSample, ports) => {
        const memory = watchCounts((second) => perSample[second / 2] ?? 0, 2 * (perSample.length - 1));
        const expires = inferExpiries(memory, ports, TIME_WAIT_MS);
        expect(expires).toHaveLength(ports);
        expect(expires.every((left) => left >= 0 && left <= TIME_WAIT_MS)).toBe(true);
      }),
      SEEDED,
    );
  });
});
