/** The probability of exhaustion by how fast a rate fills the pool and how young it is, and the properties of all. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateExhaustionProbability } from '../../../daemon/forecast/exhaustion-probability.js';
import { createExhaustionInput, type PoolFacts } from '../../../daemon/forecast/pool-facts.js';
import { createInflow, createPoolFacts, createRun, createSampleFacts } from '../../builders/pool-facts.js';
import { predictRateLasts, predictRunLasts } from '../../builders/persistence.js';
import { createPool } from '../../builders/pool.js';
import { requireValue } from '../../builders/require-value.js';

const SEEDED = { seed: 20, numRuns: 60 };
const estimate = (facts: Partial<PoolFacts>) =>
  estimateExhaustionProbability(requireValue(createExhaustionInput(createPoolFacts(facts), createSampleFacts())));

describe('the probability of a rate by how fast it fills the pool, and by its age', () => {
  const of = (rate: number, lastedSeconds: number): number =>
    estimate({ inflow: createInflow(rate, { runs: [createRun(rate, { ageMs: 1000 * lastedSeconds })] }) }).probability;

  it.each([
    ['a batch of 2 s', 500, 1],
    ['a batch of 2 s past its half', 500, 1.5],
    ['a batch of 5 s', 200, 4],
    ['a batch of 9 s', 1000 / 9, 3],
    ['a rate between a batch and a service', 80, 3],
    ['a rate half between a batch and a service', 1000 / 13.5, 10],
    ['a service that takes 18 s', 1000 / 18, 2],
    ['a service that takes 40 s', 25, 2],
  ])('of %s (%d closes/s for %d s) is that of a batch or a service to go on', (_, rate, lastedSeconds) => {
    const fillSeconds = 1000 / rate;
    // The ports that were taken are free in this scene, so all of them are still to be filled.
    expect(of(rate, lastedSeconds)).toBeCloseTo(predictRunLasts(fillSeconds, { lastedSeconds, fillSeconds }), 6);
  });

  it.each([0.05, 0.15, 0.3, 0.999])('of a run of %d s is that of requests which did not just come together', (age) => {
    expect(of(25, age)).toBeCloseTo((predictRateLasts(40) * age) / (age + 0.15), 6);
    expect(of(500, age)).toBeCloseTo(predictRunLasts(2, { lastedSeconds: age, fillSeconds: 2 }), 6);
  });

  it('of a service does not depend on its age once it has lasted a second', () => {
    expect([1, 10, 1000].map((age) => of(25, age))).toEqual([of(25, 60), of(25, 60), of(25, 60)]);
  });
});

describe('the probability (properties)', () => {
  const rate = fc.double({ min: 1, max: 60, noNaN: true });
  const shape = fc.double({ min: 1, max: 2000, noNaN: true });
  const growth = fc.constantFrom(null, { perSecond: 2, lastedMs: 8000, ports: 16 });
  const live = fc.integer({ min: 0, max: 900 });
  const measure = (perSecond: number, of: number) =>
    createInflow(perSecond, { phi: 1, evidence: 20, runs: [createRun(perSecond, { shape: of, seen: Math.ceil(of) })] });

  it('lies between 0 and 1', () => {
    fc.assert(
      fc.property(rate, shape, growth, live, (perSecond, of, grows, held) => {
        const { probability, probabilityIfHeld } = estimate({
          pool: createPool({ live: held }),
          inflow: measure(perSecond, of),
          growth: grows,
        });
        for (const value of [probability, probabilityIfHeld]) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
        }
      }),
      SEEDED,
    );
  });

  const probabilityOf = (perSecond: number, of: number, held: number): number =>
    estimate({ pool: createPool({ live: held }), inflow: measure(perSecond, of) }).probability;

  it('never falls when the rate is greater, among the rates of services', () => {
    // 1,000 ports take at least 18 s at these rates.
    const service = fc.double({ min: 1, max: 1000 / 18, noNaN: true });
    fc.assert(
      fc.property(service, service, shape, live, (one, other, of, held) => {
        const [slower, faster] = [Math.min(one, other), Math.max(one, other)];
        expect(probabilityOf(faster, of, held)).toBeGreaterThanOrEqual(probabilityOf(slower, of, held) - 1e-3);
      }),
      SEEDED,
    );
  });

  it('never falls when more ports are held, at the rate of a batch or of a service', () => {
    const any = fc.double({ min: 1, max: 500, noNaN: true });
    fc.assert(
      fc.property(any, shape, live, (perSecond, of, held) => {
        const before = probabilityOf(perSecond, of, held);
        expect(probabilityOf(perSecond, of, held + 50)).toBeGreaterThanOrEqual(before - 1e-3);
      }),
      SEEDED,
    );
  });
});
