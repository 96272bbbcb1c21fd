/** The figures of settled forecasts in closed form: instant error, share of the interval, probability and Brier score. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScorer } from '../../../daemon/score/scorer.js';
import type { SettledForecast } from '../../../daemon/score/types.js';
import { requireValue } from '../../builders/require-value.js';
import { CALM, createScoredPool, FULL, rushing } from '../../builders/scored-pool.js';

interface Failure {
  /** In ms after the forecast was made. */
  readonly failedMs: number;
  /** The failure is known to have come within this time before and after; 0 for an exact instant. */
  readonly doubtMs?: number;
}

/** A forecast that is made at the rate of 25 closes per second, which then goes on until the pool fails. */
function settleByFailure(forecast: Parameters<typeof rushing>[2], { failedMs, doubtMs = 0 }: Failure): SettledForecast {
  const { clock, collected, observe, repeat } = createScoredPool();
  repeat(3, { pool: { closeRate: 25 } });
  const madeMs = clock.monotonicMs;
  observe(rushing(clock.atMs, 60, forecast), 'kept');
  while (clock.monotonicMs < madeMs + failedMs + doubtMs) observe({ pool: { closeRate: 25 } });
  const afterMs = madeMs + failedMs - doubtMs;
  const beforeMs = madeMs + failedMs + doubtMs;
  observe({ ...FULL, evidence: { ranOut: { afterMs, beforeMs, seenBy: 'timers' } } });
  expect(collected.settled).toHaveLength(1);
  return requireValue(collected.settled[0]);
}

describe('the error of a settled forecast', () => {
  it('is the forecast instant less the observed one (property)', () => {
    const instantMs = fc.integer({ min: 1000, max: 120_000 });
    fc.assert(
      fc.property(instantMs, instantMs, (forecastMs, failedMs) => {
        const { clock } = createScoredPool();
        const madeAtMs = clock.atMs + 3 * 2000;
        const forecast = { exhaustsAtMs: madeAtMs + forecastMs, earliestAtMs: madeAtMs, latestAtMs: null };
        const settled = settleByFailure(forecast, { failedMs });
        expect(settled).toMatchObject({ madeAtMs, failedAtMs: madeAtMs + failedMs, happened: true, held: 1 });
        expect(settled.errorMs).toBe(forecastMs - failedMs);
      }),
      { numRuns: 50 },
    );
  });

  it('is taken from the middle of the bounds, and from bounds of at most 10 s', () => {
    // `rushing` foresees the failure 60 s after the forecast.
    expect(settleByFailure({}, { failedMs: 50_000, doubtMs: 5000 }).errorMs).toBe(10_000);
    expect(settleByFailure({}, { failedMs: 50_000, doubtMs: 5001 }).errorMs).toBeNull();
  });
});

describe('the interval of a settled forecast', () => {
  // From 57 to 63 s after the forecast.
  it.each([
    [56_999, 0],
    [57_000, 1],
    [60_000, 1],
    [63_000, 1],
    [63_001, 0],
  ])('of 57 to 63 s and a failure after %i ms gives the share %d', (failedMs, held) => {
    expect(settleByFailure({}, { failedMs }).held).toBe(held);
  });

  it.each([
    ['all', 60_000, 3000, 1],
    ['half', 57_000, 2000, 0.5],
    ['a quarter', 64_000, 2000, 0.25],
    ['none', 70_000, 2000, 0],
  ])('that holds %s of the bounds of the failure gives that share', (_name, failedMs, doubtMs, held) => {
    expect(settleByFailure({}, { failedMs, doubtMs }).held).toBeCloseTo(held, 9);
  });

  it('without an end holds every failure after its beginning', () => {
    expect(settleByFailure({ latestAtMs: null }, { failedMs: 200_000 }).held).toBe(1);
    expect(settleByFailure({ latestAtMs: null }, { failedMs: 50_000 }).held).toBe(0);
  });

  it('that was missed is not held, and the error is negative for an instant that was too early', () => {
    const { clock, collected, observe } = createScoredPool();
    observe(CALM);
    observe(rushing(clock.atMs, 5), 'kept');
    for (let index = 0; index < 10; index++) observe(rushing(clock.atMs, 5));
    observe(FULL);
    expect(collected.settled).toMatchObject([{ happened: true, errorMs: -16_000, held: 0 }]);
  });

  it('that is over without a failure is not held, and settles after 10 minutes', () => {
    const { clock, collected, observe, repeat } = createScoredPool();
    observe(CALM);
    observe(rushing(clock.atMs, 30), 'kept');
    repeat(299, rushing(clock.atMs, 30));
    expect(collected.settled).toEqual([]);
    repeat(2, rushing(clock.atMs, 30));
    expect(collected.settled).toMatchObject([{ happened: false, failedAtMs: null, errorMs: null, held: 0 }]);
  });
});

describe('the probability of settled forecasts', () => {
  it.each([
    [600_000, true],
    [600_001, false],
  ])('is of a failure within 10 minutes: one after %i ms counts as %s', (failedMs, happened) => {
    // The interval reaches beyond the 10 minutes, so the forecast is still unsettled then.
    const { clock } = createScoredPool();
    expect(settleByFailure({ latestAtMs: clock.atMs + 900_000 }, { failedMs }).happened).toBe(happened);
  });

  it('has a Brier score of p(1 - p) where p is stated and the share p of the pools fail', () => {
    const POOLS = 10;
    for (let failing = 0; failing <= POOLS; failing += 1) {
      const probability = failing / POOLS;
      const settled = Array.from({ length: POOLS }, (_, index) => {
        const { clock, collected, observe, repeat } = createScoredPool(createScorer());
        repeat(2, CALM);
        observe(rushing(clock.atMs, 30, { probability, latestAtMs: null }), 'kept');
        if (index < failing) observe(FULL);
        else repeat(301, CALM);
        return requireValue(collected.settled[0]);
      });
      const squares = settled.map(({ happened }) => (probability - Number(requireValue(happened))) ** 2);
      const brier = squares.reduce((sum, square) => sum + square, 0) / POOLS;
      expect(settled.map(({ probability: stated }) => stated)).toEqual(new Array(POOLS).fill(probability));
      expect(brier).toBeCloseTo(probability * (1 - probability), 12);
    }
  });
});
