/** What is stored of the past of one pool: its bursts and its daily peaks. */
import type { PastStore } from '../../contracts.js';
import { NO_PAST, type Burst, type DailyPeak } from '../../forecast/history/types.js';
import type { Log } from '../../log.js';
import { storeError, type Connection } from '../database.js';
import type { Batch } from '../series/batch-queue.js';
import { BURSTS_PER_POOL, createBurstReader } from './burst-rows.js';

interface PastReaderParts {
  readonly db: Connection;
  readonly file: string;
  readonly log: Log;
  /** The batches that are still in memory. */
  readonly batches: () => readonly Batch[];
  /** May raise what SQLite raises. */
  readonly readDailyPeaks: (poolId: string) => DailyPeak[];
}

/** Never throws: a forecast without a past is still a forecast, and the next write reports what is wrong with the file. */
export function createPastReader({ db, file, log, batches, readDailyPeaks }: PastReaderParts): PastStore {
  const readBursts = createBurstReader(db);
  return {
    poolPast(poolId) {
      try {
        const dailyPeaks = readDailyPeaks(poolId);
        return { bursts: addBurstsInMemory(readBursts(poolId), batches(), poolId), dailyPeaks };
      } catch (error) {
        log.warn({ err: storeError(file, error), poolId }, 'store: the past of a pool cannot be read');
        return NO_PAST;
      }
    },
  };
}

/** The newest bursts of a pool, stored or in memory, oldest first. */
function addBurstsInMemory(stored: readonly Burst[], batches: readonly Batch[], poolId: string): Burst[] {
  const inMemory = batches.flatMap(({ bursts }) => bursts.filter((burst) => burst.poolId === poolId));
  return [...stored, ...inMemory].sort((a, b) => a.beganAtMs - b.beganAtMs).slice(-BURSTS_PER_POOL);
}
