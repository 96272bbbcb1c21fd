/**
 * Reads stored samples: the one place that selects from the tails and chunks of the three tiers.
 *
 * A new sample is in memory until its batch is written to the raw tail. Sealing moves it to a raw chunk and rolls it up
 * into the minute tail; later the minutes are sealed in the same way and rolled up into the hour tail. So the chunks and
 * the tail of a tier, the tails of the finer tiers and the batches in memory together hold every sample exactly once.
 */
import type { Connection } from '../database.js';
import { formatSeriesKey, type Batch } from './batch-queue.js';
import { readRollups, readSamples, readTail, skipDamage, type TailEntry } from './codec.js';
import type { Rollup } from './rollup.js';
import { KIND_SHAPES, type Kind } from './series-kinds.js';
import { seriesGroup, TIER_SHAPES, TIERS, type Tier } from './tiers.js';

/** The end of the year 9999: the database may have been made by anybody. */
const LAST_INSTANT_MS = 253_402_300_799_999;
/** Far more than 16 series take in a window of any tier. */
const MAX_BLOCK_BYTES = 4 * 1024 * 1024;

/** From `fromMs` on, before `toMs`. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const ALL_TIME: Span = { fromMs: 0, toMs: LAST_INSTANT_MS };

interface SampleVisitor {
  /** `values` is one array, reused: copy what must outlive the call. */
  readonly visitSample: (atMs: number, values: Float64Array) => void;
  readonly visitRollup: (rollup: Rollup) => void;
}

/** A series that has gone is stored as zeros for a while (sample-intake.ts). */
export interface SeriesEnd {
  /** The newest sample whose first column, the ports used or the sockets, is above zero. */
  readonly lastMs: number;
  /** The first sample after it; null where there is none. */
  readonly goneMs: number | null;
}

interface SeriesReader {
  /** Start of the oldest chunk in each tier, the finest tier first; Infinity without any. */
  findOldestChunks(): readonly number[];
  /** When the series was last present, exact to the step of the finest tier that shows it; null where none does. */
  findEnd(): SeriesEnd | null;
  /**
   * Visits every sample of the span once: in roll-ups of `tier`, in roll-ups of a finer tier, or as it was taken.
   * Blocks are decoded whole, so samples next to the span are visited too.
   */
  read(query: { readonly tier: Tier; readonly span: Span }, visitor: SampleVisitor): void;
}

export interface TierReader {
  /** Null when the series was never stored and no batch in memory holds it. */
  findSeries(kind: Kind, name: string): SeriesReader | null;
}

interface TierReaderParts {
  readonly db: Connection;
  /** The batches that are still in memory, oldest first. */
  readonly batches: () => readonly Batch[];
  readonly findSeriesId: (kind: Kind, name: string) => number | null;
  /** Called for each stored block that cannot be decoded; it is left out of what is read. */
  readonly onDamage?: (error: unknown) => void;
}

/** Reads one series at a time. Its methods raise what SQLite raises. */
export function createTierReader({ db, batches, findSeriesId, onDamage }: TierReaderParts): TierReader {
  const tiers = TIERS.map((tier) => prepareTierQueries(db, tier, onDamage));
  return {
    findSeries(kind, name) {
      const seriesId = findSeriesId(kind, name);
      const key = formatSeriesKey(kind, name);
      const inMemory = batches().flatMap((batch) => batch.series.get(key) ?? []);
      if (seriesId === null && inMemory.length === 0) return null;
      return {
        findOldestChunks: () => tiers.map((each) => (seriesId === null ? Infinity : each.findOldestChunk(seriesId))),
        findEnd() {
          const unwritten = inMemory.map(({ writer }) => writer.bytes());
          for (const each of tiers) {
            const stored = seriesId === null ? [] : each.findNewestBlocks(seriesId);
            const blocks = each.tier === 0 ? [...stored, ...unwritten] : stored;
            const end = findEnd(blocks, { kind, tier: each.tier }, onDamage);
            if (end !== null) return end;
          }
          return null;
        },
        read({ tier, span }, visitor) {
          // The coarsest tier first: what is only in a finer one is newer.
          for (const each of tiers.slice(0, tier + 1).reverse()) {
            const blocks = seriesId === null ? [] : each.findBlocks(seriesId, { span, withChunks: each.tier === tier });
            for (const bytes of blocks)
              skipDamage(() => decodeBlock(bytes, { kind, tier: each.tier }, visitor), onDamage);
          }
          for (const { writer } of inMemory) decodeBlock(writer.bytes(), { kind, tier: 0 }, visitor);
        },
      };
    },
  };
}

/** The end of a series in these blocks; null where it is never present in them. */
function findEnd(
  blocks: readonly Uint8Array[],
  of: { readonly kind: Kind; readonly tier: Tier },
  onDamage?: (error: unknown) => void,
): SeriesEnd | null {
  let lastMs = -Infinity;
  const absentMs: number[] = [];
  const see = (atMs: number, isPresent: boolean): void => {
    if (isPresent) lastMs = Math.max(lastMs, atMs);
    else absentMs.push(atMs);
  };
  const visitor: SampleVisitor = {
    visitSample: (atMs, values) => see(atMs, (values[0] ?? 0) > 0),
    visitRollup: ({ startMs, max }) => see(startMs, (max[0] ?? 0) > 0),
  };
  for (const bytes of blocks) skipDamage(() => decodeBlock(bytes, of, visitor), onDamage);
  if (lastMs === -Infinity) return null;
  const goneMs = Math.min(...absentMs.filter((atMs) => atMs > lastMs));
  return { lastMs, goneMs: goneMs === Infinity ? null : goneMs };
}

interface WindowReader {
  /** Starts of the windows that hold any sample, ascending. */
  findWindows(): readonly number[];
  /** Visits the blocks of all series in a window: those of the chunks first, then those of the tail. */
  visitBlocks(windowMs: number, visit: (seriesId: number, bytes: Uint8Array) => void): void;
}

/**
 * Reads one tier of all series, a window at a time. Its methods raise what SQLite raises.
 * @param onDamage is called for each block that cannot be decoded or is far too long; it is left out.
 */
export function createWindowReader(db: Connection, tier: Tier, onDamage: () => void): WindowReader {
  const { chunk, tail, windowMs: lengthMs } = TIER_SHAPES[tier];
  const real = `WHERE from_ms BETWEEN 0 AND ${LAST_INSTANT_MS}`;
  const windows = db
    .prepare<[], number>(
      `SELECT from_ms - from_ms % ${lengthMs} AS start FROM ${chunk} ${real} ` +
        `UNION SELECT from_ms - from_ms % ${lengthMs} FROM ${tail} ${real} ORDER BY start`,
    )
    .pluck();
  const data = `CASE WHEN length(data) <= ${MAX_BLOCK_BYTES} THEN data END AS data`;
  // A chunk never reaches beyond its window, so the index on its end finds it.
  const chunks = db.prepare<[number, number], { series_id: number; data: Buffer | null }>(
    `SELECT series_id, ${data} FROM ${chunk} WHERE to_ms >= ? AND to_ms < ? ORDER BY id`,
  );
  const tails = db
    .prepare<[number, number], Buffer | null>(
      `SELECT ${data} FROM ${tail} WHERE from_ms >= ? AND from_ms < ? ORDER BY id`,
    )
    .pluck();
  return {
    findWindows: () => windows.all(),
    visitBlocks(windowMs, visit) {
      const endMs = windowMs + lengthMs;
      const read = (bytes: Buffer | null, decode: (bytes: Buffer) => void): void => {
        if (bytes === null) onDamage();
        else skipDamage(() => decode(bytes), onDamage);
      };
      for (const row of chunks.iterate(windowMs, endMs)) read(row.data, (bytes) => visit(row.series_id, bytes));
      for (const row of tails.iterate(windowMs, endMs)) {
        read(row, (bytes) =>
          readTail(bytes, (entry) => skipDamage(() => visit(entry.seriesId, entry.bytes), onDamage)),
        );
      }
    },
  };
}

/** Visits the samples of a raw block, or the roll-ups of a block of a coarser tier. */
function decodeBlock(
  bytes: Uint8Array,
  { kind, tier }: { readonly kind: Kind; readonly tier: Tier },
  visitor: SampleVisitor,
): void {
  const format = KIND_SHAPES[kind];
  if (tier === 0) readSamples(bytes, format, visitor.visitSample);
  else readRollups(bytes, { columns: format.columns, stepMs: TIER_SHAPES[tier].stepMs }, visitor.visitRollup);
}

interface TierQueries {
  readonly tier: Tier;
  /** Start of the oldest chunk of a series; Infinity without any. */
  findOldestChunk(seriesId: number): number;
  /**
   * The two newest chunks of a series, since the newest may hold zeros only, and its part of the tail, which is newer.
   */
  findNewestBlocks(seriesId: number): Uint8Array[];
  /** The blocks of a series that may reach into the span: of its chunks, if `withChunks` is set, then of the tail. */
  findBlocks(seriesId: number, query: { readonly span: Span; readonly withChunks: boolean }): Uint8Array[];
}

function prepareTierQueries(db: Connection, tier: Tier, onDamage: ((error: unknown) => void) | undefined): TierQueries {
  const { chunk, tail, windowMs } = TIER_SHAPES[tier];
  const oldest = db.prepare<[number], number | null>(`SELECT min(from_ms) FROM ${chunk} WHERE series_id = ?`).pluck();
  const chunks = db
    .prepare<[number, number, number, number], Buffer>(
      `SELECT data FROM ${chunk} WHERE series_id = ? AND from_ms > ? AND from_ms < ? AND to_ms >= ? ORDER BY from_ms, id`,
    )
    .pluck();
  const tails = db
    .prepare<[number, number, number], Buffer>(
      `SELECT data FROM ${tail} WHERE grp = ? AND from_ms < ? AND to_ms >= ? ORDER BY id`,
    )
    .pluck();
  const newestChunks = db
    .prepare<[number], Buffer>(`SELECT data FROM ${chunk} WHERE series_id = ? ORDER BY from_ms DESC LIMIT 2`)
    .pluck();
  const findTails = (seriesId: number, { fromMs, toMs }: Span): Uint8Array[] => {
    const blocks: Uint8Array[] = [];
    for (const data of tails.all(seriesGroup(seriesId), toMs, fromMs)) {
      const add = (entry: TailEntry): void => {
        if (entry.seriesId === seriesId) blocks.push(entry.bytes);
      };
      skipDamage(() => readTail(data, add), onDamage);
    }
    return blocks;
  };
  return {
    tier,
    findOldestChunk: (seriesId) => oldest.get(seriesId) ?? Infinity,
    findNewestBlocks(seriesId) {
      return [...newestChunks.all(seriesId), ...findTails(seriesId, ALL_TIME)];
    },
    findBlocks(seriesId, { span, withChunks }) {
      const { fromMs, toMs } = span;
      // A chunk is never longer than its window, so the index is not read from its beginning.
      const blocks = withChunks ? chunks.all(seriesId, fromMs - windowMs, toMs, fromMs) : [];
      return [...blocks, ...findTails(seriesId, span)];
    },
  };
}
