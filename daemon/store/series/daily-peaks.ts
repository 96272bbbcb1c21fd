/** The greatest pressure of a pool on each of the last days, for the outlook. */
import type { Clock } from '../../contracts.js';
import type { DailyPeak } from '../../forecast/history/types.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../units.js';
import { HOST_NAME } from './sample-intake.js';
import { KIND, KIND_SHAPES, type Kind } from './series-kinds.js';
import type { Span, TierReader } from './tier-reader.js';

/** The 91 days that the outlook uses, and a week more. Each day costs time to read. */
const PEAK_DAYS = 98;
/** The hours in which anything was sampled are the same for every pool, so they are read once for so long. */
const SAMPLED_HOURS_KEPT_MS = 10 * MINUTE_MS;
const HOURS_PER_DAY = 24;
const PRESSURE_COLUMN = KIND_SHAPES[KIND.pool].names.indexOf('pressure');

/** The greatest stored value of each hour with a sample, by hours since 1970; NaN where no sample had a value. */
type HourMaxima = Map<number, number>;

interface HourSeries {
  readonly kind: Kind;
  readonly name: string;
  readonly column: number;
}

/** The peaks of a pool, the oldest day first, without the days that have none. Raises what SQLite raises. */
export function createDailyPeakReader(tiers: TierReader, clock: Clock): (poolId: string) => DailyPeak[] {
  let sampled: { readonly hoursByDay: ReadonlyMap<number, number>; readonly readMs: number } | null = null;

  const countSampledHours = (span: Span): ReadonlyMap<number, number> => {
    const nowMs = clock.monotonicMs();
    if (sampled === null || nowMs - sampled.readMs >= SAMPLED_HOURS_KEPT_MS) {
      // The host counters are stored with every sample, whether or not a pool held a port.
      const hours = readHourMaxima(tiers, { kind: KIND.host, name: HOST_NAME, column: 0 }, span);
      const hoursByDay = new Map<number, number>();
      for (const hour of hours.keys()) hoursByDay.set(dayOf(hour), (hoursByDay.get(dayOf(hour)) ?? 0) + 1);
      sampled = { hoursByDay, readMs: nowMs };
    }
    return sampled.hoursByDay;
  };
  return (poolId) => {
    const nowMs = clock.wallMs();
    const span = { fromMs: (Math.floor(nowMs / DAY_MS) - PEAK_DAYS) * DAY_MS, toMs: nowMs + 1 };
    const maxima = readHourMaxima(tiers, { kind: KIND.pool, name: poolId, column: PRESSURE_COLUMN }, span);
    return maxima.size === 0 ? [] : toDailyPeaks(maxima, countSampledHours(span));
  };
}

function readHourMaxima(tiers: TierReader, { kind, name, column }: HourSeries, span: Span): HourMaxima {
  const maxima: HourMaxima = new Map();
  const add = (atMs: number, value: number): void => {
    if (atMs < span.fromMs || atMs >= span.toMs) return;
    const hour = Math.floor(atMs / HOUR_MS);
    const greatest = maxima.get(hour) ?? NaN;
    maxima.set(hour, greatest >= value || Number.isNaN(value) ? greatest : value);
  };
  tiers.findSeries(kind, name)?.read(
    { tier: 2, span },
    {
      visitSample: (atMs, values) => add(atMs, values[column] ?? NaN),
      visitRollup: ({ startMs, n, max }) => add(startMs, (n[column] ?? 0) > 0 ? (max[column] ?? NaN) : NaN),
    },
  );
  return maxima;
}

/** @param sampledHours hours of each day in which anything was sampled, whether or not the pool held a port in them. */
function toDailyPeaks(maxima: HourMaxima, sampledHours: ReadonlyMap<number, number>): DailyPeak[] {
  const days = new Map<number, { greatest: number; hours: number }>();
  for (const [hour, value] of maxima) {
    const day = days.get(dayOf(hour)) ?? { greatest: NaN, hours: 0 };
    day.hours += 1;
    if (!(day.greatest >= value) && !Number.isNaN(value)) day.greatest = value;
    days.set(dayOf(hour), day);
  }
  const scale = KIND_SHAPES[KIND.pool].scales[PRESSURE_COLUMN] ?? 1;
  return [...days]
    .filter(([, { greatest }]) => !Number.isNaN(greatest))
    .sort(([a], [b]) => a - b)
    .map(([day, { greatest, hours }]) => ({
      dayMs: day * DAY_MS,
      pressure: greatest / scale,
      hours: Math.max(hours, sampledHours.get(day) ?? 0),
    }));
}

function dayOf(hour: number): number {
  return Math.floor(hour / HOURS_PER_DAY);
}
