/** The probability that a pool runs out of ports within 10 minutes. */
import { NORMAL_95, SECOND_MS } from '../units.js';
import type { ExhaustionInput, Flow } from './exhaustion-input.js';
import { findExhaustion } from './queue.js';
import { estimateGrowthLasts, estimateRateLasts, estimateRenewal } from './persistence.js';
import type { Climb } from './rate/climb.js';
import { widenForEvidence } from './rate/dispersion.js';
import { probabilityAbove, type Run } from './rate/distribution.js';
import type { PoolInflow } from './rate/pool-inflow.js';
import { PROBABILITY_WITHIN_MS } from './thresholds.js';
import { TIME_WAIT_MS } from '../host/kernel-constants.js';

export interface ExhaustionProbability {
  readonly probability: number;
  /** The probability without the pool's history: if the present rate goes on. */
  readonly probabilityIfHeld: number;
  /** The climb of the rate alone gives the greatest probability; the present rate gives a smaller one. */
  readonly isByClimb: boolean;
}

/** With probability one half a climb ends within this share of the time that it has lasted so far. */
const CLIMB_LASTS = 1 / 6;
/** The odds fall with the root of the time ahead: on simulated climbs, half of which end before, they fall that slowly. */
const CLIMB_ODDS_POWER = 0.5;
/** Halvings in the search for the lowest rate that exhausts the pool. */
const BISECTIONS = 16;
/** The unanswered connects at the low end of their rate, at the rate itself and at the high end, with these weights. */
const UNANSWERED_WEIGHTS = [0.25, 0.5, 0.25] as const;
/** The search starts this many standard deviations above the mean of the fastest run. */
const SEARCH_SIGMAS = 6;
/** Shape of a run whose rate has no variance. */
const EXACT_SHAPE = 1e9;
const MIN_SHAPE = 0.5;
const MIN_CLOSES_TO_COME = 0.5;

/** What grows beside the closes, per second. */
type Growing = Pick<Flow, 'growth' | 'unanswered'>;

/** How a flow compares with the limit. */
interface Comparison {
  /** Probability of exhaustion in time: by the general rule of how long a rate lasts, and by the pool's history. */
  readonly ifHeld: number;
  readonly lasting: number;
  /** Time to the exhaustion that is compared with; 0 where none is possible. */
  readonly furtherMs: number;
}

const NOTHING_GROWS: Growing = { growth: 0, unanswered: 0 };
const CANNOT_EXHAUST: Comparison = { ifHeld: 0, lasting: 0, furtherMs: 0 };

/**
 * The greater of two probabilities: that of the present rate with what grows beside it, and that of the climb. How long
 * each of them goes on follows from how long it has lasted (see persistence.ts).
 */
export function estimateExhaustionProbability(input: ExhaustionInput): ExhaustionProbability {
  const closes = compareRateWithLimit(input, NOTHING_GROWS);
  let { ifHeld, lasting: probability } = closes;
  for (const { growing, weight } of listGrowing(input)) {
    const grown = compareRateWithLimit(input, growing);
    const byRule = estimateGrowthLasts(findLastedMs(input), grown.furtherMs);
    const byHistory = input.growthToLast === null ? byRule : input.growthToLast(grown.furtherMs, byRule);
    ifHeld += weight * Math.max(0, grown.ifHeld - closes.ifHeld) * byRule;
    probability += weight * Math.max(0, grown.lasting - closes.lasting) * byHistory;
  }
  const climbed = estimateClimbProbability(input);
  return {
    probability: Math.min(1, Math.max(climbed, probability)),
    probabilityIfHeld: Math.min(1, Math.max(climbed, ifHeld)),
    isByClimb: input.inflow.climb !== null && climbed >= probability,
  };
}

/** How long everything that grows has lasted: the younger decides. */
export function findLastedMs({ growth, unanswered }: Pick<ExhaustionInput, 'growth' | 'unanswered'>): number {
  const grownMs = growth.perSecond > 0 ? growth.lastedMs : Infinity;
  return Math.min(grownMs, unanswered === null ? Infinity : unanswered.lastedMs);
}

/** What grows beside the closes, with the probability of each rate. Empty where nothing grows. */
function listGrowing({ growth, unanswered }: ExhaustionInput): { growing: Growing; weight: number }[] {
  if (unanswered === null) {
    return growth.perSecond > 0 ? [{ growing: { growth: growth.perSecond, unanswered: 0 }, weight: 1 }] : [];
  }
  const { low, perSecond, high } = unanswered;
  return [low, perSecond, high].map((rate, i) => ({
    growing: { growth: growth.perSecond, unanswered: rate },
    weight: UNANSWERED_WEIGHTS[i] ?? 0,
  }));
}

/** Probability that the climb goes on until no port is left: it falls with the time that takes over the climb's age. */
function estimateClimbProbability({ inflow, growth, unanswered, buildQueue }: ExhaustionInput): number {
  const { climb, rate } = inflow;
  if (climb === null) return 0;
  // The low end of the line's interval: its errors must not make a far exhaustion look near.
  const slow: Flow = {
    rate: Math.max(0, rate - NORMAL_95 * Math.sqrt(climb.rateVariance)),
    growth: growth.perSecond,
    unanswered: unanswered?.perSecond ?? 0,
    climbing: true,
  };
  const afterMs = findExhaustion(buildQueue(slow), PROBABILITY_WITHIN_MS);
  if (afterMs === null) return 0;
  if (afterMs === 0) return 1;
  const odds = ((CLIMB_LASTS * climb.lastedMs) / afterMs) ** CLIMB_ODDS_POWER;
  return odds / (1 + odds);
}

/** While the rate climbs, the line and the newest closes alone are equally likely to give the present rate. */
function describeClimbAsRun({ rate, rateVariance, seen, lastedMs }: Climb): Run {
  const shape = rateVariance > 0 ? rate ** 2 / rateVariance : EXACT_SHAPE;
  return { weight: 0.5, rate, mean: rate, shape: Math.max(MIN_SHAPE, shape), seen, ageMs: lastedMs };
}

function halveWeights(runs: readonly Run[]): Run[] {
  return runs.map((run) => ({ ...run, weight: run.weight / 2 }));
}

/** Probability that the rate is above the lowest rate that exhausts the pool in time, and that it lasts until then. */
function compareRateWithLimit(input: ExhaustionInput, growing: Growing): Comparison {
  const { inflow, buildQueue, probabilityToLast } = input;
  const findWithin = (rate: number): number | null =>
    findExhaustion(buildQueue({ rate, ...growing, climbing: false }), PROBABILITY_WITHIN_MS);
  const withoutMs = findWithin(0);
  if (withoutMs !== null) return { ifHeld: 1, lasting: 1, furtherMs: findWithin(inflow.rate) ?? withoutMs };
  const { capacity } = buildQueue({ rate: 0, ...growing, climbing: false });
  const lowest = findLowestRate(findWithin, findHighestRate(inflow));
  if (lowest === null) return CANNOT_EXHAUST;
  const furtherMs = findWithin(Math.max(lowest.rate, inflow.rate)) ?? 0;
  let [ifHeld, lasting] = [0, 0];
  for (const run of listRuns(inflow)) {
    const above = run.weight * estimateLastingAbove(run, inflow, { ...lowest, furtherMs });
    if (above === 0) continue;
    const byRule = estimateRateLasts(run, { furtherMs, capacity });
    ifHeld += above * byRule;
    lasting += above * (probabilityToLast === null ? byRule : probabilityToLast(furtherMs, byRule));
  }
  return { ifHeld, lasting, furtherMs };
}

/** While the rate climbs, the line and the newest closes alone are equally likely to give the present rate. */
function listRuns({ runs, climb }: PoolInflow): readonly Run[] {
  return climb === null ? runs : [...halveWeights(runs), describeClimbAsRun(climb)];
}

/** A rate that none of the runs exceeds, but for the least of chances. */
function findHighestRate({ runs, evidence, phi }: PoolInflow): number {
  const widening = widenForEvidence(evidence);
  let high = 0;
  for (const { mean, shape } of runs) {
    const noise = phi / Math.max(MIN_CLOSES_TO_COME, (mean * TIME_WAIT_MS) / SECOND_MS);
    high = Math.max(high, mean * (1 + SEARCH_SIGMAS * Math.sqrt(widening * (1 / shape + noise))));
  }
  return high;
}

/** The lowest rate up to `highest` that exhausts the pool in time, and when; null where none does. */
function findLowestRate(
  findWithin: (rate: number) => number | null,
  highest: number,
): { rate: number; afterMs: number } | null {
  let afterMs = findWithin(highest);
  if (afterMs === null) return null;
  let [low, high] = [0, highest];
  for (let step = 0; step < BISECTIONS; step += 1) {
    const middle = (low + high) / 2;
    const middleMs = findWithin(middle);
    if (middleMs === null) low = middle;
    else {
      high = middle;
      afterMs = middleMs;
    }
  }
  return { rate: high, afterMs };
}

/**
 * The same, where a part of the run may be a pool of connections that was replaced once: that part goes on by the rule
 * of renewal, and without it the proven part has to exceed the rate alone.
 */
function estimateLastingAbove(
  run: Run,
  inflow: PoolInflow,
  limit: { rate: number; afterMs: number; furtherMs: number },
): number {
  const { provenShare = 1 } = run;
  const whole = estimateAbove(run, inflow, limit);
  if (provenShare >= 1 || whole === 0) return whole;
  const goesOn = estimateRenewal(run.ageMs, limit.furtherMs);
  return goesOn * whole + (1 - goesOn) * estimateAbove({ ...run, mean: provenShare * run.mean }, inflow, limit);
}

/** Probability that the closes to come exceed the rate if this run is true, with their scatter. */
function estimateAbove(run: Run, { phi, evidence }: PoolInflow, limit: { rate: number; afterMs: number }): number {
  const widening = widenForEvidence(evidence);
  const noise = (widening * phi) / Math.max(MIN_CLOSES_TO_COME, (run.mean * limit.afterMs) / SECOND_MS);
  return probabilityAbove(run, limit.rate, { noise, widening });
}
