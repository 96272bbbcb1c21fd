/** Closes at drawn or paced instants, and their counts and ages. */
import { arrivalTimes, type Arrivals } from '../tools/simulator/arrivals.js';
import { intensityOf, type RatePlan } from '../tools/simulator/plan.js';
import { seeded } from '../tools/simulator/random.js';

/** Instants in ms, ascending, from 0 up to `seconds`; Poisson arrivals unless stated. */
export function drawCloses(
  rate: RatePlan,
  { seconds, seed, arrivals = { kind: 'poisson' } }: { seconds: number; seed: number; arrivals?: Arrivals },
): number[] {
  const nextTime = arrivalTimes(arrivals, intensityOf(rate), seeded(seed));
  const times: number[] = [];
  for (let time = nextTime(); time < seconds * 1000; time = nextTime()) times.push(time);
  return times;
}

/** Counts in bins of `binMs`, the newest bin first. */
export function countNewestFirst(times: readonly number[], binMs: number, seconds: number): Float64Array {
  const bins = Math.floor((seconds * 1000) / binMs);
  const counts = new Float64Array(bins);
  for (const time of times) {
    const bin = bins - 1 - Math.floor(time / binMs);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

/** Ages in ms at an instant, the newest close first. */
export function listAges(times: readonly number[], nowMs: number): number[] {
  return times
    .filter((time) => time <= nowMs)
    .map((time) => nowMs - time)
    .reverse();
}

/** Ages in ms of evenly paced closes, the newest first, from `fromMs` ago up to `toMs` ago. */
export function paceAges(perSecond: number, fromMs = 0, toMs = 60_000): number[] {
  const gapMs = 1000 / perSecond;
  return Array.from({ length: Math.floor((toMs - fromMs) / gapMs) }, (_, i) => fromMs + (i + 0.5) * gapMs);
}
