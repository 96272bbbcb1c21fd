/** The share of each pool in `tcp_max_tw_buckets`, which is one cap for the whole namespace (kernel rule 10). */
import type { PoolFacts } from './pool-facts.js';
import { computeHoldMs } from './release.js';
import { SECOND_MS } from '../units.js';

/**
 * Each share is enlarged by this factor: a share that is too large causes a false warning, and one that is too small a
 * missed exhaustion.
 */
const SHARE_MARGIN = 1.05;

/** Where all closes together would hold more than the cap, each pool gets a share of it, and at least what it holds now. */
export function shareTimedCap(all: readonly PoolFacts[], maxTwBuckets: number | null): PoolFacts[] {
  const total = all.reduce((sum, facts) => sum + countWanted(facts), 0);
  if (maxTwBuckets === null || total <= maxTwBuckets) return [...all];
  return all.map((facts) => {
    const share = (SHARE_MARGIN * maxTwBuckets * countWanted(facts)) / total;
    return { ...facts, timedCap: Math.min(maxTwBuckets, Math.max(facts.pool.timed.state.length, share)) };
  });
}

/** TIME_WAIT ports that the pool would hold at its close rate. */
function countWanted({ inflow, timings }: PoolFacts): number {
  return ((inflow?.rate ?? 0) * computeHoldMs(timings.timeWait)) / SECOND_MS;
}
