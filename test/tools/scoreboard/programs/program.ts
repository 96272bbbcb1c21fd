/**
 * Cases made from what real programs do. Their streams are given as the simulator plays them, because no plan of rates
 * says what a pool of connections, a client that waits for its answer, or a busy peer does.
 */
import type { Stream } from '../../simulator/world.js';
import { SERVER } from '../../simulator/world.js';
import { findLimitRate } from '../limit-rate.js';
import type { Draw } from '../draw.js';
import { createFlatRate, DEFAULT_SCENARIO, PACED, type Program, type Scenario } from '../scenarios.js';

/** Below this share of capacity or of the limit a case never exhausts, and above the other it does: see "far". */
export const BELOW = 0.85;
export const ABOVE = 1.2;

/** What every case draws first: half of the cases have paced arrivals and half Poisson ones. */
export function createProgram(
  draw: Draw,
  of: Program & { readonly endS: number; readonly onsetS?: number | null; readonly scoredFromS?: number },
): Scenario {
  const { endS, onsetS = null, scoredFromS = DEFAULT_SCENARIO.scoredFromS, ...program } = of;
  const arrivals = draw.chance(0.5) ? PACED : DEFAULT_SCENARIO.arrivals;
  return { ...DEFAULT_SCENARIO, churn: createFlatRate(0), arrivals, onsetS, scoredFromS, endS, program };
}

/** A stream to the scored destination. */
export function createStream(more: Omit<Stream, 'to'> & Partial<Pick<Stream, 'to'>>): Stream {
  return { to: [SERVER], ...more };
}

/** Closes at a share of the limit, with this rate from an instant on and another one before it. */
export function planStep(capacity: number, before: number, atS: number, after: number): Stream['rate'] {
  const limit = findLimitRate(capacity);
  return [
    { atMs: 0, rate: limit * before },
    { atMs: 1000 * atS, rate: limit * after },
  ];
}

/** A number of connections opened evenly from an instant on, over so many seconds. */
export function planOpening(count: number, atS: number, overS: number): Stream['rate'] {
  const spreadS = Math.max(0.05, overS);
  return [
    { atMs: 1000 * atS, rate: count / spreadS },
    { atMs: 1000 * (atS + spreadS), rate: 0 },
  ];
}

/** Evenly distributed in the logarithm. */
export function drawLog(draw: Draw, low: number, high: number): number {
  return low * (high / low) ** draw.between(0, 1);
}
