/**
 * The shape of a short noisy series: level, step, line, or a rise that has settled. It uses medians instead of means
 * wherever possible, so that a single extreme day changes little.
 */
import { NORMAL_95 } from '../../units.js';

export interface Point {
  readonly t: number;
  readonly y: number;
}

/** `sinceT`: the series has been at `level` from there on, and at `before` earlier. */
export type Shape =
  | { readonly kind: 'level'; readonly level: number }
  | { readonly kind: 'line' }
  | { readonly kind: 'step' | 'settled'; readonly sinceT: number; readonly before: number; readonly level: number };

export interface Slope {
  /** Per unit of t; the median of the slopes of all pairs (Theil 1950, Sen 1968). */
  readonly slope: number;
  /** 90% interval (Gilbert 1987). */
  readonly low: number;
  readonly high: number;
  /** Standard score of Kendall's S, the variance widened where neighbouring residuals are correlated. */
  readonly score: number;
}

/** A step or a bend is not searched for nearer to either end than this many points. */
const MIN_SIDE = 4;
/** Added to the mean error: without it a series without noise would have an infinite logarithm. */
const MIN_ERROR = 1e-6;
const MAX_CORRELATION = 0.9;
/** Parameters of each shape. A step and a bend have their place as a third one. */
const LEVEL_PARAMETERS = 1;
const LINE_PARAMETERS = 2;
const STEP_PARAMETERS = 3;

/** NaN without values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** The value at t = 0 of the line of this slope that runs through the middle of the points. */
export function fitLevel(points: readonly Point[], slope: number): number {
  return median(points.map(({ t, y }) => y - slope * t));
}

/** @param points at least two, of different t, ascending. */
export function fitSlope(points: readonly Point[]): Slope {
  const slopes: number[] = [];
  let s = 0;
  points.forEach((b, index) => {
    for (let i = 0; i < index; i += 1) {
      const a = points[i];
      if (a === undefined) continue;
      slopes.push((b.y - a.y) / (b.t - a.t));
      s += Math.sign(b.y - a.y);
    }
  });
  slopes.sort((a, b) => a - b);
  const slope = median(slopes);
  const deviation = Math.sqrt(computeKendallVariance(points) * measurePersistence(points, slope));
  const findRank = (rank: number): number => slopes[Math.min(slopes.length - 1, Math.max(0, Math.round(rank)))] ?? NaN;
  const middle = (slopes.length - 1) / 2;
  return {
    slope,
    low: findRank(middle - (NORMAL_95 * deviation) / 2),
    high: findRank(middle + (NORMAL_95 * deviation) / 2),
    score: deviation === 0 ? 0 : (s - Math.sign(s)) / deviation,
  };
}

/**
 * The shape with the least cost: the sum of absolute errors, with a penalty for each parameter as in the Bayesian
 * information criterion for Laplace errors.
 */
export function fitShape(points: readonly Point[], slope: number): Shape {
  const n = points.length;
  const computeCost = (error: number, parameters: number): number =>
    n * Math.log(error / n + MIN_ERROR) + parameters * Math.log(n);
  const ys = points.map(({ y }) => y);
  const level = median(ys);
  const candidates: { shape: Shape; cost: number }[] = [
    { shape: { kind: 'level', level }, cost: computeCost(sumErrors(ys, level), LEVEL_PARAMETERS) },
    { shape: { kind: 'line' }, cost: computeCost(sumLineErrors(points, slope), LINE_PARAMETERS) },
  ];
  for (let at = MIN_SIDE; at <= n - MIN_SIDE; at += 1) {
    const sinceT = points[at]?.t ?? NaN;
    const [head, tail] = [ys.slice(0, at), ys.slice(at)];
    const [before, after] = [median(head), median(tail)];
    const stepError = sumErrors(head, before) + sumErrors(tail, after);
    const step = { kind: 'step', sinceT, before, level: after } as const;
    candidates.push({ shape: step, cost: computeCost(stepError, STEP_PARAMETERS) });
    const bend = fitBend(points, sinceT);
    const settled = { kind: 'settled', sinceT, before: bend.start, level: bend.level } as const;
    candidates.push({ shape: settled, cost: computeCost(bend.error, STEP_PARAMETERS) });
  }
  return candidates.reduce((best, candidate) => (candidate.cost < best.cost ? candidate : best)).shape;
}

/** Variance of Kendall's S where there is no trend, with its correction for ties. */
function computeKendallVariance(points: readonly Point[]): number {
  const term = (n: number): number => n * (n - 1) * (2 * n + 5);
  const ties = new Map<number, number>();
  for (const { y } of points) ties.set(y, (ties.get(y) ?? 0) + 1);
  let sum = term(points.length);
  for (const count of ties.values()) sum -= term(count);
  return sum / 18;
}

/** By what factor there are fewer independent points: (1 + r) / (1 - r), with r the correlation of neighbours. */
function measurePersistence(points: readonly Point[], slope: number): number {
  const level = fitLevel(points, slope);
  const residuals = points.map(({ t, y }) => y - level - slope * t);
  let [product, square] = [0, 0];
  residuals.forEach((value, index) => {
    square += value * value;
    if (index > 0) product += value * (residuals[index - 1] ?? 0);
  });
  // From few points the estimate is too low, by about (1 + 4 r) / n for a series whose trend was removed.
  const raw = square === 0 ? 0 : product / square;
  const r = Math.min(MAX_CORRELATION, Math.max(0, raw + (1 + 4 * Math.max(0, raw)) / points.length));
  return (1 + r) / (1 - r);
}

function sumErrors(values: readonly number[], around: number): number {
  return values.reduce((sum, value) => sum + Math.abs(value - around), 0);
}

function sumLineErrors(points: readonly Point[], slope: number): number {
  const level = fitLevel(points, slope);
  return points.reduce((sum, { t, y }) => sum + Math.abs(y - level - slope * t), 0);
}

/** A line up to `bendT` that stays level from there on, by least squares. */
function fitBend(points: readonly Point[], bendT: number): { start: number; level: number; error: number } {
  const n = points.length;
  const at = points.map(({ t }) => Math.min(t, bendT));
  const meanT = at.reduce((sum, t) => sum + t, 0) / n;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / n;
  let [covariance, variance] = [0, 0];
  points.forEach(({ y }, index) => {
    const offset = (at[index] ?? 0) - meanT;
    covariance += offset * (y - meanY);
    variance += offset * offset;
  });
  const slope = variance === 0 ? 0 : covariance / variance;
  const valueAt = (t: number): number => meanY + slope * (t - meanT);
  const error = points.reduce((sum, { y }, index) => sum + Math.abs(y - valueAt(at[index] ?? 0)), 0);
  return { start: valueAt(at[0] ?? 0), level: valueAt(bendT), error };
}
