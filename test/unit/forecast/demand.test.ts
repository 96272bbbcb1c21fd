/** What clients want while a pool is full: the rate from before is kept until they are seen to want less. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDemandMemory, followDemand, type DemandSighting } from '../../../daemon/forecast/demand.js';
import { createFullSighting as full, createSighting as sighting, createSince as since } from '../../builders/demand.js';
import { requireValue } from '../../builders/require-value.js';

const SEEDED = { seed: 36, numRuns: 80 };
/** A sample with free ports of which none came free since the sample before. */
const free = (monotonicMs: number, opened: number, perSecond = opened / 2): DemandSighting =>
  sighting(monotonicMs, { perSecond, since: since({ opened }) });
/** A memory of a pool that was full for one sample, at 2 s, after 20 closes/s. */
function fill(of: Partial<DemandSighting> = {}, before: Partial<DemandSighting> = {}) {
  const memory = createDemandMemory();
  expect(followDemand(memory, sighting(0, before))).toBeNull();
  return { memory, demand: followDemand(memory, full(2000, of)) };
}

describe('the least demand of a full pool', () => {
  it('is the rate from before it was full', () => {
    expect(fill().demand).toEqual({ perSecond: 20, growthPerSecond: 0, seen: 600, lastedMs: 30_000 });
  });

  it('keeps the growth apart: a leak that filled the pool goes on as a leak', () => {
    expect(fill({}, { perSecond: 2, growthPerSecond: 6 }).demand).toMatchObject({ perSecond: 2, growthPerSecond: 6 });
  });

  it('is the rate of the first full sample where that is greater, and rests on the closes of that sample', () => {
    const { memory, demand } = fill({ perSecond: 30, seen: 60, lastedMs: 8000 });
    expect(demand).toEqual({ perSecond: 30, growthPerSecond: 0, seen: 60, lastedMs: 8000 });
    expect(followDemand(memory, full(4000, { perSecond: 45 }))?.perSecond).toBe(30);
  });

  it.each([
    [{ perSecond: 5, meanPerSecond: 32 }, 32],
    [{ perSecond: 40, meanPerSecond: 32 }, 40],
  ])('is the greater of the rate and the mean of the ports that are held in a first sample: %j', (of, expected) => {
    expect(followDemand(createDemandMemory(), full(0, { ...of, since: null }))?.perSecond).toBe(expected);
    // After a sample with free ports the mean says nothing new.
    expect(fill({ meanPerSecond: 32 }).demand?.perSecond).toBe(20);
  });

  it('rests on fewer closes the older it is, never on none, and has lasted the longer', () => {
    const seen = (ms: number): number => requireValue(followDemand(fill().memory, full(ms))).seen;
    expect(seen(4000)).toBeCloseTo(600 / (1 + 2 / 60), 9);
    expect(seen(62_000)).toBeCloseTo(300, 9);
    expect(seen(122_000)).toBeCloseTo(200, 9);
    expect(seen(600_000_000)).toBe(2);
    expect(followDemand(fill().memory, full(62_000))?.lastedMs).toBe(90_000);
  });

  it('is unknown while no sample was full', () => {
    const memory = createDemandMemory();
    for (let ms = 0; ms < 100_000; ms += 2000) expect(followDemand(memory, sighting(ms))).toBeNull();
  });
});

describe('the demand of a batch', () => {
  /** The demand at 12 s of 20/s that had lasted for 8 s; 10 s passed since it was known, and 2 s before that sample. */
  const ageOf = (capacity: number, growthPerSecond = 0) => {
    const rates = { perSecond: 20 - growthPerSecond, growthPerSecond, lastedMs: 8000, capacity };
    return requireValue(followDemand(fill({ capacity }, rates).memory, full(12_000, { capacity })));
  };

  it.each([
    ['5 s ages by renewal', 100, 8 / 20],
    ['9 s ages by renewal', 180, 8 / 20],
    ['12 s ages by two thirds of that', 240, 1 / 3 + ((2 / 3) * 8) / 20],
    ['13.5 s ages by half of that', 270, 0.5 + (0.5 * 8) / 20],
    ['18 s does not age', 360, 1],
  ])('that fills the pool within %s', (_, capacity, lasts) => {
    expect(ageOf(capacity).perSecond).toBeCloseTo(20 * lasts, 9);
    const grown = ageOf(capacity, 15);
    expect(grown.perSecond).toBeCloseTo(5 * lasts, 9);
    expect(grown.growthPerSecond).toBeCloseTo(15 * lasts, 9);
  });

  it('has aged by the time between two samples when it is first known', () => {
    expect(fill({ capacity: 100 }, { lastedMs: 2000, capacity: 100 }).demand?.perSecond).toBeCloseTo(10, 9);
  });
});

describe('calls that are counted', () => {
  const counted = (monotonicMs: number, failed: number, opened = 0): DemandSighting =>
    full(monotonicMs, { since: since({ failed, opened, freed: opened }) });

  it('raise the demand at once: those that open and those that fail', () => {
    const { memory, demand } = fill({ since: since({ failed: 60, opened: 10, freed: 10 }) });
    expect(demand).toMatchObject({ perSecond: 35, seen: 70 });
    expect(followDemand(memory, counted(4000, 90, 20))).toMatchObject({ perSecond: 45, seen: 180 });
  });

  it('do not raise it while those that fail are not counted', () => {
    expect(fill({ since: since({ opened: 100, freed: 100 }) }).demand?.perSecond).toBe(20);
  });

  it('lower it once they have been counted for ten seconds', () => {
    const { memory, demand } = fill({ since: since({ failed: 10 }) });
    expect(demand?.perSecond).toBe(20);
    const rates = [4000, 6000, 8000, 10_000, 12_000].map((ms) => followDemand(memory, counted(ms, 10))?.perSecond);
    expect(rates).toEqual([20, 20, 20, 5, 5]);
  });

  it('include the growth, which is kept apart', () => {
    const { memory } = fill({ since: since({ failed: 20 }) }, { perSecond: 2, growthPerSecond: 6 });
    for (let ms = 4000; ms < 12_000; ms += 2000) followDemand(memory, counted(ms, 20));
    expect(followDemand(memory, counted(12_000, 20))).toMatchObject({ perSecond: 4, growthPerSecond: 6 });
    for (let ms = 14_000; ms < 24_000; ms += 2000) followDemand(memory, counted(ms, 2));
    expect(followDemand(memory, counted(24_000, 2))).toMatchObject({ perSecond: 0, growthPerSecond: 6 });
  });

  it('of the newest ten seconds are the demand, and before that at least what was known (property)', () => {
    const step = fc.record({ failed: fc.nat(120), opened: fc.nat(40) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const memory = createDemandMemory();
        // 50,000 ports are not filled within 18 s, so nothing ages.
        followDemand(memory, sighting(0, { capacity: 50_000 }));
        let expected = 20;
        steps.forEach(({ failed, opened }, i) => {
          const newest = steps.slice(Math.max(0, i - 4), i + 1);
          const calls = newest.reduce((sum, each) => sum + each.failed + each.opened, 0);
          const rate = calls / (2 * newest.length);
          expected = newest.length === 5 ? rate : Math.max(expected, rate);
          const sample = { ...counted(2000 + 2000 * i, failed, opened), capacity: 50_000 };
          expect(followDemand(memory, sample)?.perSecond).toBeCloseTo(expected, 9);
        });
      }),
      SEEDED,
    );
  });
});

describe('the end of the demand', () => {
  it('comes with the second sample of free ports at which nothing opens', () => {
    const { memory } = fill();
    expect(followDemand(memory, free(4000, 0))?.perSecond).toBe(20);
    expect(followDemand(memory, free(6000, 0))).toBeNull();
    expect(followDemand(memory, free(8000, 0))).toBeNull();
  });

  it('comes a sample later where ports came free at the first: until then none may have been', () => {
    const { memory } = fill();
    const freeing = (ms: number) => sighting(ms, { perSecond: 0, since: since({ freed: 500 }) });
    expect([4000, 6000, 8000].map((ms) => followDemand(memory, freeing(ms))?.perSecond)).toEqual([20, 20, undefined]);
  });

  it.each([
    ['2 s', [12], [13]],
    ['4 s', [20, 13], [20, 14]],
  ])('comes when clearly fewer than seven of ten open: after %s', (_, fewer, enough) => {
    // 40 are expected in 2 s: 28 - 2.5 root(40) = 12.2. In 4 s 80: 56 - 2.5 root(80) = 33.6.
    const openAll = (counts: readonly number[]) => {
      const { memory } = fill();
      followDemand(memory, free(4000, 0));
      return counts.map((opened, i) => followDemand(memory, free(6000 + 2000 * i, opened))).at(-1) ?? null;
    };
    expect(openAll(fewer)).toBeNull();
    expect(openAll(enough)?.perSecond).toBe(20);
  });

  it('does not come while fewer are available than the demand takes, unless none came free', () => {
    const scarce = (freed: number) => {
      const { memory } = fill();
      followDemand(memory, free(4000, 0));
      return followDemand(memory, sighting(6000, { available: 39, perSecond: 0, since: since({ freed }) }));
    };
    expect(scarce(1)?.perSecond).toBe(20);
    expect(scarce(0)).toBeNull();
  });

  it('does not come while connections open as fast as before', () => {
    const { memory } = fill();
    for (let ms = 4000; ms < 200_000; ms += 2000) {
      expect(followDemand(memory, sighting(ms, { perSecond: 15 }))?.perSecond, `at ${ms} ms`).toBe(20);
    }
  });

  it('comes within two samples also after a long time at the limit', () => {
    const { memory } = fill();
    for (let ms = 4000; ms < 100_000; ms += 2000) followDemand(memory, full(ms));
    expect(followDemand(memory, free(100_000, 2))?.perSecond).toBe(20);
    expect(followDemand(memory, free(102_000, 2))).toBeNull();
  });

  it('does not come with a measured rate that is greater for a moment: the greater of the two is stated', () => {
    const { memory } = fill();
    expect(followDemand(memory, free(4000, 50, 25))?.perSecond).toBe(25);
    expect(followDemand(memory, free(6000, 50, 15))?.perSecond).toBe(20);
    expect(followDemand(memory, full(8000, { perSecond: 25 }))?.perSecond).toBe(20);
  });

  it('comes ten minutes after the pool was last full', () => {
    const { memory } = fill();
    expect(followDemand(memory, free(602_000, 40))?.perSecond).toBe(20);
    expect(followDemand(memory, free(602_001, 40))).toBeNull();
  });

  it('is the only change where failed calls are not counted, whatever comes (property)', () => {
    const step = fc.record({
      isFull: fc.boolean(),
      available: fc.nat(400),
      perSecond: fc.nat(60),
      since: fc.record({ ms: fc.constant(2000), opened: fc.nat(120), freed: fc.nat(60), failed: fc.constant(null) }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const memory = createDemandMemory();
        followDemand(memory, sighting(0));
        let lastFree = 20;
        steps.forEach((of, i) => {
          const before = memory.known;
          // 2,000 ports are not filled within 18 s, so nothing ages.
          const demand = followDemand(memory, sighting(2000 + 2000 * i, { ...of, capacity: 2000 }));
          const known = memory.known?.perSecond ?? null;
          if (before !== null) expect([before.perSecond, null]).toContain(known);
          else if (known !== null) expect(known).toBe(Math.max(lastFree, of.perSecond));
          if (of.isFull) expect(known).not.toBeNull();
          if (known === null) lastFree = of.perSecond;
          const stated = known === null ? undefined : memory.wasFull ? known : Math.max(known, of.perSecond);
          expect(demand?.perSecond).toBe(stated);
        });
      }),
      SEEDED,
    );
  });
});
