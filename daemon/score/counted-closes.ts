/** Counts the closes of one pool from one table to the next: what hindsight needs beside the forecasts. */
import type { HostLimits } from '../host/limits.js';
import type { Reuse, TimedPorts } from '../pool/pool.js';
import { STATE } from '../snapshot/snapshot.js';
import type { CountedCloses } from './types.js';
import { finWait2TimerMs } from '../forecast/release.js';
import { rememberCount, type UntimedMemory } from '../forecast/rate/untimed.js';

/** The first table of a pool shows older closes too: they are counted in bins of this width. */
const BIN_MS = 2000;

/**
 * Closes after `sinceMs`, oldest first, on the monotonic clock. Every timer tells when its port was closed; one that may
 * have been reused since is no count, so only the young are.
 */
export function countClosesByTimers(
  timed: TimedPorts,
  at: { reuse: Reuse; limits: HostLimits; monotonicMs: number; sinceMs: number },
): CountedCloses[] {
  const { reuse, limits, monotonicMs, sinceMs } = at;
  const shownMs = reuse === 'after_delay' ? limits.twReuseDelayMs : limits.timeWaitMs;
  const widthMs = Math.min(monotonicMs - sinceMs, shownMs);
  if (widthMs <= 0) return [];
  const finWait2Ms = finWait2TimerMs(limits);
  const bins = Math.ceil(widthMs / BIN_MS);
  const binMs = widthMs / bins;
  const closes = new Array<number>(bins).fill(0);
  for (let i = 0; i < timed.state.length; i += 1) {
    const durationMs = timed.state[i] === STATE.FIN_WAIT2 ? finWait2Ms : limits.timeWaitMs;
    const bin = Math.floor(Math.max(0, durationMs - (timed.expiresMs[i] ?? 0)) / binMs);
    if (bin < bins) closes[bin] = (closes[bin] ?? 0) + 1;
  }
  return closes
    .map((count, bin) => ({ fromMs: monotonicMs - (bin + 1) * binMs, toMs: monotonicMs - bin * binMs, closes: count }))
    .reverse();
}

/** The first count is spread over one TIME_WAIT; after that, closes are the rise plus what has been released. */
export function countClosesByCounts(
  untimed: UntimedMemory,
  at: { count: number; timeWaitMs: number; monotonicMs: number },
): CountedCloses[] {
  const { count, timeWaitMs, monotonicMs } = at;
  if (monotonicMs === untimed.firstMs) return [{ fromMs: monotonicMs - timeWaitMs, toMs: monotonicMs, closes: count }];
  rememberCount(untimed, { monotonicMs, count, timeWaitMs });
  const newest = untimed.intervals.at(-1);
  if (newest?.endMs !== monotonicMs) return [];
  return [{ fromMs: monotonicMs - newest.widthMs, toMs: monotonicMs, closes: newest.closes }];
}
