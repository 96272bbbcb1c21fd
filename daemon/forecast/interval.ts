/** How sure the forecast is: the 90% interval of the instant, and the probability of exhaustion within 10 minutes. */
import { interval90, runExceeds, type Run } from './distribution.js';
import { exhaustsAfter, type Queue } from './queue.js';
import type { Demand } from './rates.js';

const PROBABILITY_WITHIN_MS = 600_000;
/** At its very start a burst is a step: only a rate that has lasted as long as this is as likely to stay as to stop. */
const FLEETING_MS = 1000;
/** Growth of live ports may stop at any moment, too. */
const GROWTH_CERTAINTY = 0.95;
const BISECTIONS = 20;

export interface Exhaustion {
  /** Ms after the snapshot; null = not foreseen. */
  readonly afterMs: number | null;
  readonly earliestMs: number | null;
  readonly latestMs: number | null;
  readonly probability: number;
}

/** Widens the interval: the rate may have changed since the last sample, and unknown boundaries may release later. */
export interface Doubt {
  readonly intervalMs: number;
  /** The rounding that may or may not apply, 0 once the boundaries are known. */
  readonly roundingMs: number;
}

/**
 * Runs the queue at the rate's quantiles. Their spread includes the noise of the closes still to come, so the error of
 * the instant is at least sqrt(phi (n + n^2 / m)) / rate with n closes to go and m seen.
 */
export function exhaustion(demand: Demand, queueAt: (rate: number) => Queue, doubt: Doubt): Exhaustion {
  const queue = queueAt(demand.rate);
  const afterMs = exhaustsAfter(queue);
  const probability = exhaustionProbability(demand, queueAt);
  if (afterMs === null) return { afterMs, earliestMs: null, latestMs: null, probability };

  const closesToGo = Math.max(1, (demand.rate * afterMs) / 1000);
  const { low, high } = rateBand(demand, closesToGo);
  const halfStep = doubt.intervalMs / 2;
  const earliest = exhaustsAfter(queueAt(Math.max(high, demand.rate))) ?? afterMs;
  const lowRate = Math.min(low, demand.rate);
  const latest = latestAfter(queueAt(lowRate), doubt.roundingMs);
  return {
    afterMs,
    earliestMs: Math.max(0, Math.min(earliest, afterMs) - halfStep),
    latestMs: latest === null ? null : Math.max(latest, afterMs) + halfStep,
    probability,
  };
}

/** 5% and 95% of the rate at which the next `closesToGo` closes will seem to have come. */
export function rateBand(demand: Demand, closesToGo: number): { low: number; high: number } {
  if (demand.runs.every(({ seen }) => seen === 0)) return { low: demand.rate, high: demand.high };
  return interval90(demand.runs, demand.phi / Math.max(1, closesToGo));
}

/** Without known boundaries the queue holds ports as long as can be: where that decides, it may never happen. */
function latestAfter(queue: Queue, roundingMs: number): number | null {
  const after = exhaustsAfter(queue);
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

/** The rate's distribution against the lowest rate that exhausts in time. */
function exhaustionProbability(demand: Demand, queueAt: (rate: number) => Queue): number {
  const within = (rate: number): number | null => exhaustsAfter(queueAt(rate), PROBABILITY_WITHIN_MS);
  const idle = queueAt(0);
  const atRest = within(0);
  if (atRest !== null) return atRest === 0 ? 1 : GROWTH_CERTAINTY;
  let high = 0;
  for (const run of demand.runs) high = Math.max(high, run.mean * (1 + 6 / Math.sqrt(run.shape)));
  let afterMs = within(high);
  if (afterMs === null) return 0;
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
  const noise = demand.phi / Math.max(1, (high * afterMs) / 1000);
  const room = idle.capacity - idle.live - idle.releases.ports.reduce((sum, ports) => sum + ports, 0);
  let probability = 0;
  for (const run of demand.runs) probability += run.weight * runExceeds(run, high, noise) * staying(run, room);
  return Math.min(1, probability);
}

/** Probability that a run lasts until it has filled the room that is left. */
function staying(run: Run, room: number): number {
  const neededMs = run.mean <= 0 ? Infinity : (Math.max(0, room) / run.mean) * 1000;
  return run.ageMs / (run.ageMs + Math.min(FLEETING_MS, neededMs));
}
