/** The answer of `GET /api/v1/pools/:id/history` and `GET /api/v1/ports/:id/history`. */

import type { WireChangeMark } from './change.js';
import type { WireOutage } from './outage.js';

/**
 * One column per state or quantity. `t` has the epoch ms of the steps; min, mean and max have the same keys; null is a
 * gap.
 */
export interface History {
  readonly stepMs: number;
  readonly t: number[];
  readonly min: Record<string, (number | null)[]>;
  readonly mean: Record<string, (number | null)[]>;
  readonly max: Record<string, (number | null)[]>;
  /** The outages of a pool that lie at least partly in the span, oldest first; absent for a port series. */
  readonly outages?: WireOutage[];
  /** The changes that concern a pool within the span, oldest first; absent for a port series. */
  readonly changes?: WireChangeMark[];
}
