/** Histories: every stored piece of one series in a span, laid over buckets of one step. */
import type { History } from '../../wire/history.js';
import type { HistoryQuery } from '../../contracts.js';
import { formatSeriesKey, type Batch } from './batch-queue.js';
import { readAggregates, readSamples, readTail } from './codec.js';
import type { Connection } from '../database.js';
import { KIND_SHAPES, type Kind } from './series-kinds.js';
import { addSample, readColumn, createAggregate, mergeAggregate, type Aggregate } from './rollup.js';
import { seriesGroup, TIER_COUNT, TIER_SHAPES, TIERS, type Tier } from './tiers.js';

/**
 * While the daemon runs, a full dump comes at least every 30 s, and sooner when the counters move: between two samples
 * no further apart than this the earlier one still held, so a bucket between them is not a gap.
 */
const HOLDS_MS = 35_000;

export interface HistoryReader {
  read(kind: Kind, seriesId: number | null, query: HistoryQuery): History | null;
}

interface Buckets {
  readonly startMs: number;
  readonly stepMs: number;
  readonly list: (Aggregate | undefined)[];
}

interface Blob {
  readonly data: Buffer;
}

/** `pending` gives the batches that are still in memory. */
export function createHistoryReader(db: Connection, pending: () => readonly Batch[]): HistoryReader {
  const readers = createTierReaders(db);
  const oldest = (seriesId: number): number[] => readers.map((reader) => reader.oldest(seriesId));
  return {
    read(kind, seriesId, query) {
      const key = formatSeriesKey(kind, query.id);
      const inMemory = pending().flatMap((batch) => batch.series.get(key) ?? []);
      if (seriesId === null && inMemory.length === 0) return null;
      const tier = chooseTier(query, seriesId === null ? [] : oldest(seriesId));
      const buckets = layBuckets(query, TIER_SHAPES[tier].stepMs);
      const { columns } = KIND_SHAPES[kind];
      const addRaw = rawAdder(buckets, columns, tier === 0);
      const addRollup = (aggregate: Aggregate): void => {
        const bucket = bucketAt(buckets, aggregate.startMs, columns);
        if (bucket !== null) mergeAggregate(bucket, aggregate);
      };
      // What is not in this tier yet is in the tails below it, or in memory; nothing is in two of them.
      for (let level = tier; seriesId !== null && level >= 0; level--) {
        const { stepMs } = TIER_SHAPES[level];
        for (const bytes of readers[level]?.blocks(seriesId, spanOf(buckets), level === tier) ?? []) {
          if (level === 0) readSamples(bytes, KIND_SHAPES[kind], addRaw);
          else readAggregates(bytes, { columns, stepMs }, addRollup);
        }
      }
      for (const series of inMemory) readSamples(series.writer.bytes(), KIND_SHAPES[kind], addRaw);
      return toHistory(buckets, kind);
    },
  };
}

/** From `fromMs` on, before `toMs`. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

interface TierReader {
  /** Start of the oldest chunk of a series; Infinity without any. */
  oldest(seriesId: number): number;
  /** The blocks of a series that may reach into the span: chunks (when asked for), then the tail. */
  blocks(seriesId: number, span: Span, withChunks: boolean): Uint8Array[];
}

/** One reader for each tier, the finest first. */
export function createTierReaders(db: Connection): TierReader[] {
  return TIERS.map((tier) => tierReader(db, tier));
}

function tierReader(db: Connection, tier: Tier): TierReader {
  const { chunk, tail, windowMs } = TIER_SHAPES[tier];
  const oldest = db.prepare<[number], number | null>(`SELECT min(from_ms) FROM ${chunk} WHERE series_id = ?`).pluck();
  const chunks = db.prepare<[number, number, number, number], Blob>(
    `SELECT data FROM ${chunk} WHERE series_id = ? AND from_ms > ? AND from_ms < ? AND to_ms >= ? ORDER BY from_ms, id`,
  );
  const tails = db.prepare<[number, number, number], Blob>(
    `SELECT data FROM ${tail} WHERE grp = ? AND from_ms < ? AND to_ms >= ? ORDER BY id`,
  );
  return {
    oldest: (seriesId) => oldest.get(seriesId) ?? Infinity,
    blocks(seriesId, { fromMs, toMs }, withChunks) {
      const found: Uint8Array[] = [];
      // A chunk never spans more than its window: the index need not be read from its beginning.
      if (withChunks) found.push(...chunks.all(seriesId, fromMs - windowMs, toMs, fromMs).map(({ data }) => data));
      for (const { data } of tails.all(seriesGroup(seriesId), toMs, fromMs)) {
        readTail(data, (entry) => {
          if (entry.seriesId === seriesId) found.push(entry.bytes);
        });
      }
      return found;
    },
  };
}

/**
 * The tier of the step asked for, or a coarser one where that reaches further back into the span.
 * `oldest`: start of the oldest chunk in each tier.
 */
function chooseTier(query: HistoryQuery, oldest: readonly number[]): Tier {
  const stepMs = (query.toMs - query.fromMs) / query.points;
  let tier: Tier = stepMs >= TIER_SHAPES[2].stepMs ? 2 : stepMs >= TIER_SHAPES[1].stepMs ? 1 : 0;
  for (const coarser of TIERS.slice(tier + 1, TIER_COUNT)) {
    const [own, theirs] = [oldest[tier] ?? Infinity, oldest[coarser] ?? Infinity];
    const reachesFurther = Math.max(theirs, query.fromMs) + TIER_SHAPES[coarser].stepMs <= own;
    if (own > query.fromMs && theirs < query.toMs && reachesFurther) tier = coarser;
  }
  return tier;
}

/** Buckets at whole multiples of a step that is itself a multiple of the tier's, at most `points` of them. */
function layBuckets(query: HistoryQuery, tierStepMs: number): Buckets {
  const { fromMs, toMs, points } = query;
  let stepMs = Math.max(1, Math.ceil((toMs - fromMs) / points / tierStepMs)) * tierStepMs;
  const count = (): number => Math.max(0, Math.ceil(toMs / stepMs) - Math.floor(fromMs / stepMs));
  // Whole multiples may touch one bucket more than asked for at either end.
  while (count() > points) stepMs += tierStepMs * Math.max(1, Math.floor(stepMs / tierStepMs / points));
  return { startMs: Math.floor(fromMs / stepMs) * stepMs, stepMs, list: new Array<undefined>(count()).fill(undefined) };
}

function spanOf({ startMs, stepMs, list }: Buckets): Span {
  return { fromMs: startMs, toMs: startMs + stepMs * list.length };
}

function bucketAt(buckets: Buckets, atMs: number, columns: number): Aggregate | null {
  const index = Math.floor((atMs - buckets.startMs) / buckets.stepMs);
  if (index < 0 || index >= buckets.list.length) return null;
  return (buckets.list[index] ??= createAggregate(columns, buckets.startMs + index * buckets.stepMs));
}

/** Adds raw samples; with `hold`, also fills the empty buckets up to the next sample when that is near. */
function rawAdder(buckets: Buckets, columns: number, hold: boolean): (atMs: number, values: Float64Array) => void {
  const last = { atMs: -Infinity, values: new Float64Array(columns) };
  return (atMs, values) => {
    if (hold && atMs - last.atMs <= HOLDS_MS) {
      const from = Math.floor((last.atMs - buckets.startMs) / buckets.stepMs) + 1;
      const to = Math.min(buckets.list.length, Math.floor((atMs - buckets.startMs) / buckets.stepMs));
      for (let index = Math.max(0, from); index < to; index++) {
        if (buckets.list[index] !== undefined) continue;
        const held = createAggregate(columns, buckets.startMs + index * buckets.stepMs);
        addSample(held, last.values);
        buckets.list[index] = held;
      }
    }
    last.atMs = atMs;
    last.values.set(values);
    const bucket = bucketAt(buckets, atMs, columns);
    if (bucket !== null) addSample(bucket, values);
  };
}

function toHistory(buckets: Buckets, kind: Kind): History {
  const { names, scales } = KIND_SHAPES[kind];
  const { startMs, stepMs, list } = buckets;
  const history: History = { stepMs, t: list.map((_, index) => startMs + index * stepMs), min: {}, mean: {}, max: {} };
  names.forEach((name, column) => {
    const scale = scales[column] ?? 1;
    const columns = list.map((bucket) => {
      const { n, min, max, sum } = bucket === undefined ? NOTHING : readColumn(bucket, column);
      return n === 0 ? null : { min: min / scale, mean: Math.round((sum / n / scale) * 1e4) / 1e4, max: max / scale };
    });
    history.min[name] = columns.map((value) => value?.min ?? null);
    history.mean[name] = columns.map((value) => value?.mean ?? null);
    history.max[name] = columns.map((value) => value?.max ?? null);
  });
  return history;
}

const NOTHING = { n: 0, min: 0, max: 0, sum: 0 };
