/** The time window of the worst pool's chart: how much past and how much future it shows. */
import { MINUTE_MS } from '../../../daemon/units.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { parseInstant } from '../words/format.js';

/** The longest past that is ever shown. */
export const LONGEST_PAST_MS = 10 * MINUTE_MS;

interface WindowSize {
  readonly pastMs: number;
  readonly futureMs: number;
}

/** The sizes are fixed, so that the window scrolls and does not change its width with every forecast. Shortest first. */
const SIZES: readonly WindowSize[] = [
  { pastMs: 4 * MINUTE_MS, futureMs: MINUTE_MS },
  { pastMs: 6 * MINUTE_MS, futureMs: 2 * MINUTE_MS },
  { pastMs: LONGEST_PAST_MS, futureMs: 4 * MINUTE_MS },
];
const LARGEST: WindowSize = { pastMs: LONGEST_PAST_MS, futureMs: 10 * MINUTE_MS };
/** Where no exhaustion is foreseen. */
const CALM: WindowSize = { pastMs: LONGEST_PAST_MS, futureMs: 2 * MINUTE_MS };

/** The interval is shown up to this long after the exhaustion; its end may be hours away. */
const MAX_INTERVAL_MS = 4 * MINUTE_MS;
/** The last of what must be seen lies this far inside the right edge. */
const MARGIN = 1.1;

export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Around now, with enough future for the exhaustion and its interval. */
export function chooseWindow(pool: Pick<WirePool, 'exhaustsAt' | 'latestAt'>, nowMs: number): TimeWindow {
  const { pastMs, futureMs } = chooseSize(pool, nowMs);
  return { fromMs: nowMs - pastMs, toMs: nowMs + futureMs };
}

function chooseSize(pool: Pick<WirePool, 'exhaustsAt' | 'latestAt'>, nowMs: number): WindowSize {
  const exhaustsAtMs = parseInstant(pool.exhaustsAt);
  if (exhaustsAtMs === null) return CALM;
  const latestAtMs = Math.max(exhaustsAtMs, parseInstant(pool.latestAt) ?? 0);
  const neededMs = Math.min(latestAtMs, exhaustsAtMs + MAX_INTERVAL_MS) - nowMs;
  return SIZES.find(({ futureMs }) => neededMs * MARGIN <= futureMs) ?? LARGEST;
}
