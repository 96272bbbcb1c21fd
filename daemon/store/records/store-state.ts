/** The few values that the store keeps about itself, across restarts. */
import type { Connection } from '../database.js';

/**
 * `lock_file`: device and inode of this database, and the path of the lock file of the last daemon that opened it (see
 * session.ts). `addresses`: those of the channels' servers, as JSON. `report_due_ms`: when the next weekly report is due. The
 * others are those of upkeep/believed-clock.ts, as decimal numbers of ms.
 */
type StateName = 'lock_file' | 'addresses' | 'report_due_ms' | 'believed_ms' | 'least_ahead_ms' | 'observed_ms';

export interface StoreState {
  /** Null when the value was never stored. */
  read(name: StateName): string | null;
  /** Raises what SQLite raises. */
  write(name: StateName, value: string): void;
}

export function createStoreState(db: Connection): StoreState {
  const get = db.prepare<[string], string>('SELECT value FROM store_state WHERE name = ?').pluck();
  const put = db.prepare(
    'INSERT INTO store_state (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  );
  return {
    read: (name) => get.get(name) ?? null,
    write: (name, value) => void put.run(name, value),
  };
}
