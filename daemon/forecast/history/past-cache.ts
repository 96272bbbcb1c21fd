/** The stored past of each pool, read from the store once an hour and kept, so that a sample does not wait for the store. */
import { HOUR_MS } from '../../units.js';
import { foreseeOutlook, type Outlook } from './outlook.js';
import type { Burst, PoolPast } from './types.js';

interface CachedPast {
  /** Oldest first: those stored, and those that have ended since the store was read. */
  readonly bursts: readonly Burst[];
  /** Null until the store has been read. */
  readonly outlook: Outlook | null;
}

interface PastSample {
  /** Reads the past of a pool; absent where there is no store. */
  readonly past?: ((poolId: string) => PoolPast) | undefined;
  /** The present pools, in the order in which their past is to be read. */
  readonly ids: readonly string[];
  readonly monotonicMs: number;
  readonly nowMs: number;
}

interface PastCache {
  /** Reads the past of pools that are new or were read an hour ago: one pool with a history per call, the others later. */
  refresh(sample: PastSample): void;
  /** Adds bursts that have just ended. */
  add(bursts: readonly Burst[], monotonicMs: number): void;
  /** The past of a pool; empty where it has not been read. */
  find(poolId: string): CachedPast;
}

interface Entry extends CachedPast {
  readonly readMs: number;
  seenMs: number;
}

const READ_AGAIN_MS = HOUR_MS;
const FORGET_AFTER_MS = HOUR_MS;
/** Pools without stored days cost next to nothing, so this many are read in one call. */
const MAX_READS = 20;
const MAX_BURSTS = 200;
/**
 * So many pools that hold no port now keep their entries. Those not seen for longest go first; the store has their past,
 * and it is read again when they return.
 */
const MAX_ABSENT = 2000;
const NOT_READ: CachedPast = { bursts: [], outlook: null };

export function createPastCache(): PastCache {
  const entries = new Map<string, Entry>();
  return {
    refresh({ past, ids, monotonicMs, nowMs }) {
      for (const id of ids) {
        const entry = entries.get(id);
        if (entry !== undefined) entry.seenMs = monotonicMs;
      }
      if (past !== undefined) {
        for (const id of listDue(entries, ids, monotonicMs).slice(0, MAX_READS)) {
          const { bursts, dailyPeaks } = past(id);
          const outlook = foreseeOutlook(dailyPeaks, nowMs);
          entries.set(id, { bursts, outlook, readMs: monotonicMs, seenMs: monotonicMs });
          if (dailyPeaks.length > 0) break;
        }
      }
      dropOld(entries, monotonicMs);
    },
    add(bursts, monotonicMs) {
      for (const burst of bursts) {
        const entry = entries.get(burst.poolId) ?? { ...NOT_READ, readMs: -Infinity, seenMs: monotonicMs };
        entries.set(burst.poolId, { ...entry, bursts: [...entry.bursts, burst].slice(-MAX_BURSTS) });
      }
    },
    find: (poolId) => entries.get(poolId) ?? NOT_READ,
  };
}

function dropOld(entries: Map<string, Entry>, nowMs: number): void {
  for (const [id, { seenMs }] of entries) if (nowMs - seenMs > FORGET_AFTER_MS) entries.delete(id);
  const absent = [...entries].filter(([, { seenMs }]) => seenMs !== nowMs);
  if (absent.length <= MAX_ABSENT) return;
  absent.sort(([, a], [, b]) => a.seenMs - b.seenMs);
  for (const [id] of absent.slice(0, absent.length - MAX_ABSENT)) entries.delete(id);
}

/** New pools first, in the given order; then the pool that was read longest ago. */
function listDue(entries: ReadonlyMap<string, Entry>, ids: readonly string[], monotonicMs: number): string[] {
  const findReadMs = (id: string): number => entries.get(id)?.readMs ?? -Infinity;
  return ids
    .filter((id) => monotonicMs - findReadMs(id) >= READ_AGAIN_MS)
    .sort((a, b) => compareNumbers(findReadMs(a), findReadMs(b)));
}

/** Infinity - Infinity is not a number, so equal values are compared first. */
function compareNumbers(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
