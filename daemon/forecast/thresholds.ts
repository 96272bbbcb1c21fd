/** The limits that forecasts, alerts and scores share: the ten minutes, the 50% line, and which pools matter. */
import { MINUTE_MS } from '../units.js';
import type { PoolForecast } from './types.js';

/** `probability` is the probability of exhaustion within this time. */
export const PROBABILITY_WITHIN_MS = 10 * MINUTE_MS;
/** The 50% line: a forecast counts as a warning when its probability is above this. */
export const SHOWN_ABOVE = 0.5;
/** An instant is stated only where its probability is at least this. */
export const WORTH_SAYING = 0.2;
/** A pool of which this share is in use, or will be, matters. */
export const NOTABLE_RATIO = 0.5;

/**
 * Whether a pool matters: it is forecast to run out, half of it is in use or will be, or connects fail because none of
 * its ports is free.
 * Pools that matter are sampled more often, and their forecasts are stored and scored.
 */
export function isNotable(pool: PoolForecast): boolean {
  const { exhaustsAtMs, pressure, used, capacity, failedConnects } = pool;
  const isHalfFull = (pressure ?? 0) >= NOTABLE_RATIO || used >= NOTABLE_RATIO * capacity;
  return exhaustsAtMs !== null || isHalfFull || (failedConnects ?? 0) > 0;
}

/**
 * Whether failed binds must be watched as well: while there is any pool whose ports bind(0) takes, however few of them
 * are in use. A burst of clients takes all ports of such a pool between two snapshots, and what was not watched then is
 * never known. Watching costs time at every system call of the host (see FailureReader), so it is off on hosts without a
 * `bind` pool: there a failed bind would count for no pool. Connects need no such switch, because their event costs
 * nothing until one fails.
 */
export function mustWatchBinds(pools: readonly PoolForecast[]): boolean {
  return pools.some(({ kind }) => kind === 'bind');
}
