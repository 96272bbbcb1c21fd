/** What clients want while a pool is full: the rate from before is kept until they are seen to want less. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createDemandMemory,
  followDemand,
  type Demand,
  type DemandMemory,
  type DemandSighting,
} from '../../../daemon/forecast/demand.js';
import { requireValue } from '../../builders/require-value.js';
import { watchOn, type SampleAt } from '../../builders/watch-on.js';
import { steps } from '../../tools/simulator/plan.js';
import { createStream, createWorld } from '../../tools/simulator/worlds.js';

const SEEDED = { seed: 36, numRuns: 80 };
/** A sample with free ports and 20 closes/s, unless the test states otherwise. */
const sighting = (monotonicMs: number, of: Partial<DemandSighting> = {}): DemandSighting => ({
  monotonicMs,
  isFull: false,
  perSecond: 20,
  growthPerSecond: 0,
  seen: 600,
  meanPerSecond: 10,
  failuresPerSecond: 0,
  opened: { count: 40, ms: 2000 },
  ...of,
});
const full = (monotonicMs: number, of: Partial<DemandSighting> = {}): DemandSighting =>
  sighting(monotonicMs, { isFull: true, perSecond: 0, seen: 0, opened: { count: 0, ms: 2000 }, ...of });
/** A memory of a pool that was full for one sample, at 2 s, after 20 closes/s. */
function fill(of: Partial<DemandSighting> = {}): { memory: DemandMemory; demand: Demand | null } {
  const memory = createDemandMemory();
  expect(followDemand(memory, sighting(0))).toBeNull();
  return { memory, demand: followDemand(memory, full(2000, of)) };
}

describe('the least demand of a full pool', () => {
  it('is the rate from before it was full', () => {
    expect(fill().demand).toMatchObject({ perSecond: 20, growthPerSecond: 0 });
  });

  it('keeps the growth apart: a leak that filled the pool goes on as a leak', () => {
    const memory = createDemandMemory();
    followDemand(memory, sighting(0, { perSecond: 2, growthPerSecond: 6 }));
    expect(followDemand(memory, full(2000, { meanPerSecond: 0, opened: { count: 10, ms: 2000 } }))).toMatchObject({
      perSecond: 2,
      growthPerSecond: 6,
    });
  });

  it.each<[string, Partial<DemandSighting>, number]>([
    ['the closes of the time that the timed ports cover', { meanPerSecond: 32 }, 32],
    ['the connections that were opened since the sample before', { opened: { count: 100, ms: 2000 } }, 50],
    ['the closes of the sample itself', { perSecond: 30 }, 30],
  ])('is raised by %s', (_, of, expected) => {
    expect(fill(of).demand?.perSecond).toBeCloseTo(expected, 9);
  });

  it('is raised by the failures that are counted, beside the closes that succeed', () => {
    const { memory } = fill();
    expect(followDemand(memory, full(4000, { failuresPerSecond: 12, perSecond: 4 }))?.perSecond).toBe(20);
    expect(followDemand(memory, full(6000, { failuresPerSecond: 40, perSecond: 5 }))?.perSecond).toBe(45);
  });

  it('rests on fewer closes the older it is, never on none', () => {
    const seen = (ms: number): number => requireValue(followDemand(fill().memory, full(ms))).seen;
    expect(seen(4000)).toBeLessThan(600);
    expect(seen(62_000)).toBeCloseTo(300, 6);
    expect(seen(122_000)).toBeCloseTo(200, 6);
    expect(seen(600_000_000)).toBeGreaterThanOrEqual(2);
  });

  it('is unknown while no sample was full', () => {
    const memory = createDemandMemory();
    for (let ms = 0; ms < 100_000; ms += 2000) expect(followDemand(memory, sighting(ms))).toBeNull();
  });
});

describe('the end of the demand', () => {
  it('comes with the second sample of free ports at which nothing opens', () => {
    const { memory } = fill();
    const free = { perSecond: 0, opened: { count: 0, ms: 2000 } };
    expect(followDemand(memory, sighting(4000, free))?.perSecond).toBe(20);
    expect(followDemand(memory, sighting(6000, free))).toBeNull();
    expect(followDemand(memory, sighting(8000, free))).toBeNull();
  });

  it('does not come while connections open as fast as before', () => {
    const { memory } = fill();
    for (let ms = 4000; ms < 200_000; ms += 2000) {
      expect(followDemand(memory, sighting(ms, { perSecond: 15 }))?.perSecond, `at ${ms} ms`).toBe(20);
    }
  });

  it('comes within two samples also after a long time at the limit', () => {
    const { memory } = fill();
    for (let ms = 4000; ms < 100_000; ms += 2000) followDemand(memory, sighting(ms, { perSecond: 15 }));
    const less = { perSecond: 1, opened: { count: 2, ms: 2000 } };
    followDemand(memory, sighting(100_000, less));
    expect(followDemand(memory, sighting(102_000, less))).toBeNull();
  });

  it('is not stated while the measured rate is as high: then that is the rate', () => {
    const { memory } = fill();
    expect(followDemand(memory, sighting(4000, { perSecond: 25, opened: { count: 50, ms: 2000 } }))).toBeNull();
    expect(followDemand(memory, sighting(6000, { perSecond: 15 }))?.perSecond).toBe(20);
  });

  it('comes ten minutes after the pool was last full', () => {
    const { memory } = fill();
    expect(followDemand(memory, sighting(602_000, { perSecond: 15 }))?.perSecond).toBe(20);
    expect(followDemand(memory, sighting(602_001, { perSecond: 15 }))).toBeNull();
  });

  it('never states less than was known, whatever comes', () => {
    const step = fc.record({
      isFull: fc.boolean(),
      perSecond: fc.integer({ min: 0, max: 60 }),
      failuresPerSecond: fc.constantFrom(0, 0, 5, 80),
      opened: fc.record({ count: fc.integer({ min: 0, max: 120 }), ms: fc.constant(2000) }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (taken) => {
        const { memory } = fill();
        let least = 20;
        taken.forEach((of, i) => {
          const demand = followDemand(memory, sighting(4000 + 2000 * i, of));
          if (memory.known === null) least = 0;
          else expect(memory.known.perSecond + memory.known.growthPerSecond).toBeGreaterThanOrEqual(least);
          if (demand !== null) {
            expect(of.isFull || demand.perSecond + demand.growthPerSecond > of.perSecond).toBe(true);
            least = Math.max(least, demand.perSecond + demand.growthPerSecond);
          }
        });
      }),
      SEEDED,
    );
  });
});

describe('32 closes/s on 1,000 ports for 200 s', () => {
  const until = (untilMs: number, then = 0) => createWorld([createStream(steps([0, 32], [untilMs, then]))]);
  const fromFirstFailure = (samples: readonly SampleAt[], untilSeconds: number): SampleAt[] => {
    const since = requireValue(samples.find(({ failed }) => failed > 0)).at;
    return samples.filter(({ at }) => at >= since && at <= untilSeconds);
  };

  it.each([
    [0, false],
    [300, false],
    [700, false],
    [1100, false],
    [1700, false],
    [700, true],
  ])('are never called calm before they end, sampled from %d ms on (failures counted: %s)', (firstMs, counts) => {
    const samples = fromFirstFailure(watchOn(until(200_000), { seconds: 230, firstMs, countsFailures: counts }), 200);
    expect(samples.length).toBeGreaterThan(80);
    for (const { at, forecast } of samples) {
      expect(['steady', 'idle'], `mode at ${at} s`).not.toContain(forecast.mode);
      expect(forecast.exhaustsAtMs, `instant at ${at} s`).not.toBeNull();
      expect(requireValue(forecast.probability), `probability at ${at} s`).toBeGreaterThan(0.5);
      expect(requireValue(forecast.closeRate), `rate at ${at} s`).toBeGreaterThan(0.9 * 32);
      expect(requireValue(forecast.closeRate), `rate at ${at} s`).toBeLessThan(1.1 * 32);
      expect(forecast.cause, `cause at ${at} s`).toBe('closes');
    }
  });

  it.each([45_000, 120_000, 200_000])('that end at %d ms are over with the second sample of free ports', (endsMs) => {
    const samples = watchOn(until(endsMs), { seconds: endsMs / 1000 + 90 });
    const free = samples.filter(({ at, forecast }) => at > endsMs / 1000 && forecast.available > 0);
    expect(free.length).toBeGreaterThan(10);
    for (const { at, forecast } of free.slice(1)) {
      expect(forecast.demandAtLeast, `at ${at} s`).toBeUndefined();
      expect(forecast, `at ${at} s`).toMatchObject({ exhaustsAtMs: null, cause: null });
    }
  });

  it.each([5, 2])('that fall to %d/s are over with the third sample of free ports', (then) => {
    for (const endsMs of [120_000, 200_000]) {
      const samples = watchOn(until(endsMs, then), { seconds: endsMs / 1000 + 90 });
      const free = samples.filter(({ at, forecast }) => at > endsMs / 1000 && forecast.available > 20);
      for (const { at, forecast } of free.slice(2)) expect(forecast.demandAtLeast, `at ${at} s`).toBeUndefined();
    }
  });
});

describe('a pool that is full only between two samples', () => {
  it('is not called steady while connects fail', () => {
    // Ports come free at 5/s, in steps of 2 s: each sample meets a few of them, and 20 connects fail per second.
    const samples = watchOn(createWorld([createStream(steps([0, 5], [300_000, 25]))]), { seconds: 360, firstMs: 0 });
    const failing = samples.filter(({ failed }) => failed > 20);
    expect(failing.length).toBeGreaterThan(10);
    for (const { at, forecast } of failing) {
      expect(['steady', 'idle'], `mode at ${at} s`).not.toContain(forecast.mode);
      expect(requireValue(forecast.closeRate), `rate at ${at} s`).toBeGreaterThan(0.9 * 25);
    }
  });
});

describe('the demand of a burst that is over', () => {
  const burst = createWorld([createStream(steps([0, 5], [20_000, 2000], [20_500, 5]))]);

  it('is that of the failures where they are counted', () => {
    const samples = watchOn(burst, { seconds: 60, countsFailures: true });
    for (const { at, forecast } of samples.filter((sample) => sample.at > 28)) {
      expect(requireValue(forecast.closeRate), `rate at ${at} s`).toBeLessThan(50);
    }
  });
});

describe('a leak that filled the pool', () => {
  it('goes on as a leak: growth is the cause, and its rate is known', () => {
    const samples = watchOn(createWorld([createStream(6, { fate: 'kept' })]), { seconds: 240 });
    const exhausted = samples.filter(({ failed }) => failed > 0);
    expect(exhausted.length).toBeGreaterThan(25);
    for (const { at, forecast } of exhausted) {
      expect(forecast, `at ${at} s`).toMatchObject({ mode: 'exhausted', cause: 'growth', demandAtLeast: true });
      expect(Math.abs(requireValue(forecast.liveGrowth) - 6), `growth at ${at} s`).toBeLessThan(0.6);
    }
  });
});
