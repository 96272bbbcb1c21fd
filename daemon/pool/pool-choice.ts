/**
 * Chooses the pools that are built one by one. A host may have tens of thousands of destinations at once, and each pool
 * costs several kilobytes and tens of microseconds in every sample, so their number is bounded.
 *
 * No danger is missed by it. Of R rows in the table, a pool that is not among the N with the most rows holds at most R / N of
 * them, some dozens of the ports of a range. When it takes more it is chosen with the next sample, and the timers of its
 * rows then show its closes of the last minute (kernel rule 14): nothing of its past is needed.
 */
import { findGroupRows } from './group-key.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { markGreatest } from '../top-ranked.js';

/** At most this many pools of connects are built, of those that are watched as many as there are. */
export const MAX_LISTED_POOLS = 4000;

/** The pools that were not built, taken together. */
export interface UnlistedPools {
  readonly count: number;
  /** Ports in use, in all of these pools together: `live` and `timeWait` as in a pool. */
  readonly used: number;
  readonly live: number;
  readonly timeWait: number;
  /** The sum of their capacities. */
  readonly capacity: number;
  /** Their closes per second, as the mean of the last TIME_WAIT: each close leaves one port in it for so long. */
  readonly closeRate: number;
}

/** What decides between pools with as many rows as each other, and what is chosen in any case. */
interface Preference {
  /** Pools that are chosen whatever they hold. */
  readonly isWatched: (group: number) => boolean;
  /** Pools that were chosen in the sample before: they stay, so that pools of the same size do not take turns. */
  readonly wasChosen: (group: number) => boolean;
}

/** The groups of `candidates` whose pools are built: the watched ones, then those with the most rows. */
export function chooseGroups(
  snapshot: Snapshot,
  candidates: readonly number[],
  { isWatched, wasChosen }: Preference,
): readonly number[] {
  if (candidates.length <= MAX_LISTED_POOLS) return candidates;
  const ranks = Float64Array.from(candidates, (group) => {
    if (isWatched(group)) return Infinity;
    const [from, to] = findGroupRows(snapshot, group);
    return 2 * (to - from) + (wasChosen(group) ? 1 : 0);
  });
  const chosen = markGreatest(ranks, MAX_LISTED_POOLS);
  return candidates.filter((_, index) => chosen[index] === 1);
}
