/** The use of each pool as seen live since the page was opened. It continues the stored history in the chart. */
import { MINUTE_MS } from '../../../daemon/units.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { LONGEST_PAST_MS } from '../chart/window.js';
import { parseInstant } from '../words/format.js';

/** A little more than the chart ever shows. */
const KEEP_MS = LONGEST_PAST_MS + MINUTE_MS;

/** The ports of a pool at one instant (epoch ms); null is a gap. */
export interface UsePoint {
  readonly t: number;
  readonly used: number | null;
  readonly live: number | null;
}

/** By the id of the pool, oldest point first. */
export type LiveHistories = Map<string, UsePoint[]>;

/** Appends the pools of one sample. Removes points that are too old, and pools of which no point is left. */
export function extendLiveHistories(histories: LiveHistories, pools: readonly WirePool[]): void {
  let newestMs = 0;
  for (const pool of pools) {
    const t = parseInstant(pool.sampledAt);
    if (t === null) continue;
    newestMs = Math.max(newestMs, t);
    const points = histories.get(pool.id) ?? [];
    const last = points.at(-1);
    // The clock of the host was set back: points later than the present are not the past any more.
    if (last !== undefined && last.t > t) points.length = 0;
    if (last?.t !== t) points.push({ t, used: pool.used, live: pool.live });
    histories.set(pool.id, points);
  }
  if (newestMs === 0) return;
  for (const [id, points] of histories) {
    const firstKept = points.findIndex((point) => point.t >= newestMs - KEEP_MS);
    if (firstKept < 0) histories.delete(id);
    else points.splice(0, firstKept);
  }
}
