/** The shape of a short series: closed forms of its medians, and every shape recovered. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitLevel, fitShape, fitSlope, median, type Point } from '../../../../daemon/forecast/history/trend.js';
import { normal, seeded } from '../../../tools/simulator/random.js';

const SEEDED = { seed: 24, numRuns: 100 };
const draw = (length: number, y: (t: number) => number): Point[] =>
  Array.from({ length }, (_, t) => ({ t: 20_000 + t, y: y(t) }));
const noise = (seed: number, scale: number): (() => number) => {
  const random = seeded(seed);
  return () => scale * normal(random);
};
const shapeOf = (points: readonly Point[]) => fitShape(points, fitSlope(points).slope);

describe('a median', () => {
  it.each([
    [[3], 3],
    [[3, 1], 2],
    [[9, 1, 5], 5],
    [[1, 2, 3, 100], 2.5],
  ])('of %j is %d', (values, expected) => expect(median(values)).toBe(expected));

  it('of nothing is not a number', () => expect(median([])).toBeNaN());
});

describe('a slope', () => {
  it('is that of a straight line, with an interval of no width', () => {
    const { slope, low, high } = fitSlope(draw(30, (t) => 0.2 + 0.01 * t));
    for (const value of [slope, low, high]) expect(value).toBeCloseTo(0.01, 9);
  });

  it('is not changed by one wild day', () => {
    const points = draw(31, (t) => (t === 15 ? 50 : 0.2 + 0.01 * t));
    expect(fitSlope(points).slope).toBeCloseTo(0.01, 4);
    expect(fitLevel(points, 0.01)).toBeCloseTo(0.2 - 200, 6);
  });

  it('of a constant is 0, and not significant', () => {
    expect(fitSlope(draw(30, () => 0.3))).toEqual({ slope: 0, low: 0, high: 0, score: 0 });
  });

  it('of ten ascending values has the score of Kendall, or less where neighbours are correlated', () => {
    const next = noise(1, 1e-6);
    // S is 45, less 1 for continuity; its variance is 10 x 9 x 25 / 18. The few points widen it by (1 + r) / (1 - r).
    const { score } = fitSlope(draw(10, (t) => t + next()));
    expect(score).toBeGreaterThan(0.6 * (44 / Math.sqrt(125)));
    expect(score).toBeLessThanOrEqual(44 / Math.sqrt(125));
  });

  it('contains the true slope nine times of ten', () => {
    let inside = 0;
    for (let seed = 1; seed <= 200; seed += 1) {
      const next = noise(seed, 0.05);
      const { low, high } = fitSlope(draw(40, (t) => 0.3 + 0.002 * t + next()));
      if (low <= 0.002 && 0.002 <= high) inside += 1;
    }
    expect(inside / 200).toBeGreaterThan(0.85);
  });

  it('turns with the series, and does not depend on its level (property)', () => {
    const ys = fc.array(fc.integer({ min: 0, max: 2000 }), { minLength: 8, maxLength: 40 });
    fc.assert(
      fc.property(ys, fc.integer({ min: -5000, max: 5000 }), (values, shift) => {
        const points = draw(values.length, (t) => values[t] ?? NaN);
        const { slope, score } = fitSlope(points);
        const turned = fitSlope(points.map(({ t, y }) => ({ t, y: shift - y })));
        expect(turned.slope).toBeCloseTo(-slope, 9);
        expect(turned.score).toBeCloseTo(-score, 6);
      }),
      SEEDED,
    );
  });
});

describe('the shape', () => {
  it('of a constant with noise is its level', () => {
    const next = noise(2, 0.02);
    const shape = shapeOf(draw(60, () => 0.3 + next()));
    expect(shape).toMatchObject({ kind: 'level' });
  });

  it('of a rise with noise is a line', () => {
    const next = noise(3, 0.01);
    expect(shapeOf(draw(60, (t) => 0.3 + 0.005 * t + next()))).toEqual({ kind: 'line' });
  });

  it('of a step is the step, at its day, with both levels', () => {
    const next = noise(4, 0.01);
    const shape = shapeOf(draw(60, (t) => (t < 25 ? 0.3 : 0.5) + next()));
    expect(shape).toMatchObject({ kind: 'step', sinceT: 20_025 });
    if (shape.kind !== 'step') throw new Error('not a step');
    expect(shape.before).toBeCloseTo(0.3, 1);
    expect(shape.level).toBeCloseTo(0.5, 1);
  });

  it('of a rise that settled is that, from about the day on which it settled', () => {
    const next = noise(5, 0.005);
    const shape = shapeOf(draw(60, (t) => 0.3 + 0.01 * Math.min(t, 30) + next()));
    if (shape.kind !== 'settled') throw new Error(`settled, not ${shape.kind}`);
    expect(Math.abs(shape.sinceT - 20_030)).toBeLessThan(4);
    expect(shape.before).toBeCloseTo(0.3, 1);
    expect(shape.level).toBeCloseTo(0.6, 1);
  });
});
