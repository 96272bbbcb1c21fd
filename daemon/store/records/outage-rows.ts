/** Outages as rows. An outage that goes on is written again with each batch in which it changed. */
import { buildOutageKey, type Outage } from '../../outage/outage.js';
import { MAX_KNOWN } from '../../outage/tracker.js';
import type { Connection } from '../database.js';
import type { Batch } from '../series/batch-queue.js';

/** At most this many outages come with one history. */
const MAX_IN_HISTORY = 1000;
const COLUMNS =
  'pool_id AS poolId, from_ms AS fromMs, last_ms AS lastMs, is_over AS isOver, peak_used AS peakUsed, capacity, ' +
  'failed AS failedConnects, estimated AS isEstimated, warned_ms AS warnedMs';

interface OutageRow extends Omit<Outage, 'isOver' | 'isEstimated'> {
  readonly isOver: number;
  readonly isEstimated: number;
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

interface OutageReader {
  /** Newest first, those in memory included. */
  list(limit: number): Outage[];
  /** Those of a pool that lie at least partly in a span, oldest first. */
  ofPool(poolId: string, span: Span): Outage[];
}

/** Writes an outage inside the transaction of its batch. */
export function createOutageWriter(db: Connection): (outage: Outage) => void {
  const put = db.prepare(
    'INSERT INTO outage (pool_id, from_ms, last_ms, is_over, peak_used, capacity, failed, estimated, warned_ms) VALUES ' +
      '(@poolId, @fromMs, @lastMs, @isOver, @peakUsed, @capacity, @failedConnects, @isEstimated, @warnedMs) ' +
      'ON CONFLICT (pool_id, from_ms) DO UPDATE SET last_ms = excluded.last_ms, is_over = excluded.is_over, ' +
      'peak_used = excluded.peak_used, capacity = excluded.capacity, failed = excluded.failed, ' +
      'estimated = excluded.estimated',
  );
  return (outage) => {
    put.run({ ...outage, isOver: Number(outage.isOver), isEstimated: Number(outage.isEstimated) });
  };
}

/** The outages that went on when the daemon last stopped, and the newest of the others, oldest first. */
export function readKnownOutages(db: Connection): Outage[] {
  const rows = db.prepare<[], OutageRow>(
    `SELECT ${COLUMNS} FROM outage WHERE is_over = 0 OR rowid IN ` +
      `(SELECT rowid FROM outage ORDER BY from_ms DESC LIMIT ${MAX_KNOWN}) ORDER BY from_ms, pool_id`,
  );
  return rows.all().map(toOutage);
}

/** @param batches those that are not written yet. Their outages are newer than the stored ones. */
export function createOutageReader(db: Connection, batches: () => readonly Batch[]): OutageReader {
  const newest = db.prepare<[number], OutageRow>(
    `SELECT ${COLUMNS} FROM outage ORDER BY from_ms DESC, pool_id LIMIT ?`,
  );
  const inSpan = db.prepare<[string, number, number], OutageRow>(
    `SELECT ${COLUMNS} FROM outage WHERE pool_id = ? AND from_ms < ? AND last_ms >= ? ORDER BY from_ms DESC ` +
      `LIMIT ${MAX_IN_HISTORY}`,
  );
  const inMemory = (): Outage[] => batches().flatMap(({ outages }) => [...outages.values()]);
  return {
    list: (limit) => mergeNewestFirst(newest.all(limit).map(toOutage), inMemory()).slice(0, limit),
    ofPool(poolId, { fromMs, toMs }) {
      const unwritten = inMemory().filter(
        (outage) => outage.poolId === poolId && outage.fromMs < toMs && outage.lastMs >= fromMs,
      );
      return mergeNewestFirst(inSpan.all(poolId, toMs, fromMs).map(toOutage), unwritten).reverse();
    },
  };
}

function mergeNewestFirst(stored: readonly Outage[], unwritten: readonly Outage[]): Outage[] {
  const byKey = new Map([...stored, ...unwritten].map((outage) => [buildOutageKey(outage), outage]));
  return [...byKey.values()].sort((a, b) => b.fromMs - a.fromMs || (a.poolId < b.poolId ? -1 : 1));
}

function toOutage(row: OutageRow): Outage {
  return { ...row, isOver: row.isOver === 1, isEstimated: row.isEstimated === 1 };
}
