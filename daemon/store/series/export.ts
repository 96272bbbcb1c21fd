/** Reads the stored history of all pools from beginning to end, for replay, while a daemon may be writing it. */
import type { StoredPool, StoredSample, StoredSpan } from '../../contracts.js';
import { PortcastError } from '../../errors.js';
import { PORT_COUNT } from '../../host/kernel-constants.js';
import { openReadonly, withStoreErrors, type Connection } from '../database.js';
import { checkReadable } from '../migrations.js';
import { readRollups, readSamples } from './codec.js';
import { findOrCreateRollup, mergeRollup, readColumn, type Rollup } from './rollup.js';
import { KIND, KIND_SHAPES } from './series-kinds.js';
import { readStoredPools } from './stored-pools.js';
import { createWindowReader } from './tier-reader.js';
import { TIER_SHAPES, type Tier } from './tiers.js';

const POOL = KIND_SHAPES[KIND.pool];
/** A daemon keeps 200 pools by name, and takes at most some hundred samples of each in a window. */
const MAX_WINDOW_SAMPLES = 1_000_000;
/** The schedule of a daemon has whole seconds. */
const LEAST_STEP_MS = 100;
/** Some ten ms of a replay. */
const SLICE_SAMPLES = 20;

interface StoredHistory {
  /** Every pool with a series of its own: not the pools that were summed into `other`. */
  pools(): StoredPool[];
  /** Every raw sample in order of time, some instants at a time. */
  rawWindows(): Generator<StoredSample[]>;
  /** The mean of every minute from before the first raw sample, in order of time, some instants at a time. */
  minuteWindows(): Generator<StoredSample[]>;
  /** The time of which only the hours are kept; null when there is none. */
  hours(): StoredSpan | null;
  /** How many pools, blocks and samples were left out so far, because no daemon has written them so. */
  damaged(): number;
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
  let damaged = 0;
  const onDamage = (): void => void (damaged += 1);
  const pools = readStoredPools(db, file, onDamage);
  const openTier = (tier: Tier) => createWindowReader(db, tier, onDamage);
  const [raw, minute, hour] = [openTier(0), openTier(1), openTier(2)];
  const [rawWindows, minuteWindows, hourWindows] = [raw.findWindows(), minute.findWindows(), hour.findWindows()];
  const rawFromMs = rawWindows[0] ?? Infinity;

  const keep = (samples: StoredSample[], sample: StoredSample): void => {
    if (!isPossible(sample)) onDamage();
    else if (samples.length <= MAX_WINDOW_SAMPLES) samples.push(sample);
  };
  const readRawWindow = (windowMs: number): StoredSample[] => {
    const samples: StoredSample[] = [];
    raw.visitBlocks(windowMs, (seriesId, bytes) => {
      const poolId = pools.get(seriesId)?.id;
      if (poolId === undefined) return;
      readSamples(bytes, POOL, (atMs, values) => {
        return isWithin(windowMs, 0, atMs) ? keep(samples, decodeSample(poolId, atMs, values)) : onDamage();
      });
    });
    return samples;
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
      readRollups(bytes, shape, (part) => {
        if (isWithin(windowMs, 1, part.startMs)) mergeRollup(findOrCreateRollup(minutes, part.startMs, shape), part);
        else onDamage();
      });
    });
    const samples: StoredSample[] = [];
    for (const [poolId, minutes] of series) {
      const older = [...minutes.values()].filter(({ startMs }) => startMs < rawFromMs);
      for (const rollup of older) keep(samples, decodeSample(poolId, rollup.startMs, computeMeans(rollup)));
    }
    return samples;
  };
  function* readWindows(windows: readonly number[], read: (windowMs: number) => StoredSample[]) {
    for (const windowMs of windows)
      yield* cutWindow(
        withStoreErrors(file, () => read(windowMs)),
        file,
        onDamage,
      );
  }
  return {
    pools: () => [...pools.values()],
    rawWindows: () => readWindows(rawWindows, readRawWindow),
    minuteWindows: () => readWindows(minuteWindows, readMinuteWindow),
    hours: () => findHoursOnly(hourWindows, Math.min(rawFromMs, minuteWindows[0] ?? Infinity)),
    damaged: () => damaged,
    close: () => void db.close(),
  };
}

/** Leaves out what follows the sample before of the same pool faster than any daemon samples. */
function thinOut(samples: readonly StoredSample[], onDamage: () => void): StoredSample[] {
  const lastOfPool = new Map<string, number>();
  return samples.filter(({ poolId, atMs }) => {
    if (atMs - (lastOfPool.get(poolId) ?? -Infinity) < LEAST_STEP_MS) {
      onDamage();
      return false;
    }
    lastOfPool.set(poolId, atMs);
    return true;
  });
}

function isWithin(windowMs: number, tier: Tier, atMs: number): boolean {
  return atMs >= windowMs && atMs < windowMs + TIER_SHAPES[tier].windowMs;
}

/** The samples of a window in order of time, in slices. */
function cutWindow(samples: StoredSample[], file: string, onDamage: () => void): Iterable<StoredSample[]> {
  if (samples.length > MAX_WINDOW_SAMPLES) throw createLengthError(file);
  return sliceByInstant(thinOut(samples.sort(byTime), onDamage));
}

/** Slices of at least one instant, and of few samples, so that the reader can stop between them. */
function* sliceByInstant(samples: readonly StoredSample[]): Generator<StoredSample[]> {
  let from = 0;
  for (let next = 1; next <= samples.length; next++) {
    if (next - from < SLICE_SAMPLES && next < samples.length) continue;
    if (samples[next]?.atMs === samples[next - 1]?.atMs) continue;
    yield samples.slice(from, next);
    from = next;
  }
}

/** Whether a pool can have had these counts. */
function isPossible({ used, timeWait, live, closeRate, pressure, capacity }: StoredSample): boolean {
  const arePorts = [used, timeWait, live, capacity].every((count) => count >= 0 && count <= PORT_COUNT);
  return arePorts && (closeRate ?? 0) >= 0 && (pressure ?? 0) >= 0;
}

function createLengthError(file: string): PortcastError {
  const allowed = `allowed at most ${MAX_WINDOW_SAMPLES}`;
  const found = `found more than ${MAX_WINDOW_SAMPLES} samples in one window of time`;
  return new PortcastError('STORE_CORRUPT', `${file}: ${found}; ${allowed}`);
}

function findHoursOnly(hourWindows: readonly number[], finerFromMs: number): StoredSpan | null {
  const [firstMs, lastMs] = [hourWindows[0], hourWindows.at(-1)];
  if (firstMs === undefined || lastMs === undefined || firstMs >= finerFromMs) return null;
  return { fromMs: firstMs, toMs: Math.min(finerFromMs, lastMs + TIER_SHAPES[2].windowMs) };
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
