/**
 * Sealing: the tail rows of one group and window become one chunk per series and, rolled up, one row of the next
 * tier's tail; then they are deleted. One transaction, a bounded number of rows; each row is rolled up exactly once.
 */
import { readAggregates, readSamples, readTail, SampleWriter, writeAggregates } from '../series/codec.js';
import type { Connection } from '../database.js';
import { parseKind, KIND_SHAPES, type Kind } from '../series/series-kinds.js';
import { addSample, aggregateAt, mergeAggregate, type Aggregate } from '../series/rollup.js';
import { createTailInserter, type TailRow } from '../series/batch-writer.js';
import { TIER_SHAPES, windowStart, type Tier } from '../series/tiers.js';

/** Bounds of one slice: about 5,000 raw samples, a few milliseconds. */
const SLICE_ROWS = 40;
const SLICE_BYTES = 32 * 1024;

interface StoredTail {
  readonly id: number;
  readonly grp: number;
  readonly window_ms: number;
  readonly data: Buffer;
}

/** Seals one group's closed window of a tier. Returns the number of tail rows taken, 0 when none is closed. */
export type Sealer = (nowMs: number) => number;

export function createSealer(db: Connection, tier: Tier): Sealer {
  const { tail, windowMs } = TIER_SHAPES[tier];
  const oldest = db.prepare<[], Omit<StoredTail, 'data'>>(`SELECT id, grp, window_ms FROM ${tail} ORDER BY id LIMIT 1`);
  const newest = db.prepare<[], number>(`SELECT window_ms FROM ${tail} ORDER BY id DESC LIMIT 1`).pluck();
  const rowsOf = db.prepare<[number, number, number], StoredTail>(
    `SELECT id, grp, window_ms, data FROM ${tail} WHERE grp = ? AND window_ms = ? ORDER BY id LIMIT ?`,
  );
  const remove = db.prepare(`DELETE FROM ${tail} WHERE id = ?`);
  const write = chunkWriter(db, tier);
  const seal = db.transaction((group: number, window: number) => {
    const rows = bounded(rowsOf.all(group, window, SLICE_ROWS));
    write(group, window, rows);
    for (const row of rows) remove.run(row.id);
    return rows.length;
  });
  return (nowMs) => {
    const first = oldest.get();
    if (first === undefined) return 0;
    // Closed when its time is over, or when the clock has moved elsewhere. A row that comes late is sealed by itself.
    const closed = nowMs >= first.window_ms + windowMs + LATE_MS || newest.get() !== first.window_ms;
    return closed ? seal.immediate(first.grp, first.window_ms) : 0;
  };
}

/** How long a batch may still be in memory after its window. */
const LATE_MS = 15_000;

function bounded(rows: readonly StoredTail[]): readonly StoredTail[] {
  let bytes = 0;
  return rows.filter((row, index) => {
    bytes += row.data.length;
    return index === 0 || bytes <= SLICE_BYTES;
  });
}

function chunkWriter(db: Connection, tier: Tier): (group: number, window: number, rows: readonly StoredTail[]) => void {
  const insert = db.prepare(
    `INSERT INTO ${TIER_SHAPES[tier].chunk} (series_id, from_ms, to_ms, data) VALUES (?, ?, ?, ?)`,
  );
  const next = nextTier(tier);
  const insertNext = next === null ? null : createTailInserter(db, next);
  return (group, window, rows) => {
    const blocks = blocksBySeries(rows);
    const ends = { fromMs: Infinity, toMs: -Infinity };
    const entries: TailRow['entries'][number][] = [];
    for (const [seriesId, { kind, parts }] of [...blocks].sort(([a], [b]) => a - b)) {
      const sealed = tier === 0 ? sealSamples(kind, parts) : sealAggregates(kind, parts, tier);
      insert.run(seriesId, sealed.fromMs, sealed.toMs, sealed.bytes);
      if (next === null) continue;
      const { stepMs } = TIER_SHAPES[next];
      entries.push({ seriesId, kind, bytes: writeAggregates(sealed.rollups, KIND_SHAPES[kind].columns, stepMs) });
      ends.fromMs = Math.min(ends.fromMs, sealed.rollups[0]?.startMs ?? Infinity);
      ends.toMs = Math.max(ends.toMs, (sealed.rollups.at(-1)?.startMs ?? -Infinity) + stepMs - 1);
    }
    if (insertNext !== null && next !== null && entries.length > 0) {
      insertNext({ group, windowMs: windowStart(window, next), ...ends, entries });
    }
  };
}

interface Blocks {
  readonly kind: Kind;
  readonly parts: Uint8Array[];
}

interface Sealed {
  readonly fromMs: number;
  readonly toMs: number;
  readonly bytes: Uint8Array;
  /** For the next tier, by time. */
  readonly rollups: readonly Aggregate[];
}

function blocksBySeries(rows: readonly StoredTail[]): Map<number, Blocks> {
  const blocks = new Map<number, Blocks>();
  for (const row of rows) {
    readTail(row.data, ({ seriesId, kind, bytes }) => {
      const known = blocks.get(seriesId);
      if (known === undefined) blocks.set(seriesId, { kind: parseKind(kind), parts: [bytes] });
      else known.parts.push(bytes);
    });
  }
  return blocks;
}

function sealSamples(kind: Kind, parts: readonly Uint8Array[]): Sealed {
  const format = KIND_SHAPES[kind];
  const writer = new SampleWriter(format);
  const rollups = new Map<number, Aggregate>();
  const shape = { stepMs: TIER_SHAPES[1].stepMs, columns: format.columns };
  let [fromMs, toMs] = [Infinity, -Infinity];
  for (const part of parts) {
    readSamples(part, format, (atMs, values) => {
      writer.push(atMs, values);
      addSample(aggregateAt(rollups, atMs, shape), values);
      fromMs = Math.min(fromMs, atMs);
      toMs = Math.max(toMs, atMs);
    });
  }
  return { fromMs, toMs, bytes: writer.bytes(), rollups: byTime(rollups) };
}

function sealAggregates(kind: Kind, parts: readonly Uint8Array[], tier: Tier): Sealed {
  const { columns } = KIND_SHAPES[kind];
  const { stepMs } = TIER_SHAPES[tier];
  const own = new Map<number, Aggregate>();
  const rollups = new Map<number, Aggregate>();
  const next = nextTier(tier);
  for (const part of parts) {
    readAggregates(part, { columns, stepMs }, (aggregate) => {
      mergeAggregate(aggregateAt(own, aggregate.startMs, { stepMs, columns }), aggregate);
      if (next === null) return;
      mergeAggregate(aggregateAt(rollups, aggregate.startMs, { stepMs: TIER_SHAPES[next].stepMs, columns }), aggregate);
    });
  }
  const sorted = byTime(own);
  return {
    fromMs: sorted[0]?.startMs ?? 0,
    toMs: (sorted.at(-1)?.startMs ?? 0) + stepMs - 1,
    bytes: writeAggregates(sorted, columns, stepMs),
    rollups: byTime(rollups),
  };
}

function nextTier(tier: Tier): Tier | null {
  if (tier === 0) return 1;
  return tier === 1 ? 2 : null;
}

function byTime(spans: ReadonlyMap<number, Aggregate>): Aggregate[] {
  return [...spans.values()].sort((a, b) => a.startMs - b.startMs);
}
