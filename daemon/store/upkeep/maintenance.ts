/** Housekeeping in slices, each bounded by a number of rows or pages, so a few milliseconds. */
import type { Clock } from '../../contracts.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../units.js';
import type { Connection } from '../database.js';
import { createSeriesSweep } from './series-sweep.js';
import { createSealer } from './seal.js';
import type { Space } from './space.js';
import { TIER_SHAPES, TIERS } from '../series/tiers.js';

export interface Retention {
  readonly rawMs: number;
  readonly minuteMs: number;
  readonly hourMs: number;
}

export interface Slice {
  readonly what: 'checkpoint' | 'evict' | 'seal' | 'expire' | 'vacuum' | 'forget';
  /** Rows or pages touched, never more than SLICE_ROWS or SLICE_PAGES. */
  readonly amount: number;
}

export const SLICE_ROWS = 40;
export const SLICE_PAGES = 128;

const ALERT_KEEP_MS = 400 * DAY_MS;
const ALERT_KEEP_COUNT = 10_000;
const BURST_KEEP_MS = 400 * DAY_MS;
/** Of single forecasts; their sums by day, the episodes and the failures stay as long as alerts do. */
const SCORE_KEEP_MS = 31 * DAY_MS;
const SENT_KEEP_MS = 30 * DAY_MS;
const EXPIRE_EVERY_MS = 30 * SECOND_MS;
const SWEEP_EVERY_MS = HOUR_MS;
/** A clock that has just jumped further than this decides nothing about what is old, for as long. */
const JUMP_MS = HOUR_MS;
/** A checkpoint that a reader holds up is not tried again at once: it would wait for the lock on the main thread. */
const CHECKPOINT_RETRY_MS = 30 * SECOND_MS;
/** Free pages worth returning: new rows will reuse the rest. */
const FREE_PAGES = 256;
const FREE_RATIO = 0.05;

interface MaintenanceOptions {
  readonly db: Connection;
  readonly clock: Clock;
  readonly space: Space;
  readonly retention: Retention;
  readonly onForget: (ids: ReadonlySet<number>) => void;
}

export interface Maintenance {
  /** Does the most urgent slice; null when there is nothing to do. Raises what SQLite raises. */
  step(): Slice | null;
  /** True when the cap is exceeded and there is nothing left to delete. */
  stuck(): boolean;
}

export function createMaintenance(options: MaintenanceOptions): Maintenance {
  const { db, clock, space } = options;
  const sealers = TIERS.map((tier) => createSealer(db, tier));
  const evict = createEviction(db, space);
  const expire = createExpiry(db, options.retention);
  const sweep = createSeriesSweep(db, options.onForget);
  const trusted = watchClock(db, clock);
  const due = { checkpointMs: 0, expireMs: 0, sweepMs: clock.monotonicMs() + 10 * MINUTE_MS };

  const seal = (): number => {
    for (const sealer of sealers) {
      const rows = sealer(clock.wallMs());
      if (rows > 0) return rows;
    }
    return 0;
  };
  const checkpoint = (nowMs: number): boolean => {
    const walBytes = space.walBytes();
    const large = walBytes > 2 * space.budget.walBytes || (walBytes > 0 && !space.fits(0));
    if (!large || nowMs < due.checkpointMs) return false;
    const [result] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
    if (result?.busy !== 0) due.checkpointMs = nowMs + CHECKPOINT_RETRY_MS;
    return true;
  };
  return {
    step() {
      const nowMs = clock.monotonicMs();
      const timeTrusted = trusted();
      if (checkpoint(nowMs)) return { what: 'checkpoint', amount: 0 };
      const evicted = evict.step();
      if (evicted > 0) return { what: 'evict', amount: evicted };
      const sealed = seal();
      if (sealed > 0) return { what: 'seal', amount: sealed };
      if (nowMs >= due.expireMs && timeTrusted) {
        const expired = expire(clock.wallMs());
        if (expired > 0) return { what: 'expire', amount: expired };
        due.expireMs = nowMs + EXPIRE_EVERY_MS;
      }
      const returned = returnSpace(db, space);
      if (returned > 0) return { what: 'vacuum', amount: returned };
      if (nowMs < due.sweepMs) return null;
      const { looked, done } = sweep();
      if (done) due.sweepMs = nowMs + SWEEP_EVERY_MS;
      return { what: 'forget', amount: looked };
    },
    stuck: () => evict.stuck(),
  };
}

/** Deletes the oldest chunks of the most detailed tier that still has any, while too many pages are in use. */
function createEviction(db: Connection, space: Space): { step(): number; stuck(): boolean } {
  const oldest = (table: string): string =>
    `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} ORDER BY rowid LIMIT ${SLICE_ROWS})`;
  const detailed = [TIER_SHAPES[0].chunk, TIER_SHAPES[1].chunk, 'forecast', 'score'];
  const tables = [...detailed, TIER_SHAPES[2].chunk, 'episode', 'failure', 'burst'];
  const deletes = tables.map((table) => db.prepare(oldest(table)));
  let stuck = false;
  return {
    step() {
      const { count, free, bytes } = space.pages();
      stuck = false;
      if ((count - free) * bytes <= space.budget.liveMaxBytes) return 0;
      for (const statement of deletes) {
        const { changes } = statement.run();
        if (changes > 0) return changes;
      }
      stuck = true;
      return 0;
    },
    stuck: () => stuck,
  };
}

/** Deletes what is older than its retention: samples by tier, forecasts with the minutes, their scores, bursts, resolved alerts, sent mail. */
function createExpiry(db: Connection, retention: Retention): (nowMs: number) => number {
  const older = (table: string, column: string, condition = ''): string =>
    `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE ${column} < ? ${condition} ` +
    `ORDER BY ${column} LIMIT ${SLICE_ROWS})`;
  const rules = [
    { sql: older(TIER_SHAPES[0].chunk, 'to_ms'), keepMs: retention.rawMs },
    { sql: older(TIER_SHAPES[1].chunk, 'to_ms'), keepMs: retention.minuteMs },
    { sql: older(TIER_SHAPES[2].chunk, 'to_ms'), keepMs: retention.hourMs },
    { sql: older('forecast', 'made_at_ms'), keepMs: retention.minuteMs },
    { sql: older('burst', 'began_at_ms'), keepMs: BURST_KEEP_MS },
    { sql: older('score', 'made_at_ms'), keepMs: SCORE_KEEP_MS },
    { sql: older('score_day', 'day_ms'), keepMs: ALERT_KEEP_MS },
    { sql: older('episode', 'from_ms'), keepMs: ALERT_KEEP_MS },
    { sql: older('failure', 'failed_at_ms'), keepMs: ALERT_KEEP_MS },
    { sql: older('outbox', 'attempted_at_ms', "AND status = 'sent'"), keepMs: SENT_KEEP_MS },
    { sql: older('outbox', 'attempted_at_ms', "AND status = 'failed'"), keepMs: ALERT_KEEP_MS },
    { sql: older('alert', 'pending_at_ms', "AND state = 'resolved'"), keepMs: ALERT_KEEP_MS },
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

function returnSpace(db: Connection, space: Space): number {
  const { count, free, bytes } = space.pages();
  const tooLarge = count * bytes > space.budget.samplesMaxBytes;
  if (free === 0 || (!tooLarge && free <= Math.max(FREE_PAGES, count * FREE_RATIO))) return 0;
  db.pragma(`incremental_vacuum(${SLICE_PAGES})`);
  return free - space.pages().free;
}

/** Whether the wall clock may be believed about ages: not for an hour after a jump, nor after a long time switched off. */
function watchClock(db: Connection, clock: Clock): () => boolean {
  const newest = db
    .prepare<[], number | null>(
      'SELECT max(to_ms) FROM (SELECT to_ms FROM raw_tail UNION ALL SELECT max(to_ms) FROM raw_chunk)',
    )
    .pluck()
    .get();
  const started = clock.monotonicMs();
  let offsetMs = clock.wallMs() - started;
  let heldUntilMs = Math.abs(clock.wallMs() - (newest ?? clock.wallMs())) > JUMP_MS ? started + JUMP_MS : started;
  return () => {
    const nowMs = clock.monotonicMs();
    const nowOffsetMs = clock.wallMs() - nowMs;
    if (Math.abs(nowOffsetMs - offsetMs) > JUMP_MS) heldUntilMs = nowMs + JUMP_MS;
    offsetMs = nowOffsetMs;
    return nowMs >= heldUntilMs;
  };
}
