/** The projected use of a pool: the closed form of its queue, within its band. */
import { describe, expect, it } from 'vitest';
import type { PoolFacts, SampleFacts } from '../../../daemon/forecast/pool-facts.js';
import { forecastPool } from '../../../daemon/forecast/pool-forecast.js';
import { projectUse } from '../../../daemon/forecast/projection.js';
import type { AheadPoint } from '../../../daemon/forecast/types.js';
import { paceAges } from '../../builders/closes.js';
import {
  CERTAIN,
  createClimb,
  createInflow,
  createPoolFacts,
  createRun,
  createSampleFacts,
  forgetBoundaries,
  SAMPLED_AT_MS,
  TIMINGS,
} from '../../builders/pool-facts.js';
import { createPool, createTimeWaitPorts } from '../../builders/pool.js';
import { requireValue } from '../../builders/require-value.js';

function project(overrides: Partial<PoolFacts>, sample: Partial<SampleFacts> = {}): AheadPoint[] {
  const facts = createPoolFacts(overrides);
  const shared = createSampleFacts(sample);
  return projectUse(facts, forecastPool(facts, shared), shared);
}
const secondsOf = ({ atMs }: AheadPoint): number => (atMs - SAMPLED_AT_MS) / 1000;

/** An inflow of one kind whose boundaries are unknown: each close holds its port for exactly 62.048 s. */
const { timeWait } = forgetBoundaries(TIMINGS);
const createSmoothInflow = (rate: number, shape = CERTAIN) =>
  createInflow(rate, {
    phi: 1,
    runs: [createRun(rate, { shape })],
    splitByKind: (total) => [{ rate: total, timing: timeWait }],
  });

describe('the projected use', () => {
  it('of an empty pool is rate x time up to one hold, and rate x hold from then on', () => {
    const points = project({ inflow: createSmoothInflow(10) });
    expect(points).toHaveLength(61);
    for (const point of points) expect(point.used).toBeCloseTo(10 * Math.min(secondsOf(point), 62.048), 2);
  });

  it('falls by the releases that the timers show', () => {
    const timed = createTimeWaitPorts(paceAges(10));
    const timings = forgetBoundaries(TIMINGS);
    const points = project({ pool: createPool({ timed, live: 50 }), timed, timings, inflow: createSmoothInflow(0) });
    // 600 ports are held, and each goes 2,048 ms after its timer: nothing for 2 s, then 10/s, in slots of 50 ms.
    for (const point of points) {
      const released = Math.min(600, Math.max(0, 10 * (secondsOf(point) - 2.048)));
      expect(Math.abs(point.used - (650 - released))).toBeLessThan(1.6);
    }
    expect(requireValue(points[0]).used).toBe(650);
    expect(requireValue(points.at(-1)).used).toBe(50);
  });

  it('follows growth and stops at capacity', () => {
    const growth = { perSecond: 10, lastedMs: CERTAIN, ports: CERTAIN };
    const points = project({ pool: createPool({ live: 500 }), inflow: createSmoothInflow(0), growth });
    for (const point of points) expect(point.used).toBeCloseTo(Math.min(1000, 500 + 10 * secondsOf(point)), 2);
    expect(requireValue(points.at(-1)).used).toBe(1000);
  });

  it('follows a climb', () => {
    const climb = createClimb({ rate: 4, perSecond: 0.05, lastedMs: 300_000 });
    const points = project({ inflow: createInflow(4, { climb }) });
    const early = points.filter((point) => secondsOf(point) < 60);
    expect(early.length).toBeGreaterThan(10);
    for (const point of early) {
      expect(point.used).toBeCloseTo(4 * secondsOf(point) + 0.025 * secondsOf(point) ** 2, 1);
    }
  });
});

describe('the span of the projection', () => {
  it('is two holds where the pool settles or runs out soon', () => {
    for (const rate of [5, 100]) {
      expect(secondsOf(requireValue(project({ inflow: createInflow(rate) }).at(-1)))).toBeCloseTo(2 * 62.048, 2);
    }
  });

  it('is a fifth more than the time to the exhaustion where that is later, up to a day', () => {
    const spanOf = (perSecond: number, live: number): number => {
      const growth = { perSecond, lastedMs: CERTAIN, ports: CERTAIN };
      return secondsOf(requireValue(project({ pool: createPool({ live }), inflow: createInflow(0), growth }).at(-1)));
    };
    expect(spanOf(1, 0)).toBeCloseTo(1200, -1);
    expect(spanOf(0.0125, 0)).toBe(86_400);
  });

  it('is empty while the rate is unknown', () => {
    expect(project({ inflow: null })).toEqual([]);
  });
});

describe('the band of the projection', () => {
  it('contains the use at every point, between 0 and capacity', () => {
    const timed = createTimeWaitPorts(paceAges(8));
    for (const rate of [0, 3, 12, 16.2, 40]) {
      const points = project({ pool: createPool({ timed, live: 20 }), timed, inflow: createSmoothInflow(rate, 50) });
      expect(points).toHaveLength(61);
      for (const { low, used, high } of points) {
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(used + 1e-9);
        expect(used).toBeLessThanOrEqual(high + 1e-9);
        expect(high).toBeLessThanOrEqual(1000);
      }
    }
  });

  it('has after one hold the width of the closes of that hold and of the rate', () => {
    const point = requireValue(project({ inflow: createSmoothInflow(10, 400) }).at(-1));
    const closes = 10 * 62.048;
    const error = 1.645 * Math.sqrt(closes + closes ** 2 / 400);
    expect((point.high - point.low) / (2 * error)).toBeCloseTo(1, 1);
  });
});
