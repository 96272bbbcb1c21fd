/**
 * When the last port of a pool was taken between two tables. Tables alone tell it late: where closes go on, every release
 * frees a few ports for a moment, and samples that happen to fall into those moments never see the pool full. But the
 * timers of the first table say when its ports come free, and those of the second when each new one was closed.
 */
import { finWait2DurationOf, releaseAfter, timingsOf } from '../forecast/release.js';
import type { Granularity, HostLimits } from '../pool/limits.js';
import type { Pool } from '../pool/pool.js';
import { STATE } from '../snapshot/snapshot.js';

export interface PoolAt {
  readonly pool: Pool;
  readonly monotonicMs: number;
}

export interface Timers {
  readonly limits: HostLimits;
  readonly granularity: Granularity;
}

/** Ports closed between tables further apart may have come free again unseen. */
const MAX_GAP_MS = 30_000;
/** What is worked out must come to what the second table shows, up to connections in progress. */
const TOLERANCE = 2;

/**
 * The instant on the monotonic clock at which the pool became full after `before` and not later than `now`.
 * @returns null where it did not, and where it cannot be told: ports that are reused, steps of release not learned yet.
 */
export function filledAt(before: PoolAt, now: PoolAt, timers: Timers): number | null {
  const { limits, granularity } = timers;
  const gapMs = now.monotonicMs - before.monotonicMs;
  const { pool } = now;
  if (pool.reuse !== 'none' || !granularity.learned || gapMs <= 0 || gapMs > MAX_GAP_MS) return null;
  const entries = entriesAfter(now, gapMs, limits);
  const live = Math.min(before.pool.live, pool.live);
  const start = live + before.pool.timed.state.length;
  if (start + entries.length < pool.capacity) return null;

  const releases = releasesAfter(before, timers).filter((afterMs) => afterMs <= gapMs);
  let released = 0;
  let filledMs: number | null = null;
  entries.forEach((afterMs, index) => {
    while (released < releases.length && (releases[released] ?? 0) <= afterMs) released += 1;
    if (start + index + 1 - released >= pool.capacity) filledMs ??= before.monotonicMs + afterMs;
  });
  const expected = start + entries.length - releases.length;
  const shown = live + pool.timed.state.length;
  return expected - shown > TOLERANCE ? null : filledMs;
}

/** When the ports of a table come free, in ms after it, ascending. */
function releasesAfter({ pool, monotonicMs }: PoolAt, { limits, granularity }: Timers): number[] {
  const timings = timingsOf('none', limits, { granularity, monotonicMs });
  const { state, expiresMs } = pool.timed;
  return Array.from(state, (kind, i) =>
    releaseAfter(expiresMs[i] ?? 0, kind === STATE.FIN_WAIT2 ? timings.finWait2 : timings.timeWait),
  ).sort((a, b) => a - b);
}

/** When the ports that were closed in the last `gapMs` before a table were, in ms after the beginning of that time, ascending. */
function entriesAfter({ pool }: PoolAt, gapMs: number, limits: HostLimits): number[] {
  const { state, expiresMs } = pool.timed;
  return Array.from(state, (kind, i) => {
    const durationMs = kind === STATE.FIN_WAIT2 ? finWait2DurationOf(limits) : limits.timeWaitMs;
    return gapMs - (durationMs - (expiresMs[i] ?? 0));
  })
    .filter((afterMs) => afterMs > 0)
    .sort((a, b) => a - b);
}
