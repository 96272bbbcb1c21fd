/** The use of a pool as a bar. */
import { formatCount, formatPercent } from '../../../daemon/units.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { describeUnmet, formatPressure, isUnmet } from '../words/demand.js';

/** The ports held by open connections and by TIME_WAIT within the limit, and a needle at the level where use settles. */
export function UseBar({ pool }: { pool: WirePool }) {
  const level = describeLevel(pool);
  const text = `${formatCount(pool.live)} open and ${formatCount(pool.timeWait)} in TIME_WAIT of ${formatCount(pool.capacity)} ports${level === null ? '' : `; ${level}`}`;
  return (
    <span class="use-bar" role="img" aria-label={text} title={text}>
      {pool.live > 0 && <span class="use-live" style={{ width: formatShare(pool.live, pool.capacity) }} />}
      {pool.timeWait > 0 && <span class="use-time-wait" style={{ width: formatShare(pool.timeWait, pool.capacity) }} />}
      {pool.pressure !== null && formatPressure(pool) !== null && (
        <span
          class={pool.pressure >= 1 ? 'use-needle is-over' : 'use-needle'}
          style={{ left: formatShare(pool.pressure, 1) }}
        />
      )}
    </span>
  );
}

/** Nothing settles above the limit, or while calls fail for want of a port. */
function describeLevel(pool: WirePool): string | null {
  const { pressure, capacity } = pool;
  if (isUnmet(pool)) return describeUnmet(pool);
  if (pressure === null) return null;
  return pressure >= 1
    ? `this rate needs ${formatCount(pressure * capacity)}`
    : `use settles at ${formatPercent(pressure)}`;
}

/** A length of the style sheet, at most the whole bar, to a tenth of a percent. */
function formatShare(part: number, whole: number): string {
  return `${Math.min(100, whole > 0 ? Math.round((1000 * part) / whole) / 10 : 0)}%`;
}
