/** What lies ahead of a pool over minutes, hours and weeks. Each horizon has its own mathematics. */
import { DAY_MS, formatCount, formatPercent } from '../../../daemon/units.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { isOutOfDate, type HostTime } from '../state/freshness.js';
import { describeUnmet, isUnmet } from './demand.js';
import { formatDay, parseInstant } from './format.js';
import { isLikely } from './probability-text.js';

const HORIZON_NAMES = ['Minutes', 'Hours', 'Weeks'] as const;

interface Horizon {
  readonly name: (typeof HORIZON_NAMES)[number];
  readonly text: string;
  /** The instant that the text announces, in epoch ms. */
  readonly atMs: number | null;
  /** What it rests on, or why nothing is known. */
  readonly why: string | null;
}

/** The queue of TIME_WAIT for the minutes, a rising close rate for the hours, the trend of daily peaks for the weeks. */
export function describeHorizons(pool: WirePool, time: HostTime): Horizon[] {
  if (isOutOfDate(pool.sampledAt, time)) {
    return HORIZON_NAMES.map((name) => ({ name, text: 'unknown', atMs: null, why: null }));
  }
  const exhausted = pool.mode === 'exhausted';
  return [
    {
      name: 'Minutes',
      text: describeMinutes(pool),
      atMs: exhausted ? null : parseInstant(pool.exhaustsAt),
      why: null,
    },
    { name: 'Hours', text: describeHours(pool), atMs: parseInstant(pool.pressureFullAt), why: null },
    {
      name: 'Weeks',
      text: pool.outlookDays === null ? 'trend unknown' : describeTrend(pool.outlookDays, time.nowMs),
      atMs: null,
      why: pool.outlookWhy,
    },
  ];
}

function describeMinutes(pool: WirePool): string {
  if (pool.mode === 'exhausted') return 'out of ports';
  if (pool.exhaustsAt === null)
    return pool.demandAtLeast ? 'ports come free, the demand may remain' : 'no exhaustion foreseen';
  return isLikely(pool) ? 'runs out' : 'may run out';
}

function describeHours(pool: WirePool): string {
  const { pressure, capacity, pressureFullAt } = pool;
  const needed = pressure !== null && pressure >= 1 ? formatCount(pressure * capacity) : null;
  if (isUnmet(pool)) {
    if (needed === null || !pool.demandAtLeast) return describeUnmet(pool) ?? '';
    return `this demand needs at least ${needed} ports; there are ${formatCount(capacity)}`;
  }
  if (pressure === null) return 'pressure not measured yet';
  if (needed !== null) return `this rate needs ${needed} ports; there are ${formatCount(capacity)}`;
  const rise = parseInstant(pressureFullAt) === null ? 'not rising' : 'rises to 100%';
  return `pressure ${formatPercent(pressure)}, ${rise}`;
}

/** The day only: a trend of daily peaks gives no time of day. */
function describeTrend(days: number, nowMs: number): string {
  const when = days < 1 ? 'within a day' : `about ${formatDay(nowMs + days * DAY_MS)}`;
  return `daily peaks reach 100% ${when}`;
}
