/** Makes room under the cap: while too many pages are in use, deletes the oldest rows, the most detailed ones first. */
import type { Connection } from '../database.js';
import { TIER_SHAPES } from '../series/tiers.js';
import { SLICE_ROWS } from './slice.js';
import type { Pages, Space } from './space.js';

/** In this order: rows of a table are deleted only when the tables before it are empty. */
const EVICTED_TABLES = [
  TIER_SHAPES[0].chunk,
  TIER_SHAPES[1].chunk,
  'forecast',
  'score',
  TIER_SHAPES[2].chunk,
  'episode',
  'failure',
  'outage',
  'burst',
];

interface Eviction {
  /** Deletes one slice of rows of one table and returns their number, 0 when there is room or nothing to delete. */
  evict(pages: Pages): number;
  /** True when the last slice found no room and nothing to delete. */
  stuck(): boolean;
}

export function createEviction(db: Connection, space: Space): Eviction {
  const deletes = EVICTED_TABLES.map((table) =>
    db.prepare(`DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} ORDER BY rowid LIMIT ${SLICE_ROWS})`),
  );
  let stuck = false;
  return {
    evict({ count, free, bytes }) {
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
