/** Pressure, the sustainable rate, and when a climb makes them meet: the formulas of the forecast. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  computePressure,
  computeSustainableRate,
  foreseeFullPressure,
  isHeldByCap,
} from '../../../daemon/forecast/pressure.js';
import { combineKinds } from '../../../daemon/forecast/rate/pool-inflow.js';
import { shareTimedCap } from '../../../daemon/forecast/timed-cap.js';
import { createClimb, createInflow, createPoolFacts, createRun, TIMINGS } from '../../builders/pool-facts.js';
import { createPool, createTimeWaitPorts } from '../../builders/pool.js';
import { requireValue } from '../../builders/require-value.js';

const SEEDED = { seed: 22, numRuns: 100 };

describe('pressure', () => {
  it('is (live + rate x hold) / capacity', () => {
    const pool = createPool({ live: 50 });
    expect(computePressure(createPoolFacts({ pool, inflow: createInflow(10) }))).toBeCloseTo(0.67048, 9);
  });

  it('takes the closes of each kind with its own hold', () => {
    const rate = (perSecond: number) => ({
      rate: perSecond,
      low: perSecond,
      high: perSecond,
      phi: 1,
      evidence: 6,
      runs: [createRun(perSecond)],
    });
    const inflow = combineKinds(rate(10), rate(4), { timings: TIMINGS, basis: 'timers' });
    expect(computePressure(createPoolFacts({ inflow }))).toBeCloseTo((10 * 62.048 + 4 * 10.256) / 1000, 9);
  });

  it('is null while the rate is unknown, and 1 without a port', () => {
    expect(computePressure(createPoolFacts())).toBeNull();
    const pool = createPool({ capacity: 0 });
    expect(computePressure(createPoolFacts({ pool, inflow: createInflow(1) }))).toBe(1);
  });

  it('is 1 exactly at the sustainable rate (property)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 60_000 }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (capacity, share) => {
          const pool = createPool({ capacity, live: Math.floor(share * capacity) });
          const rate = computeSustainableRate(pool, TIMINGS);
          expect(computePressure(createPoolFacts({ pool, inflow: createInflow(rate) }))).toBeCloseTo(1, 9);
        },
      ),
      SEEDED,
    );
  });
});

describe('the sustainable rate', () => {
  it.each([
    [1000, 0, 16.116555],
    [1000, 50, 15.310727],
    [28_232, 0, 455.00258],
    [10, 20, 0],
  ])('of %d ports with %d live is %d/s', (capacity, live, rate) => {
    expect(computeSustainableRate(createPool({ capacity, live }), TIMINGS)).toBeCloseTo(rate, 4);
  });
});

describe('the instant at which a climbing rate reaches the sustainable one', () => {
  const foresee = (climb: Parameters<typeof createClimb>[0], sustainable = 16) =>
    foreseeFullPressure(createPoolFacts({ inflow: createInflow(10, { climb: createClimb(climb) }) }), sustainable);

  it('is the missing rate over the slope', () => {
    expect(foresee({ rate: 10, perSecond: 0.02 })).toEqual({
      afterMs: 300_000,
      earliestMs: 300_000,
      latestMs: 300_000,
    });
  });

  it('has the interval of the error of the line at that instant, relative to the missing rate', () => {
    const { earliestMs, latestMs } = requireValue(
      foresee({ rate: 10, perSecond: 0.02, rateVariance: 0.25, perSecondVariance: 1e-5, covariance: 5e-4 }),
    );
    // 0.25 + 2 x 5e-4 x 300 + 1e-5 x 300^2 = 1.45: a share of 1.645 x 1.204 / 6.
    const share = (1.6448536 * Math.sqrt(1.45)) / 6;
    expect(earliestMs).toBeCloseTo(300_000 / (1 + share), 6);
    expect(latestMs).toBeCloseTo(300_000 / (1 - share), 6);
  });

  it('has no latest end where the climb may end before', () => {
    expect(foresee({ rate: 15, perSecond: 0.02, rateVariance: 1 })?.latestMs).toBeNull();
  });

  it('does not exist without a climb, above the sustainable rate, or beyond six hours', () => {
    expect(foreseeFullPressure(createPoolFacts({ inflow: createInflow(10) }), 16)).toBeNull();
    expect(foreseeFullPressure(createPoolFacts(), 16)).toBeNull();
    expect(foresee({ rate: 17 })).toBeNull();
    expect(foresee({ rate: 10, perSecond: 0.0002 })).toBeNull();
  });
});

describe('tcp_max_tw_buckets', () => {
  it('holds a pool off whose closes alone would fill it, while its live ports leave room', () => {
    const held = (live: number, timedCap: number): boolean =>
      isHeldByCap(createPoolFacts({ pool: createPool({ live }), timedCap }), 1.5);
    expect(held(0, 500)).toBe(true);
    expect(held(600, 500)).toBe(false);
    expect(held(0, Infinity)).toBe(false);
    expect(isHeldByCap(createPoolFacts({ timedCap: 500 }), 0.9)).toBe(false);
    expect(isHeldByCap(createPoolFacts({ timedCap: 500 }), null)).toBe(false);
  });

  it('is left as it is while all pools together stay below it', () => {
    const all = [createPoolFacts({ inflow: createInflow(5) }), createPoolFacts({ inflow: createInflow(9) })];
    expect(shareTimedCap(all, 1000)).toEqual(all);
    expect(shareTimedCap(all, null)).toEqual(all);
  });

  it('is shared by what each pool would hold, with a margin of 5%, and not below what it holds', () => {
    const timed = createTimeWaitPorts(new Array<number>(700).fill(30_000));
    const all = [
      createPoolFacts({ inflow: createInflow(30) }),
      createPoolFacts({ inflow: createInflow(10), pool: createPool({ timed }) }),
      createPoolFacts(),
    ];
    expect(shareTimedCap(all, 1000).map(({ timedCap }) => timedCap)).toEqual([787.5, 700, 0]);
  });

  it('is never exceeded by one share (property)', () => {
    const rates = fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 5000 }), (perSecond, cap) => {
        const all = perSecond.map((rate) => createPoolFacts({ inflow: createInflow(rate) }));
        const total = perSecond.reduce((sum, rate) => sum + rate * 62.048, 0);
        const caps = shareTimedCap(all, cap).map(({ timedCap }) => timedCap);
        if (total <= cap) expect(caps).toEqual(perSecond.map(() => Infinity));
        else {
          for (const [index, timedCap] of caps.entries()) {
            const share = (1.05 * cap * requireValue(perSecond[index]) * 62.048) / total;
            expect(timedCap).toBeCloseTo(Math.min(cap, share), 6);
          }
        }
      }),
      SEEDED,
    );
  });
});
