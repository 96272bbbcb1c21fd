/** A climbing close rate: found with its slope and its stated errors, and not seen where the rate does not climb. */
import { describe, expect, it } from 'vitest';
import { detectClimb, type Climb } from '../../../../daemon/forecast/rate/climb.js';
import { countNewestFirst, drawCloses } from '../../../builders/closes.js';
import { requireValue } from '../../../builders/require-value.js';
import type { Arrivals } from '../../../tools/simulator/arrivals.js';
import type { RatePlan } from '../../../tools/simulator/plan.js';

const BIN_MS = 2000;
const SECONDS = 900;
const SEEDS = Array.from({ length: 100 }, (_, i) => i + 1);

interface Detection {
  readonly seed?: number;
  readonly seconds?: number;
  readonly arrivals?: Arrivals;
  readonly phi?: number;
}

/** The climb that a quarter of an hour of closes shows; Poisson arrivals unless stated. */
function detect(rate: RatePlan, options: Detection = {}): Climb | null {
  const { seed = 1, seconds = SECONDS, arrivals = { kind: 'poisson' }, phi = 1 } = options;
  const counts = countNewestFirst(drawCloses(rate, { seconds, seed, arrivals }), BIN_MS, seconds);
  return detectClimb({ counts, binSeconds: BIN_MS / 1000, endedSeconds: 0 }, phi);
}
const countDetected = (rate: RatePlan): number => SEEDS.filter((seed) => detect(rate, { seed }) !== null).length;
/** 5/s up to `atMs`, then up by `perSecond` each second. */
const climbFrom = (atMs: number, perSecond: number): RatePlan => [
  { atMs: 0, rate: 5 },
  { atMs, rate: 5, slopePerMs: perSecond / 1000 },
];

describe('a climb', () => {
  it('of paced closes has the slope, the rate and the age of its line', () => {
    const climb = requireValue(detect(climbFrom(500_000, 0.02), { arrivals: { kind: 'paced' }, phi: 0.05 }));
    expect(climb.perSecond).toBeCloseTo(0.02, 3);
    expect(climb.rate).toBeCloseTo(13, 0);
    expect(Math.abs(climb.lastedMs / 1000 - 400)).toBeLessThan(15);
    expect(climb.seen).toBeCloseTo(5 * 900 + 0.01 * 400 ** 2, -1);
  });

  it('of random closes lies within its stated errors', () => {
    const climbs = SEEDS.map((seed) => detect(climbFrom(300_000, 0.02), { seed })).filter((climb) => climb !== null);
    expect(climbs.length).toBeGreaterThan(0.95 * SEEDS.length);
    const rateScores = climbs.map(({ rate, rateVariance }) => (rate - 17) / Math.sqrt(rateVariance));
    const slopeScores = climbs.map((climb) => (climb.perSecond - 0.02) / Math.sqrt(climb.perSecondVariance));
    for (const scores of [rateScores, slopeScores]) {
      const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
      const square = scores.reduce((sum, score) => sum + score ** 2, 0) / scores.length;
      expect(Math.abs(mean)).toBeLessThan(0.5);
      expect(Math.sqrt(square)).toBeLessThan(1.3);
      expect(Math.sqrt(square)).toBeGreaterThan(0.6);
    }
  });

  it('has a rate and a slope that are correlated: the variance of the line is least before the present', () => {
    const { rateVariance, perSecondVariance, covariance } = requireValue(detect(climbFrom(300_000, 0.02)));
    expect(covariance).toBeGreaterThan(0);
    expect(covariance ** 2).toBeLessThan(rateVariance * perSecondVariance);
  });

  it('scales with the counts of all bins, when phi scales as well', () => {
    const counts = countNewestFirst(
      drawCloses(climbFrom(300_000, 0.02), { seconds: SECONDS, seed: 2 }),
      BIN_MS,
      SECONDS,
    );
    const once = requireValue(detectClimb({ counts, binSeconds: 2, endedSeconds: 0 }, 1));
    const twice = requireValue(
      detectClimb({ counts: counts.map((count) => 2 * count), binSeconds: 2, endedSeconds: 0 }, 2),
    );
    expect(twice.rate).toBeCloseTo(2 * once.rate, 1);
    expect(twice.perSecond).toBeCloseTo(2 * once.perSecond, 3);
    expect(twice.lastedMs).toBe(once.lastedMs);
  });

  it('is found the later the slighter it is', () => {
    const share = [0.002, 0.005, 0.02].map((perSecond) => countDetected(climbFrom(300_000, perSecond)) / SEEDS.length);
    expect(share).toEqual([...share].sort((a, b) => a - b));
    expect(requireValue(share.at(-1))).toBeGreaterThan(0.95);
  });
});

describe('no climb', () => {
  it.each<[string, RatePlan]>([
    ['a constant rate', 10],
    [
      'a step up',
      [
        { atMs: 0, rate: 5 },
        { atMs: 600_000, rate: 15 },
      ],
    ],
    [
      'two steps up',
      [
        { atMs: 0, rate: 5 },
        { atMs: 300_000, rate: 9 },
        { atMs: 600_000, rate: 15 },
      ],
    ],
    [
      'a burst that has just begun',
      [
        { atMs: 0, rate: 5 },
        { atMs: 885_000, rate: 40 },
      ],
    ],
    ['a falling rate', [{ atMs: 0, rate: 25, slopePerMs: -2e-5 }]],
    [
      'a climb whose newest 20 s have fallen below its line',
      [
        { atMs: 0, rate: 5 },
        { atMs: 300_000, rate: 5, slopePerMs: 2e-5 },
        { atMs: 880_000, rate: 8 },
      ],
    ],
    [
      'a climb that settled 5 min ago',
      [
        { atMs: 0, rate: 5, slopePerMs: 5e-5 },
        { atMs: 600_000, rate: 35 },
      ],
    ],
  ])('is seen in %s', (_, rate) => {
    expect(countDetected(rate)).toBeLessThanOrEqual(0.02 * SEEDS.length);
  });

  it('is seen before two minutes of rise', () => {
    expect(detect([{ atMs: 0, rate: 5, slopePerMs: 2e-4 }], { seconds: 110 })).toBeNull();
    expect(detect([{ atMs: 0, rate: 5, slopePerMs: 2e-4 }], { seconds: 240 })).not.toBeNull();
  });

  it('is seen in fewer than 30 closes, or in none', () => {
    expect(
      detect([{ atMs: 800_000, rate: 0, slopePerMs: 5e-6 }], { arrivals: { kind: 'paced' }, phi: 0.05 }),
    ).toBeNull();
    expect(detectClimb({ counts: new Float64Array(450), binSeconds: 2, endedSeconds: 0 }, 1)).toBeNull();
    expect(detectClimb({ counts: new Float64Array(0), binSeconds: 2, endedSeconds: 0 }, 1)).toBeNull();
  });

  it('is seen where the scatter of the closes explains the rise', () => {
    const rate = climbFrom(300_000, 0.006);
    const seed = requireValue(SEEDS.find((each) => detect(rate, { seed: each }) !== null));
    expect(detect(rate, { seed, phi: 40 })).toBeNull();
  });
});
