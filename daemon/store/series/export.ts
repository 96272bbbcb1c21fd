/** The stored history of all pools, read from beginning to end without touching it; the daemon may be writing. */
import type { StoredPool, StoredSample, StoredSpan } from '../../contracts.js';
import { readAggregates, readSamples, readTail } from './codec.js';
import { openReadonly, withStoreErrors, type Connection } from '../database.js';
import { KIND, KIND_SHAPES } from './series-kinds.js';
import { checkReadable } from '../migrations.js';
import { aggregateAt, readColumn, mergeAggregate, type Aggregate } from './rollup.js';
import { OTHER } from './series-limit.js';
import { TIER_SHAPES, type Tier } from './tiers.js';

export interface StoredHistory {
  /** Without the sum of those that were not kept by name. */
  pools(): StoredPool[];
  /** Every raw sample, a window of 5 minutes at a time, each in order of time. */
  rawWindows(): Generator<StoredSample[]>;
  /** The means of every minute that is kept only so, an hour at a time, each in order of time. */
  minuteWindows(): Generator<StoredSample[]>;
  /** What is kept by the hour only; null for nothing. */
  hours(): StoredSpan | null;
  close(): void;
}

const POOL = KIND_SHAPES[KIND.pool];

/** All of it is read as of this moment. Raises STORE_*, also for a database of another program or a newer schema. */
export function openHistory(file: string, migrationsDir: string): StoredHistory {
  const db = openReadonly(file);
  return withStoreErrors(file, () => {
    try {
      checkReadable(db, { file, migrationsDir });
      // One read transaction: what the daemon reseals meanwhile is neither missed nor seen twice.
      db.exec('BEGIN');
      return historyOf(db, file);
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

function historyOf(db: Connection, file: string): StoredHistory {
  const pools = poolsOf(db);
  const raw = tierReader(db, 0);
  const minute = tierReader(db, 1);
  const hour = tierReader(db, 2);

  const samplesIn = (windowMs: number): StoredSample[] => {
    const samples: StoredSample[] = [];
    raw.blocks(windowMs, (seriesId, bytes) => {
      const poolId = pools.get(seriesId)?.id;
      if (poolId === undefined) return;
      readSamples(bytes, POOL, (atMs, values) => samples.push(sampleOf(poolId, atMs, values)));
    });
    return samples.sort(byTime);
  };
  const minutesIn = (windowMs: number): StoredSample[] => {
    const shape = { columns: POOL.columns, stepMs: TIER_SHAPES[1].stepMs };
    const series = new Map<string, Map<number, Aggregate>>();
    minute.blocks(windowMs, (seriesId, bytes) => {
      const poolId = pools.get(seriesId)?.id;
      if (poolId === undefined) return;
      const minutes = series.get(poolId) ?? new Map<number, Aggregate>();
      series.set(poolId, minutes);
      // A restart leaves two parts of one minute.
      readAggregates(bytes, shape, (part) => mergeAggregate(aggregateAt(minutes, part.startMs, shape), part));
    });
    return [...series]
      .flatMap(([poolId, minutes]) =>
        [...minutes.values()].map((each) => sampleOf(poolId, each.startMs, meansOf(each))),
      )
      .sort(byTime);
  };
  function* inWindows(windows: readonly number[], read: (windowMs: number) => StoredSample[]) {
    for (const windowMs of windows) {
      const samples = withStoreErrors(file, () => read(windowMs));
      if (samples.length > 0) yield samples;
    }
  }
  return {
    pools: () => [...pools.values()],
    rawWindows: () => inWindows(raw.windows(), samplesIn),
    minuteWindows() {
      const rawFromMs = raw.windows()[0] ?? Infinity;
      const coarse = (windowMs: number): StoredSample[] => minutesIn(windowMs).filter(({ atMs }) => atMs < rawFromMs);
      return inWindows(minute.windows(), coarse);
    },
    hours() {
      const finer = Math.min(raw.windows()[0] ?? Infinity, minute.windows()[0] ?? Infinity);
      const [first, last] = [hour.windows()[0], hour.windows().at(-1)];
      if (first === undefined || last === undefined || first >= finer) return null;
      return { fromMs: first, toMs: Math.min(finer, last + TIER_SHAPES[2].windowMs) };
    },
    close: () => void db.close(),
  };
}

interface TierReader {
  /** Starts of the windows that hold anything, ascending. */
  windows(): number[];
  /** Every block of a window, whatever its series is. */
  blocks(windowMs: number, visit: (seriesId: number, bytes: Uint8Array) => void): void;
}

function tierReader(db: Connection, tier: Tier): TierReader {
  const { chunk, tail, windowMs } = TIER_SHAPES[tier];
  const windows = db
    .prepare<[], number>(
      `SELECT from_ms - from_ms % ${windowMs} AS start FROM ${chunk} ` +
        `UNION SELECT from_ms - from_ms % ${windowMs} FROM ${tail} ORDER BY start`,
    )
    .pluck();
  // A chunk lies in one window, so the index on its end finds it.
  const chunks = db.prepare<[number, number], { series_id: number; data: Buffer }>(
    `SELECT series_id, data FROM ${chunk} WHERE to_ms >= ? AND to_ms < ? ORDER BY id`,
  );
  const tails = db
    .prepare<[number, number], Buffer>(`SELECT data FROM ${tail} WHERE from_ms >= ? AND from_ms < ? ORDER BY id`)
    .pluck();
  let known: number[] | null = null;
  return {
    windows: () => (known ??= windows.all()),
    blocks(startMs, visit) {
      const endMs = startMs + windowMs;
      for (const { series_id: seriesId, data } of chunks.all(startMs, endMs)) visit(seriesId, data);
      for (const data of tails.all(startMs, endMs)) readTail(data, ({ seriesId, bytes }) => visit(seriesId, bytes));
    },
  };
}

function poolsOf(db: Connection): Map<number, StoredPool> {
  const rows = db
    .prepare<[number, string], { id: number; name: string; identity: string }>(
      'SELECT id, name, identity FROM series WHERE kind = ? AND name <> ?',
    )
    .all(KIND.pool, OTHER);
  return new Map(
    rows.map(({ id, name, identity }) => [id, { ...(JSON.parse(identity) as Omit<StoredPool, 'id'>), id: name }]),
  );
}

function meansOf(aggregate: Aggregate): number[] {
  return POOL.names.map((_, column) => {
    const { n, sum } = readColumn(aggregate, column);
    return n === 0 ? NaN : sum / n;
  });
}

function sampleOf(poolId: string, atMs: number, values: ArrayLike<number>): StoredSample {
  const value = (name: string): number | null => {
    const column = POOL.names.indexOf(name);
    const stored = values[column] ?? NaN;
    return Number.isNaN(stored) ? null : stored / (POOL.scales[column] ?? 1);
  };
  return {
    poolId,
    atMs,
    used: value('used') ?? 0,
    timeWait: value('timeWait') ?? 0,
    live: value('live') ?? 0,
    closeRate: value('closeRate'),
    pressure: value('pressure'),
    capacity: value('capacity') ?? 0,
  };
}

function byTime(a: StoredSample, b: StoredSample): number {
  return a.atMs - b.atMs;
}
