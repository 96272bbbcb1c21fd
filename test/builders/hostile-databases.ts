/** A small database of a daemon, and what harms one. */
import type Database from 'better-sqlite3';
import { readFileSync } from 'node:fs';
import { createForecaster } from '../../daemon/forecast/forecaster.js';
import { SampleWriter } from '../../daemon/store/series/codec.js';
import { KIND, KIND_SHAPES } from '../../daemon/store/series/series-kinds.js';
import { churn, samplesOf } from './recordings.js';
import { openTestStore } from './stores.js';

/** A Friday in 2023, at the beginning of a window of every tier. */
const WINDOW_MS = 1_699_920_000_000;

/** The bytes of a database with a minute of one pool. */
export function createGoodDatabase(): Buffer {
  const test = openTestStore();
  const forecaster = createForecaster();
  for (const { host, table } of samplesOf(
    churn(() => 10),
    60,
  ).samples) {
    test.beat({ pools: forecaster.update({ ...host, snapshot: table.snapshot, intervalMs: 2000 }).pools });
  }
  test.store.close();
  return readFileSync(test.file);
}

/** A block of samples of a pool that are `stepMs` apart. */
export function createBlock(
  samples: number,
  stepMs: number,
  values: readonly number[] = [50, 40, 10, 1000, 500, 1000],
): Uint8Array {
  const writer = new SampleWriter(KIND_SHAPES[KIND.pool]);
  for (let i = 0; i < samples; i += 1) writer.push(WINDOW_MS + i * stepMs, values);
  return writer.bytes();
}

const poolOf = (db: Database.Database): number =>
  db.prepare<[number], number>('SELECT id FROM series WHERE kind = ?').pluck().get(KIND.pool) ?? -1;

export function addChunk(
  db: Database.Database,
  data: Uint8Array,
  span: { from?: number | bigint; to?: number | bigint } = {},
): void {
  const { from = WINDOW_MS, to = from } = span;
  db.prepare('INSERT INTO raw_chunk (series_id, from_ms, to_ms, data) VALUES (?, ?, ?, ?)').run(
    poolOf(db),
    from,
    to,
    data,
  );
}

/** A table without its rules, so that any type of value can be put into it. */
export const loosen = (table: string) => (db: Database.Database) => {
  const sql = db.prepare<[string], string>('SELECT sql FROM sqlite_schema WHERE name = ?').pluck().get(table) ?? '';
  db.unsafeMode(true);
  db.pragma('writable_schema = 1');
  db.prepare('UPDATE sqlite_schema SET sql = ? WHERE name = ?').run(
    sql.replaceAll('NOT NULL', '').replace('STRICT', ''),
    table,
  );
  db.pragma('writable_schema = RESET');
};
