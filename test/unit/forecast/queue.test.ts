/** The queue forecast: closed forms of the instant at which the ports run out, and of the saw of the use. */
import { describe, expect, it } from 'vitest';
import { countEntries, findExhaustion, projectQueue, type Inflow, type Queue } from '../../../daemon/forecast/queue.js';
import { computeHoldMs, nextReleaseMs, type Timing } from '../../../daemon/forecast/release.js';
import { createQueue, FIN_WAIT2_TIMING, TIME_WAIT_TIMING } from '../../builders/pool-facts.js';
import { requireValue } from '../../builders/require-value.js';

const UNKNOWN_BOUNDARIES: Timing = { ...TIME_WAIT_TIMING, grid: null };

const findSeconds = (queue: Queue): number => requireValue(findExhaustion(queue)) / 1000;

describe('the instant at which 1,000 ports run out', () => {
  it.each([12, 16.1])('is null at %d/s, which settles below capacity', (rate) => {
    expect(findExhaustion(createQueue(rate))).toBeNull();
  });

  it.each([
    [16.2, 61.42 + 1000 / 16.2 - 60],
    [16.5, 1000 / 16.5],
    [25, 40],
  ])('at %d/s is %d s after the first close', (rate, seconds) => {
    expect(findSeconds(createQueue(rate))).toBeCloseTo(seconds, 3);
  });

  it('depends on the phase of the timer wheel: 16.2/s fails before the first release or one step later', () => {
    const instants = Array.from({ length: 16 }, (_, i) => {
      const timing = { ...TIME_WAIT_TIMING, grid: { stepMs: 2048, offsetMs: i * 128 } };
      return findSeconds(createQueue(0, { inflows: [{ rate: 16.2, timing }] }));
    });
    expect(Math.min(...instants)).toBeCloseTo(1000 / 16.2, 2);
    expect(Math.max(...instants)).toBeLessThan(60 + 2.048 + 1000 / 16.2 - 60 + 0.01);
  });

  it('exists exactly above the rate of capacity over 60 s and a step', () => {
    const limit = 1000 / 62.048;
    for (const timing of [TIME_WAIT_TIMING, UNKNOWN_BOUNDARIES]) {
      const findAt = (rate: number) => findExhaustion(createQueue(0, { inflows: [{ rate, timing }] }));
      expect(findAt(limit * 0.9999)).toBeNull();
      expect(findAt(limit * 1.0001)).not.toBeNull();
    }
  });

  it('counts a release before the closes that come after it', () => {
    const releases = { atMs: [10_000], ports: [900] };
    expect(findExhaustion(createQueue(9, { releases }))).toBeNull();
    expect(findSeconds(createQueue(11, { releases }))).toBeCloseTo(100 / 11, 3);
  });

  it('adds kinds of closes with holds of their own', () => {
    const timeWait: Inflow = { rate: 15, timing: TIME_WAIT_TIMING };
    const finWait2: Inflow = { rate: 25, timing: FIN_WAIT2_TIMING };
    // 15 x 62.048 + 25 x 10.256 exceeds 1,000; neither does alone.
    expect(findExhaustion(createQueue(0, { inflows: [timeWait] }))).toBeNull();
    expect(findExhaustion(createQueue(0, { inflows: [finWait2] }))).toBeNull();
    expect(findSeconds(createQueue(0, { inflows: [timeWait, finWait2] }))).toBeGreaterThan(10);
  });

  it('follows growth of live ports, in minutes and in hours', () => {
    expect(findSeconds(createQueue(0, { growth: 2, live: 100 }))).toBeCloseTo(450, 3);
    // The peaks of the saw reach capacity when growth has used up what they leave: within one step.
    const slow = findSeconds(createQueue(10, { growth: 0.01 }));
    expect(Math.abs(slow - (1000 - 10 * 62.048) / 0.01)).toBeLessThan(2.1);
  });

  it('is null beyond the horizon of a day', () => {
    expect(findExhaustion(createQueue(0, { growth: 0.001 }))).toBeNull();
    expect(findExhaustion(createQueue(25), 39_000)).toBeNull();
    expect(findExhaustion(createQueue(25), 41_000)).toBeCloseTo(40_000, 6);
  });

  it('by a climb is that of the parabola', () => {
    // 2 t + 0.3 t^2 / 2 = 100, before the first release.
    const climb = { perSecond: 0.3, forMs: 600_000 };
    const inflows = [{ rate: 2, climb, timing: TIME_WAIT_TIMING }];
    const seconds = (-2 + Math.sqrt(4 + 2 * 0.3 * 100)) / 0.3;
    expect(findSeconds(createQueue(0, { capacity: 100, inflows }))).toBeCloseTo(seconds, 6);
  });

  it('is kept off by tcp_max_tw_buckets until live ports leave less room than the cap', () => {
    expect(findExhaustion(createQueue(25, { timedCap: 500 }))).toBeNull();
    expect(findSeconds(createQueue(25, { timedCap: 500, growth: 5 }))).toBeCloseTo(100, 3);
  });
});

describe('the projected use', () => {
  it('rises in a straight line up to the first release, and then has the shape of a saw', () => {
    const { durationMs, roundingMs } = TIME_WAIT_TIMING;
    const firstMs = nextReleaseMs(durationMs, TIME_WAIT_TIMING);
    const secondMs = firstMs + roundingMs;
    const instantsMs = [0, 30_000, firstMs - 1, firstMs + 1, secondMs - 1, secondMs + 1];
    // At a boundary the closes are released that came up to 60 s before it.
    const releasedMs = [0, 0, 0, firstMs - durationMs, firstMs - durationMs, secondMs - durationMs];
    const used = projectQueue(createQueue(12), instantsMs);
    for (const [index, at] of instantsMs.entries()) {
      expect(used[index]).toBeCloseTo((12 * (at - requireValue(releasedMs[index]))) / 1000, 6);
    }
  });

  it('stays at rate x hold where the boundaries are unknown', () => {
    const inflows = [{ rate: 12, timing: UNKNOWN_BOUNDARIES }];
    const holdMs = computeHoldMs(UNKNOWN_BOUNDARIES);
    const used = projectQueue(createQueue(0, { inflows }), [holdMs / 2, holdMs, 100_000, 3_600_000]);
    expect(used).toHaveLength(4);
    for (const [index, share] of [0.5, 1, 1, 1].entries()) {
      expect(used[index]).toBeCloseTo((share * 12 * holdMs) / 1000, 6);
    }
  });

  it('never exceeds capacity, nor the cap of TIME_WAIT', () => {
    expect(projectQueue(createQueue(25), [60_000])).toEqual([1000]);
    expect(projectQueue(createQueue(25, { live: 100, timedCap: 500 }), [60_000])).toEqual([600]);
  });
});

describe('the closes to come', () => {
  it('are rate x time, and the parabola of a climb up to its end', () => {
    expect(countEntries(createQueue(12), 5000)).toBeCloseTo(60, 9);
    const climb = { perSecond: 0.5, forMs: 10_000 };
    const queue = createQueue(0, { inflows: [{ rate: 12, climb, timing: TIME_WAIT_TIMING }] });
    expect(countEntries(queue, 10_000)).toBeCloseTo(120 + 25, 9);
    expect(countEntries(queue, 20_000)).toBeCloseTo(240 + 25 + 50, 9);
  });
});
