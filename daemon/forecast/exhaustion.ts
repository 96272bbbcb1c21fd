/** How sure the forecast is: the 90% interval of the instant, and the probability of exhaustion within 10 minutes. */
import type { Climb } from './rate/climb.js';
import { findInterval90, probabilityAbove, type Run } from './rate/distribution.js';
import { NORMAL_95 } from '../units.js';
import type { Growth } from './leak.js';
import { countEntries, findExhaustion, type Queue } from './queue.js';
import type { PoolInflow } from './rate/pool-inflow.js';
import { computeHoldMs } from './release.js';
import { PROBABILITY_WITHIN_MS } from './thresholds.js';

/** Growth of live ports may be a pool that warms up: as likely to stop as to stay once it has lasted this long. */
const FLEETING_GROWTH_MS = 4000;
/** Growth of live ports may stop at any moment, too. */
const GROWTH_CERTAINTY = 0.95;
/** And so may any rate: that it goes on until exhaustion, unless that is nearer than so long. */
const RATE_CERTAINTY = 0.9;
const RATE_MAY_STOP_MS = 30_000;
/** A climb is as likely to settle as not before it has lasted this share longer than it has. */
const CLIMB_LASTS = 1 / 6;
const BISECTIONS = 16;
/** What goes on: closes per second, growth of live ports per second, and whether a climb of the rate goes on too. */
export interface Flow {
  readonly rate: number;
  readonly growth: number;
  readonly climbing: boolean;
}

export interface ExhaustionInput {
  readonly demand: PoolInflow;
  readonly growth: Growth;
  readonly queueAt: (flow: Flow) => Queue;
  /** Time between two samples: the rate may have changed since the last one. */
  readonly intervalMs: number;
  /** The rounding of releases that may or may not apply; 0 once their boundaries are known. */
  readonly roundingMs: number;
  /** Probability that the present burst lasts so much longer, where the pool's history tells; else null: if this goes on. */
  readonly lasts: ((furtherMs: number) => number) | null;
}

export interface Exhaustion {
  /** Ms after the snapshot; null = not foreseen. */
  readonly afterMs: number | null;
  readonly earliestMs: number | null;
  readonly latestMs: number | null;
  readonly probability: number;
  /** Without the pool's history: if the present rate goes on. */
  readonly probabilityIfHeld: number;
  /** What is foreseen, and how likely it is, is by a climb of the rate: the present rate alone would not do it. */
  readonly isByClimb: boolean;
}

/**
 * Runs the queue at the ends of what the rate may be. Their spread includes the noise of the closes still to come, so the
 * error of the instant is at least sqrt(phi (n + n^2 / m)) / rate with n closes to go and m seen.
 */
export function foreseeExhaustion(prospect: ExhaustionInput): Exhaustion {
  const { demand, growth, intervalMs, roundingMs } = prospect;
  const expected = prospect.queueAt({ rate: demand.rate, growth: growth.perSecond, climbing: true });
  const meanMs = findExhaustion(expected);
  const odds = exhaustionProbability(prospect);
  if (meanMs === null) return { afterMs: null, earliestMs: null, latestMs: null, ...odds };

  const capacity = expected.capacity - headroomOfChance(expected, { meanMs, phi: demand.phi });
  const queueAt = (flow: Flow): Queue => ({ ...prospect.queueAt(flow), capacity });
  const afterMs = findExhaustion({ ...expected, capacity }) ?? meanMs;
  const { low, high } = boundFlow(prospect, expected, afterMs);
  // Every close up to the snapshot shows in its timers; where only counts tell, the last interval is a blur.
  const blurMs = demand.basis === 'timers' ? 0 : intervalMs / 2;
  const earliest = findExhaustion(queueAt(high)) ?? afterMs;
  const latest = latestAfter(queueAt(low), roundingMs);
  return {
    afterMs,
    earliestMs: Math.max(0, Math.min(earliest, afterMs) - blurMs),
    latestMs: latest === null ? null : Math.max(latest, afterMs) + blurMs,
    ...odds,
  };
}

/**
 * Ports below capacity at which the mean stands when chance first touches capacity, as likely as not. Use scatters about its
 * mean by sigma and forgets within a hold, so where the mean takes long over its last sigma, some peak is there before it.
 */
function headroomOfChance(expected: Queue, { meanMs, phi }: { meanMs: number; phi: number }): number {
  const { capacity, live, releases, inflows } = expected;
  const holdMs = Math.max(...inflows.map(({ timing }) => computeHoldMs(timing)), 1);
  const used = live + releases.ports.reduce((sum, ports) => sum + ports, 0);
  let headroom = 0;
  let afterMs = meanMs;
  // Chance has less time the sooner it happens: the second look settles it.
  for (let look = 0; look < 2; look += 1) {
    const entered = Math.min(capacity - live, countEntries(expected, Math.min(afterMs, holdMs)));
    const sigma = Math.sqrt(phi * entered);
    const within = findExhaustion({ ...expected, capacity: capacity - sigma }) ?? meanMs;
    const holds = (meanMs - within) / holdMs;
    headroom = Math.max(0, Math.min(capacity - used - 1, sigma * FIRST_PEAK * Math.log1p(FIRST_PEAK_AT * holds)));
    afterMs = findExhaustion({ ...expected, capacity: capacity - headroom }) ?? meanMs;
  }
  return headroom;
}

/**
 * Median of the first passage, in sigmas of the mean's distance, by the holds that the mean takes over one sigma: fitted to
 * simulated counts over a moving window (0.05 at 0.1, 0.36 at 0.45, 0.73 at 1, 1.1 at 2, 1.6 at 5).
 */
const FIRST_PEAK = 0.8;
const FIRST_PEAK_AT = 1.4;

/** The slowest and the fastest that the next closes may seem to come, at 90%, until `afterMs`. */
export function boundFlow(prospect: ExhaustionInput, expected: Queue, afterMs: number): { low: Flow; high: Flow } {
  const { demand, growth } = prospect;
  const { rate, climb, phi } = demand;
  const wider = widening(demand.evidence);
  const closes = Math.max(1, countEntries(expected, afterMs));
  if (climb === null && growth.perSecond === 0) {
    const band = demand.runs.every(({ seen }) => seen === 0)
      ? { low: rate, high: demand.high }
      : findInterval90(demand.runs, { noise: (wider * phi) / closes, widening: wider });
    return {
      low: { rate: Math.min(band.low, rate), growth: 0, climbing: false },
      high: { rate: Math.max(band.high, rate), growth: 0, climbing: true },
    };
  }
  const grown = (growth.perSecond * afterMs) / 1000;
  const seen = Math.max(1, demand.seen);
  const rateVariance = climb === null ? (phi * closes * closes) / seen : lineVariance(climb, afterMs / 1000);
  const growthVariance = growth.ports === 0 ? 0 : grown + (grown * grown) / growth.ports;
  const spread = NORMAL_95 * Math.sqrt(wider * (rateVariance + phi * closes) + growthVariance);
  const share = Math.min(0.95, spread / (closes + grown));
  return {
    low: { rate: rate * (1 - share), growth: growth.perSecond * (1 - share), climbing: false },
    high: { rate: rate * (1 + share), growth: growth.perSecond * (1 + share), climbing: true },
  };
}

/** Variance of the closes within `seconds` by a line whose level and slope are only estimated. */
function lineVariance(climb: Climb, seconds: number): number {
  const { rateVariance, perSecondVariance, covariance } = climb;
  return seconds ** 2 * (rateVariance + covariance * seconds + (perSecondVariance * seconds ** 2) / 4);
}

/** Variance by which phi's own uncertainty widens a normal interval into Student's, to first order in 1 / evidence. */
function widening(evidence: number): number {
  return (1 + 0.93 / Math.max(2, evidence)) ** 2;
}

/** Without known boundaries the queue holds ports as long as can be: where that decides, it may never happen. */
function latestAfter(queue: Queue, roundingMs: number): number | null {
  const after = findExhaustion(queue);
  if (after === null || roundingMs === 0) return after;
  let settles = queue.live;
  let shortest = queue.releases.atMs[0] ?? Infinity;
  for (const { rate, timing } of queue.inflows) {
    settles += (rate * timing.durationMs) / 1000;
    if (rate > 0) shortest = Math.min(shortest, timing.durationMs);
  }
  if (queue.growth === 0 && settles < queue.capacity && after > shortest - roundingMs) return null;
  return after + roundingMs;
}

function exhaustionProbability(prospect: ExhaustionInput): Omit<Exhaustion, 'afterMs' | 'earliestMs' | 'latestMs'> {
  const { growth } = prospect;
  const closes = rateProbability(prospect, 0);
  let [ifHeld, probability] = [closes.ifHeld, closes.lasting];
  if (growth.perSecond > 0) {
    const lasting = (GROWTH_CERTAINTY * growth.lastedMs) / (growth.lastedMs + FLEETING_GROWTH_MS);
    const grown = rateProbability(prospect, growth.perSecond);
    ifHeld += (1 - ifHeld) * lasting * grown.ifHeld;
    probability += (1 - probability) * lasting * grown.lasting;
  }
  const climbed = climbProbability(prospect);
  return {
    probability: Math.min(1, Math.max(climbed, probability)),
    probabilityIfHeld: Math.min(1, Math.max(climbed, ifHeld)),
    isByClimb: prospect.demand.climb !== null && climbed >= probability,
  };
}

/** That the climb goes on until there is no port left: the further that is, beside how long it has lasted, the less likely. */
function climbProbability({ demand, growth, queueAt }: ExhaustionInput): number {
  const { climb, rate } = demand;
  if (climb === null) return 0;
  // By the slow side of what the line may be: what still lies far is not to be called near by its errors.
  const slow = {
    rate: Math.max(0, rate - NORMAL_95 * Math.sqrt(climb.rateVariance)),
    growth: growth.perSecond,
    climbing: true,
  };
  const afterMs = findExhaustion(queueAt(slow), PROBABILITY_WITHIN_MS);
  if (afterMs === null) return 0;
  return (CLIMB_LASTS * climb.lastedMs) / (CLIMB_LASTS * climb.lastedMs + afterMs);
}

/** While it climbs, the present rate is as likely what the line says as what the newest closes alone do. */
function runOfClimb({ rate, rateVariance, seen, lastedMs }: Climb): Run {
  const shape = rateVariance > 0 ? rate ** 2 / rateVariance : 1e9;
  return { weight: 0.5, rate, mean: rate, shape: Math.max(0.5, shape), seen, ageMs: lastedMs };
}

function halved(runs: readonly Run[]): Run[] {
  return runs.map((run) => ({ ...run, weight: run.weight / 2 }));
}

/** Probability that a rate of which nothing is known but itself goes on for so long. */
function goesOn(furtherMs: number): number {
  return 1 - (1 - RATE_CERTAINTY) * Math.min(1, furtherMs / RATE_MAY_STOP_MS);
}

/** The rate's distribution against the lowest rate that exhausts in time. */
function rateProbability(
  { demand, queueAt, lasts }: ExhaustionInput,
  growth: number,
): { ifHeld: number; lasting: number } {
  const queue = (rate: number): Queue => queueAt({ rate, growth, climbing: false });
  const within = (rate: number): number | null => findExhaustion(queue(rate), PROBABILITY_WITHIN_MS);
  if (within(0) !== null) return { ifHeld: 1, lasting: 1 };
  const wider = widening(demand.evidence);
  let high = 0;
  for (const run of demand.runs) high = Math.max(high, run.mean * (1 + 6 * Math.sqrt(wider / run.shape)));
  let afterMs = within(high);
  if (afterMs === null) return { ifHeld: 0, lasting: 0 };
  let low = 0;
  for (let step = 0; step < BISECTIONS; step += 1) {
    const middle = (low + high) / 2;
    const after = within(middle);
    if (after === null) low = middle;
    else {
      high = middle;
      afterMs = after;
    }
  }
  let ifHeld = 0;
  const runs = demand.climb === null ? demand.runs : [...halved(demand.runs), runOfClimb(demand.climb)];
  for (const run of runs) {
    // The noise of the closes that this run lets come until then.
    const noise = (wider * demand.phi) / Math.max(0.5, (run.mean * afterMs) / 1000);
    ifHeld += run.weight * probabilityAbove(run, high, { noise, widening: wider });
  }
  const furtherMs = within(Math.max(high, demand.rate)) ?? 0;
  const held = ifHeld * goesOn(furtherMs);
  // How likely it is that a rate stops, the pool's own history tells better than the rule.
  return { ifHeld: held, lasting: lasts === null ? held : ifHeld * lasts(furtherMs) };
}
