/**
 * Counts the closes of one pool from one table to the next. These counts, and not the forecast's own rate, are what a
 * forecast is judged by.
 */
import { rememberCount, type UntimedMemory } from '../forecast/rate/untimed.js';
import { createReuseTiming, finWait2TimerMs, findCompleteAgeMs } from '../forecast/release.js';
import type { HostLimits } from '../host/limits.js';
import type { Reuse, TimedPorts } from '../pool/pool.js';
import { STATE } from '../snapshot/snapshot.js';
import { SECOND_MS } from '../units.js';
import type { CountedCloses } from './types.js';

/** The first table of a pool also shows older closes. They are counted in bins of at most this width. */
const BIN_MS = 2 * SECOND_MS;
/** A timer may be read as a little longer than it is. */
const TIMER_SLACK_MS = SECOND_MS / 2;

/**
 * The closes after `sinceMs` up to this table, oldest first, on the monotonic clock. The timer of each port shows when
 * the port was closed: as long ago as the timer has run. Where ports may be reused, a port past the reuse delay may
 * have been taken again and is missing from the table, so only the closes within the delay are counted.
 */
export function countClosesByTimers(
  timed: TimedPorts,
  at: { reuse: Reuse; limits: HostLimits; monotonicMs: number; sinceMs: number },
): CountedCloses[] {
  const { reuse, limits, monotonicMs, sinceMs } = at;
  const reusedMs = findCompleteAgeMs(createReuseTiming(limits, monotonicMs));
  const completeMs = reuse === 'after_delay' ? reusedMs : limits.timeWaitMs;
  const widthMs = Math.min(monotonicMs - sinceMs, completeMs);
  if (widthMs <= 0) return [];
  const finWait2Ms = finWait2TimerMs(limits);
  const bins = Math.ceil(widthMs / BIN_MS);
  const binMs = widthMs / bins;
  const closes = new Array<number>(bins).fill(0);
  for (let i = 0; i < timed.state.length; i += 1) {
    const durationMs = timed.state[i] === STATE.FIN_WAIT2 ? finWait2Ms : limits.timeWaitMs;
    const ageMs = durationMs - (timed.expiresMs[i] ?? 0);
    // A timer that is clearly longer belongs to a close that is counted later (see DatedPorts.counted).
    if (ageMs < -TIMER_SLACK_MS) continue;
    const bin = Math.floor(Math.max(0, ageMs) / binMs);
    if (bin < bins) closes[bin] = (closes[bin] ?? 0) + 1;
  }
  return closes
    .map((count, bin) => ({ fromMs: monotonicMs - (bin + 1) * binMs, toMs: monotonicMs - bin * binMs, closes: count }))
    .reverse();
}

/**
 * The closes since the table before, on a system whose tables have no timers: the rise of the TIME_WAIT count, plus
 * what was released meanwhile. The first count of a pool is spread evenly over one TIME_WAIT.
 * @param untimed the counts of the pool so far. The count is added to it.
 */
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
