/** Deletes what is older than it is kept for. */
import { SILENCE_MEMORY_MS } from '../../incident/silences.js';
import { DAY_MS } from '../../units.js';
import type { Connection } from '../database.js';
import { TIER_SHAPES } from '../series/tiers.js';
import { SLICE_ROWS } from './slice.js';

/**
 * It also applies to incidents, decisions, the daily sums of scores, episodes, failures, outages, changes, and messages that were
 * given up.
 */
const ALERT_KEEP_MS = 400 * DAY_MS;
const BURST_KEEP_MS = 400 * DAY_MS;
/** It applies to single settled forecasts. */
const SCORE_KEEP_MS = 31 * DAY_MS;
/** It also applies to messages that were not needed. */
const SENT_KEEP_MS = 30 * DAY_MS;
/** After its end a link is said to have expired for so long, then to be unknown. */
const TOKEN_KEEP_MS = 30 * DAY_MS;
/** At most so many finished rows of a table are kept, and no more than one for so many bytes of the cap. */
const KEEP_COUNT = 10_000;
const KEEP_SHARES = [
  { table: 'alert', condition: "state = 'resolved'", age: 'pending_at_ms', bytesPerRow: 32 * 1024 },
  { table: 'outbox', condition: "status <> 'waiting'", age: 'attempted_at_ms', bytesPerRow: 64 * 1024 },
  { table: 'incident', condition: "state = 'resolved'", age: 'opened_at_ms', bytesPerRow: 64 * 1024 },
  { table: 'decision', condition: 'true', age: 'at_ms', bytesPerRow: 4 * 1024 },
  { table: 'outage', condition: 'is_over = 1', age: 'from_ms', bytesPerRow: 8 * 1024 },
  { table: 'observed_change', condition: 'is_over = 1', age: 'at_ms', bytesPerRow: 256 * 1024 },
  { table: 'episode', condition: 'verdict IS NOT NULL', age: 'from_ms', bytesPerRow: 8 * 1024 },
  { table: 'failure', condition: 'true', age: 'failed_at_ms', bytesPerRow: 8 * 1024 },
  { table: 'burst', condition: 'true', age: 'began_at_ms', bytesPerRow: 8 * 1024 },
  { table: 'silence', condition: 'end_at_ms <= @nowMs', age: 'end_at_ms', bytesPerRow: 16 * 1024 },
  { table: 'action_token', condition: 'true', age: 'expires_at_ms', bytesPerRow: 1024 },
];
/** Tables of many small rows: of these ten times as many are kept. */
const SMALL_ROWS = ['burst', 'action_token'];

/** How long the samples of each tier are kept; forecasts are kept as long as the minutes. */
export interface Retention {
  readonly rawMs: number;
  readonly minuteMs: number;
  readonly hourMs: number;
}

/**
 * The returned function deletes one slice of rows of one table and returns their number, 0 when nothing is too old.
 * Alerts and messages expire only once they are resolved, sent, not needed or given up, and silences once they have ended.
 */
export function createExpiry(db: Connection, retention: Retention, capBytes: number): (nowMs: number) => number {
  const deleteOlder = (table: string, column: string, condition = ''): string =>
    `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE ${column} < ? ${condition} ` +
    `ORDER BY ${column} LIMIT ${SLICE_ROWS})`;
  const rules = [
    { sql: deleteOlder(TIER_SHAPES[0].chunk, 'to_ms'), keepMs: retention.rawMs },
    { sql: deleteOlder(TIER_SHAPES[1].chunk, 'to_ms'), keepMs: retention.minuteMs },
    { sql: deleteOlder(TIER_SHAPES[2].chunk, 'to_ms'), keepMs: retention.hourMs },
    { sql: deleteOlder('forecast', 'made_at_ms'), keepMs: retention.minuteMs },
    { sql: deleteOlder('burst', 'began_at_ms'), keepMs: BURST_KEEP_MS },
    { sql: deleteOlder('score', 'made_at_ms'), keepMs: SCORE_KEEP_MS },
    { sql: deleteOlder('score_day', 'day_ms'), keepMs: ALERT_KEEP_MS },
    { sql: deleteOlder('episode', 'from_ms'), keepMs: ALERT_KEEP_MS },
    { sql: deleteOlder('failure', 'failed_at_ms'), keepMs: ALERT_KEEP_MS },
    { sql: deleteOlder('outage', 'from_ms'), keepMs: ALERT_KEEP_MS },
    { sql: deleteOlder('observed_change', 'at_ms'), keepMs: ALERT_KEEP_MS },
    { sql: deleteOlder('outbox', 'attempted_at_ms', "AND status = 'sent'"), keepMs: SENT_KEEP_MS },
    { sql: deleteOlder('outbox', 'attempted_at_ms', 'AND is_cancelled = 1'), keepMs: SENT_KEEP_MS },
    {
      sql: deleteOlder('outbox', 'attempted_at_ms', "AND status = 'failed' AND is_cancelled = 0"),
      keepMs: ALERT_KEEP_MS,
    },
    { sql: deleteOlder('incident', 'opened_at_ms', "AND state = 'resolved'"), keepMs: ALERT_KEEP_MS },
    { sql: deleteOlder('decision', 'at_ms'), keepMs: ALERT_KEEP_MS },
    { sql: deleteOlder('silence', 'end_at_ms'), keepMs: SILENCE_MEMORY_MS },
    { sql: deleteOlder('action_token', 'expires_at_ms'), keepMs: TOKEN_KEEP_MS },
    { sql: deleteOlder('alert', 'pending_at_ms', "AND state = 'resolved'"), keepMs: ALERT_KEEP_MS },
  ].map(({ sql, keepMs }) => ({ statement: db.prepare<[number]>(sql), keepMs }));
  const surplus = KEEP_SHARES.map(({ table, condition, age, bytesPerRow }) => {
    const keep = Math.min(
      SMALL_ROWS.includes(table) ? 10 * KEEP_COUNT : KEEP_COUNT,
      Math.floor(capBytes / bytesPerRow),
    );
    const excess = `(SELECT count(*) - ${keep} FROM ${table} WHERE ${condition})`;
    return db.prepare<[{ nowMs: number }]>(
      `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE ${condition} ORDER BY ${age} ` +
        `LIMIT min(${SLICE_ROWS}, max(0, ${excess})))`,
    );
  });
  return (nowMs) => {
    for (const { statement, keepMs } of rules) {
      const { changes } = statement.run(nowMs - keepMs);
      if (changes > 0) return changes;
    }
    for (const statement of surplus) {
      const { changes } = statement.run({ nowMs });
      if (changes > 0) return changes;
    }
    return 0;
  };
}
