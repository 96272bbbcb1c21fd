/** Reads incidents and the histories of their pools from the database of a daemon that does not run. */
import type { HistoryQuery } from '../contracts.js';
import type { Incident } from '../incident/incident.js';
import type { History } from '../wire/history.js';
import { outageToWire } from '../wire/outage.js';
import { openReadonly, withStoreErrors } from './database.js';
import { checkReadable } from './migrations.js';
import { createOutageReader } from './records/outage-rows.js';
import { createHistoryReader } from './series/history.js';
import { KIND } from './series/series-kinds.js';
import { createTierReader } from './series/tier-reader.js';

interface IncidentReader {
  /** Null where there is none, or where its row cannot be parsed. */
  findIncident(id: string): Incident | null;
  /** At most `limit`, the newest first. */
  listIncidents(limit: number): Incident[];
  /** Null when no such pool was ever stored. */
  poolHistory(query: HistoryQuery): History | null;
  close(): void;
}

interface ReaderOptions {
  readonly migrationsDir: string;
  /** Two samples that are no further apart than this have no gap between them. */
  readonly maxSampleAgeMs: number;
}

/** Raises STORE_*, also for a database of another program or with a newer schema. */
export function openIncidents(file: string, { migrationsDir, maxSampleAgeMs }: ReaderOptions): IncidentReader {
  const db = openReadonly(file);
  return withStoreErrors(file, () => {
    try {
      checkReadable(db, { file, migrationsDir });
      const nothing = (): [] => [];
      const findId = db.prepare<[number, string], number>('SELECT id FROM series WHERE kind = ? AND name = ?').pluck();
      const tiers = createTierReader({
        db,
        batches: nothing,
        findSeriesId: (kind, name) => findId.get(kind, name) ?? null,
      });
      const readHistory = createHistoryReader(tiers, maxSampleAgeMs);
      const outages = createOutageReader(db, nothing);
      const valid = 'SELECT body FROM incident WHERE json_valid(body)';
      const one = db.prepare<[string], string>(`${valid} AND id = ?`).pluck();
      const newest = db.prepare<[number], string>(`${valid} ORDER BY opened_at_ms DESC, rowid DESC LIMIT ?`).pluck();
      const parse = (body: string): Incident => JSON.parse(body) as Incident;
      const read = <T>(act: () => T): T => withStoreErrors(file, act);
      return {
        findIncident: (id) => read(() => one.all(id).map(parse)[0] ?? null),
        listIncidents: (limit) => read(() => newest.all(limit).map(parse)),
        poolHistory: (query) =>
          read(() => {
            const history = readHistory(KIND.pool, query);
            return history && { ...history, outages: outages.ofPool(query.id, query).map(outageToWire) };
          }),
        close: () => void db.close(),
      };
    } catch (error) {
      db.close();
      throw error;
    }
  });
}
