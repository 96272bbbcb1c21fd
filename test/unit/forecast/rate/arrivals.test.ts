/** Only opening a connection takes a port: closes that no new connection replaced are taken out of the rate. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createArrivalMemory,
  dropUnreplaced,
  findProvenShare,
  rememberArrivals,
  type ArrivalInterval,
  type ArrivalMemory,
} from '../../../../daemon/forecast/rate/arrivals.js';
import { AGE_BIN_MS } from '../../../../daemon/forecast/rate/close-rate.js';
import { createRun } from '../../../builders/pool-facts.js';
import { createPool, createTimeWaitPorts } from '../../../builders/pool.js';
import { requireValue } from '../../../builders/require-value.js';
import { watchOn, type SampleAt } from '../../../builders/watch-on.js';
import { steps } from '../../../tools/simulator/plan.js';
import { limitsOf } from '../../../tools/simulator/world.js';
import { createStream, createWorld } from '../../../tools/simulator/worlds.js';

const SEEDED = { seed: 34, numRuns: 60 };
const rateOf = ({ forecast }: SampleAt): number => requireValue(forecast.closeRate);
const findMean = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;

/**
 * Remembers samples 2 s apart: of each the live ports, and the ages of the closes since. Of the live ports so many are
 * given up and opened between two samples.
 */
function remember(samples: readonly { live: number; closedAgesMs?: readonly number[] }[], replaced = 0): ArrivalMemory {
  const memory = createArrivalMemory();
  samples.forEach(({ live, closedAgesMs = [] }, i) => {
    const pool = createPool({ live, timed: createTimeWaitPorts(closedAgesMs) });
    const from = 20_000 + i * replaced;
    // The closed ports are those above the live ones.
    const ports = {
      ...pool.ports,
      live: Uint16Array.from({ length: live }, (_, port) => from + port),
      timed: Uint16Array.from(closedAgesMs, (_, port) => from + live + port),
    };
    rememberArrivals(memory, { ...pool, ports }, { monotonicMs: 2000 * i, timeWaitMs: 60_000, finWait2Ms: 60_000 });
  });
  return memory;
}

describe('the closes that no connection replaced', () => {
  const idle = Array.from({ length: 12 }, () => ({ live: 400 }));
  const spread = (count: number): number[] => Array.from({ length: count }, (_, i) => (i * 1000) / count);

  it('are as many as live ports went, where the connections were only kept before', () => {
    const memory = remember([...idle, { live: 300, closedAgesMs: spread(100) }]);
    expect(memory.intervals[0]).toMatchObject({ closes: 100, shortLived: 0, unreplaced: 100 });
  });

  it('are none where each closed connection was replaced', () => {
    const memory = remember([...idle, { live: 400, closedAgesMs: spread(100) }]);
    expect(memory.intervals[0]).toMatchObject({ closes: 100, unreplaced: 0 });
  });

  it('never include a connection that was opened and closed since the sample before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 300 }), (gone, others) => {
        const memory = remember([...idle, { live: 400 - gone, closedAgesMs: spread(gone + others) }]);
        const { closes, shortLived, unreplaced } = requireValue(memory.intervals[0]);
        expect(closes).toBe(gone + others);
        expect(shortLived).toBe(others);
        expect(unreplaced).toBe(gone);
        expect(unreplaced + shortLived).toBeLessThanOrEqual(closes);
      }),
      SEEDED,
    );
  });

  it('are none while the live ports vary as those of a busy service do', () => {
    // 100 open connections of which 10 come and go between two samples: a few fewer are within chance, half are not.
    const busy = Array.from({ length: 12 }, () => ({ live: 100, closedAgesMs: spread(10) }));
    const fewer = (live: number) => [{ live, closedAgesMs: spread(120 - live) }];
    for (const { unreplaced } of remember([...busy, ...fewer(95), ...fewer(90)], 10).intervals) {
      expect(unreplaced).toBe(0);
    }
    // Ten of the ports that were closed were not live before, so their connections were opened since.
    expect(remember([...busy, ...fewer(50)], 10).intervals[0]?.unreplaced).toBe(40);
  });

  it('are known for two minutes', () => {
    const memory = remember([...idle, ...Array.from({ length: 70 }, () => ({ live: 300 }))]);
    expect(memory.intervals).toHaveLength(61);
  });

  /** The closes of 2 s; their ages are those at 100 s. */
  const closesOf = (toMs: number, unreplaced: number, agesMs: readonly number[]): ArrivalInterval => ({
    fromMs: toMs - 2000,
    toMs,
    closes: agesMs.length,
    shortLived: 0,
    closedMs: agesMs.map((ageMs) => 100_000 - ageMs),
    unreplaced,
    used: 400,
    live: 400,
    opened: agesMs.length - unreplaced,
    givenUp: agesMs.length,
  });
  const drop = (bins: readonly number[], ...intervals: ArrivalInterval[]) => {
    const counts = Float64Array.from(bins);
    const windowMs = counts.length * AGE_BIN_MS;
    const ages = { windowMs, counts, oldestMs: new Float64Array(counts.length), newestMs: 0, isHeldUp: false };
    const kept = dropUnreplaced(ages, { ...createArrivalMemory(), intervals }, 100_000);
    expect([...counts], 'the given histogram').toEqual(bins);
    return { ages, kept };
  };

  it('leave the bin in which each connection that was open before was closed, in proportion, and no other', () => {
    const bins = new Array<number>(12).fill(10);
    // Three of six were not replaced, so each counts half. Each of the newer closes was replaced.
    const some = closesOf(98_000, 3, [2000, 2200, 2499, 2500, 3900, 4000]);
    const { kept } = drop(bins, closesOf(100_000, 0, [100, 700, 1900]), some);
    expect([...kept.counts]).toEqual([10, 10, 10, 10, 8.5, 9.5, 10, 9.5, 9.5, 10, 10, 10]);
    expect(kept.newestMs).toBe(0);
    // Those that are older than the histogram are not in it.
    expect([...drop([10, 10, 10, 10, 10], some).kept.counts]).toEqual([10, 10, 10, 10, 8.5]);
  });

  it('leave no bin below 0, and the newest close is in the first bin that is left', () => {
    const { kept } = drop([0.5, 2, 5, 5], closesOf(100_000, 4, [100, 600, 700, 1100]));
    expect([...kept.counts]).toEqual([0, 0, 4, 5]);
    expect(kept.newestMs).toBe(2 * AGE_BIN_MS);
    const none = drop([0, 2], closesOf(100_000, 2, [600, 700])).kept;
    expect([...none.counts]).toEqual([0, 0]);
    expect(none.newestMs).toBe(Infinity);
  });

  it('leave the histogram itself where each close was replaced', () => {
    const { ages, kept } = drop([5, 5, 5], closesOf(100_000, 0, [100, 600]));
    expect(kept).toBe(ages);
  });
});

describe('the proven share of a run', () => {
  const interval = (ageMs: number, of: Partial<ArrivalInterval>): ArrivalInterval => ({
    fromMs: 100_000 - ageMs - 2000,
    toMs: 100_000 - ageMs,
    closes: 100,
    shortLived: 0,
    closedMs: [],
    unreplaced: 0,
    used: 0,
    live: 0,
    opened: 0,
    givenUp: 0,
    ...of,
  });
  const share = (intervals: ArrivalInterval[], run: { seen: number; ageMs: number }, live: number): number =>
    findProvenShare(createRun(25, run), { ...createArrivalMemory(), intervals }, { nowMs: 100_000, live });

  it.each([
    ['all of it where no connection was open', { seen: 50, ageMs: 2000 }, { live: 0 }, 1],
    ['none of it where as many were open at its start', { seen: 50, ageMs: 2000 }, { live: 50 }, 0],
    ['what exceeds those that were open', { seen: 50, ageMs: 2000 }, { live: 30 }, 20 / 50],
    ['at least the short-lived ones', { seen: 50, ageMs: 2000 }, { live: 200, shortLived: 40 }, 40 / 50],
    [
      'half of the short-lived ones of an interval of which it has half',
      { seen: 50, ageMs: 1000 },
      { live: 200, shortLived: 40 },
      20 / 50,
    ],
    ['all of a run without a close', { seen: 0, ageMs: 2000 }, { live: 200 }, 1],
  ] as const)('is %s', (_, run, of, expected) => {
    expect(share([interval(0, of)], run, of.live)).toBeCloseTo(expected, 9);
  });

  it('is always between 0 and 1', () => {
    const count = fc.integer({ min: 0, max: 500 });
    fc.assert(
      fc.property(count, count, count, count, (seen, live, shortLived, now) => {
        const found = share([interval(0, { live, shortLived }), interval(2000, { live })], { seen, ageMs: 3000 }, now);
        expect(found).toBeGreaterThanOrEqual(0);
        expect(found).toBeLessThanOrEqual(1);
      }),
      SEEDED,
    );
  });
});

describe('a pool of connections that is closed at once', () => {
  /** 400 idle connections beside 2 closes/s; 100 of them are closed within a second at 100 s. */
  const keeps = (untilMs: number, count: number) =>
    createStream(steps([0, count / 5], [5000, 0]), { life: { untilMs, overMs: 1000 } });
  const pooled = createWorld([createStream(2), keeps(100_000, 100), keeps(10_000_000, 300)]);

  it.each([0, 300, 700, 1100, 1700])('leaves the rate at that of the base, sampled from %d ms on', (firstMs) => {
    const samples = watchOn(pooled, { seconds: 180, firstMs });
    const after = samples.filter(({ at }) => at > 60);
    expect(after.length).toBeGreaterThan(55);
    for (const sample of after) {
      const { at, forecast } = sample;
      expect(Math.abs(rateOf(sample) - 2), `rate at ${at} s`).toBeLessThan(1);
      expect(requireValue(forecast.probability), `probability at ${at} s`).toBeLessThan(0.2);
      expect(forecast.exhaustsAtMs, `instant at ${at} s`).toBeNull();
      // 300 or 400 live, and 2/s for 62 s.
      expect(requireValue(forecast.pressure), `pressure at ${at} s`).toBeLessThan(0.6);
    }
  });

  it('and reopened at once is no exhaustion either', () => {
    // Those that are opened after the instant would end at once, so the new ones are a stream of their own.
    const first = createStream(steps([0, 60], [5000, 0]), { life: { untilMs: 100_000, overMs: 1000 } });
    const second = createStream(steps([0, 0], [100_200, 300], [101_200, 0]), { fate: 'kept' });
    for (const firstMs of [0, 500, 1000, 1500]) {
      const samples = watchOn(createWorld([createStream(2), first, second]), { seconds: 180, firstMs });
      for (const { at, forecast } of samples.filter((sample) => sample.at > 60)) {
        expect(requireValue(forecast.probability), `probability at ${at} s from ${firstMs} ms on`).toBeLessThan(0.5);
      }
      // 2/s, 300 held for 62 s and 300 open: three samples later nothing of it is left in the rate.
      for (const sample of samples.filter(({ at }) => at > 108)) expect(rateOf(sample)).toBeLessThan(7);
    }
  });

  it('by the server takes no port and changes no rate', () => {
    const first = createStream(steps([0, 60], [5000, 0]), {
      fate: 'server_closes',
      life: { untilMs: 100_000, overMs: 1000 },
    });
    const samples = watchOn(createWorld([createStream(2), first]), { seconds: 180 });
    for (const sample of samples.filter(({ at }) => at > 60)) {
      expect(Math.abs(rateOf(sample) - 2), `rate at ${sample.at} s`).toBeLessThan(0.3);
      expect(sample.forecast.exhaustsAtMs, `instant at ${sample.at} s`).toBeNull();
    }
  });
});

describe('the rate of a service whose open connections vary', () => {
  it.each([200, 1000, 5000, 20_000, 60_000])('is unbiased with a mean life of %d ms', (meanMs) => {
    const rates: number[] = [];
    for (let seed = 1; seed <= 8; seed += 1) {
      const stream = createStream(20, { life: { meanMs } });
      const limits = limitsOf({ range: { first: 20_000, last: 23_999 } });
      const world = createWorld([stream], { limits, arrivals: { kind: 'poisson' }, seed });
      // Five mean lives, so that as many end as begin.
      const firstMs = 60_000 + 5 * meanMs;
      rates.push(
        ...watchOn(world, { seconds: firstMs / 1000 + 240, firstMs, stepMs: 4000 })
          .slice(5)
          .map(rateOf),
      );
    }
    expect(rates.length).toBeGreaterThan(400);
    expect(Math.abs(findMean(rates) / 20 - 1)).toBeLessThan(0.03);
  });
});
