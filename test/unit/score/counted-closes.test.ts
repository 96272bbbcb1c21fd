import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createUntimedMemory } from '../../../daemon/forecast/rate/untimed.js';
import type { HostLimits } from '../../../daemon/host/limits.js';
import type { TimedPorts } from '../../../daemon/pool/pool.js';
import { countClosesByCounts, countClosesByTimers } from '../../../daemon/score/counted-closes.js';
import type { CountedCloses } from '../../../daemon/score/types.js';
import { STATE } from '../../../daemon/snapshot/snapshot.js';
import { LIMITS } from '../../fakes.js';

const NOW_MS = 1_000_000;
const TIME_WAIT_MS = LIMITS.timeWaitMs;

/** TIME_WAIT ports that were closed so many ms ago. */
function closedAgo(...agesMs: readonly number[]): TimedPorts {
  return {
    state: new Uint8Array(agesMs.length).fill(STATE.TIME_WAIT),
    expiresMs: Int32Array.from(agesMs, (ageMs) => TIME_WAIT_MS - ageMs),
  };
}

const sum = (counted: readonly CountedCloses[]): number => counted.reduce((total, { closes }) => total + closes, 0);

describe('the closes by timers', () => {
  const count = (timed: TimedPorts, sinceMs: number, limits: HostLimits = LIMITS) =>
    countClosesByTimers(timed, { reuse: 'none', limits, monotonicMs: NOW_MS, sinceMs });

  it('since the table before are one stretch', () => {
    expect(count(closedAgo(0, 500, 1999, 2000, 30_000), NOW_MS - 2000)).toEqual([
      { fromMs: NOW_MS - 2000, toMs: NOW_MS, closes: 3 },
    ]);
  });

  it('of a longer time are in bins of at most 2 s, the oldest first', () => {
    expect(count(closedAgo(100, 1700, 1800, 4900), NOW_MS - 5000)).toEqual([
      { fromMs: NOW_MS - 5000, toMs: NOW_MS - (2 * 5000) / 3, closes: 1 },
      { fromMs: NOW_MS - (2 * 5000) / 3, toMs: NOW_MS - 5000 / 3, closes: 2 },
      { fromMs: NOW_MS - 5000 / 3, toMs: NOW_MS, closes: 1 },
    ]);
  });

  it('of the first table are those of one TIME_WAIT', () => {
    const counted = count(closedAgo(0, 20_000, 59_999), -Infinity);
    expect(counted).toHaveLength(30);
    expect(counted[0]).toEqual({ fromMs: NOW_MS - 60_000, toMs: NOW_MS - 58_000, closes: 1 });
    expect(sum(counted)).toBe(3);
  });

  it('count an orphan FIN_WAIT2 by its own time', () => {
    const timed: TimedPorts = {
      state: Uint8Array.of(STATE.FIN_WAIT2, STATE.FIN_WAIT2),
      expiresMs: Int32Array.of(9500, 7000),
    };
    const limits = { ...LIMITS, finTimeoutMs: 10_000 };
    expect(count(timed, NOW_MS - 2000, limits)).toMatchObject([{ closes: 1 }]);
    expect(count(timed, NOW_MS - 4000, limits)).toMatchObject([{ closes: 1 }, { closes: 1 }]);
  });

  it('are those within the reuse delay where ports may be reused', () => {
    const counted = countClosesByTimers(closedAgo(0, 900, 1100, 5000), {
      reuse: 'after_delay',
      limits: LIMITS,
      monotonicMs: NOW_MS,
      sinceMs: -Infinity,
    });
    expect(counted).toEqual([{ fromMs: NOW_MS - 1000, toMs: NOW_MS, closes: 2 }]);
  });

  it('are none for a table that is not later than the one before', () => {
    expect(count(closedAgo(0), NOW_MS)).toEqual([]);
    expect(count(closedAgo(0), NOW_MS + 1)).toEqual([]);
  });

  it('are each counted once, in stretches without a gap between them (property)', () => {
    const ages = fc.array(fc.integer({ min: 0, max: TIME_WAIT_MS - 1 }), { maxLength: 100 });
    fc.assert(
      fc.property(ages, fc.integer({ min: 1, max: 100_000 }), (agesMs, widthMs) => {
        const counted = count(closedAgo(...agesMs), NOW_MS - widthMs);
        const coveredMs = Math.min(widthMs, TIME_WAIT_MS);
        expect(sum(counted)).toBe(agesMs.filter((ageMs) => ageMs < coveredMs).length);
        expect(counted[0]?.fromMs).toBeCloseTo(NOW_MS - coveredMs, 6);
        expect(counted.at(-1)?.toMs).toBe(NOW_MS);
        counted.slice(1).forEach(({ fromMs }, index) => expect(fromMs).toBe(counted[index]?.toMs));
        for (const { fromMs, toMs } of counted) expect(toMs - fromMs).toBeLessThanOrEqual(2000.001);
      }),
    );
  });
});

describe('the closes by counts', () => {
  it('of the first count are spread over one TIME_WAIT', () => {
    const untimed = createUntimedMemory(NOW_MS, 600);
    expect(countClosesByCounts(untimed, { count: 600, timeWaitMs: TIME_WAIT_MS, monotonicMs: NOW_MS })).toEqual([
      { fromMs: NOW_MS - TIME_WAIT_MS, toMs: NOW_MS, closes: 600 },
    ]);
  });

  it.each([
    ['a count that stays the same, at the rate at which ports are released', 600, 20],
    ['a rising count, plus the rise', 650, 70],
    ['a count that falls by less than was released', 590, 10],
    ['a count that falls by all that was released', 580, 0],
    ['a count that falls by more, none', 500, 0],
  ])('of %s', (_name, next, closes) => {
    // Of 600 ports that entered TIME_WAIT evenly over 60 s, 20 are released in 2 s.
    const untimed = createUntimedMemory(NOW_MS, 600);
    const counted = countClosesByCounts(untimed, { count: next, timeWaitMs: TIME_WAIT_MS, monotonicMs: NOW_MS + 2000 });
    expect(counted).toEqual([{ fromMs: NOW_MS, toMs: NOW_MS + 2000, closes }]);
  });

  it('are none for the same instant again', () => {
    const untimed = createUntimedMemory(NOW_MS, 600);
    const next = { count: 650, timeWaitMs: TIME_WAIT_MS, monotonicMs: NOW_MS + 2000 };
    expect(countClosesByCounts(untimed, next)).toHaveLength(1);
    expect(countClosesByCounts(untimed, { ...next, monotonicMs: NOW_MS + 1000 })).toEqual([]);
  });

  it('come to a steady rate where the count has settled (property)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), (count) => {
        const untimed = createUntimedMemory(NOW_MS, count);
        const counted: CountedCloses[] = [];
        for (let ms = 2000; ms <= 3 * TIME_WAIT_MS; ms += 2000) {
          counted.push(...countClosesByCounts(untimed, { count, timeWaitMs: TIME_WAIT_MS, monotonicMs: NOW_MS + ms }));
        }
        expect(counted).toHaveLength(90);
        for (const { closes } of counted) expect(closes).toBeCloseTo((count * 2000) / TIME_WAIT_MS, 6);
      }),
    );
  });
});
