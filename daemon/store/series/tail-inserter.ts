/** Writes tail rows: batches into the raw tail, the roll-ups of a sealed window into the tail of the next tier. */
import type { Connection } from '../database.js';
import { packTail, type TailEntry } from './codec.js';
import { TIER_SHAPES, type Tier } from './tiers.js';

/** The blocks of one group of series in one window. */
export interface TailRow {
  readonly group: number;
  readonly windowMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly entries: readonly TailEntry[];
}

export function createTailInserter(db: Connection, tier: Tier): (row: TailRow) => void {
  const insert = db.prepare(
    `INSERT INTO ${TIER_SHAPES[tier].tail} (grp, window_ms, from_ms, to_ms, data) VALUES (?, ?, ?, ?, ?)`,
  );
  return (row) => {
    insert.run(row.group, row.windowMs, row.fromMs, row.toMs, packTail(row.entries));
  };
}
