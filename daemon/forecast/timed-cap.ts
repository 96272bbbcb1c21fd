/** The share of each pool in `tcp_max_tw_buckets`, which is one cap for the whole namespace (kernel rule 10). */
import type { PoolFacts } from './pool-facts.js';
import { computeHoldMs } from './release.js';

/** A share is made this much greater: where it is wrong, an exhaustion is forecast that does not come, not missed. */
const SHARE_MARGIN = 1.05;

/** Where all closes together would hold more than the cap, each pool gets its share of it, but what it holds at least. */
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
  return ((inflow?.rate ?? 0) * computeHoldMs(timings.timeWait)) / 1000;
}
