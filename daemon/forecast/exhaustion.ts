/** When a pool runs out of ports: the instant, its 90% interval, and the probability within 10 minutes. */
import { NORMAL_95, SECOND_MS } from '../units.js';
import type { ExhaustionInput } from './exhaustion-input.js';
import { estimateExhaustionProbability, findLastedMs, type ExhaustionProbability } from './exhaustion-probability.js';
import { spreadFlow } from './flow-spread.js';
import { estimateGrowthLasts } from './persistence.js';
import { countEntries, findExhaustion, type Queue } from './queue.js';
import { computeHoldMs } from './release.js';
import { PROBABILITY_WITHIN_MS, WORTH_SAYING } from './thresholds.js';

export interface Exhaustion extends ExhaustionProbability {
  /** Ms after the snapshot; null = not foreseen. */
  readonly afterMs: number | null;
  /** The 90% interval of `afterMs`; `latestMs` null with an `afterMs` = at the low end of the rate, never. */
  readonly earliestMs: number | null;
  readonly latestMs: number | null;
  /** `afterMs` where its probability is too small to state it; else null. */
  readonly unlikelyAfterMs: number | null;
}

/**
 * Median of the first passage, in sigmas below capacity, by the holds that the mean takes over one sigma. Fitted to
 * simulated counts over a moving window: 0.05 at 0.1, 0.36 at 0.45, 0.73 at 1, 1.1 at 2, 1.6 at 5.
 */
const FIRST_PEAK = 0.8;
const FIRST_PEAK_AT = 1.4;
/** The headroom and the time until it is reached depend on each other: this many rounds settle them. */
const HEADROOM_ROUNDS = 2;

/**
 * Runs the queue at the mean rate and at both ends of its interval. The interval includes the scatter of the closes still
 * to come, so the error of the instant is at least sqrt(phi (n + n^2 / m)) / rate with n closes to come and m seen.
 */
export function foreseeExhaustion(input: ExhaustionInput): Exhaustion {
  const expected = buildExpected(input);
  const meanMs = findExhaustion(expected);
  const probability = estimateExhaustionProbability(input);
  if (meanMs === null || !isWorthSaying(input, meanMs, probability.probability)) {
    return { afterMs: null, earliestMs: null, latestMs: null, unlikelyAfterMs: meanMs, ...probability };
  }

  const { afterMs, findAt } = createInstants(input, expected, meanMs);
  return {
    afterMs,
    earliestMs: findAt(NORMAL_95),
    latestMs: findAt(-NORMAL_95),
    unlikelyAfterMs: null,
    ...probability,
  };
}

/** The distribution of the instant at which the pool is full, while the traffic goes on. */
interface Instants {
  readonly afterMs: number;
  /**
   * The instant by the flow that is `z` standard deviations above the median (see `spreadFlow`); null where that flow never
   * fills the pool.
   */
  readonly findAt: (z: number, climbing?: boolean) => number | null;
}

/** @param meanMs the instant by the mean flow */
export function createInstants(input: ExhaustionInput, expected: Queue, meanMs: number): Instants {
  const { inflow, intervalMs, roundingMs } = input;
  const capacity = expected.capacity - findHeadroom(expected, { meanMs, phi: inflow.phi });
  const afterMs = findExhaustion({ ...expected, capacity }) ?? meanMs;
  const flowAt = spreadFlow(input, expected, afterMs);
  // Timers show every close up to the snapshot; counts only show how many there were since the last sample.
  const blurMs = inflow.basis === 'timers' ? 0 : intervalMs / 2;
  const findAt = (z: number, climbing?: boolean): number | null => {
    const side = Math.abs(z) / NORMAL_95;
    const queue: Queue = { ...input.buildQueue(flowAt(z, climbing)), capacity };
    if (z >= 0) return Math.max(0, Math.min(findExhaustion(queue) ?? afterMs, afterMs) - side * blurMs);
    const latestMs = findLatest(queue, Math.min(1, side) * roundingMs);
    return latestMs === null ? null : Math.max(latestMs, afterMs) + side * blurMs;
  };
  return { afterMs, findAt };
}

/** The queue at the mean flow. */
export function buildExpected({ inflow, growth, unanswered, buildQueue }: ExhaustionInput): Queue {
  return buildQueue({
    rate: inflow.rate,
    growth: growth.perSecond,
    unanswered: unanswered?.perSecond ?? 0,
    climbing: true,
  });
}

/**
 * Whether an instant is stated. `probability` covers ten minutes. Later than that only growth fills the pool, and it goes
 * on with odds that fall with the time ahead; of a climb that far ahead only the full pressure is stated.
 */
function isWorthSaying(input: ExhaustionInput, afterMs: number, probability: number): boolean {
  if (afterMs <= PROBABILITY_WITHIN_MS) return probability >= WORTH_SAYING;
  return input.inflow.climb === null && estimateGrowthLasts(findLastedMs(input), afterMs) >= WORTH_SAYING;
}

/**
 * How many ports below capacity the mean use is when the use itself first reaches capacity, in the median. Use varies
 * about its mean by sigma and is independent of itself one hold later. So where the mean takes long over its last sigma,
 * random variation reaches capacity before the mean does.
 */
function findHeadroom(expected: Queue, { meanMs, phi }: { meanMs: number; phi: number }): number {
  const { capacity, live, releases, inflows } = expected;
  const holdMs = Math.max(...inflows.map(({ timing }) => computeHoldMs(timing)), 1);
  const used = live + releases.ports.reduce((sum, ports) => sum + ports, 0);
  let headroom = 0;
  let afterMs = meanMs;
  for (let round = 0; round < HEADROOM_ROUNDS; round += 1) {
    const entered = Math.min(capacity - live, countEntries(expected, Math.min(afterMs, holdMs)));
    const sigma = Math.sqrt(phi * entered);
    const sigmaBelowMs = findExhaustion({ ...expected, capacity: capacity - sigma }) ?? meanMs;
    const holds = (meanMs - sigmaBelowMs) / holdMs;
    headroom = Math.max(0, Math.min(capacity - used - 1, sigma * FIRST_PEAK * Math.log1p(FIRST_PEAK_AT * holds)));
    afterMs = findExhaustion({ ...expected, capacity: capacity - headroom }) ?? meanMs;
  }
  return headroom;
}

/**
 * The latest instant, with the rounding of unknown boundaries. Such a queue holds ports for the longest possible time:
 * where the pool fills only because of that, it may never happen.
 */
function findLatest(queue: Queue, roundingMs: number): number | null {
  const afterMs = findExhaustion(queue);
  if (afterMs === null || roundingMs === 0) return afterMs;
  let settlesAt = queue.live;
  let shortestMs = queue.releases.atMs[0] ?? Infinity;
  for (const { rate, timing } of queue.inflows) {
    settlesAt += (rate * timing.durationMs) / SECOND_MS;
    if (rate > 0) shortestMs = Math.min(shortestMs, timing.durationMs);
  }
  if (queue.growth === 0 && settlesAt < queue.capacity && afterMs > shortestMs - roundingMs) return null;
  return afterMs + roundingMs;
}
