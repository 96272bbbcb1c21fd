/**
 * Sealing: the tail rows of one group and window become one chunk per series and, rolled up, one row in the tail of the
 * next tier; then they are deleted. All of it is one transaction, so each row is rolled up exactly once.
 */
import { codeOf } from '../../errors.js';
import { SECOND_MS } from '../../units.js';
import type { Connection } from '../database.js';
import { readRollups, readSamples, readTail, SampleWriter, writeRollups, type TailEntry } from '../series/codec.js';
import { addSample, findOrCreateRollup, mergeRollup, type Rollup } from '../series/rollup.js';
import { KIND_SHAPES, parseKind, type Kind } from '../series/series-kinds.js';
import { createTailInserter } from '../series/tail-inserter.js';
import { TIER_SHAPES, windowStart, type Tier } from '../series/tiers.js';
import { SLICE_ROWS } from './slice.js';

/** The size of all tail rows in one slice: about 5,000 raw samples. */
const SLICE_BYTES = 32 * 1024;
/** How long after the end of its window a batch may still be in memory. */
const LATE_MS = 15 * SECOND_MS;

interface StoredTail {
  readonly id: number;
  readonly grp: number;
  readonly window_ms: number;
  readonly data: Buffer;
}

/**
 * Seals one closed window of one group, or as many of its rows as a slice may take: the rest makes another chunk with the
 * next call. Returns the number of tail rows sealed, 0 when no window is closed.
 */
type Sealer = (nowMs: number) => number;

/** @param onDamage called when a row was deleted because it cannot be decoded; nothing after it would be sealed otherwise. */
export function createSealer(db: Connection, tier: Tier, onDamage?: (error: unknown) => void): Sealer {
  const { tail, windowMs } = TIER_SHAPES[tier];
  const oldest = db.prepare<[], Omit<StoredTail, 'data'>>(`SELECT id, grp, window_ms FROM ${tail} ORDER BY id LIMIT 1`);
  const newest = db.prepare<[], number>(`SELECT window_ms FROM ${tail} ORDER BY id DESC LIMIT 1`).pluck();
  const rowsOfWindow = db.prepare<[number, number, number], StoredTail>(
    `SELECT id, grp, window_ms, data FROM ${tail} WHERE grp = ? AND window_ms = ? ORDER BY id LIMIT ?`,
  );
  const remove = db.prepare(`DELETE FROM ${tail} WHERE id = ?`);
  const writeChunks = createChunkWriter(db, tier);
  const seal = db.transaction((group: number, startMs: number, maxRows: number) => {
    const rows = limitBytes(rowsOfWindow.all(group, startMs, maxRows));
    writeChunks(group, startMs, rows);
    for (const row of rows) remove.run(row.id);
    return rows.length;
  });
  const sealOrDelete = (first: Omit<StoredTail, 'data'>): number => {
    let failure: unknown = null;
    for (const maxRows of [SLICE_ROWS, 1]) {
      try {
        return seal.immediate(first.grp, first.window_ms, maxRows);
      } catch (error) {
        if (!isOfContent(error)) throw error;
        failure = error;
      }
    }
    onDamage?.(failure);
    return remove.run(first.id).changes;
  };
  return (nowMs) => {
    const first = oldest.get();
    if (first === undefined) return 0;
    // A window is closed when its time is over, or when newer rows are of another one because the clock jumped. A row of
    // the window that is written later becomes a chunk of its own.
    const closed = nowMs >= first.window_ms + windowMs + LATE_MS || newest.get() !== first.window_ms;
    return closed ? sealOrDelete(first) : 0;
  };
}

/** True for what is wrong with the bytes of a row, or with the numbers that they decode to; false for the file itself. */
function isOfContent(error: unknown): boolean {
  const code = codeOf(error) ?? '';
  return !code.startsWith('SQLITE_') || code.startsWith('SQLITE_CONSTRAINT');
}

/** The first rows, at least one, that together are within SLICE_BYTES. */
function limitBytes(rows: readonly StoredTail[]): readonly StoredTail[] {
  let bytes = 0;
  return rows.filter((row, index) => {
    bytes += row.data.length;
    return index === 0 || bytes <= SLICE_BYTES;
  });
}

type ChunkWriter = (group: number, windowMs: number, rows: readonly StoredTail[]) => void;

function createChunkWriter(db: Connection, tier: Tier): ChunkWriter {
  const insert = db.prepare(
    `INSERT INTO ${TIER_SHAPES[tier].chunk} (series_id, from_ms, to_ms, data) VALUES (?, ?, ?, ?)`,
  );
  const next = nextTier(tier);
  const insertNext = next === null ? null : createTailInserter(db, next);
  return (group, windowMs, rows) => {
    const blocks = groupBySeries(rows);
    const ends = { fromMs: Infinity, toMs: -Infinity };
    const entries: TailEntry[] = [];
    for (const [seriesId, { kind, parts }] of [...blocks].sort(([a], [b]) => a - b)) {
      const sealed = tier === 0 ? sealSamples(kind, parts) : sealRollups(kind, parts, tier);
      insert.run(seriesId, sealed.fromMs, sealed.toMs, sealed.bytes);
      if (next === null) continue;
      const { stepMs } = TIER_SHAPES[next];
      entries.push({ seriesId, kind, bytes: writeRollups(sealed.rollups, KIND_SHAPES[kind].columns, stepMs) });
      ends.fromMs = Math.min(ends.fromMs, sealed.rollups[0]?.startMs ?? Infinity);
      ends.toMs = Math.max(ends.toMs, (sealed.rollups.at(-1)?.startMs ?? -Infinity) + stepMs - 1);
    }
    if (insertNext !== null && next !== null && entries.length > 0) {
      insertNext({ group, windowMs: windowStart(windowMs, next), ...ends, entries });
    }
  };
}

interface Blocks {
  readonly kind: Kind;
  /** In order of arrival. */
  readonly parts: Uint8Array[];
}

interface Sealed {
  readonly fromMs: number;
  readonly toMs: number;
  readonly bytes: Uint8Array;
  /** For the next tier, in order of time. */
  readonly rollups: readonly Rollup[];
}

function groupBySeries(rows: readonly StoredTail[]): Map<number, Blocks> {
  const blocks = new Map<number, Blocks>();
  for (const row of rows) {
    readTail(row.data, ({ seriesId, kind, bytes }) => {
      const series = blocks.get(seriesId);
      if (series === undefined) blocks.set(seriesId, { kind: parseKind(kind), parts: [bytes] });
      else series.parts.push(bytes);
    });
  }
  return blocks;
}

function sealSamples(kind: Kind, parts: readonly Uint8Array[]): Sealed {
  const format = KIND_SHAPES[kind];
  const writer = new SampleWriter(format);
  const rollups = new Map<number, Rollup>();
  const shape = { stepMs: TIER_SHAPES[1].stepMs, columns: format.columns };
  let [fromMs, toMs] = [Infinity, -Infinity];
  for (const part of parts) {
    readSamples(part, format, (atMs, values) => {
      writer.push(atMs, values);
      addSample(findOrCreateRollup(rollups, atMs, shape), values);
      fromMs = Math.min(fromMs, atMs);
      toMs = Math.max(toMs, atMs);
    });
  }
  return { fromMs, toMs, bytes: writer.bytes(), rollups: sortByTime(rollups) };
}

function sealRollups(kind: Kind, parts: readonly Uint8Array[], tier: Tier): Sealed {
  const { columns } = KIND_SHAPES[kind];
  const { stepMs } = TIER_SHAPES[tier];
  const own = new Map<number, Rollup>();
  const rollups = new Map<number, Rollup>();
  const next = nextTier(tier);
  for (const part of parts) {
    readRollups(part, { columns, stepMs }, (rollup) => {
      mergeRollup(findOrCreateRollup(own, rollup.startMs, { stepMs, columns }), rollup);
      if (next === null) return;
      mergeRollup(findOrCreateRollup(rollups, rollup.startMs, { stepMs: TIER_SHAPES[next].stepMs, columns }), rollup);
    });
  }
  const sorted = sortByTime(own);
  return {
    fromMs: sorted[0]?.startMs ?? 0,
    toMs: (sorted.at(-1)?.startMs ?? 0) + stepMs - 1,
    bytes: writeRollups(sorted, columns, stepMs),
    rollups: sortByTime(rollups),
  };
}

function nextTier(tier: Tier): Tier | null {
  if (tier === 0) return 1;
  return tier === 1 ? 2 : null;
}

function sortByTime(rollups: ReadonlyMap<number, Rollup>): Rollup[] {
  return [...rollups.values()].sort((a, b) => a.startMs - b.startMs);
}
