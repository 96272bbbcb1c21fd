import { describe, expect, it } from 'vitest';
import { referenceProbability, measureRateAfter } from '../../../daemon/score/reference.js';
import type { CountedCloses } from '../../../daemon/score/types.js';

/** Counted every 2 s from one instant to another, in seconds. */
function counted(rate: (second: number) => number, fromS: number, toS: number): CountedCloses[] {
  const all: CountedCloses[] = [];
  for (let second = fromS; second < toS; second += 2) {
    all.push({ fromMs: second * 1000, toMs: (second + 2) * 1000, closes: 2 * rate(second) });
  }
  return all;
}

describe('the rate that followed', () => {
  it('is the steady one', () =>
    expect(
      measureRateAfter(
        counted(() => 5, -60, 60),
        0,
      ),
    ).toBeCloseTo(5));

  it('is of the next 100 closes, so a fast burst that stops soon after still counts', () => {
    expect(
      measureRateAfter(
        counted((s) => (s < 4 ? 25 : 0), -60, 60),
        0,
      ),
    ).toBeCloseTo(25);
    expect(
      measureRateAfter(
        counted((s) => (s < 2 ? 25 : 0), -60, 60),
        0,
      ),
    ).toBeCloseTo(5);
  });

  it('is of 2 s at least and 10 s at most', () => {
    expect(
      measureRateAfter(
        [
          { fromMs: 0, toMs: 1000, closes: 500 },
          { fromMs: 1000, toMs: 2000, closes: 100 },
        ],
        0,
      ),
    ).toBe(300);
    expect(
      measureRateAfter(
        counted((s) => (s < 10 ? 1 : 1000), 0, 60),
        0,
      ),
    ).toBeCloseTo(1);
  });

  it('takes the part of a stretch that lies after the instant', () => {
    expect(measureRateAfter([{ fromMs: -1000, toMs: 3000, closes: 40 }], 0)).toBeCloseTo(10);
  });

  it('does not take what was not watched for silence', () => {
    const watched = [
      { fromMs: 500, toMs: 1000, closes: 5 },
      { fromMs: 3500, toMs: 4000, closes: 5 },
    ];
    expect(measureRateAfter(watched, 0)).toBeCloseTo(10);
  });

  it('is unknown where nothing followed', () => {
    expect(
      measureRateAfter(
        counted(() => 5, -60, 0),
        0,
      ),
    ).toBeNull();
    expect(measureRateAfter([], 0)).toBeNull();
  });
});

describe('the oracle', () => {
  const pool = { capacity: 1000, holdMs: 62_000, live: 0, liveGrowth: 0 };
  const ask = (closes: CountedCloses[], more: Partial<typeof pool> = {}): number | null =>
    referenceProbability({ ...pool, ...more, counted: closes }, 0, 600_000);

  it('knows that 25/s exhausts 1,000 ports and 12/s does not', () => {
    expect(ask(counted((s) => (s < -4 ? 0 : 25), -80, 20))).toBeGreaterThan(0.999);
    expect(ask(counted((s) => (s < -4 ? 0 : 12), -80, 20))).toBeLessThan(0.001);
  });

  it('is at one half where the rate settles exactly at capacity', () => {
    expect(ask(counted(() => 1000 / 62, -80, 20))).toBeCloseTo(0.5, 2);
  });

  it('counts what is still held: a rate below the limit exhausts on top of a burst before', () => {
    const burst = (s: number): number => (s >= -20 && s < 0 ? 40 : 10);
    // 800 ports of the burst stay 42 s more, in which 10/s add 420.
    expect(ask(counted(burst, -80, 20))).toBeGreaterThan(0.999);
    // After a burst one hold ago nothing of it is left.
    expect(ask(counted((s) => (s >= -100 && s < -70 ? 40 : 10), -120, 20))).toBeLessThan(0.001);
  });

  it('adds live ports and their growth', () => {
    const steady = counted(() => 12, -80, 20);
    expect(ask(steady, { live: 300 })).toBeGreaterThan(0.99);
    expect(ask(steady, { liveGrowth: 1 })).toBeGreaterThan(0.99);
    expect(
      ask(
        counted(() => 0, -80, 20),
        { live: 500, liveGrowth: 1 },
      ),
    ).toBe(1);
    expect(
      ask(
        counted(() => 0, -80, 20),
        { live: 500, liveGrowth: 0.5 },
      ),
    ).toBe(0);
  });

  it('looks no further than its horizon', () => {
    const closes = counted((s) => (s < 0 ? 0 : 25), -80, 20);
    const input = { ...pool, counted: closes };
    expect(referenceProbability(input, 0, 30_000)).toBeLessThan(0.001);
    expect(referenceProbability(input, 0, 50_000)).toBeGreaterThan(0.999);
  });

  it('says nothing where nothing followed', () => expect(ask(counted(() => 25, -80, 0))).toBeNull());
});
