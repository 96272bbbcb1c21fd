/** Forecasts as rows: those that are scored once it is known what happened. */
import type { KeptForecastRow } from '../../score/kept-forecasts.js';
import type { Connection } from '../database.js';

/** Inserts a forecast inside the transaction of its batch. */
export function createForecastInserter(db: Connection): (row: KeptForecastRow) => void {
  const insert = db.prepare(
    'INSERT INTO forecast (pool_id, made_at_ms, mode, capacity, used, live, close_rate, pressure, exhausts_at_ms, ' +
      'earliest_at_ms, latest_at_ms, probability) VALUES (@poolId, @madeAtMs, @mode, @capacity, @used, @live, ' +
      '@closeRate, @pressure, @exhaustsAtMs, @earliestAtMs, @latestAtMs, @probability)',
  );
  return (row) => {
    insert.run(row);
  };
}
