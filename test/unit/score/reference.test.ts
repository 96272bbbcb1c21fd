import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalCdf } from '../../../daemon/forecast/rate/distribution.js';
import { measureRateAfter, measureRateBefore, referenceProbability } from '../../../daemon/score/reference.js';
import type { CountedCloses } from '../../../daemon/score/types.js';

/** The closes from one second to another, counted every 2 s. */
function counted(ratePerSecond: (second: number) => number, fromSecond: number, toSecond: number): CountedCloses[] {
  const stretches: CountedCloses[] = [];
  for (let second = fromSecond; second < toSecond; second += 2) {
    stretches.push({ fromMs: second * 1000, toMs: (second + 2) * 1000, closes: 2 * ratePerSecond(second) });
  }
  return stretches;
}

const anyCounted = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 60 }).map((rates) => {
  const half = 2 * Math.floor(rates.length / 2);
  return counted((second) => rates[(second + half) / 2] ?? 0, -half, 2 * rates.length - half);
});

describe('the rate that followed an instant', () => {
  const rateAfter = (ratePerSecond: (second: number) => number): number | null =>
    measureRateAfter(counted(ratePerSecond, -60, 60), 0);

  it('is the steady rate where the rate is steady', () => expect(rateAfter(() => 5)).toBeCloseTo(5));

  it('is measured over the next 100 closes, so a fast burst that stops soon after counts with its rate', () => {
    expect(rateAfter((second) => (second < 4 ? 25 : 0))).toBeCloseTo(25);
    expect(rateAfter((second) => (second < 2 ? 25 : 0))).toBeCloseTo(5);
  });

  it('is measured over at least 2 s and at most 10 s', () => {
    const rush = [
      { fromMs: 0, toMs: 1000, closes: 500 },
      { fromMs: 1000, toMs: 2000, closes: 100 },
    ];
    expect(measureRateAfter(rush, 0)).toBe(300);
    expect(rateAfter((second) => (second < 10 ? 1 : 1000))).toBeCloseTo(1);
  });

  it('uses only the part of a stretch that lies after the instant', () => {
    expect(measureRateAfter([{ fromMs: -1000, toMs: 3000, closes: 40 }], 0)).toBeCloseTo(10);
  });

  it('does not count time that no stretch covers as time without closes', () => {
    const watched = [
      { fromMs: 500, toMs: 1000, closes: 5 },
      { fromMs: 3500, toMs: 4000, closes: 5 },
    ];
    expect(measureRateAfter(watched, 0)).toBeCloseTo(10);
  });

  it('is null where nothing was counted after the instant', () => {
    expect(
      measureRateAfter(
        counted(() => 5, -60, 0),
        0,
      ),
    ).toBeNull();
    expect(measureRateAfter([], 0)).toBeNull();
  });

  it('lies between the lowest and the highest rate that was counted (property)', () => {
    fc.assert(
      fc.property(anyCounted, (stretches) => {
        const rate = measureRateAfter(stretches, 0) ?? NaN;
        const rates = stretches.map(({ closes }) => closes / 2);
        expect(rate).toBeGreaterThanOrEqual(Math.min(...rates) - 1e-9);
        expect(rate).toBeLessThanOrEqual(Math.max(...rates) + 1e-9);
      }),
    );
  });
});

describe('the rate just before an instant', () => {
  it('is measured over the last 100 closes', () => {
    const stretches = counted((second) => (second < -4 ? 5 : 25), -60, 60);
    expect(measureRateBefore(stretches, 0)).toBeCloseTo(25);
    expect(measureRateBefore(stretches, -4000)).toBeCloseTo(5);
    expect(measureRateBefore(stretches, -60_000)).toBeNull();
  });
});

describe('the reference', () => {
  const POOL = { capacity: 1000, holdMs: 62_000, live: 0, liveGrowth: 0 };
  const compute = (closes: CountedCloses[], changes: Partial<typeof POOL> = {}): number | null =>
    referenceProbability({ ...POOL, ...changes, counted: closes }, 0, 600_000);

  it('is near 1 for 25 closes per second on 1,000 ports, and near 0 for 12', () => {
    expect(compute(counted((second) => (second < -4 ? 0 : 25), -80, 20))).toBeGreaterThan(0.999);
    expect(compute(counted((second) => (second < -4 ? 0 : 12), -80, 20))).toBeLessThan(0.001);
  });

  it('is one half where the rate settles exactly at capacity', () => {
    expect(compute(counted(() => 1000 / 62, -80, 20))).toBeCloseTo(0.5, 2);
  });

  it('is the probability that a Poisson count of the closes of one hold reaches capacity (property)', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 16, noNaN: true }), (rate) => {
        const held = rate * 62;
        expect(compute(counted(() => rate, -80, 20))).toBeCloseTo(normalCdf((held - 1000) / Math.sqrt(held)), 9);
      }),
    );
  });

  it('includes ports that are still held: after a burst a rate below the limit exhausts the pool', () => {
    const burst = (second: number): number => (second >= -20 && second < 0 ? 40 : 10);
    // 800 ports of the burst stay 42 s more, in which 10 closes per second add 420.
    expect(compute(counted(burst, -80, 20))).toBeGreaterThan(0.999);
    // Of a burst that was more than one hold ago nothing is left.
    const over = (second: number): number => (second >= -100 && second < -70 ? 40 : 10);
    expect(compute(counted(over, -120, 20))).toBeLessThan(0.001);
  });

  it('includes live ports and their growth', () => {
    const steady = counted(() => 12, -80, 20);
    const none = counted(() => 0, -80, 20);
    expect(compute(steady, { live: 300 })).toBeGreaterThan(0.99);
    expect(compute(steady, { liveGrowth: 1 })).toBeGreaterThan(0.99);
    expect(compute(none, { live: 500, liveGrowth: 1 })).toBe(1);
    expect(compute(none, { live: 500, liveGrowth: 0.5 })).toBe(0);
  });

  it('ignores what happens after its horizon', () => {
    const closes = counted((second) => (second < 0 ? 0 : 25), -80, 20);
    const input = { ...POOL, counted: closes };
    expect(referenceProbability(input, 0, 30_000)).toBeLessThan(0.001);
    expect(referenceProbability(input, 0, 50_000)).toBeGreaterThan(0.999);
  });

  it('is null where nothing was counted after the instant', () => {
    expect(compute(counted(() => 25, -80, 0))).toBeNull();
  });

  it('is a probability that falls with the capacity and rises with the live ports (property)', () => {
    const ports = fc.integer({ min: 1, max: 3000 });
    fc.assert(
      fc.property(anyCounted, ports, ports, (closes, capacity, more) => {
        const probability = compute(closes, { capacity }) ?? NaN;
        expect(probability).toBeGreaterThanOrEqual(0);
        expect(probability).toBeLessThanOrEqual(1);
        expect(compute(closes, { capacity: capacity + more })).toBeLessThanOrEqual(probability + 1e-9);
        expect(compute(closes, { capacity, live: more })).toBeGreaterThanOrEqual(probability - 1e-9);
      }),
    );
  });
});
