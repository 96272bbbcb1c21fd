/** Does the upkeep of the database, the most urgent task first, one slice at a time. */
import type { Clock } from '../../contracts.js';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../units.js';
import type { Connection } from '../database.js';
import { createStoreState } from '../records/store-state.js';
import { TIERS } from '../series/tiers.js';
import { createBelievedClock } from './believed-clock.js';
import { createEviction } from './eviction.js';
import { createExpiry, type Retention } from './retention.js';
import { createSealer } from './seal.js';
import { createSeriesSweep, type SeriesSweep } from './series-sweep.js';
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
const COUNT_SERIES_EVERY_MS = 10 * SECOND_MS;
/** One series for so many bytes of the cap may be stored; of a small cap they may take more. */
const BYTES_PER_SERIES = 16 * 1024;
const FEW_SERIES = 4096;
const BYTES_PER_FEW_SERIES = 4 * 1024;
/** About the most that one slice adds to the WAL. */
const SLICE_BYTES = 128 * 1024;

interface MaintenanceOptions {
  readonly db: Connection;
  readonly clock: Clock;
  readonly space: Space;
  readonly retention: Retention;
  /** Called with the ids of series that were deleted. */
  readonly onForget: (ids: ReadonlySet<number>) => void;
  /** Called when stored samples were deleted because they cannot be decoded. */
  readonly onDamage?: (error: unknown) => void;
}

export interface Maintenance {
  /** Does the most urgent slice; null when there is nothing to do. Raises what SQLite raises. */
  step(): Slice | null;
  /** True when too many pages are in use and nothing is left to delete. */
  stuck(): boolean;
  /** True while the WAL takes the room that is left and a reader keeps it from being written back: upkeep then waits. */
  heldUp(): boolean;
}

export function createMaintenance(options: MaintenanceOptions): Maintenance {
  const { db, clock, space, retention, onForget, onDamage = () => undefined } = options;
  const { capBytes } = space.budget;
  const sealers = TIERS.map((tier) => createSealer(db, tier, onDamage));
  const eviction = createEviction(db, space);
  const expire = createExpiry(db, retention, capBytes);
  const forgetting = createForgetting(createSeriesSweep(db, { maxSeries: findMaxSeries(capBytes), onForget }), clock);
  const believed = createBelievedClock({ clock, state: createStoreState(db) }, prepareNewestSample(db));
  const due = { checkpointMs: 0, expireMs: 0 };
  let hasLongReader = false;

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
    if (!large) hasLongReader = false;
    if (!large || nowMs < due.checkpointMs) return false;
    const [result] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
    hasLongReader = result?.busy !== 0;
    if (hasLongReader) due.checkpointMs = nowMs + CHECKPOINT_RETRY_MS;
    return true;
  };
  const heldUp = (): boolean => hasLongReader && !space.fits(SLICE_BYTES);
  const tidy = (nowMs: number, agedMs: number): Slice | null => {
    if (forgetting.mustShed()) return forgetting.step();
    const pages = space.pages();
    const evicted = eviction.evict(pages, agedMs);
    if (evicted > 0) return { task: 'evict', amount: evicted };
    const sealed = seal();
    if (sealed > 0) return { task: 'seal', amount: sealed };
    if (nowMs >= due.expireMs) {
      const expired = expire(agedMs);
      if (expired > 0) return { task: 'expire', amount: expired };
      due.expireMs = nowMs + EXPIRE_EVERY_MS;
    }
    const returned = hasLongReader ? 0 : returnPages(db, space, pages);
    if (returned > 0) return { task: 'vacuum', amount: returned };
    return forgetting.isDue() ? forgetting.step() : null;
  };
  return {
    step() {
      const nowMs = clock.monotonicMs();
      if (checkpoint(nowMs)) return { task: 'checkpoint', amount: 0 };
      return heldUp() ? null : tidy(nowMs, believed.nowMs());
    },
    stuck: () => eviction.stuck(),
    heldUp,
  };
}

/** When series are deleted: every hour those without samples, and at once while there are too many. */
function createForgetting(sweep: SeriesSweep, clock: Clock) {
  const due = { countMs: 0, sweepMs: clock.monotonicMs() + FIRST_SWEEP_MS };
  let [isOverLimit, isShedTurn] = [false, false];
  return {
    /** While there are too many series, every second slice deletes some: neither waits until the other is done. */
    mustShed(): boolean {
      const nowMs = clock.monotonicMs();
      if (nowMs >= due.countMs) {
        due.countMs = nowMs + COUNT_SERIES_EVERY_MS;
        isOverLimit = sweep.isOverLimit();
      }
      isShedTurn = isOverLimit && !isShedTurn;
      return isShedTurn;
    },
    isDue: () => clock.monotonicMs() >= due.sweepMs,
    step(): Slice {
      const { examined, done } = sweep.step();
      if (done) {
        due.sweepMs = clock.monotonicMs() + SWEEP_EVERY_MS;
        isOverLimit = false;
      }
      return { task: 'forget', amount: examined };
    },
  };
}

function findMaxSeries(capBytes: number): number {
  return Math.floor(Math.max(capBytes / BYTES_PER_SERIES, Math.min(FEW_SERIES, capBytes / BYTES_PER_FEW_SERIES)));
}

function prepareNewestSample(db: Connection): () => number | null {
  const newest = db.prepare<[], number | null>(
    'SELECT max(to_ms) FROM (SELECT max(to_ms) AS to_ms FROM raw_tail UNION ALL SELECT max(to_ms) FROM raw_chunk)',
  );
  newest.pluck();
  return () => newest.get() ?? null;
}

/** Returns the number of pages given back to the file system. */
function returnPages(db: Connection, space: Space, { count, free, bytes }: Pages): number {
  const tooLarge = count * bytes > space.budget.samplesMaxBytes;
  if (free === 0 || (!tooLarge && free <= Math.max(FREE_PAGES, count * FREE_RATIO))) return 0;
  db.pragma(`incremental_vacuum(${SLICE_PAGES})`);
  return free - space.pages().free;
}
