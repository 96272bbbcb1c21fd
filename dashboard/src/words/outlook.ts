/** What lies weeks ahead of a pool, by the trend of its daily peaks. */
import { DAY_MS } from '../../../daemon/units.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { isOutOfDate, type HostTime } from '../state/freshness.js';
import { formatDay } from './format.js';

/** Null where the peaks do not rise, or the history is too short. It names the day only: a trend gives no time of day. */
export function describeOutlook({ outlookDays, sampledAt }: WirePool, time: HostTime): string | null {
  if (outlookDays === null || isOutOfDate(sampledAt, time)) return null;
  const when = outlookDays < 1 ? 'within a day' : `about ${formatDay(time.nowMs + outlookDays * DAY_MS)}`;
  return `The daily peaks rise: they reach 100% ${when}.`;
}
