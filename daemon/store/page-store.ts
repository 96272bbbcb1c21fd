/** What the store knows for the pages of one pool and of one port series. */
import type { ScoredEpisode } from '../score/types.js';
import type { PageReaders } from './page-readers.js';
import type { PoolAlerts } from './records/pool-alerts.js';
import type { PoolScoreSums } from './records/pool-score.js';
import type { StoredSeries } from './series/stored-series.js';
import type { Readers } from './session.js';

/** Its methods raise STORE_*. */
export interface PageStore {
  readonly findPool: StoredSeries['pool'];
  readonly findPorts: StoredSeries['ports'];
  readonly poolScore: (poolId: string, sinceMs: number) => PoolScoreSums;
  readonly poolEpisodes: (poolId: string, limit: number) => ScoredEpisode[];
  readonly poolAlerts: (query: Parameters<PageReaders['alerts']>[0]) => PoolAlerts;
}

export function createPageStore(read: <T>(act: (readers: Readers) => T) => T): PageStore {
  return {
    findPool: (id) => read(({ pages }) => pages.series.pool(id)),
    findPorts: (port, limit) => read(({ pages }) => pages.series.ports(port, limit)),
    poolScore: (poolId, sinceMs) => read(({ pages }) => pages.score.sums(poolId, sinceMs)),
    poolEpisodes: (poolId, limit) => read(({ pages }) => pages.score.episodes(poolId, limit)),
    poolAlerts: (query) => read(({ pages }) => pages.alerts(query)),
  };
}
