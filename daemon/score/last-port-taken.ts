/**
 * When the last port of a pool was taken between two tables. Tables alone tell it late: where closes go on, every release
 * frees a few ports for a moment, and samples that happen to fall into those moments never see the pool full. But the
 * timers of the first table say when its ports come free, and those of the second when each new one was closed.
 */
import type { Granularity } from '../host/release-granularity.js';
import type { HostLimits } from '../host/limits.js';
import type { TimedPorts } from '../pool/pool.js';
import { STATE } from '../snapshot/snapshot.js';
import { finWait2TimerMs, nextReleaseMs, createTimings } from '../forecast/release.js';

/** What one table shows of a pool whose ports are not reused. */
export interface PoolAt {
  readonly live: number;
  readonly timed: TimedPorts;
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
 * @returns null where it did not; `unknown` where it cannot be told: steps of release not learned yet, tables too far apart.
 */
export function findLastPortTaken(
  before: PoolAt,
  now: PoolAt,
  { capacity, ...timers }: Timers & { readonly capacity: number },
): number | null | 'unknown' {
  const gapMs = now.monotonicMs - before.monotonicMs;
  if (!timers.granularity.learned || gapMs <= 0 || gapMs > MAX_GAP_MS) return 'unknown';
  const entries = entriesAfter(now, gapMs, timers.limits);
  const live = Math.min(before.live, now.live);
  const start = live + before.timed.state.length;
  if (start + entries.length < capacity) return null;

  const releases = releasesAfter(before, timers).filter((afterMs) => afterMs <= gapMs);
  let released = 0;
  let filledMs: number | null = null;
  entries.forEach((afterMs, index) => {
    while (released < releases.length && (releases[released] ?? 0) <= afterMs) released += 1;
    if (start + index + 1 - released >= capacity) filledMs ??= before.monotonicMs + afterMs;
  });
  const expected = start + entries.length - releases.length;
  const shown = live + now.timed.state.length;
  return expected - shown > TOLERANCE ? 'unknown' : filledMs;
}

/** When the ports of a table come free, in ms after it, ascending. */
function releasesAfter({ timed, monotonicMs }: PoolAt, { limits, granularity }: Timers): number[] {
  const timings = createTimings('none', limits, { granularity, monotonicMs });
  const { state, expiresMs } = timed;
  return Array.from(state, (kind, i) =>
    nextReleaseMs(expiresMs[i] ?? 0, kind === STATE.FIN_WAIT2 ? timings.finWait2 : timings.timeWait),
  ).sort((a, b) => a - b);
}

/** When the ports that were closed in the last `gapMs` before a table were, in ms after the beginning of that time, ascending. */
function entriesAfter({ timed }: PoolAt, gapMs: number, limits: HostLimits): number[] {
  const { state, expiresMs } = timed;
  return Array.from(state, (kind, i) => {
    const durationMs = kind === STATE.FIN_WAIT2 ? finWait2TimerMs(limits) : limits.timeWaitMs;
    return gapMs - (durationMs - (expiresMs[i] ?? 0));
  })
    .filter((afterMs) => afterMs > 0)
    .sort((a, b) => a - b);
}
