/** Deletes what is older than it is kept for. */
import type { Clock } from '../../contracts.js';
import { DAY_MS, HOUR_MS } from '../../units.js';
import type { Connection } from '../database.js';
import { TIER_SHAPES } from '../series/tiers.js';
import { SLICE_ROWS } from './slice.js';

/** It also applies to the daily sums of scores, to episodes, failures, outages, and mail that could not be sent. */
const ALERT_KEEP_MS = 400 * DAY_MS;
const ALERT_KEEP_COUNT = 10_000;
const BURST_KEEP_MS = 400 * DAY_MS;
/** It applies to single settled forecasts. */
const SCORE_KEEP_MS = 31 * DAY_MS;
const SENT_KEEP_MS = 30 * DAY_MS;
/** After the wall clock has jumped by more than this, nothing expires for this long. */
const JUMP_MS = HOUR_MS;

/** How long the samples of each tier are kept; forecasts are kept as long as the minutes. */
export interface Retention {
  readonly rawMs: number;
  readonly minuteMs: number;
  readonly hourMs: number;
}

/**
 * The returned function deletes one slice of rows of one table and returns their number, 0 when nothing is too old.
 * Alerts and mail expire only once they are resolved, sent or given up.
 */
export function createExpiry(db: Connection, retention: Retention): (nowMs: number) => number {
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
    { sql: deleteOlder('outbox', 'attempted_at_ms', "AND status = 'sent'"), keepMs: SENT_KEEP_MS },
    { sql: deleteOlder('outbox', 'attempted_at_ms', "AND status = 'failed'"), keepMs: ALERT_KEEP_MS },
    { sql: deleteOlder('alert', 'pending_at_ms', "AND state = 'resolved'"), keepMs: ALERT_KEEP_MS },
  ].map(({ sql, keepMs }) => ({ statement: db.prepare<[number]>(sql), keepMs }));
  const surplus = db.prepare<[number]>(
    `DELETE FROM alert WHERE rowid IN (SELECT rowid FROM alert WHERE state = 'resolved' ORDER BY pending_at_ms ` +
      `LIMIT min(${SLICE_ROWS}, max(0, (SELECT count(*) FROM alert) - ?)))`,
  );
  return (nowMs) => {
    for (const { statement, keepMs } of rules) {
      const { changes } = statement.run(nowMs - keepMs);
      if (changes > 0) return changes;
    }
    return surplus.run(ALERT_KEEP_COUNT).changes;
  };
}

/**
 * The returned function is true while ages by the wall clock can be relied on: not for an hour after the clock jumped by
 * more than an hour, nor for the first hour when the newest sample is more than an hour away from the clock. Otherwise a
 * clock that is wrong for a moment would delete everything.
 */
export function createClockGuard(db: Connection, clock: Clock): () => boolean {
  const newestMs = db
    .prepare<[], number | null>(
      'SELECT max(to_ms) FROM (SELECT to_ms FROM raw_tail UNION ALL SELECT max(to_ms) FROM raw_chunk)',
    )
    .pluck()
    .get();
  const startedMs = clock.monotonicMs();
  let offsetMs = clock.wallMs() - startedMs;
  const awayMs = Math.abs(clock.wallMs() - (newestMs ?? clock.wallMs()));
  let heldUntilMs = awayMs > JUMP_MS ? startedMs + JUMP_MS : startedMs;
  return () => {
    const nowMs = clock.monotonicMs();
    const nowOffsetMs = clock.wallMs() - nowMs;
    if (Math.abs(nowOffsetMs - offsetMs) > JUMP_MS) heldUntilMs = nowMs + JUMP_MS;
    offsetMs = nowOffsetMs;
    return nowMs >= heldUntilMs;
  };
}
