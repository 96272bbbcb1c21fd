/** Does the upkeep of the database, the most urgent task first, one slice at a time. */
import type { Clock } from '../../contracts.js';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../units.js';
import type { Connection } from '../database.js';
import { TIERS } from '../series/tiers.js';
import { createEviction } from './eviction.js';
import { createClockGuard, createExpiry, type Retention } from './retention.js';
import { createSealer } from './seal.js';
import { createSeriesSweep } from './series-sweep.js';
import { SLICE_PAGES, type Slice } from './slice.js';
import type { Pages, Space } from './space.js';

const EXPIRE_EVERY_MS = 30 * SECOND_MS;
const SWEEP_EVERY_MS = HOUR_MS;
const FIRST_SWEEP_MS = 10 * MINUTE_MS;
/** While a reader holds a checkpoint up, each attempt waits for the lock on the main thread, so the next one comes later. */
const CHECKPOINT_RETRY_MS = 30 * SECOND_MS;
/** New rows reuse free pages. Only when there are more of them than this, pages are returned to the file system. */
const FREE_PAGES = 256;
const FREE_RATIO = 0.05;

interface MaintenanceOptions {
  readonly db: Connection;
  readonly clock: Clock;
  readonly space: Space;
  readonly retention: Retention;
  /** Called with the ids of series that were deleted. */
  readonly onForget: (ids: ReadonlySet<number>) => void;
}

export interface Maintenance {
  /** Does the most urgent slice; null when there is nothing to do. Raises what SQLite raises. */
  step(): Slice | null;
  /** True when too many pages are in use and nothing is left to delete. */
  stuck(): boolean;
}

export function createMaintenance(options: MaintenanceOptions): Maintenance {
  const { db, clock, space } = options;
  const sealers = TIERS.map((tier) => createSealer(db, tier));
  const eviction = createEviction(db, space);
  const expire = createExpiry(db, options.retention);
  const sweep = createSeriesSweep(db, options.onForget);
  const canTrustClock = createClockGuard(db, clock);
  const due = { checkpointMs: 0, expireMs: 0, sweepMs: clock.monotonicMs() + FIRST_SWEEP_MS };

  const seal = (): number => {
    for (const sealWindow of sealers) {
      const rows = sealWindow(clock.wallMs());
      if (rows > 0) return rows;
    }
    return 0;
  };
  const checkpoint = (nowMs: number): boolean => {
    const walBytes = space.walBytes();
    const large = walBytes > 2 * space.budget.walBytes || (walBytes > 0 && !space.fits(0));
    if (!large || nowMs < due.checkpointMs) return false;
    const [result] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
    if (result?.busy !== 0) due.checkpointMs = nowMs + CHECKPOINT_RETRY_MS;
    return true;
  };
  return {
    step() {
      const nowMs = clock.monotonicMs();
      const clockTrusted = canTrustClock();
      if (checkpoint(nowMs)) return { task: 'checkpoint', amount: 0 };
      const pages = space.pages();
      const evicted = eviction.evict(pages);
      if (evicted > 0) return { task: 'evict', amount: evicted };
      const sealed = seal();
      if (sealed > 0) return { task: 'seal', amount: sealed };
      if (nowMs >= due.expireMs && clockTrusted) {
        const expired = expire(clock.wallMs());
        if (expired > 0) return { task: 'expire', amount: expired };
        due.expireMs = nowMs + EXPIRE_EVERY_MS;
      }
      const returned = returnPages(db, space, pages);
      if (returned > 0) return { task: 'vacuum', amount: returned };
      if (nowMs < due.sweepMs) return null;
      const { examined, done } = sweep();
      if (done) due.sweepMs = nowMs + SWEEP_EVERY_MS;
      return { task: 'forget', amount: examined };
    },
    stuck: () => eviction.stuck(),
  };
}

/** Returns the number of pages given back to the file system. */
function returnPages(db: Connection, space: Space, { count, free, bytes }: Pages): number {
  const tooLarge = count * bytes > space.budget.samplesMaxBytes;
  if (free === 0 || (!tooLarge && free <= Math.max(FREE_PAGES, count * FREE_RATIO))) return 0;
  db.pragma(`incremental_vacuum(${SLICE_PAGES})`);
  return free - space.pages().free;
}
