/** Changes of settings and of what pools do, and the settings as they were last seen, as rows. */
import type { Change, StoredChanges, StoredSetting } from '../../change/change.js';
import { MAX_KNOWN } from '../../change/tracker.js';
import type { Connection } from '../database.js';
import type { Batch } from '../series/batch-queue.js';

/** At most this many changes come with one history. */
const MAX_IN_HISTORY = 200;

/** Null stands for every pool, and for no limit in time. A change of a setting concerns all pools. */
export interface ChangesQuery {
  readonly poolIds: readonly string[] | null;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly limit: number;
}

export interface ChangeReader {
  /** Newest first, those in memory included. */
  list(query: ChangesQuery): Change[];
  /** Those that concern a pool within a span, oldest first. */
  ofPool(poolId: string, span: { readonly fromMs: number; readonly toMs: number }): Change[];
}

/** Writes the changes and settings of a batch inside its transaction, so that a setting is never stored without its change. */
export function createChangeWriter(db: Connection): (batch: Pick<Batch, 'changes' | 'settings'>) => void {
  const putChange = db.prepare(
    'INSERT INTO observed_change (id, kind, at_ms, is_over, pool_ids, body) VALUES (@id, @kind, @atMs, @isOver, ' +
      '@poolIds, @body) ON CONFLICT (id) DO UPDATE SET is_over = excluded.is_over, pool_ids = excluded.pool_ids, ' +
      'body = excluded.body',
  );
  const putSetting = db.prepare(
    'INSERT INTO setting (name, value, since_ms, not_before_ms, first_seen_ms) VALUES (@name, @value, @sinceMs, ' +
      '@notBeforeMs, @firstSeenMs) ON CONFLICT (name) DO UPDATE SET value = excluded.value, ' +
      'since_ms = excluded.since_ms, not_before_ms = excluded.not_before_ms, first_seen_ms = excluded.first_seen_ms',
  );
  return ({ changes, settings }) => {
    for (const change of changes.values()) {
      const { id, kind, atMs, isOver, pools } = change;
      const poolIds = ` ${pools.map(({ poolId }) => poolId).join(' ')} `;
      putChange.run({ id, kind, atMs, isOver: Number(isOver), poolIds, body: JSON.stringify(change) });
    }
    for (const setting of settings.values()) putSetting.run(setting);
  };
}

/** What was known when the daemon last stopped. A row that cannot be read is left out. */
export function readKnownChanges(db: Connection): Omit<StoredChanges, 'lastAtMs'> {
  const bodies = db
    .prepare<[], string>(
      'SELECT body FROM observed_change WHERE is_over = 0 OR id IN ' +
        `(SELECT id FROM observed_change ORDER BY at_ms DESC LIMIT ${MAX_KNOWN}) ORDER BY at_ms, id`,
    )
    .pluck()
    .all();
  const settings = db
    .prepare<[], StoredSetting>(
      'SELECT name, value, since_ms AS sinceMs, not_before_ms AS notBeforeMs, first_seen_ms AS firstSeenMs FROM setting',
    )
    .all();
  return { changes: bodies.flatMap(parseBody), settings };
}

/** @param batches those that are not written yet. Their changes are newer than the stored ones. */
export function createChangeReader(db: Connection, batches: () => readonly Batch[]): ChangeReader {
  const columns = 'SELECT body FROM observed_change WHERE at_ms >= @fromMs AND at_ms <= @toMs';
  const newest = db.prepare<[object], string>(`${columns} ORDER BY at_ms DESC, id DESC LIMIT @limit`).pluck();
  const ofPools = db
    .prepare<[object], string>(
      `${columns} AND (kind = 'setting' OR EXISTS (SELECT 1 FROM json_each(@poolIds) ` +
        "WHERE instr(pool_ids, ' ' || value || ' ') > 0)) ORDER BY at_ms DESC, id DESC LIMIT @limit",
    )
    .pluck();
  const list = ({ poolIds, fromMs, toMs, limit }: ChangesQuery): Change[] => {
    const span = { fromMs: fromMs ?? Number.MIN_SAFE_INTEGER, toMs: toMs ?? Number.MAX_SAFE_INTEGER };
    const stored =
      poolIds === null
        ? newest.all({ ...span, limit })
        : ofPools.all({ ...span, limit, poolIds: JSON.stringify(poolIds) });
    const byId = new Map(stored.flatMap(parseBody).map((change) => [change.id, change]));
    for (const { changes } of batches()) {
      for (const change of changes.values()) {
        const isWithin = change.atMs >= span.fromMs && change.atMs <= span.toMs;
        if (isWithin && (poolIds === null || concerns(change, poolIds))) byId.set(change.id, change);
      }
    }
    return [...byId.values()].sort((a, b) => b.atMs - a.atMs || (a.id < b.id ? 1 : -1)).slice(0, limit);
  };
  return {
    list,
    ofPool: (poolId, { fromMs, toMs }) => list({ poolIds: [poolId], fromMs, toMs, limit: MAX_IN_HISTORY }).reverse(),
  };
}

function concerns({ kind, pools }: Change, poolIds: readonly string[]): boolean {
  return kind === 'setting' || pools.some(({ poolId }) => poolIds.includes(poolId));
}

function parseBody(body: string): Change[] {
  try {
    return [JSON.parse(body) as Change];
  } catch {
    return [];
  }
}
