/** What sets a pool apart from the others: whose connections it has, and whether it is gone. */
import type { WirePool } from '../../../daemon/wire/pool.js';
import type { WireSample } from '../../../daemon/wire/sample.js';
import { parseInstant } from './format.js';

/** `portcast’s own`, `viewers of portcast`; null where the connections are those of other programs. */
export function nameOwn({ own }: WirePool): string | null {
  if (own === undefined) return null;
  return own === 'viewer' ? 'viewers of portcast' : 'portcast’s own';
}

/** Since when the pool has no connection (epoch ms); null while it has one. */
export function readGoneSince({ goneSince }: WirePool): number | null {
  return parseInstant(goneSince);
}

/**
 * The daemon sends pools that are gone after all others. They are listed because an alert of theirs is not resolved, so they belong
 * behind the pools that are at risk, and not where a long list is cut.
 */
export function placeGone(pools: readonly WirePool[], isUrgent: (pool: WirePool) => boolean): readonly WirePool[] {
  const gone = pools.filter((pool) => readGoneSince(pool) !== null);
  if (gone.length === 0) return pools;
  const present = pools.filter((pool) => readGoneSince(pool) === null);
  return [...present.filter(isUrgent), ...gone, ...present.filter((pool) => !isUrgent(pool))];
}

/**
 * The pools that the host is watched for, in order of risk as the daemon sends them: not those that are gone, and those of
 * portcast's own connections only where they have an alert.
 */
export function listWatched({ pools, status }: WireSample): WirePool[] {
  const alerting = new Set(status.alerts.map(({ poolId }) => poolId));
  return pools.filter((pool) => readGoneSince(pool) === null && (nameOwn(pool) === null || alerting.has(pool.id)));
}
