/** The quantiles of the exhaustion: within the stated interval, as likely as the stated probability, ascending. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findExhaustionQuantiles } from '../../../daemon/forecast/exhaustion-quantiles.js';
import type { PoolFacts, SampleFacts } from '../../../daemon/forecast/pool-facts.js';
import { forecastPool } from '../../../daemon/forecast/pool-forecast.js';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import {
  CERTAIN,
  createClimb,
  createInflow,
  createPoolFacts,
  createRun,
  createSampleFacts,
  SAMPLED_AT_MS,
} from '../../builders/pool-facts.js';
import { createPool } from '../../builders/pool.js';
import { requireValue } from '../../builders/require-value.js';

const SEEDED = { seed: 23, numRuns: 60 };

interface Forecast {
  readonly pool: PoolForecast;
  /** Seconds after the sample. */
  readonly quantiles: readonly (number | null)[];
}

function forecast(overrides: Partial<PoolFacts>, sample: Partial<SampleFacts> = {}): Forecast {
  const facts = createPoolFacts(overrides);
  const shared = createSampleFacts(sample);
  const pool = forecastPool(facts, shared);
  const toSeconds = (ms: number | null): number | null => (ms === null ? null : (ms - SAMPLED_AT_MS) / 1000);
  return { pool, quantiles: findExhaustionQuantiles(facts, pool, shared).map(toSeconds) };
}

/** A rate of which `seen` closes are known. */
const measure = (rate: number, seen: number) =>
  createInflow(rate, { phi: 1, seen, evidence: seen, runs: [createRun(rate, { shape: seen, seen })] });
const countKnown = ({ quantiles }: Forecast): number => quantiles.filter((at) => at !== null).length;
const seconds = (atMs: number | null): number => (requireValue(atMs) - SAMPLED_AT_MS) / 1000;

describe('the quantiles of the exhaustion', () => {
  it('do not exist where none is forecast, or where it is there', () => {
    expect(forecast({ inflow: createInflow(12) }).quantiles).toEqual([]);
    expect(forecast({ pool: createPool({ live: 1000 }), inflow: createInflow(12) }).quantiles).toEqual([]);
    expect(forecast({}).quantiles).toEqual([]);
  });

  it('have 18 of 20 inside the stated interval, as far as the traffic lasts', () => {
    const made = forecast({ inflow: measure(30, 100) });
    const [earliest, latest] = [seconds(made.pool.earliestAtMs), seconds(made.pool.latestAtMs)];
    const known = made.quantiles.filter((at) => at !== null);
    expect(latest - earliest).toBeGreaterThan(5);
    expect(known.filter((at) => at < earliest)).toHaveLength(1);
    expect(known.filter((at) => at >= earliest && at <= latest).length).toBeGreaterThanOrEqual(16);
    expect(requireValue(known[9] ?? null)).toBeCloseTo(seconds(made.pool.exhaustsAtMs), -1);
  });

  it('are as many as the stated probability says', () => {
    for (const chance of [0.25, 0.5, 0.8]) {
      const burst = { probabilityToLast: () => chance, count: 9 };
      const made = forecast({ inflow: createInflow(100), burst });
      expect(made.pool.probability).toBeCloseTo(chance, 2);
      expect(countKnown(made)).toBe(Math.round(20 * chance));
    }
  });

  it('are fewer where the slow end of the rate never fills the pool', () => {
    const made = forecast({ inflow: measure(17, 60) });
    expect(made.pool.latestAtMs).toBeNull();
    expect(countKnown(made)).toBeGreaterThan(4);
    expect(countKnown(made)).toBeLessThan(18);
    expect(Math.abs(countKnown(made) / 20 - requireValue(made.pool.probability))).toBeLessThanOrEqual(0.1);
  });

  it('of a young leak spread over its time, and fewer come than of an old one', () => {
    const leak = (lastedMs: number, ports: number) =>
      forecast({
        pool: createPool({ live: 500 }),
        inflow: createInflow(0),
        growth: { perSecond: 0.2, lastedMs, ports },
      });
    const [young, old] = [leak(1_500_000, 300), leak(90_000_000, 300)];
    expect(young.pool.latestAtMs).not.toBeNull();
    expect(countKnown(young)).toBeLessThan(countKnown(old));
    expect(countKnown(old)).toBe(20);
    const width = requireValue(old.quantiles[19] ?? null) - requireValue(old.quantiles[0] ?? null);
    expect(width).toBeGreaterThan(200);
  });

  it('of a climb leave out as many as the doubt whether it goes on', () => {
    const climb = createClimb({ rate: 14, perSecond: 0.05, lastedMs: 900_000 });
    const made = forecast({ inflow: createInflow(14, { climb }) });
    expect(made.pool.probabilityBasis).toBe('climb');
    expect(Math.abs(countKnown(made) / 20 - requireValue(made.pool.probability))).toBeLessThanOrEqual(0.051);
  });

  it('ascend, never come before the sample, and follow the stated probability for any rate', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 5, max: 400, noNaN: true }),
        fc.integer({ min: 3, max: 5000 }),
        fc.integer({ min: 0, max: 999 }),
        fc.double({ min: 0, max: 5, noNaN: true }),
        (rate, seen, live, growing) => {
          const growth = { perSecond: growing, lastedMs: growing === 0 ? CERTAIN : 120_000, ports: 200 };
          const made = forecast({ pool: createPool({ live }), inflow: measure(rate, seen), growth });
          const known = made.quantiles.filter((at) => at !== null);
          expect(known).toEqual([...known].sort((a, b) => a - b));
          expect(Math.min(0, ...known)).toBe(0);
          expect(made.quantiles.slice(known.length).every((at) => at === null)).toBe(true);
          expect([0, 20]).toContain(made.quantiles.length);
          if (made.quantiles.length === 0 || growing > 0) return;
          expect(Math.abs(known.length / 20 - requireValue(made.pool.probability))).toBeLessThanOrEqual(0.16);
        },
      ),
      SEEDED,
    );
  });
});
