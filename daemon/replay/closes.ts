/** Counts the closes of each pool from one table to the next: what a review needs beside the forecasts. */
import type { CountedCloses } from '../forecast/hindsight.js';
import { finWait2DurationOf } from '../forecast/release.js';
import { rememberCount, startUntimed, type UntimedMemory } from '../forecast/untimed.js';
import type { HostLimits } from '../pool/limits.js';
import type { Pool } from '../pool/pool.js';
import { STATE, type Snapshot } from '../snapshot/snapshot.js';

export interface CloseCounter {
  /** Closes of each pool since its previous snapshot, by pool id, oldest first, on the monotonic clock. */
  count(pools: readonly Pool[], snapshot: Snapshot, limits: HostLimits): Map<string, CountedCloses[]>;
}

/** The first table of a pool shows older closes too: they are counted in bins of this width. */
const BIN_MS = 2000;
/** A pool that was away for longer is a new one. */
const FORGET_MS = 600_000;

interface Seen {
  readonly monotonicMs: number;
  readonly untimed: UntimedMemory | null;
}
const NEVER: Seen = { monotonicMs: -Infinity, untimed: null };

export function createCloseCounter(): CloseCounter {
  const seen = new Map<string, Seen>();
  return {
    count(pools, { monotonicMs, hasTimers }, limits) {
      for (const [id, { monotonicMs: lastMs }] of seen) if (monotonicMs - lastMs > FORGET_MS) seen.delete(id);
      const counted = new Map<string, CountedCloses[]>();
      for (const pool of pools) {
        const before = seen.get(pool.id) ?? NEVER;
        if (hasTimers) {
          counted.set(pool.id, closesByTimers(pool, { limits, monotonicMs, sinceMs: before.monotonicMs }));
          seen.set(pool.id, { monotonicMs, untimed: null });
        } else {
          const untimed = before.untimed ?? startUntimed(monotonicMs, pool.timed.state.length);
          counted.set(pool.id, closesByCounts(pool, untimed, { limits, monotonicMs }));
          seen.set(pool.id, { monotonicMs, untimed });
        }
      }
      return counted;
    },
  };
}

/** Every timer tells when its port was closed; one that may have been reused since is no count, so only the young are. */
function closesByTimers(pool: Pool, at: { limits: HostLimits; monotonicMs: number; sinceMs: number }): CountedCloses[] {
  const { limits, monotonicMs, sinceMs } = at;
  const shownMs = pool.reuse === 'after_delay' ? limits.twReuseDelayMs : limits.timeWaitMs;
  const widthMs = Math.min(monotonicMs - sinceMs, shownMs);
  if (widthMs <= 0) return [];
  const finWait2Ms = finWait2DurationOf(limits);
  const bins = Math.ceil(widthMs / BIN_MS);
  const binMs = widthMs / bins;
  const closes = new Array<number>(bins).fill(0);
  for (let i = 0; i < pool.timed.state.length; i += 1) {
    const durationMs = pool.timed.state[i] === STATE.FIN_WAIT2 ? finWait2Ms : limits.timeWaitMs;
    const bin = Math.floor(Math.max(0, durationMs - (pool.timed.expiresMs[i] ?? 0)) / binMs);
    if (bin < bins) closes[bin] = (closes[bin] ?? 0) + 1;
  }
  return closes
    .map((count, bin) => ({ fromMs: monotonicMs - (bin + 1) * binMs, toMs: monotonicMs - bin * binMs, closes: count }))
    .reverse();
}

/** The first count is spread over one TIME_WAIT; after that, closes are the rise plus what has been released. */
function closesByCounts(pool: Pool, untimed: UntimedMemory, at: { limits: HostLimits; monotonicMs: number }) {
  const { monotonicMs } = at;
  const { timeWaitMs } = at.limits;
  const count = pool.timed.state.length;
  if (monotonicMs === untimed.firstMs) return [{ fromMs: monotonicMs - timeWaitMs, toMs: monotonicMs, closes: count }];
  rememberCount(untimed, { monotonicMs, count, timeWaitMs });
  const newest = untimed.intervals.at(-1);
  if (newest?.endMs !== monotonicMs) return [];
  return [{ fromMs: monotonicMs - newest.widthMs, toMs: monotonicMs, closes: newest.closes }];
}
