/** What lies ahead of a pool over minutes, hours and weeks. Each horizon has its own mathematics. */
import { DAY_MS, formatPercent } from '../../../daemon/units.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { isOutOfDate, type HostTime } from '../state/freshness.js';
import { formatDay, parseInstant } from './format.js';
import { isLikely } from './probability-text.js';

const HORIZON_NAMES = ['Minutes', 'Hours', 'Weeks'] as const;

export interface Horizon {
  readonly name: (typeof HORIZON_NAMES)[number];
  readonly text: string;
  readonly atMs: number | null;
  /** What it rests on, or why nothing is known. */
  readonly why: string | null;
}

/** The three horizons, each by its own mathematics: the queue, the ramp of the pressure, the trend of daily peaks. */
export function describeHorizons(pool: WirePool, time: HostTime): Horizon[] {
  if (isOutOfDate(pool.sampledAt, time))
    return HORIZON_NAMES.map((name) => ({ name, text: 'unknown', atMs: null, why: null }));
  const exhaustsAt = parseInstant(pool.exhaustsAt);
  const fullAt = parseInstant(pool.pressureFullAt);
  const pressure = pool.pressure === null ? null : `pressure ${formatPercent(pool.pressure)}`;
  const ramp = fullAt === null ? 'no climb' : 'climbs to 100%';
  return [
    {
      name: 'Minutes',
      text: minutesText(pool),
      atMs: pool.mode === 'exhausted' ? null : exhaustsAt,
      why: null,
    },
    { name: 'Hours', text: pressure === null ? 'not known yet' : `${pressure}, ${ramp}`, atMs: fullAt, why: null },
    {
      name: 'Weeks',
      text: pool.outlookDays === null ? 'no trend known' : outlookText(pool.outlookDays, time.nowMs),
      atMs: null,
      why: pool.outlookWhy,
    },
  ];
}

function minutesText(pool: WirePool): string {
  if (pool.mode === 'exhausted') return 'out of ports';
  if (pool.exhaustsAt === null) return 'none foreseen';
  return isLikely(pool) ? 'runs out' : 'may run out';
}

/** A day, and no time: a trend knows none. */
function outlookText(days: number, nowMs: number): string {
  const on = days < 1 ? 'within a day' : `about ${formatDay(nowMs + days * DAY_MS)}`;
  return `daily peaks reach 100% ${on}`;
}
