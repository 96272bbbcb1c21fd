/** Reads the stored history of all pools from beginning to end, for replay, while a daemon may be writing it. */
import type { StoredPool, StoredSample, StoredSpan } from '../../contracts.js';
import { openReadonly, withStoreErrors, type Connection } from '../database.js';
import { checkReadable } from '../migrations.js';
import { readRollups, readSamples } from './codec.js';
import { findOrCreateRollup, mergeRollup, readColumn, type Rollup } from './rollup.js';
import { KIND, KIND_SHAPES } from './series-kinds.js';
import { OTHER } from './series-limit.js';
import { createWindowReader } from './tier-reader.js';
import { TIER_SHAPES } from './tiers.js';

const POOL = KIND_SHAPES[KIND.pool];

interface StoredHistory {
  /** Every pool with a series of its own: not the pools that were summed into `other`. */
  pools(): StoredPool[];
  /** Every raw sample, a window of 5 minutes at a time, each in order of time. */
  rawWindows(): Generator<StoredSample[]>;
  /** The mean of every minute from before the first raw sample, an hour at a time, each in order of time. */
  minuteWindows(): Generator<StoredSample[]>;
  /** The time of which only the hours are kept; null when there is none. */
  hours(): StoredSpan | null;
  close(): void;
}

/**
 * Opens the database of a daemon, running or stopped, and reads it as it is at this moment.
 * Raises STORE_*, also for a database of another program or with a newer schema.
 */
export function openHistory(file: string, migrationsDir: string): StoredHistory {
  const db = openReadonly(file);
  return withStoreErrors(file, () => {
    try {
      checkReadable(db, { file, migrationsDir });
      // One read transaction, so that a sample which the daemon seals meanwhile is neither missed nor read twice.
      db.exec('BEGIN');
      return readHistory(db, file);
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

function readHistory(db: Connection, file: string): StoredHistory {
  const pools = readPools(db);
  const [raw, minute, hour] = [createWindowReader(db, 0), createWindowReader(db, 1), createWindowReader(db, 2)];
  const [rawWindows, minuteWindows, hourWindows] = [raw.findWindows(), minute.findWindows(), hour.findWindows()];
  const rawFromMs = rawWindows[0] ?? Infinity;

  const readRawWindow = (windowMs: number): StoredSample[] => {
    const samples: StoredSample[] = [];
    raw.visitBlocks(windowMs, (seriesId, bytes) => {
      const poolId = pools.get(seriesId)?.id;
      if (poolId === undefined) return;
      readSamples(bytes, POOL, (atMs, values) => samples.push(decodeSample(poolId, atMs, values)));
    });
    return samples.sort(byTime);
  };
  const readMinuteWindow = (windowMs: number): StoredSample[] => {
    const shape = { columns: POOL.columns, stepMs: TIER_SHAPES[1].stepMs };
    const series = new Map<string, Map<number, Rollup>>();
    minute.visitBlocks(windowMs, (seriesId, bytes) => {
      const poolId = pools.get(seriesId)?.id;
      if (poolId === undefined) return;
      const minutes = series.get(poolId) ?? new Map<number, Rollup>();
      series.set(poolId, minutes);
      // A restart within a minute leaves two roll-ups of that minute.
      readRollups(bytes, shape, (part) => mergeRollup(findOrCreateRollup(minutes, part.startMs, shape), part));
    });
    return [...series]
      .flatMap(([poolId, minutes]) =>
        [...minutes.values()].map((rollup) => decodeSample(poolId, rollup.startMs, computeMeans(rollup))),
      )
      .filter(({ atMs }) => atMs < rawFromMs)
      .sort(byTime);
  };
  function* readWindows(windows: readonly number[], read: (windowMs: number) => StoredSample[]) {
    for (const windowMs of windows) {
      const samples = withStoreErrors(file, () => read(windowMs));
      if (samples.length > 0) yield samples;
    }
  }
  return {
    pools: () => [...pools.values()],
    rawWindows: () => readWindows(rawWindows, readRawWindow),
    minuteWindows: () => readWindows(minuteWindows, readMinuteWindow),
    hours: () => findHoursOnly(hourWindows, Math.min(rawFromMs, minuteWindows[0] ?? Infinity)),
    close: () => void db.close(),
  };
}

function findHoursOnly(hourWindows: readonly number[], finerFromMs: number): StoredSpan | null {
  const [firstMs, lastMs] = [hourWindows[0], hourWindows.at(-1)];
  if (firstMs === undefined || lastMs === undefined || firstMs >= finerFromMs) return null;
  return { fromMs: firstMs, toMs: Math.min(finerFromMs, lastMs + TIER_SHAPES[2].windowMs) };
}

/** By the id of the series. */
function readPools(db: Connection): Map<number, StoredPool> {
  const rows = db
    .prepare<[number, string], { id: number; name: string; identity: string }>(
      'SELECT id, name, identity FROM series WHERE kind = ? AND name <> ?',
    )
    .all(KIND.pool, OTHER);
  return new Map(
    rows.map(({ id, name, identity }) => [id, { ...(JSON.parse(identity) as Omit<StoredPool, 'id'>), id: name }]),
  );
}

function computeMeans(rollup: Rollup): number[] {
  return POOL.names.map((_, column) => {
    const { n, sum } = readColumn(rollup, column);
    return n === 0 ? NaN : sum / n;
  });
}

function decodeSample(poolId: string, atMs: number, values: ArrayLike<number>): StoredSample {
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
