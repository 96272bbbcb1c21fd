/**
 * Finds when the last port of a pool was taken between two tables. The tables alone show it late: while closes go on,
 * every release frees a few ports for a moment, and samples that fall into such moments never show the pool full. But
 * the timers of the first table show when its ports come free, and the timers of the second table show when each new
 * port was closed, so the use in between can be worked out close by close.
 */
import { createTimings, finWait2TimerMs, nextReleaseMs } from '../forecast/release.js';
import type { HostLimits } from '../host/limits.js';
import type { Granularity } from '../host/release-granularity.js';
import type { TimedPorts } from '../pool/pool.js';
import { STATE } from '../snapshot/snapshot.js';
import { SECOND_MS } from '../units.js';

/** Between tables that are further apart, ports may have been closed and come free again without being seen. */
const MAX_GAP_MS = 30 * SECOND_MS;
/** The use that is worked out may exceed the use in the second table by this many ports: connections in progress. */
const TOLERANCE = 2;

/** What one table shows of a pool whose ports are not reused. */
export interface TimedHoldings {
  readonly monotonicMs: number;
  readonly live: number;
  readonly timed: TimedPorts;
}

/** What the release of a timed port depends on. */
interface TimerRules {
  readonly limits: HostLimits;
  readonly granularity: Granularity;
}

/**
 * The instant, on the monotonic clock, at which the pool became full after the table `before` and not later than the
 * table `now`.
 * @returns null where it did not become full; `unknown` where that cannot be worked out, because the release step is
 * not learned yet, the tables are too far apart, or the result does not agree with the second table.
 */
export function findLastPortTaken(
  before: TimedHoldings,
  now: TimedHoldings,
  { capacity, ...rules }: TimerRules & { readonly capacity: number },
): number | null | 'unknown' {
  const gapMs = now.monotonicMs - before.monotonicMs;
  if (!rules.granularity.learned || gapMs <= 0 || gapMs > MAX_GAP_MS) return 'unknown';
  const closes = listClosesSince(now, gapMs, rules.limits);
  // A live port that was closed in between is one of the closes, so only the live ports that stayed are counted here.
  const live = Math.min(before.live, now.live);
  const usedBefore = live + before.timed.state.length;
  if (usedBefore + closes.length < capacity) return null;

  const releases = listReleases(before, rules).filter((afterMs) => afterMs <= gapMs);
  let released = 0;
  let filledMs: number | null = null;
  closes.forEach((afterMs, index) => {
    while (released < releases.length && (releases[released] ?? 0) <= afterMs) released += 1;
    if (usedBefore + index + 1 - released >= capacity) filledMs ??= before.monotonicMs + afterMs;
  });
  const expected = usedBefore + closes.length - releases.length;
  const shown = live + now.timed.state.length;
  return expected - shown > TOLERANCE ? 'unknown' : filledMs;
}

/** When the timed ports of a table come free, in ms after it, ascending. */
function listReleases({ timed, monotonicMs }: TimedHoldings, { limits, granularity }: TimerRules): number[] {
  const timings = createTimings('none', limits, { granularity, monotonicMs });
  const { state, expiresMs } = timed;
  return Array.from(state, (kind, i) =>
    nextReleaseMs(expiresMs[i] ?? 0, kind === STATE.FIN_WAIT2 ? timings.finWait2 : timings.timeWait),
  ).sort((a, b) => a - b);
}

/** When ports were closed during the last `gapMs` before a table, in ms after the beginning of that time, ascending. */
function listClosesSince({ timed }: TimedHoldings, gapMs: number, limits: HostLimits): number[] {
  const { state, expiresMs } = timed;
  return Array.from(state, (kind, i) => {
    const durationMs = kind === STATE.FIN_WAIT2 ? finWait2TimerMs(limits) : limits.timeWaitMs;
    return gapMs - (durationMs - (expiresMs[i] ?? 0));
  })
    .filter((afterMs) => afterMs > 0)
    .sort((a, b) => a - b);
}
