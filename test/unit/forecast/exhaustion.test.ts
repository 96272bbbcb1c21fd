/** The instant of exhaustion and its 90% interval: closed forms, the floor of the error, and properties. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foreseeExhaustion, type Exhaustion } from '../../../daemon/forecast/exhaustion.js';
import type { ExhaustionInput } from '../../../daemon/forecast/exhaustion-input.js';
import { boundFlow } from '../../../daemon/forecast/flow-spread.js';
import { createExhaustionInput, type PoolFacts, type SampleFacts } from '../../../daemon/forecast/pool-facts.js';
import { paceAges } from '../../builders/closes.js';
import {
  CERTAIN,
  createClimb,
  createInflow,
  createPoolFacts,
  createRun,
  createSampleFacts,
  forgetBoundaries,
  TIMINGS,
} from '../../builders/pool-facts.js';
import { createPool, createTimeWaitPorts } from '../../builders/pool.js';
import { requireValue } from '../../builders/require-value.js';
import { LEARNED } from '../../tools/simulator/world.js';

const SEEDED = { seed: 19, numRuns: 60 };
const createInput = (facts: Partial<PoolFacts>, sample: Partial<SampleFacts> = {}): ExhaustionInput =>
  requireValue(createExhaustionInput(createPoolFacts(facts), createSampleFacts(sample)));
const foresee = (facts: Partial<PoolFacts>, sample: Partial<SampleFacts> = {}): Exhaustion =>
  foreseeExhaustion(createInput(facts, sample));
/** A rate that is known as well as this many closes of Poisson arrivals give it. */
const measure = (rate: number, seen: number, phi = 1) =>
  createInflow(rate, { phi, seen, runs: [createRun(rate, { shape: seen / phi, seen })] });

describe('the instant at an exact rate', () => {
  it.each([12, 16.1])('of %d closes/s towards an empty pool does not exist', (rate) => {
    const { afterMs, earliestMs, latestMs } = foresee({ inflow: createInflow(rate) });
    expect([afterMs, earliestMs, latestMs]).toEqual([null, null, null]);
  });

  it.each([
    [16.5, 60.67],
    [25, 40],
    [100, 10],
  ])('of %d closes/s towards an empty pool is %d s', (rate, seconds) => {
    expect(Math.abs(requireValue(foresee({ inflow: createInflow(rate) }).afterMs) / 1000 - seconds)).toBeLessThan(0.3);
  });

  it('includes the ports that are held already, and their releases', () => {
    const timed = createTimeWaitPorts(paceAges(10));
    const pool = createPool({ live: 100, timed });
    // 100 + 600 are held; 10/s are released while 20/s come, so the last 300 ports last 30 s.
    const { afterMs } = foresee({ pool, timed, inflow: createInflow(20) });
    expect(Math.abs(requireValue(afterMs) - 30_000)).toBeLessThan(2100);
  });

  it('of growth alone is the free ports over the growth', () => {
    const growth = { perSecond: 5, lastedMs: CERTAIN, ports: CERTAIN };
    const { afterMs, earliestMs, latestMs } = foresee({
      pool: createPool({ live: 500 }),
      inflow: createInflow(0),
      growth,
    });
    expect(requireValue(afterMs)).toBeCloseTo(100_000, -2);
    expect(requireValue(earliestMs)).toBeLessThan(100_000);
    expect(requireValue(latestMs)).toBeGreaterThan(100_000);
  });

  it('is earlier where the mean use takes several holds over its last ports, as chance reaches capacity before it', () => {
    // The closes hold 14 x 62 ports on average, with a sigma of 29.5, and growth takes 295 s or 4.8 holds over one sigma.
    const growth = { perSecond: 0.1, lastedMs: CERTAIN, ports: CERTAIN };
    const [paced, poisson] = [0.0001, 1].map(
      (phi) => requireValue(foresee({ inflow: createInflow(14, { phi }), growth }).afterMs) / 1000,
    );
    const mean = (1000 - 14 * 62.048) / 0.1;
    expect(Math.abs(requireValue(paced) - mean)).toBeLessThan(40);
    const sigmas = (requireValue(paced) - requireValue(poisson)) / 295;
    expect(sigmas).toBeGreaterThan(1.3);
    expect(sigmas).toBeLessThan(1.9);
  });

  it('hardly depends on chance where the mean use passes its last ports at once', () => {
    const [paced, poisson] = [0.0001, 1].map((phi) =>
      requireValue(foresee({ inflow: createInflow(100, { phi }) }).afterMs),
    );
    expect(Math.abs(requireValue(paced) - requireValue(poisson))).toBeLessThan(50);
  });
});

describe('the 90% interval', () => {
  it.each([
    [25, 50],
    [25, 500],
    [100, 100],
  ])('at %d/s measured on %d closes has the error of the closes to come and of the rate', (rate, seen) => {
    const { afterMs, earliestMs, latestMs } = foresee({ inflow: measure(rate, seen) });
    const toCome = (rate * requireValue(afterMs)) / 1000;
    const error = (1000 * Math.sqrt(toCome + toCome ** 2 / seen)) / rate;
    const width = requireValue(latestMs) - requireValue(earliestMs);
    // The gamma distribution is skewed and the saw has steps, so the width is near 2 x 1.645 errors, not equal to it.
    expect(width / (2 * 1.645 * error)).toBeGreaterThan(0.85);
    expect(width / (2 * 1.645 * error)).toBeLessThan(1.35);
  });

  it('is wider for closes that scatter more, by the root of phi', () => {
    const width = (phi: number): number => {
      const { earliestMs, latestMs } = foresee({ inflow: measure(100, 1000, phi) });
      return requireValue(latestMs) - requireValue(earliestMs);
    };
    expect(width(4) / width(1)).toBeCloseTo(2, 0);
  });

  it('has no latest end where the low end of the rate settles below capacity', () => {
    const { afterMs, latestMs } = foresee({ inflow: measure(17, 100) });
    expect(requireValue(afterMs)).toBeGreaterThan(0);
    expect(latestMs).toBeNull();
  });

  it('has no latest end where only the assumed longest hold fills the pool', () => {
    const timings = forgetBoundaries(TIMINGS);
    const granularity = { ...LEARNED, phaseMs: null, learned: false };
    expect(foresee({ timings, inflow: createInflow(16.4) }, { granularity }).latestMs).toBeNull();
    // Well before the first release the rounding does not matter.
    expect(foresee({ timings, inflow: createInflow(25) }, { granularity }).latestMs).toBeGreaterThan(40_000);
  });

  it('is wider by half an interval of the samples on either side where only counts show the closes', () => {
    const [timers, counts] = (['timers', 'counts'] as const).map((basis) =>
      foresee({ inflow: createInflow(25, { basis }) }, { intervalMs: 6000 }),
    );
    expect(requireValue(timers?.earliestMs) - requireValue(counts?.earliestMs)).toBeCloseTo(3000, 6);
    expect(requireValue(counts?.latestMs) - requireValue(timers?.latestMs)).toBeCloseTo(3000, 6);
  });

  it('contains the instant, in ascending order (property)', () => {
    const rate = fc.double({ min: 10, max: 200, noNaN: true });
    const seen = fc.integer({ min: 6, max: 5000 });
    const held = fc.double({ min: 0.5, max: 15, noNaN: true });
    fc.assert(
      fc.property(rate, seen, held, fc.constantFrom(0.02, 1, 5), (perSecond, closes, before, phi) => {
        const timed = createTimeWaitPorts(paceAges(before));
        const { afterMs, earliestMs, latestMs } = foresee({
          pool: createPool({ timed }),
          timed,
          inflow: measure(perSecond, closes, phi),
        });
        if (afterMs === null) {
          expect([earliestMs, latestMs]).toEqual([null, null]);
          return;
        }
        expect(requireValue(earliestMs)).toBeGreaterThanOrEqual(0);
        expect(requireValue(earliestMs)).toBeLessThanOrEqual(afterMs);
        expect(latestMs ?? Infinity).toBeGreaterThanOrEqual(afterMs);
      }),
      SEEDED,
    );
  });

  it('lies earlier as a whole with more closes, the rest being equal (property)', () => {
    let comparedLatest = 0;
    fc.assert(
      fc.property(
        fc.double({ min: 17, max: 100, noNaN: true }),
        fc.double({ min: 1.05, max: 3, noNaN: true }),
        (rate, by) => {
          const [slow, fast] = [rate, by * rate].map((perSecond) => foresee({ inflow: measure(perSecond, 400) }));
          expect(requireValue(fast?.afterMs)).toBeLessThan(requireValue(slow?.afterMs));
          expect(requireValue(fast?.earliestMs)).toBeLessThan(requireValue(slow?.earliestMs));
          // Null means that the slow end of the rate never exhausts the pool.
          expect(fast?.latestMs ?? Infinity).toBeLessThanOrEqual(slow?.latestMs ?? Infinity);
          if (slow?.latestMs != null) comparedLatest += 1;
        },
      ),
      SEEDED,
    );
    // Of 60 runs: most have an end, so the comparison above is made.
    expect(comparedLatest).toBeGreaterThan(30);
  });
});

describe('the bounds of the flow', () => {
  const bound = (facts: Partial<PoolFacts>, afterMs: number) => {
    const input = createInput(facts);
    const { inflow, growth } = input;
    const expected = input.buildQueue({ rate: inflow.rate, growth: growth.perSecond, unanswered: 0, climbing: true });
    return boundFlow(input, expected, afterMs);
  };

  it('contain the rate, and are nearly the rate itself where it is exact and many closes are to come', () => {
    const { low, high } = bound({ inflow: createInflow(25, { phi: 1 }) }, 40_000);
    expect(low.rate / 25).toBeCloseTo(1 - 1.645 / Math.sqrt(1000), 2);
    expect(high.rate / 25).toBeCloseTo(1 + 1.645 / Math.sqrt(1000), 2);
  });

  it('assume that a climb goes on only at the high end', () => {
    const { low, high } = bound({ inflow: createInflow(10, { climb: createClimb() }) }, 60_000);
    expect([low.climbing, high.climbing]).toEqual([false, true]);
    expect(low.rate).toBeLessThan(10);
    expect(high.rate).toBeGreaterThan(10);
  });

  it('have the error of the line where the rate climbs', () => {
    const exact = createClimb({ perSecond: 0.01 });
    const uncertain = { ...exact, rateVariance: 1, perSecondVariance: 1e-4, covariance: 5e-3 };
    const [narrow, wide] = [exact, uncertain].map((climb) =>
      bound({ inflow: createInflow(10, { climb, phi: 1 }) }, 60_000),
    );
    // Over 60 s: 600 + 18 closes, with a variance of 60^2 x (1 + 5e-3 x 60 + 1e-4 x 60^2 / 4) of the line.
    const closes = 618;
    const line = 3600 * (1 + 0.3 + 0.09);
    expect(requireValue(narrow).high.rate / 10 - 1).toBeCloseTo((1.645 * Math.sqrt(closes)) / closes, 3);
    expect(requireValue(wide).high.rate / 10 - 1).toBeCloseTo((1.645 * Math.sqrt(closes + line)) / closes, 3);
  });

  it('widen growth of live ports by how few ports it has added', () => {
    const grow = (ports: number) =>
      bound({ inflow: createInflow(0, { phi: 0.0001 }), growth: { perSecond: 5, lastedMs: 60_000, ports } }, 60_000);
    // 300 ports to come: their own scatter, and that of the ports measured.
    expect(grow(300).high.growth / 5 - 1).toBeCloseTo((1.645 * Math.sqrt(300 + 300)) / 300, 2);
    expect(grow(30).high.growth / 5 - 1).toBeCloseTo((1.645 * Math.sqrt(300 + 3000)) / 300, 2);
    expect(grow(30).low.growth).toBeLessThan(grow(300).low.growth);
  });

  it('reach from the rate to its upper end where no close was seen', () => {
    const inflow = createInflow(0, { high: 0.05, runs: [createRun(0, { mean: 0.008, shape: 0.5, seen: 0 })] });
    expect(bound({ inflow }, 60_000)).toMatchObject({ low: { rate: 0 }, high: { rate: 0.05 } });
  });
});
