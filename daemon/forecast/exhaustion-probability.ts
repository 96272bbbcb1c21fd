/** The probability that a pool runs out of ports within 10 minutes. */
import { NORMAL_95, SECOND_MS } from '../units.js';
import type { ExhaustionInput, Flow } from './exhaustion-input.js';
import { findExhaustion } from './queue.js';
import type { Climb } from './rate/climb.js';
import { widenForEvidence } from './rate/dispersion.js';
import { probabilityAbove, type Run } from './rate/distribution.js';
import { PROBABILITY_WITHIN_MS } from './thresholds.js';

export interface ExhaustionProbability {
  readonly probability: number;
  /** The probability without the pool's history: if the present rate goes on. */
  readonly probabilityIfHeld: number;
  /** The climb of the rate alone gives the greatest probability; the present rate gives a smaller one. */
  readonly isByClimb: boolean;
}

/** Probability that new growth of live ports goes on, as a share of its age over its age plus this: a pool may warm up. */
const FLEETING_GROWTH_MS = 4 * SECOND_MS;
/** Growth of live ports may stop at any moment. */
const GROWTH_CERTAINTY = 0.95;
/** Any rate may stop before the exhaustion: this is the probability that it goes on for `RATE_MAY_STOP_MS` or longer. */
const RATE_CERTAINTY = 0.9;
const RATE_MAY_STOP_MS = 30 * SECOND_MS;
/** With probability one half a climb ends within this share of the time that it has lasted so far. */
const CLIMB_LASTS = 1 / 6;
/** Halvings in the search for the lowest rate that exhausts the pool. */
const BISECTIONS = 16;
/** The search starts this many standard deviations above the mean of the fastest run. */
const SEARCH_SIGMAS = 6;
/** Shape of a run whose rate has no variance. */
const EXACT_SHAPE = 1e9;
const MIN_SHAPE = 0.5;
const MIN_CLOSES_TO_COME = 0.5;

/** The greater of two probabilities: that of the present rate and growth, and that of the climb. */
export function estimateExhaustionProbability(input: ExhaustionInput): ExhaustionProbability {
  const { growth } = input;
  const closes = compareRateWithLimit(input, 0);
  let [ifHeld, probability] = [closes.ifHeld, closes.lasting];
  if (growth.perSecond > 0) {
    const goesOn = (GROWTH_CERTAINTY * growth.lastedMs) / (growth.lastedMs + FLEETING_GROWTH_MS);
    const grown = compareRateWithLimit(input, growth.perSecond);
    ifHeld += (1 - ifHeld) * goesOn * grown.ifHeld;
    probability += (1 - probability) * goesOn * grown.lasting;
  }
  const climbed = estimateClimbProbability(input);
  return {
    probability: Math.min(1, Math.max(climbed, probability)),
    probabilityIfHeld: Math.min(1, Math.max(climbed, ifHeld)),
    isByClimb: input.inflow.climb !== null && climbed >= probability,
  };
}

/** Probability that the climb goes on until no port is left: it falls with the time that takes over the climb's age. */
function estimateClimbProbability({ inflow, growth, buildQueue }: ExhaustionInput): number {
  const { climb, rate } = inflow;
  if (climb === null) return 0;
  // The low end of the line's interval: its errors must not make a far exhaustion look near.
  const slow: Flow = {
    rate: Math.max(0, rate - NORMAL_95 * Math.sqrt(climb.rateVariance)),
    growth: growth.perSecond,
    climbing: true,
  };
  const afterMs = findExhaustion(buildQueue(slow), PROBABILITY_WITHIN_MS);
  if (afterMs === null) return 0;
  return (CLIMB_LASTS * climb.lastedMs) / (CLIMB_LASTS * climb.lastedMs + afterMs);
}

/** While the rate climbs, the line and the newest closes alone are equally likely to give the present rate. */
function describeClimbAsRun({ rate, rateVariance, seen, lastedMs }: Climb): Run {
  const shape = rateVariance > 0 ? rate ** 2 / rateVariance : EXACT_SHAPE;
  return { weight: 0.5, rate, mean: rate, shape: Math.max(MIN_SHAPE, shape), seen, ageMs: lastedMs };
}

function halveWeights(runs: readonly Run[]): Run[] {
  return runs.map((run) => ({ ...run, weight: run.weight / 2 }));
}

/** Probability that a rate goes on for this long, where the pool has no history to judge by. */
function estimateRateLasts(furtherMs: number): number {
  return 1 - (1 - RATE_CERTAINTY) * Math.min(1, furtherMs / RATE_MAY_STOP_MS);
}

/**
 * Probability that the rate is above the lowest rate that exhausts the pool in time.
 * @returns `ifHeld`: if the rate lasts by the general rule; `lasting`: by the pool's history, where there is one.
 */
function compareRateWithLimit(input: ExhaustionInput, growth: number): { ifHeld: number; lasting: number } {
  const { inflow, buildQueue, probabilityToLast } = input;
  const findWithin = (rate: number): number | null =>
    findExhaustion(buildQueue({ rate, growth, climbing: false }), PROBABILITY_WITHIN_MS);
  if (findWithin(0) !== null) return { ifHeld: 1, lasting: 1 };
  const widening = widenForEvidence(inflow.evidence);
  let high = 0;
  for (const run of inflow.runs) {
    high = Math.max(high, run.mean * (1 + SEARCH_SIGMAS * Math.sqrt(widening / run.shape)));
  }
  let afterMs = findWithin(high);
  if (afterMs === null) return { ifHeld: 0, lasting: 0 };
  let low = 0;
  for (let step = 0; step < BISECTIONS; step += 1) {
    const middle = (low + high) / 2;
    const middleMs = findWithin(middle);
    if (middleMs === null) low = middle;
    else {
      high = middle;
      afterMs = middleMs;
    }
  }
  let above = 0;
  const runs = inflow.climb === null ? inflow.runs : [...halveWeights(inflow.runs), describeClimbAsRun(inflow.climb)];
  for (const run of runs) {
    // The scatter of the closes that come until then if this run is true.
    const noise = (widening * inflow.phi) / Math.max(MIN_CLOSES_TO_COME, (run.mean * afterMs) / SECOND_MS);
    above += run.weight * probabilityAbove(run, high, { noise, widening });
  }
  const furtherMs = findWithin(Math.max(high, inflow.rate)) ?? 0;
  const ifHeld = above * estimateRateLasts(furtherMs);
  return { ifHeld, lasting: probabilityToLast === null ? ifHeld : above * probabilityToLast(furtherMs) };
}
