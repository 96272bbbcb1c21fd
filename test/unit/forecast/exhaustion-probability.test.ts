/** The probability of exhaustion within ten minutes: closed forms, and the reference of the score. */
import { describe, expect, it } from 'vitest';
import { estimateExhaustionProbability } from '../../../daemon/forecast/exhaustion-probability.js';
import { createExhaustionInput, type PoolFacts } from '../../../daemon/forecast/pool-facts.js';
import type { Unanswered } from '../../../daemon/forecast/unanswered.js';
import { referenceProbability } from '../../../daemon/score/reference.js';
import { paceAges } from '../../builders/closes.js';
import {
  CERTAIN,
  createClimb,
  createInflow,
  createPoolFacts,
  createRun,
  createSampleFacts,
} from '../../builders/pool-facts.js';
import { predictClimbLasts, predictGrowthLasts, predictRateLasts } from '../../builders/persistence.js';
import { createPool, createTimeWaitPorts } from '../../builders/pool.js';
import { requireValue } from '../../builders/require-value.js';

const estimate = (facts: Partial<PoolFacts>) =>
  estimateExhaustionProbability(requireValue(createExhaustionInput(createPoolFacts(facts), createSampleFacts())));

describe('the probability at an exact rate', () => {
  it.each([
    [50, predictRateLasts(20)],
    [40, predictRateLasts(25)],
    [25, predictRateLasts(40)],
    [16.6, predictRateLasts(60)],
  ])('of %d closes/s, which exhaust 1,000 ports, is that of the rate to go on', (rate, probability) => {
    const { probability: found, probabilityIfHeld } = estimate({ inflow: createInflow(rate) });
    expect(found).toBeCloseTo(probability, 2);
    expect(probabilityIfHeld).toBe(found);
  });

  it.each([0, 5, 15])('of %d closes/s, which settle, is 0', (rate) => {
    expect(estimate({ inflow: createInflow(rate) })).toEqual({
      probability: 0,
      probabilityIfHeld: 0,
      isByClimb: false,
    });
  });

  it('is 1 where no port is left', () => {
    expect(estimate({ pool: createPool({ live: 1000 }), inflow: createInflow(0) }).probability).toBe(1);
  });
});

describe('the probability at an uncertain rate', () => {
  it('adds up the runs that exhaust the pool, by their weights', () => {
    const runs = [createRun(25, { weight: 0.3 }), createRun(5, { weight: 0.7 })];
    expect(estimate({ inflow: createInflow(25, { runs }) }).probability).toBeCloseTo(0.3 * predictRateLasts(40), 3);
  });

  it('is near one half of the rate to go on where the rate is the limit itself', () => {
    const rate = 1000 / 62.048;
    const inflow = createInflow(rate, { phi: 1, runs: [createRun(rate, { shape: 400 })] });
    expect(Math.abs(estimate({ inflow }).probability - predictRateLasts(62) / 2)).toBeLessThan(0.03);
  });

  it.each([13, 15, 16, 17, 18, 20])(
    'agrees with the reference of the score at %d/s, where that rate is nearly certain',
    (rate) => {
      const timed = createTimeWaitPorts(paceAges(rate));
      const pool = createPool({ timed });
      const counted = Array.from({ length: 38 }, (_, i) => {
        const fromMs = 2000 * i - 64_000;
        return { fromMs, toMs: fromMs + 2000, closes: 2 * rate };
      });
      const reference = requireValue(
        referenceProbability({ capacity: 1000, holdMs: 62_048, live: 0, liveGrowth: 0, counted }, 0, 600_000),
      );
      const inflow = createInflow(rate, { phi: 1, runs: [createRun(rate, { shape: 10_000 })] });
      const { probability } = estimate({ pool, timed, inflow });
      // The forecast includes that the rate may stop: so much of the reference, to within the noise of one hold.
      expect(Math.abs(probability / predictRateLasts(60) - reference)).toBeLessThan(0.15);
      expect(probability > 0.45).toBe(reference > 0.5);
    },
  );
});

describe('the probability of growth', () => {
  /** 10/s fill 1,000 ports in 100 s. */
  const grow = (lastedMs: number) => ({ perSecond: 10, lastedMs, ports: lastedMs / 100 });

  it.each([500, 2000, 4000, 12_000, 30_000, 100_000, 1_000_000])(
    'is that of growth of %d ms to go on until the exhaustion',
    (lastedMs) => {
      const { probability, probabilityIfHeld } = estimate({ inflow: createInflow(0), growth: grow(lastedMs) });
      expect(probability).toBeCloseTo(predictGrowthLasts(lastedMs / 1000, 100), 9);
      expect(probabilityIfHeld).toBe(probability);
    },
  );

  it('is 1 for growth of any length that has been there as long as the world', () => {
    expect(estimate({ inflow: createInflow(0), growth: grow(CERTAIN) }).probability).toBeCloseTo(1, 6);
  });

  it('adds to that of the closes alone, for the runs that do not exhaust the pool without it', () => {
    const inflow = createInflow(25, { runs: [createRun(25, { weight: 0.5 }), createRun(1, { weight: 0.5 })] });
    const closes = estimate({ inflow }).probability;
    expect(closes).toBeCloseTo(predictRateLasts(40) / 2, 6);
    for (const lastedMs of [4000, 40_000]) {
      // Together they need 1,000 / 35 s; that growth alone fills the pool needs no rate at all.
      const goesOn = predictGrowthLasts(lastedMs / 1000, 1000 / 35);
      const both = estimate({ inflow, growth: grow(lastedMs) }).probability;
      expect(both).toBeCloseTo(closes + (1 - closes) * goesOn, 3);
    }
  });

  it('of unanswered connects is that of the younger of both, over the three rates of their interval', () => {
    const unanswered: Unanswered = {
      agesMs: [],
      perSecond: 10,
      low: 5,
      high: 20,
      holdMs: 134_000,
      lastedMs: 20_000,
    };
    const weigh = (lasted: number, ahead: readonly number[]): number =>
      ahead.reduce((sum, each, i) => sum + ([0.25, 0.5, 0.25][i] ?? 0) * predictGrowthLasts(lasted, each), 0);
    const alone = estimate({ inflow: createInflow(0), unanswered }).probability;
    // 5/s settle at 670 of 1,000 ports: only the rate itself and the high end fill the pool.
    expect(alone).toBeCloseTo(weigh(20, [Infinity, 100, 50]), 3);
    const younger = estimate({ inflow: createInflow(0), unanswered, growth: grow(8000) }).probability;
    expect(younger).toBeCloseTo(weigh(8, [1000 / 15, 50, 1000 / 30]), 3);
  });
});

describe('the probability of a run that may be a pool of older connections', () => {
  /** 25/s exhaust 1,000 ports in 40 s; 16/s do not. */
  const of = (provenShare: number, ageMs: number) =>
    estimate({ inflow: createInflow(25, { runs: [createRun(25, { provenShare, ageMs })] }) }).probability;

  it('is that of the rate to go on where all of it is proven', () => {
    expect(of(1, 1000)).toBeCloseTo(predictRateLasts(40), 6);
  });

  it.each([2000, 10_000, 40_000, 120_000])('is that of a run of %d ms to go on where nothing is proven', (ageMs) => {
    expect(of(0, ageMs)).toBeCloseTo((predictRateLasts(40) * ageMs) / (ageMs + 40_000), 3);
  });

  it('counts the proven part in full where it exhausts the pool by itself', () => {
    expect(of(0.8, 1000)).toBeCloseTo(predictRateLasts(40), 6);
    expect(of(0.5, 1000)).toBeCloseTo((predictRateLasts(40) * 1000) / 41_000, 3);
  });

  it('never falls when more is proven', () => {
    const found = [0, 0.2, 0.4, 0.6, 0.64, 0.66, 0.8, 1].map((share) => of(share, 10_000));
    expect(found).toEqual([...found].sort((a, b) => a - b));
  });
});

describe('the probability of a climb', () => {
  const climb = createClimb({ rate: 12, perSecond: 0.05, lastedMs: 300_000 });

  it.each([60_000, 300_000, 3_000_000])(
    'of %d ms is that of the climb to last until the exhaustion: the root of a sixth of its age over that time',
    (lastedMs) => {
      const { probability, isByClimb } = estimate({ inflow: createInflow(12, { climb: { ...climb, lastedMs } }) });
      expect(isByClimb).toBe(true);
      // The mean over one hold is that of half a hold before, and 1,000 / 62 s is reached by then.
      const aheadSeconds = 62.048 / 2 + (1000 / 62.048 - 12) / 0.05;
      expect(probability).toBeCloseTo(predictClimbLasts(lastedMs / 1000, aheadSeconds), 2);
    },
  );

  it('is 0 where the slow end of the line does not get there within ten minutes', () => {
    const slight = createClimb({ rate: 5, perSecond: 0.001, rateVariance: 0.01, lastedMs: 3_000_000 });
    expect(estimate({ inflow: createInflow(5, { climb: slight }) }).probability).toBe(0);
  });

  it('gives the line and the newest closes one half each where the climb itself takes too long', () => {
    const short = createClimb({ rate: 10, perSecond: 1e-6, lastedMs: 1000 });
    expect(estimate({ inflow: createInflow(25, { climb: short }) }).probability).toBeCloseTo(
      predictRateLasts(40) / 2,
      6,
    );
  });

  it('does not claim an exhaustion that the present rate gives with a greater probability', () => {
    const young = { ...climb, lastedMs: 1000 };
    expect(estimate({ inflow: createInflow(25, { climb: young }) }).isByClimb).toBe(false);
  });
});

describe('the probability by the history of the pool', () => {
  it('is that of the burst to last until the exhaustion, and `probabilityIfHeld` stays the same', () => {
    const asked: number[] = [];
    const burst = {
      count: 12,
      probabilityToLast: (furtherMs: number): number => {
        asked.push(furtherMs);
        return 0.25;
      },
    };
    const { probability, probabilityIfHeld } = estimate({ inflow: createInflow(25), burst });
    expect(probability).toBeCloseTo(0.25, 6);
    expect(probabilityIfHeld).toBeCloseTo(predictRateLasts(40), 6);
    expect(asked).toHaveLength(1);
    expect(requireValue(asked[0])).toBeCloseTo(40_000, -2);
  });
});
