/** The three tiers of samples, the finest first: their tables, their step, and the window of a tail row or chunk. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../units.js';

/** So many series share a row of the tail; sealing one window of one such group is then a bounded amount of work. */
const GROUP_SIZE = 16;

export type Tier = 0 | 1 | 2;
export const TIERS: readonly Tier[] = [0, 1, 2];

interface TierShape {
  /** Names of the two tables. */
  readonly tail: string;
  readonly chunk: string;
  /** Length of one roll-up; 1 for raw samples, which are not rolled up. */
  readonly stepMs: number;
  /** A tail row and a chunk lie within one window. Every window lies within one window of the next tier. */
  readonly windowMs: number;
}

export const TIER_SHAPES: Readonly<Record<Tier, TierShape>> = {
  0: { tail: 'raw_tail', chunk: 'raw_chunk', stepMs: 1, windowMs: 5 * MINUTE_MS },
  1: { tail: 'minute_tail', chunk: 'minute_chunk', stepMs: MINUTE_MS, windowMs: HOUR_MS },
  2: { tail: 'hour_tail', chunk: 'hour_chunk', stepMs: HOUR_MS, windowMs: 4 * DAY_MS },
};

export function seriesGroup(seriesId: number): number {
  return Math.floor(seriesId / GROUP_SIZE);
}

/** Start of the window that an instant lies in. */
export function windowStart(atMs: number, tier: Tier): number {
  const { windowMs } = TIER_SHAPES[tier];
  return Math.floor(atMs / windowMs) * windowMs;
}
