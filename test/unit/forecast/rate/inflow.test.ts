/** The inflow of a pool: its two kinds, what it needs from earlier samples, and the cheap estimate of far pools. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateFarInflow } from '../../../../daemon/forecast/rate/far-inflow.js';
import { countPoolAges, estimateInflow } from '../../../../daemon/forecast/rate/inflow.js';
import { combineKinds, type PoolInflow } from '../../../../daemon/forecast/rate/pool-inflow.js';
import {
  completeTimers,
  createRateMemory,
  rememberSample,
  type RateContext,
  type RateMemory,
} from '../../../../daemon/forecast/rate/rate-memory.js';
import type { CloseRate } from '../../../../daemon/forecast/rate/close-rate.js';
import type { Pool } from '../../../../daemon/pool/pool.js';
import { paceAges } from '../../../builders/closes.js';
import { createClimb, createRun, FIN_WAIT2_TIMING, TIME_WAIT_TIMING, TIMINGS } from '../../../builders/pool-facts.js';
import { createPool, createTimedPorts, createTimeWaitPorts } from '../../../builders/pool.js';
import { requireValue } from '../../../builders/require-value.js';

const SEEDED = { seed: 18, numRuns: 100 };
const REUSE_TIMINGS = { ...TIMINGS, timeWait: { durationMs: 1000, roundingMs: 0, grid: null } };
const createContext = (overrides: Partial<RateContext> = {}): RateContext => ({
  monotonicMs: 1_000_000,
  hasTimers: true,
  timeWaitMs: 60_000,
  timings: TIMINGS,
  detail: 'fine',
  ...overrides,
});
/** Takes one sample into memory and estimates its inflow. */
function sample(pool: Pool, context: RateContext, memory: RateMemory = createRateMemory()): PoolInflow | null {
  rememberSample(memory, pool, context);
  return estimateInflow(pool, memory, { ...context, ages: countPoolAges(pool, memory, context) });
}
const createCloseRate = (rate: number, overrides: Partial<CloseRate> = {}): CloseRate => ({
  rate,
  low: 0.9 * rate,
  high: 1.1 * rate,
  phi: 1,
  evidence: 6,
  runs: [createRun(rate, { shape: 100, seen: 100, ageMs: 30_000 })],
  ...overrides,
});

describe('the inflow of two kinds', () => {
  const by = { timings: TIMINGS, basis: 'timers' } as const;

  it('is their sum, with the uncertainty of the kind that closes more', () => {
    const inflow = combineKinds(createCloseRate(20, { phi: 2 }), createCloseRate(5), by);
    expect(inflow).toMatchObject({ rate: 25, low: 23, high: 27, phi: 2, seen: 100, sinceMs: 30_000, runRate: 25 });
    expect(combineKinds(createCloseRate(5), createCloseRate(20, { phi: 2 }), by)).toMatchObject({ rate: 25, phi: 2 });
  });

  it('keeps the absolute variance of each run when the other kind is added', () => {
    const { runs } = combineKinds(createCloseRate(20), createCloseRate(5), by);
    expect(runs).toHaveLength(1);
    const { mean, shape, rate } = requireValue(runs[0]);
    expect({ mean, rate }).toEqual({ mean: 25, rate: 25 });
    expect(mean ** 2 / shape).toBeCloseTo(20 ** 2 / 100, 9);
  });

  it('splits any total between the kinds: the greater one takes the difference (property)', () => {
    const rate = fc.double({ min: 0, max: 100, noNaN: true });
    fc.assert(
      fc.property(rate, rate, rate, (timeWaitRate, finWait2Rate, total) => {
        const inflow = combineKinds(createCloseRate(timeWaitRate), createCloseRate(finWait2Rate), by);
        const [timeWait, finWait2] = inflow.splitByKind(total, false).map(requireValue);
        expect(timeWait?.timing).toBe(TIME_WAIT_TIMING);
        expect(finWait2?.timing).toBe(FIN_WAIT2_TIMING);
        const smaller = Math.min(timeWaitRate, finWait2Rate);
        const sum = requireValue(timeWait).rate + requireValue(finWait2).rate;
        expect(sum).toBeCloseTo(Math.max(total, smaller), 9);
        expect(Math.min(requireValue(timeWait).rate, requireValue(finWait2).rate)).toBeLessThanOrEqual(smaller);
      }),
      SEEDED,
    );
  });

  it('has the rate and the interval of a climb, which goes on for three times its age in proportion to the rate', () => {
    const climb = createClimb({ rate: 12, rateVariance: 0.25, perSecond: 0.02, lastedMs: 200_000 });
    const inflow = combineKinds(createCloseRate(10), createCloseRate(0, { runs: [] }), { ...by, climb });
    expect(inflow.rate).toBe(12);
    expect(inflow.high - inflow.low).toBeCloseTo(2 * 1.6449 * 0.5, 3);
    expect(inflow.splitByKind(24, true)[0]).toMatchObject({ rate: 24, climb: { perSecond: 0.04, forMs: 600_000 } });
    expect(inflow.splitByKind(24, false)[0]).toMatchObject({ rate: 24, climb: null });
    expect(inflow.splitByKind(24, true)[1]).toMatchObject({ rate: 0 });
  });
});

describe('the inflow by timers', () => {
  it('is the pace of both kinds of timed port', () => {
    const timed = createTimedPorts({
      timeWait: paceAges(10).map((age) => 60_000 - age),
      finWait2: paceAges(4, 0, 10_000).map((age) => 10_000 - age),
    });
    const inflow = requireValue(sample(createPool({ timed }), createContext()));
    expect(inflow.basis).toBe('timers');
    expect(inflow.rate).toBeCloseTo(14, 1);
    const [timeWait, finWait2] = inflow.splitByKind(inflow.rate, false);
    expect(timeWait?.rate).toBeCloseTo(10, 1);
    expect(finWait2?.rate).toBeCloseTo(4, 1);
  });

  it('has the small phi of paced closes once minutes of them are remembered', () => {
    const memory = createRateMemory();
    const pool = createPool({ timed: createTimeWaitPorts(paceAges(10)) });
    let inflow = sample(pool, createContext(), memory);
    const first = requireValue(inflow);
    for (let ms = 2000; ms <= 300_000; ms += 2000) {
      inflow = sample(pool, createContext({ monotonicMs: 1_000_000 + ms }), memory);
    }
    const later = requireValue(inflow);
    expect(later.phi).toBeLessThan(first.phi);
    expect(later.phi).toBeLessThan(0.05);
    expect(later.evidence).toBeGreaterThan(first.evidence);
  });

  it('of a pool that holds nothing is 0, with an upper end above 0', () => {
    expect(sample(createPool(), createContext())).toMatchObject({ rate: 0, low: 0, high: 3 / 60, climb: null });
  });
});

describe('the inflow where one sample does not give it', () => {
  it('is null at the first count of a table without timers, and the pace of the counts after it', () => {
    const memory = createRateMemory();
    const at = (second: number): PoolInflow | null => {
      const timed = createTimedPorts({ timeWait: new Array<number>(20 * second).fill(0) });
      return sample(createPool({ timed }), createContext({ monotonicMs: 1000 * second, hasTimers: false }), memory);
    };
    expect(at(0)).toBeNull();
    for (let second = 2; second < 40; second += 2) at(second);
    const inflow = requireValue(at(40));
    expect(inflow).toMatchObject({ basis: 'counts' });
    expect(inflow.rate).toBeCloseTo(20, 3);
    expect(inflow.phi).toBeGreaterThanOrEqual(2);
  });

  it('is null with reuse while one sample shows fewer than ten young ports', () => {
    const reusing = (agesMs: readonly number[]): Pool =>
      createPool({ reuse: 'after_delay', timed: createTimeWaitPorts(agesMs) });
    const context = createContext({ timings: REUSE_TIMINGS });
    expect(sample(reusing(paceAges(9, 0, 60_000)), context)).toBeNull();
    const inflow = requireValue(sample(reusing(paceAges(20)), context));
    expect(inflow).toMatchObject({ basis: 'young_timers' });
    expect(inflow.rate).toBeCloseTo(20, 6);
    expect(requireValue(sample(reusing([]), context)).rate).toBe(0);
  });
});

describe('the timers of a pool', () => {
  it('are those of the table, or inferred from the counts where the table has none', () => {
    const pool = createPool({ timed: createTimedPorts({ timeWait: [0, 0, 0, 0] }) });
    const memory = createRateMemory();
    expect(completeTimers(pool, memory, createContext())).toBe(pool.timed);
    const context = createContext({ hasTimers: false });
    rememberSample(memory, pool, context);
    const inferred = completeTimers(pool, memory, context);
    expect([...inferred.expiresMs]).toEqual([7500, 22_500, 37_500, 52_500]);
    expect(inferred.state).toBe(pool.timed.state);
  });
});

describe('the inflow of a pool that is far from its limit', () => {
  const createFar = (agesMs: readonly number[], overrides: Parameters<typeof createPool>[0] = {}): Pool =>
    createPool({ capacity: 28_232, timed: createTimeWaitPorts(agesMs), ...overrides });
  const estimate = (pool: Pool, context = createContext()) => estimateFarInflow(pool, context, 0.5);

  it('is the mean of the minute, with the interval of Poisson counts', () => {
    const inflow = requireValue(estimate(createFar(paceAges(1))));
    expect(inflow.rate).toBe(1);
    expect(inflow.high - 1).toBeCloseTo((1.6449 * Math.sqrt(61)) / 60, 4);
    expect(1 - inflow.low).toBeCloseTo((1.6449 * Math.sqrt(61)) / 60, 4);
    expect(inflow.runs).toEqual([{ weight: 1, rate: 1, mean: 1, shape: 60.5, seen: 60, ageMs: 60_000 }]);
    expect(inflow.splitByKind(7, true)).toEqual([{ rate: 7, timing: TIME_WAIT_TIMING }]);
  });

  it('is that of the newest 10 s where chance does not explain the difference', () => {
    expect(requireValue(estimate(createFar(paceAges(4, 0, 10_000)))).rate).toBe(4);
    expect(requireValue(estimate(createFar(paceAges(2, 12_000)))).rate).toBe(0);
  });

  it('is null where the pool may be near its limit, and where timers are missing or hidden', () => {
    expect(estimate(createFar(paceAges(2)))).toBeNull();
    expect(estimate(createFar(paceAges(1), { live: 14_116 }))).toBeNull();
    expect(estimate(createFar(paceAges(1), { reuse: 'after_delay' }))).toBeNull();
    expect(estimate(createFar(paceAges(1)), createContext({ hasTimers: false }))).toBeNull();
    expect(estimate(createPool({ capacity: 28_232, timed: createTimedPorts({ finWait2: [5000] }) }))).toBeNull();
  });

  it('agrees with the careful estimate within both intervals', () => {
    const pool = createFar(paceAges(1.5));
    const [far, careful] = [requireValue(estimate(pool)), requireValue(sample(pool, createContext()))];
    expect(far.low).toBeLessThan(careful.rate);
    expect(far.high).toBeGreaterThan(careful.rate);
  });
});
