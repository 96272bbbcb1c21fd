/** The readers behind the pages of one pool and of one port series. */
import type { Connection } from './database.js';
import { createPoolAlertReader } from './records/pool-alerts.js';
import { createPoolScoreReader, type PoolScoreReader } from './records/pool-score.js';
import { createStoredSeriesReader, type StoredSeries } from './series/stored-series.js';
import type { TierReader } from './series/tier-reader.js';

export interface PageReaders {
  readonly series: StoredSeries;
  readonly score: PoolScoreReader;
  readonly alerts: ReturnType<typeof createPoolAlertReader>;
}

/** They raise what SQLite raises. */
export function createPageReaders(db: Connection, tiers: TierReader): PageReaders {
  return {
    series: createStoredSeriesReader(db, tiers),
    score: createPoolScoreReader(db),
    alerts: createPoolAlertReader(db),
  };
}
