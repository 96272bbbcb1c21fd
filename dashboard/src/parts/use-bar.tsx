/** The use of a pool as a bar. */
import { formatCount, formatPercent } from '../../../daemon/units.js';
import type { WirePool } from '../../../daemon/wire/pool.js';

/** The ports held by open connections and by TIME_WAIT within the limit, and a needle at the level where use settles. */
export function UseBar({ pool }: { pool: WirePool }) {
  const settles = pool.pressure === null ? '' : `; use settles at ${formatPercent(pool.pressure)}`;
  const text = `${formatCount(pool.live)} open and ${formatCount(pool.timeWait)} in TIME_WAIT of ${formatCount(pool.capacity)} ports${settles}`;
  return (
    <span class="use-bar" role="img" aria-label={text} title={text}>
      {pool.live > 0 && <span class="use-live" style={{ width: formatShare(pool.live, pool.capacity) }} />}
      {pool.timeWait > 0 && <span class="use-time-wait" style={{ width: formatShare(pool.timeWait, pool.capacity) }} />}
      {pool.pressure !== null && (
        <span
          class={pool.pressure >= 1 ? 'use-needle is-over' : 'use-needle'}
          style={{ left: formatShare(pool.pressure, 1) }}
        />
      )}
    </span>
  );
}

/** A length of the style sheet, at most the whole bar. */
function formatShare(part: number, whole: number): string {
  return `${Math.min(100, whole > 0 ? (100 * part) / whole : 0)}%`;
}
