/**
 * Makes room under the cap: while too many pages are in use, deletes the oldest rows, the most detailed ones first. The
 * newest samples, active alerts, incidents and outages that go on, waiting messages and silences that have not ended are never
 * deleted, so they find the room. A link in a message that can still be used is deleted only when little else is left.
 */
import type { Connection } from '../database.js';
import { TIER_SHAPES } from '../series/tiers.js';
import { SLICE_ROWS } from './slice.js';
import type { Pages, Space } from './space.js';

interface EvictedRows {
  readonly table: string;
  /** `@nowMs` is the time by which stored things grow old. */
  readonly condition?: string;
}

/** In this order: rows are deleted only when there are none left of those before. */
const EVICTED_ROWS: readonly EvictedRows[] = [
  { table: TIER_SHAPES[0].chunk },
  { table: TIER_SHAPES[1].chunk },
  { table: 'forecast' },
  { table: 'score' },
  { table: TIER_SHAPES[2].chunk },
  { table: 'episode', condition: 'verdict IS NOT NULL' },
  { table: 'failure' },
  { table: 'outage', condition: 'is_over = 1' },
  { table: 'observed_change', condition: 'is_over = 1' },
  { table: 'burst' },
  { table: 'outbox', condition: 'is_cancelled = 1' },
  { table: 'outbox', condition: "status = 'sent'" },
  { table: 'action_token', condition: 'expires_at_ms <= @nowMs OR spent_at_ms IS NOT NULL' },
  { table: 'silence', condition: 'end_at_ms <= @nowMs' },
  { table: 'alert', condition: "state = 'resolved'" },
  { table: 'incident', condition: "state = 'resolved'" },
  { table: 'decision' },
  { table: 'outbox', condition: "status = 'failed'" },
  { table: 'action_token' },
  { table: TIER_SHAPES[1].tail },
  { table: TIER_SHAPES[2].tail },
  // Of the last resort: samples that wait to be sealed, but not those of the newest window.
  {
    table: TIER_SHAPES[0].tail,
    condition: `window_ms <> (SELECT window_ms FROM ${TIER_SHAPES[0].tail} ORDER BY id DESC LIMIT 1)`,
  },
];

interface Eviction {
  /**
   * Deletes one slice of rows of one table and returns their number, 0 when there is room or nothing to delete.
   * @param nowMs the time by which stored things grow old.
   */
  evict(pages: Pages, nowMs: number): number;
  /** True when the last slice found no room and nothing to delete. */
  stuck(): boolean;
}

export function createEviction(db: Connection, { budget }: Pick<Space, 'budget'>): Eviction {
  const deletes = EVICTED_ROWS.map(({ table, condition = 'true' }) =>
    db.prepare<[{ nowMs: number }]>(
      `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE ${condition} ORDER BY rowid LIMIT ${SLICE_ROWS})`,
    ),
  );
  let stuck = false;
  return {
    evict({ count, free, bytes }, nowMs) {
      stuck = false;
      if ((count - free) * bytes <= budget.liveMaxBytes) return 0;
      for (const statement of deletes) {
        const { changes } = statement.run({ nowMs });
        if (changes > 0) return changes;
      }
      stuck = true;
      return 0;
    },
    stuck: () => stuck,
  };
}
