/** What has been seen live since the page was opened: a short trail of ports used per pool, to continue its history. */
import type { WirePool } from '../../../daemon/wire/pool.js';
import { parseInstant } from '../words/format.js';

/** One instant of a pool: epoch ms and ports; null is a gap. */
export interface UsePoint {
  readonly t: number;
  readonly used: number | null;
  readonly live: number | null;
}

export type LiveHistories = Map<string, UsePoint[]>;

/** A little more than the longest past the chart shows. */
const KEEP_MS = 11 * 60_000;

/** Appends the pools of one sample; forgets what is too old, and pools of which nothing is left. */
export function extendLiveHistories(trails: LiveHistories, pools: readonly WirePool[]): void {
  let newest = 0;
  for (const pool of pools) {
    const t = parseInstant(pool.sampledAt);
    if (t === null) continue;
    newest = Math.max(newest, t);
    const trail = trails.get(pool.id) ?? [];
    const last = trail.at(-1);
    // The host's clock was set back: what was drawn later than now is no longer the past.
    if (last !== undefined && last.t > t) trail.length = 0;
    if (last?.t !== t) trail.push({ t, used: pool.used, live: pool.live });
    trails.set(pool.id, trail);
  }
  if (newest === 0) return;
  for (const [id, trail] of trails) {
    const keep = trail.findIndex((point) => point.t >= newest - KEEP_MS);
    if (keep < 0) trails.delete(id);
    else trail.splice(0, keep);
  }
}
