/** How much closes scatter: the known phi of simulated arrivals, and closed forms. */
import { describe, expect, it } from 'vitest';
import { measureDispersion, scalePhi, widenForEvidence } from '../../../../daemon/forecast/rate/dispersion.js';
import { countNewestFirst, drawCloses } from '../../../builders/closes.js';
import { requireValue } from '../../../builders/require-value.js';
import { dispersionOf, type Arrivals } from '../../../tools/simulator/arrivals.js';
import type { RatePlan } from '../../../tools/simulator/plan.js';

const BIN_SECONDS = 2;
const QUARTER_HOUR = 900;
const SEEDS = Array.from({ length: 12 }, (_, i) => i + 1);

/** Counts of a quarter of an hour in bins of 2 s. */
const count = (rate: RatePlan, seed: number, arrivals: Arrivals, seconds = QUARTER_HOUR): Float64Array =>
  countNewestFirst(drawCloses(rate, { seconds, seed, arrivals }), 1000 * BIN_SECONDS, seconds);

/** The geometric mean of phi over the seeds. */
function measurePhi(rate: RatePlan, arrivals: Arrivals): number {
  const logs = SEEDS.map((seed) =>
    Math.log(requireValue(measureDispersion(count(rate, seed, arrivals), BIN_SECONDS)).phi),
  );
  return Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
}

describe('phi', () => {
  it.each([2, 10, 50])('is 1 for Poisson arrivals at %d/s', (rate) => {
    expect(Math.abs(measurePhi(rate, { kind: 'poisson' }) - 1)).toBeLessThan(0.15);
  });

  it.each([2, 10, 50])('is next to 0 for paced arrivals at %d/s', (rate) => {
    expect(measurePhi(rate, { kind: 'paced' })).toBeLessThan(0.05);
  });

  it.each([2, 3, 8])('is %d where every Poisson arrival comes as that many closes', (size) => {
    for (const seed of SEEDS) {
      const counts = count(10, seed, { kind: 'poisson' }).map((each) => size * each);
      const { phi } = requireValue(measureDispersion(counts, BIN_SECONDS));
      expect(phi / size).toBeGreaterThan(0.65);
      expect(phi / size).toBeLessThan(1.5);
    }
  });

  it.each([
    [{ kind: 'clusters', mean: 4, spreadMs: 300 }],
    [{ kind: 'clusters', mean: 16, spreadMs: 1000 }],
    [{ kind: 'modulated', relativeSd: 0.5, correlationMs: 2000 }],
  ] as const)('is about that of correlated arrivals: %o', (arrivals) => {
    const share = measurePhi(10, arrivals) / dispersionOf(arrivals, 10);
    expect(share).toBeGreaterThan(0.6);
    expect(share).toBeLessThan(1.4);
  });

  it('is not raised by an even climb, nor by a step of the rate', () => {
    const climb: RatePlan = [{ atMs: 0, rate: 5, slopePerMs: 2e-5 }];
    const step: RatePlan = [
      { atMs: 0, rate: 5 },
      { atMs: 500_000, rate: 20 },
    ];
    for (const rate of [climb, step]) {
      expect(Math.abs(measurePhi(rate, { kind: 'poisson' }) - 1)).toBeLessThan(0.2);
      expect(measurePhi(rate, { kind: 'paced' })).toBeLessThan(0.05);
    }
  });

  it('does not depend on the direction of time where the rate has no jump', () => {
    for (const seed of SEEDS) {
      const counts = count(10, seed, { kind: 'poisson' });
      const forward = requireValue(measureDispersion(counts, BIN_SECONDS));
      const backward = requireValue(measureDispersion(counts.slice().reverse(), BIN_SECONDS));
      expect(backward.phi).toBeCloseTo(forward.phi, 9);
    }
  });
});

describe('a dispersion', () => {
  it('has the mean rate of the closes it was measured on', () => {
    const counts = count(10, 1, { kind: 'paced' });
    expect(requireValue(measureDispersion(counts, BIN_SECONDS)).rate).toBeCloseTo(10, 2);
  });

  it('rests on more evidence the longer the closes were watched', () => {
    const [short, long] = [200, 800].map((seconds) =>
      requireValue(measureDispersion(count(10, 3, { kind: 'poisson' }, seconds), BIN_SECONDS)),
    );
    expect(requireValue(long).evidence / requireValue(short).evidence).toBeGreaterThan(3);
    expect(requireValue(long).evidence / requireValue(short).evidence).toBeLessThan(7);
  });

  it('is null while there are too few closes', () => {
    expect(measureDispersion(new Float64Array(0), BIN_SECONDS)).toBeNull();
    expect(measureDispersion(new Float64Array(450), BIN_SECONDS)).toBeNull();
    expect(measureDispersion(count(10, 1, { kind: 'poisson' }, 30), BIN_SECONDS)).toBeNull();
    expect(measureDispersion(count(10, 1, { kind: 'poisson' }, 60), BIN_SECONDS)).not.toBeNull();
  });
});

describe('phi at another rate', () => {
  it('stays where the arrivals may be Poisson arrivals, or the rate was not measured', () => {
    expect(scalePhi({ phi: 1.4, rate: 10 }, 40)).toBe(1.4);
    expect(scalePhi({ phi: 0.1, rate: 10 }, 40)).toBe(0.1);
    expect(scalePhi({ phi: 5, rate: 0 }, 40)).toBe(5);
  });

  it('has an excess over 1 that grows with the rate, threefold at most, and never shrinks', () => {
    expect(scalePhi({ phi: 5, rate: 10 }, 20)).toBeCloseTo(9, 9);
    expect(scalePhi({ phi: 5, rate: 10 }, 1000)).toBeCloseTo(13, 9);
    expect(scalePhi({ phi: 5, rate: 10 }, 1)).toBe(5);
  });
});

describe('the widening for an estimated phi', () => {
  it('is that of the 95% quantile of Student over that of the normal distribution', () => {
    // Quantiles of Student's distribution: 1.812 at 10 degrees of freedom, 1.697 at 30, 1.6449 at infinity.
    expect(Math.sqrt(widenForEvidence(10))).toBeCloseTo(1.812 / 1.645, 1);
    expect(Math.sqrt(widenForEvidence(30))).toBeCloseTo(1.697 / 1.645, 2);
    expect(widenForEvidence(1e12)).toBeCloseTo(1, 9);
  });

  it('is bounded where there is hardly any evidence', () => {
    expect(widenForEvidence(0)).toBe(widenForEvidence(2));
    expect(widenForEvidence(2)).toBeCloseTo(1.465 ** 2, 9);
  });
});
