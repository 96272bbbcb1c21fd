/** How a pool goes on with the settings and without them: both lines over the next minutes, and where each settles. */
import { HOUR_MS, SECOND_MS } from '../units.js';
import { computeEffect, timeToFill } from './effect.js';
import { applySettings, type Settings, type Situation } from './what-if.js';
import { freeEvenly, runQueue } from './what-if-queue.js';

/** Of one pool; with several source addresses, of each of their pools. Rates per second, durations in seconds. */
export interface Outcome {
  readonly capacity: number;
  readonly live: number;
  readonly rate: number;
  readonly holdSeconds: number;
  readonly sustainableRate: number;
  /** The ports that the rate needs once all is settled. May be above the capacity. */
  readonly settlesAt: number;
  /** `settlesAt` divided by the capacity. */
  readonly pressure: number;
  /** Null where the ports never run out. */
  readonly secondsToExhaustion: number | null;
}

/** Ports in use, at the start and after each step. */
export interface Lines {
  readonly stepSeconds: number;
  readonly asIs: readonly number[];
  readonly changed: readonly number[];
}

export interface Comparison {
  readonly asIs: Outcome;
  readonly changed: Outcome;
  readonly lines: Lines;
}

const STEPS = 120;
/** The lines cover this many holds, or this many times the time to an exhaustion that comes later. */
const HOLDS = 2;
const TIMES_TO_EXHAUSTION = 1.2;
const LONGEST_GROWTH_MS = HOUR_MS;

/** @param settings must make sense: see `findProblems`. */
export function compareWith(now: Situation, settings: Settings): Comparison {
  const changed = applySettings(now, settings);
  const stepMs = chooseSpan([now, changed]) / STEPS;
  const [before, after] = [followPool(now, stepMs), followPool(changed, stepMs)];
  return {
    asIs: before.outcome,
    changed: after.outcome,
    lines: { stepSeconds: stepMs / SECOND_MS, asIs: before.line, changed: after.line },
  };
}

function chooseSpan(pools: readonly Situation[]): number {
  const spans = pools.map((pool) => {
    const fullMs = findGrowthMs(pool) ?? 0;
    return Math.max(HOLDS * pool.holdMs, Math.min(LONGEST_GROWTH_MS, TIMES_TO_EXHAUSTION * fullMs));
  });
  return Math.max(...spans);
}

/** When growth fills what is left after all has settled; null where nothing grows. */
function findGrowthMs(pool: Situation): number | null {
  const seconds = timeToFill(pool.capacity - findSettled(pool), pool.growth);
  return seconds === null ? null : seconds * SECOND_MS;
}

function findSettled({ live, waiting, rate, holdMs }: Situation): number {
  return live + waiting + (rate * holdMs) / SECOND_MS;
}

function followPool(pool: Situation, stepMs: number): { outcome: Outcome; line: number[] } {
  const { capacity, live, rate, holdMs, held, growth, waiting } = pool;
  const steps = Array.from({ length: STEPS }, (_, index) => {
    const afterMs = (index + 1) * stepMs;
    // What waits for other reasons reaches its number about as late as the closes do.
    const more = (growth * afterMs) / SECOND_MS + waiting * Math.min(1, afterMs / holdMs);
    return { capacity, live: Math.min(capacity, live + more), closes: (rate * stepMs) / SECOND_MS };
  });
  const start = Math.min(capacity, live + held);
  const freedBy = pool.freedBy ?? freeEvenly(held, holdMs);
  const { used, fullAtMs } = runQueue({ stepMs, holdMs, held, freedBy, steps }, start);
  const settlesAt = findSettled(pool);
  const { sustainableRate } = computeEffect({ capacity, live, held: live, rate, holdMs });
  const exhaustsMs = live + held >= capacity ? 0 : (fullAtMs ?? findGrowthMs(pool));
  return {
    line: [start, ...used],
    outcome: {
      capacity,
      live,
      rate,
      holdSeconds: holdMs / SECOND_MS,
      sustainableRate: sustainableRate ?? 0,
      settlesAt,
      pressure: capacity === 0 ? 1 : settlesAt / capacity,
      secondsToExhaustion: exhaustsMs === null ? null : exhaustsMs / SECOND_MS,
    },
  };
}
