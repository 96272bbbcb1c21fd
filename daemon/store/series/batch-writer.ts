/** Writes a batch to the database: its samples into the raw tail, its other records into their tables. */
import type { Connection } from '../database.js';
import { createBurstInserter } from '../records/burst-rows.js';
import { createChangeWriter } from '../records/change-rows.js';
import { createForecastInserter } from '../records/forecast-rows.js';
import { createOutageWriter } from '../records/outage-rows.js';
import { createScoreInserter } from '../records/score-rows.js';
import type { Batch, BatchSeries } from './batch-queue.js';
import type { TailEntry } from './codec.js';
import type { Kind } from './series-kinds.js';
import { createTailInserter } from './tail-inserter.js';
import { seriesGroup } from './tiers.js';

/** With more ids than this in memory, all are dropped before the next are added. */
const MAX_CACHED_IDS = 20_000;

export interface BatchWriter {
  /** One transaction. Raises what SQLite raises; then nothing was written. */
  write(batch: Batch): void;
  /** The row id of a series, or null when the series was never written. */
  findSeriesId(kind: Kind, name: string): number | null;
  /** Must be called with the ids of series that were deleted. */
  forgetSeries(ids: ReadonlySet<number>): void;
}

export function createBatchWriter(db: Connection): BatchWriter {
  const cachedIds = new Map<string, number>();
  const findId = db.prepare<[number, string], number>('SELECT id FROM series WHERE kind = ? AND name = ?').pluck();
  const addSeries = db
    .prepare<[number, string, string], number>(
      'INSERT INTO series (kind, name, identity) VALUES (?, ?, ?) ' +
        'ON CONFLICT (kind, name) DO UPDATE SET identity = excluded.identity RETURNING id',
    )
    .pluck();
  const insertTail = createTailInserter(db, 0);
  const insertForecast = createForecastInserter(db);
  const insertBurst = createBurstInserter(db);
  const insertScores = createScoreInserter(db);
  const writeOutage = createOutageWriter(db);
  const writeChanges = createChangeWriter(db);

  const findOrAddId = (key: string, series: BatchSeries): number => {
    const id =
      cachedIds.get(key) ??
      findId.get(series.kind, series.name) ??
      addSeries.get(series.kind, series.name, series.identity());
    if (id === undefined) throw new Error(`series ${key} was not inserted`);
    return id;
  };
  const write = db.transaction((batch: Batch): Map<string, number> => {
    const ids = new Map<string, number>();
    const groups = new Map<number, TailEntry[]>();
    for (const [key, series] of batch.series) {
      const seriesId = findOrAddId(key, series);
      ids.set(key, seriesId);
      const entry = { seriesId, kind: series.kind, bytes: series.writer.bytes() };
      const group = groups.get(seriesGroup(seriesId));
      if (group === undefined) groups.set(seriesGroup(seriesId), [entry]);
      else group.push(entry);
    }
    const { windowMs, fromMs, toMs } = batch;
    for (const [group, entries] of groups) insertTail({ group, windowMs, fromMs, toMs, entries });
    for (const forecast of batch.forecasts) insertForecast(forecast);
    for (const burst of batch.bursts) insertBurst(burst);
    for (const outcome of batch.scores) insertScores(outcome);
    for (const outage of batch.outages.values()) writeOutage(outage);
    writeChanges(batch);
    return ids;
  });
  return {
    write(batch) {
      const ids = write.immediate(batch);
      // The ids of new series are valid only now that the transaction is committed.
      if (cachedIds.size > MAX_CACHED_IDS) cachedIds.clear();
      for (const [key, id] of ids) cachedIds.set(key, id);
    },
    findSeriesId: (kind, name) => findId.get(kind, name) ?? null,
    forgetSeries(ids) {
      for (const [key, id] of cachedIds) if (ids.has(id)) cachedIds.delete(key);
    },
  };
}
