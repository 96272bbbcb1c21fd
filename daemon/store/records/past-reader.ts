/** What the store knows of one pool's past: its bursts, and the greatest pressure of each day. */
import type { Clock, PastStore } from '../../contracts.js';
import type { Burst, DailyPeak } from '../../forecast/history/types.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../units.js';
import { formatSeriesKey, type Batch } from '../series/batch-queue.js';
import { BURSTS_PER_POOL, createBurstReader } from './burst-rows.js';
import { readAggregates, readSamples } from '../series/codec.js';
import type { Connection } from '../database.js';
import { createTierReaders, type Span } from '../series/history.js';
import { HOST_NAME } from '../series/sample-intake.js';
import { KIND, KIND_SHAPES, type Kind } from '../series/series-kinds.js';
import { TIER_SHAPES } from '../series/tiers.js';

/** The weeks the outlook looks at, and one more: each costs time to read. */
const PEAK_DAYS = 98;
/** The hours in which there were samples at all are the same for every pool. */
const SEEN_KEPT_MS = 10 * MINUTE_MS;
const HOURS_TIER = 2;

interface PastParts {
  readonly db: Connection;
  readonly clock: Clock;
  /** The batches that are still in memory. */
  readonly pending: () => readonly Batch[];
  readonly find: (kind: Kind, name: string) => number | null;
}

/** Greatest value of each hour that was sampled, by hours since 1970; NaN where it was never known. */
type Hours = Map<number, number>;

/** The caller sees to what SQLite raises. */
export function createPastReader({ db, clock, pending, find }: PastParts): PastStore {
  const stored = createBurstReader(db);
  const readHours = createHourReader(db, pending);
  let seen: { readonly days: ReadonlyMap<number, number>; readonly readMs: number } | null = null;

  const daysSeen = (span: Span): ReadonlyMap<number, number> => {
    const nowMs = clock.monotonicMs();
    if (seen === null || nowMs - seen.readMs >= SEEN_KEPT_MS) {
      const hours = readHours({ kind: KIND.host, name: HOST_NAME, column: 0 }, find(KIND.host, HOST_NAME), span);
      const days = new Map<number, number>();
      for (const hour of hours.keys()) days.set(dayOf(hour), (days.get(dayOf(hour)) ?? 0) + 1);
      seen = { days, readMs: nowMs };
    }
    return seen.days;
  };
  return {
    poolPast(poolId) {
      const nowMs = clock.wallMs();
      const span = { fromMs: (Math.floor(nowMs / DAY_MS) - PEAK_DAYS) * DAY_MS, toMs: nowMs + 1 };
      const hours = readHours({ kind: KIND.pool, name: poolId, column: PRESSURE }, find(KIND.pool, poolId), span);
      return {
        bursts: newestBursts(stored(poolId), pending(), poolId),
        dailyPeaks: hours.size === 0 ? [] : dailyPeaks(hours, daysSeen(span)),
      };
    },
  };
}

const PRESSURE = KIND_SHAPES[KIND.pool].names.indexOf('pressure');

function newestBursts(stored: readonly Burst[], pending: readonly Batch[], poolId: string): Burst[] {
  const waiting = pending.flatMap(({ bursts }) => bursts.filter((burst) => burst.poolId === poolId));
  const all = waiting.length === 0 ? [...stored] : [...stored, ...waiting];
  return all.sort((a, b) => a.beganAtMs - b.beganAtMs).slice(-BURSTS_PER_POOL);
}

interface HourSeries {
  readonly kind: Kind;
  readonly name: string;
  readonly column: number;
}

/** The hour tier, and what is still in the tails below it or in memory; nothing is in two of them. */
function createHourReader(db: Connection, pending: () => readonly Batch[]) {
  const readers = createTierReaders(db);
  return (series: HourSeries, seriesId: number | null, span: Span): Hours => {
    const { kind, name, column } = series;
    const hours: Hours = new Map();
    const add = (atMs: number, value: number): void => {
      if (atMs < span.fromMs || atMs >= span.toMs) return;
      const hour = Math.floor(atMs / HOUR_MS);
      const known = hours.get(hour) ?? NaN;
      hours.set(hour, known >= value || Number.isNaN(value) ? known : value);
    };
    const shape = KIND_SHAPES[kind];
    const addRaw = (atMs: number, values: Float64Array): void => add(atMs, values[column] ?? NaN);
    readers.forEach((reader, tier) => {
      if (seriesId === null) return;
      for (const bytes of reader.blocks(seriesId, span, tier === HOURS_TIER)) {
        if (tier === 0) {
          readSamples(bytes, shape, addRaw);
          continue;
        }
        const { stepMs } = TIER_SHAPES[tier === HOURS_TIER ? HOURS_TIER : 1];
        readAggregates(bytes, { columns: shape.columns, stepMs }, ({ startMs, n, max }) => {
          add(startMs, (n[column] ?? 0) > 0 ? (max[column] ?? NaN) : NaN);
        });
      }
    });
    for (const { series: waiting } of pending()) {
      const bytes = waiting.get(formatSeriesKey(kind, name))?.writer.bytes();
      if (bytes !== undefined) readSamples(bytes, shape, addRaw);
    }
    return hours;
  };
}

/** @param seen hours of each day that were sampled, whether or not the pool held a port in them. */
function dailyPeaks(hours: Hours, seen: ReadonlyMap<number, number>): DailyPeak[] {
  const peaks = new Map<number, { greatest: number; hours: number }>();
  for (const [hour, value] of hours) {
    const day = dayOf(hour);
    const peak = peaks.get(day) ?? { greatest: NaN, hours: 0 };
    peak.hours += 1;
    if (!(peak.greatest >= value) && !Number.isNaN(value)) peak.greatest = value;
    peaks.set(day, peak);
  }
  const scale = KIND_SHAPES[KIND.pool].scales[PRESSURE] ?? 1;
  return [...peaks]
    .filter(([, { greatest }]) => !Number.isNaN(greatest))
    .sort(([a], [b]) => a - b)
    .map(([day, peak]) => ({
      dayMs: day * DAY_MS,
      pressure: peak.greatest / scale,
      hours: Math.max(peak.hours, seen.get(day) ?? 0),
    }));
}

function dayOf(hour: number): number {
  return Math.floor(hour / 24);
}
