/** Writing batches into the raw tail. */
import type { Batch, BatchSeries } from './batch-queue.js';
import { createBurstInserter } from '../records/burst-rows.js';
import { packTail, type TailEntry } from './codec.js';
import type { Connection } from '../database.js';
import type { KeptForecastRow } from '../../score/kept-forecasts.js';
import type { Kind } from './series-kinds.js';
import { createScoreInserter } from '../records/score-rows.js';
import { seriesGroup, TIER_SHAPES, type Tier } from './tiers.js';

export interface TailRow {
  readonly group: number;
  readonly windowMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly entries: readonly TailEntry[];
}

export interface BatchWriter {
  /** One transaction. Raises what SQLite raises; then nothing was written. */
  write(batch: Batch): void;
  /** The row of a series, or null when it was never written. */
  find(kind: Kind, name: string): number | null;
  /** Called for series that were deleted. */
  forget(ids: ReadonlySet<number>): void;
}

/** Ids are remembered for the series in use; beyond this many the memory starts afresh. */
const REMEMBERED = 20_000;

export function createBatchWriter(db: Connection): BatchWriter {
  const ids = new Map<string, number>();
  const find = db.prepare<[number, string], number>('SELECT id FROM series WHERE kind = ? AND name = ?').pluck();
  const add = db
    .prepare<[number, string, string], number>(
      'INSERT INTO series (kind, name, identity) VALUES (?, ?, ?) ' +
        'ON CONFLICT (kind, name) DO UPDATE SET identity = excluded.identity RETURNING id',
    )
    .pluck();
  const insertTail = createTailInserter(db, 0);
  const insertForecast = forecastInserter(db);
  const insertBurst = createBurstInserter(db);
  const insertScores = createScoreInserter(db);

  const idOf = (key: string, series: BatchSeries, fresh: Map<string, number>): number => {
    const known = ids.get(key) ?? find.get(series.kind, series.name);
    const id = known ?? add.get(series.kind, series.name, series.identity());
    if (id === undefined) throw new Error(`series ${key} was not inserted`);
    fresh.set(key, id);
    return id;
  };
  const write = db.transaction((batch: Batch, fresh: Map<string, number>) => {
    const groups = new Map<number, TailEntry[]>();
    for (const [key, series] of batch.series) {
      const seriesId = idOf(key, series, fresh);
      const entry = { seriesId, kind: series.kind, bytes: series.writer.bytes() };
      const group = groups.get(seriesGroup(seriesId));
      if (group === undefined) groups.set(seriesGroup(seriesId), [entry]);
      else group.push(entry);
    }
    const { windowMs, fromMs, toMs } = batch;
    for (const [group, entries] of groups) insertTail({ group, windowMs, fromMs, toMs, entries });
    for (const row of batch.forecasts) insertForecast(row);
    for (const burst of batch.bursts) insertBurst(burst);
    for (const outcome of batch.scores) insertScores(outcome);
  });
  return {
    write(batch) {
      const fresh = new Map<string, number>();
      write.immediate(batch, fresh);
      // Only now are the ids of new series certain.
      if (ids.size > REMEMBERED) ids.clear();
      for (const [key, id] of fresh) ids.set(key, id);
    },
    find: (kind, name) => find.get(kind, name) ?? null,
    forget(gone) {
      for (const [key, id] of ids) if (gone.has(id)) ids.delete(key);
    },
  };
}

export function createTailInserter(db: Connection, tier: Tier): (row: TailRow) => void {
  const insert = db.prepare(
    `INSERT INTO ${TIER_SHAPES[tier].tail} (grp, window_ms, from_ms, to_ms, data) VALUES (?, ?, ?, ?, ?)`,
  );
  return (row) => {
    insert.run(row.group, row.windowMs, row.fromMs, row.toMs, packTail(row.entries));
  };
}

function forecastInserter(db: Connection): (row: KeptForecastRow) => void {
  const insert = db.prepare(
    'INSERT INTO forecast (pool_id, made_at_ms, mode, capacity, used, live, close_rate, pressure, exhausts_at_ms, ' +
      'earliest_at_ms, latest_at_ms, probability) VALUES (@poolId, @madeAtMs, @mode, @capacity, @used, @live, ' +
      '@closeRate, @pressure, @exhaustsAtMs, @earliestAtMs, @latestAtMs, @probability)',
  );
  return (row) => {
    insert.run(row);
  };
}
