/** How far the flow of a pool may differ from its best value: the closes and the growth up to the exhaustion. */
import { NORMAL_95, SECOND_MS } from '../units.js';
import type { ExhaustionInput, Flow } from './exhaustion-input.js';
import { countEntries, type Queue } from './queue.js';
import type { Climb } from './rate/climb.js';
import { widenForEvidence } from './rate/dispersion.js';
import { findQuantile } from './rate/distribution.js';

/** The interval of the rate reaches no further than this share of the rate to either side. */
const MAX_SPREAD_SHARE = 0.95;

/**
 * The flow that is `z` standard deviations above the median: NORMAL_95 is the fastest of the 90% interval, -NORMAL_95 the
 * slowest. A climb goes on where `climbing` says so; without it, in every flow above the median.
 */
type FlowAt = (z: number, climbing?: boolean) => Flow;

/**
 * The distribution of the flow for the closes up to `afterMs`.
 * @param expected the queue at the mean rate.
 */
export function spreadFlow(input: ExhaustionInput, expected: Queue, afterMs: number): FlowAt {
  const { inflow, growth, unanswered } = input;
  const closes = Math.max(1, countEntries(expected, afterMs));
  if (inflow.climb === null && growth.perSecond === 0 && unanswered === null) {
    const rateAt = spreadRate(input, closes);
    return (z, climbing = z >= 0) => ({ rate: rateAt(z), growth: 0, unanswered: 0, climbing });
  }
  const shareAt = spreadAll(input, { closes, afterMs });
  return (z, climbing = z >= 0) => {
    const factor = 1 + shareAt(z);
    return {
      rate: inflow.rate * factor,
      growth: growth.perSecond * factor,
      unanswered: unanswered === null ? 0 : interpolateUnanswered(unanswered, z / NORMAL_95),
      climbing,
    };
  };
}

/** The slowest and the fastest flow of the 90% interval. */
export function boundFlow(input: ExhaustionInput, expected: Queue, afterMs: number): { low: Flow; high: Flow } {
  const flowAt = spreadFlow(input, expected, afterMs);
  return { low: flowAt(-NORMAL_95), high: flowAt(NORMAL_95) };
}

/** By the runs of closes, with the scatter of the closes still to come. Without any close only the high end is known. */
function spreadRate({ inflow }: ExhaustionInput, closes: number): (z: number) => number {
  const { rate, runs, phi, high } = inflow;
  if (runs.every(({ seen }) => seen === 0)) return (z) => rate + (Math.max(0, z) / NORMAL_95) * (high - rate);
  const widening = widenForEvidence(inflow.evidence);
  return (z) => {
    const quantile = findQuantile(runs, z, { noise: (widening * phi) / closes, widening });
    return z < 0 ? Math.min(quantile, rate) : Math.max(quantile, rate);
  };
}

/** By the errors of the rate or of its climb, the scatter of the closes still to come, and the growth seen so far. */
function spreadAll(
  { inflow, growth }: ExhaustionInput,
  { closes, afterMs }: { closes: number; afterMs: number },
): (z: number) => number {
  const { climb, phi } = inflow;
  const widening = widenForEvidence(inflow.evidence);
  const grown = (growth.perSecond * afterMs) / SECOND_MS;
  const seen = Math.max(1, inflow.seen);
  const rateVariance =
    climb === null ? (phi * closes * closes) / seen : computeLineVariance(climb, afterMs / SECOND_MS);
  const growthVariance = growth.ports === 0 ? 0 : grown + (grown * grown) / growth.ports;
  const sigma = Math.sqrt(widening * (rateVariance + phi * closes) + growthVariance);
  return (z) => Math.sign(z) * Math.min(MAX_SPREAD_SHARE, (Math.abs(z) * sigma) / (closes + grown));
}

/** @param side -1 at the low end of the 90% interval, 1 at the high end. */
function interpolateUnanswered(
  { low, perSecond, high }: { low: number; perSecond: number; high: number },
  side: number,
) {
  const end = side < 0 ? low : high;
  return Math.max(0, perSecond + Math.abs(side) * (end - perSecond));
}

/** Variance of the closes within `seconds` by a line whose level and slope are only estimated. */
function computeLineVariance(climb: Climb, seconds: number): number {
  const { rateVariance, perSecondVariance, covariance } = climb;
  return seconds ** 2 * (rateVariance + covariance * seconds + (perSecondVariance * seconds ** 2) / 4);
}
