/** What is known of each pool's past, asked of the store now and then and kept, so that a sample costs nothing. */
import { HOUR_MS } from '../../units.js';
import { foreseeOutlook, type Outlook } from './outlook.js';
import type { Burst, PoolPast } from './types.js';

export interface CachedPast {
  /** Oldest first: those stored, and those that have ended since. */
  readonly bursts: readonly Burst[];
  /** Null until the store has been asked. */
  readonly outlook: Outlook | null;
}

export interface PastSample {
  /** Absent where there is no store. */
  readonly past?: ((poolId: string) => PoolPast) | undefined;
  /** Present pools; those that are to be asked about first come first. */
  readonly ids: readonly string[];
  readonly monotonicMs: number;
  readonly nowMs: number;
}

export interface PastCache {
  /** Asks about those pools that are new or were asked about an hour ago: one with a history at a time, the rest later. */
  refresh(sample: PastSample): void;
  /** Takes up bursts that have just ended. */
  add(bursts: readonly Burst[], monotonicMs: number): void;
  pastOf(id: string): CachedPast;
}

interface Entry extends CachedPast {
  readonly askedMs: number;
  seenMs: number;
}

const ASK_AGAIN_MS = HOUR_MS;
const FORGET_AFTER_MS = HOUR_MS;
/** A pool without days in its history costs next to nothing, so several may be asked about in one go. */
const MAX_ASKED = 20;
const MAX_BURSTS = 200;
const NOTHING: CachedPast = { bursts: [], outlook: null };

export function createPastCache(): PastCache {
  const entries = new Map<string, Entry>();
  const put = (id: string, entry: Entry): void => void entries.set(id, entry);
  return {
    refresh({ past, ids, monotonicMs, nowMs }) {
      for (const id of ids) {
        const known = entries.get(id);
        if (known !== undefined) known.seenMs = monotonicMs;
      }
      if (past !== undefined) {
        for (const id of due(entries, ids, monotonicMs).slice(0, MAX_ASKED)) {
          const { bursts, dailyPeaks } = past(id);
          put(id, { bursts, outlook: foreseeOutlook(dailyPeaks, nowMs), askedMs: monotonicMs, seenMs: monotonicMs });
          if (dailyPeaks.length > 0) break;
        }
      }
      for (const [id, { seenMs }] of entries) if (monotonicMs - seenMs > FORGET_AFTER_MS) entries.delete(id);
    },
    add(bursts, monotonicMs) {
      for (const burst of bursts) {
        const known = entries.get(burst.poolId) ?? { ...NOTHING, askedMs: -Infinity, seenMs: monotonicMs };
        put(burst.poolId, { ...known, bursts: [...known.bursts, burst].slice(-MAX_BURSTS) });
      }
    },
    pastOf: (id) => entries.get(id) ?? NOTHING,
  };
}

/** New pools first, in their order; then the one asked about longest ago. */
function due(entries: ReadonlyMap<string, Entry>, ids: readonly string[], monotonicMs: number): string[] {
  const askedMs = (id: string): number => entries.get(id)?.askedMs ?? -Infinity;
  return ids.filter((id) => monotonicMs - askedMs(id) >= ASK_AGAIN_MS).sort((a, b) => compare(askedMs(a), askedMs(b)));
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
