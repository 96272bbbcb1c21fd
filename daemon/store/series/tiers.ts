/** The three tiers: how fine, and how much time one tail row and one chunk may span. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../units.js';

export type Tier = 0 | 1 | 2;
export const TIER_COUNT = 3;
export const TIERS: readonly Tier[] = [0, 1, 2];

export interface TierShape {
  readonly tail: string;
  readonly chunk: string;
  /** Span of one roll-up; 1 for raw samples, which have none. */
  readonly stepMs: number;
  /** What a tail row and a chunk never reach across. Every window lies inside one window of the next tier. */
  readonly windowMs: number;
}

export const TIER_SHAPES: Readonly<Record<Tier, TierShape>> = {
  0: { tail: 'raw_tail', chunk: 'raw_chunk', stepMs: 1, windowMs: 5 * MINUTE_MS },
  1: { tail: 'minute_tail', chunk: 'minute_chunk', stepMs: MINUTE_MS, windowMs: HOUR_MS },
  2: { tail: 'hour_tail', chunk: 'hour_chunk', stepMs: HOUR_MS, windowMs: 4 * DAY_MS },
};

/** Series are written in groups, so that resealing one group's window is a bounded amount of work. */
const GROUP_SIZE = 16;

export function seriesGroup(seriesId: number): number {
  return Math.floor(seriesId / GROUP_SIZE);
}

export function windowStart(atMs: number, tier: Tier): number {
  const { windowMs } = TIER_SHAPES[tier];
  return Math.floor(atMs / windowMs) * windowMs;
}
