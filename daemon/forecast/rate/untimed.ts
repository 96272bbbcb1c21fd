/**
 * Closes on systems whose table has no timers (Windows, macOS, BSD). Between two counts of TIME_WAIT ports the closes
 * are the rise of the count plus the releases, and what is released entered one TIME_WAIT earlier.
 */

interface CountedInterval {
  readonly endMs: number;
  readonly widthMs: number;
  readonly closes: number;
}

export interface UntimedMemory {
  /** The first count: its ports entered at unknown instants during the TIME_WAIT before it. */
  readonly firstMs: number;
  readonly firstCount: number;
  lastMs: number;
  lastCount: number;
  /** Oldest first. */
  readonly intervals: CountedInterval[];
}

/** Intervals are kept for this many times the length of TIME_WAIT. */
const KEEP_TIME_WAITS = 2;

export function createUntimedMemory(monotonicMs: number, count: number): UntimedMemory {
  return { firstMs: monotonicMs, firstCount: count, lastMs: monotonicMs, lastCount: count, intervals: [] };
}

/** Adds the next count and the closes since the count before it. A count that is not newer is ignored. */
export function rememberCount(memory: UntimedMemory, next: { monotonicMs: number; count: number; timeWaitMs: number }) {
  const { monotonicMs, count, timeWaitMs } = next;
  const widthMs = monotonicMs - memory.lastMs;
  if (widthMs <= 0) return;
  const released = countReleases(memory, memory.lastMs, monotonicMs, timeWaitMs);
  const closes = Math.max(0, count - memory.lastCount + released);
  memory.intervals.push({ endMs: monotonicMs, widthMs, closes });
  memory.lastMs = monotonicMs;
  memory.lastCount = count;
  const keepMs = KEEP_TIME_WAITS * timeWaitMs;
  while (monotonicMs - (memory.intervals[0]?.endMs ?? monotonicMs) > keepMs) memory.intervals.shift();
}

/**
 * The timers that `count` TIME_WAIT ports would have, from the intervals in which their closes were counted: the newest
 * ports have the longest time left.
 */
export function inferExpiries(memory: UntimedMemory, count: number, timeWaitMs: number): Int32Array {
  const expires = new Int32Array(count);
  const nowMs = memory.lastMs;
  let filled = 0;
  for (let i = memory.intervals.length - 1; i >= 0 && filled < count; i -= 1) {
    const interval = memory.intervals[i];
    if (interval === undefined) break;
    const ports = Math.min(count - filled, Math.round(interval.closes));
    for (let k = 0; k < ports; k += 1) {
      const ageMs = nowMs - interval.endMs + (interval.widthMs * (k + 0.5)) / ports;
      expires[filled + k] = Math.max(0, timeWaitMs - ageMs);
    }
    filled += ports;
  }
  const rest = count - filled;
  const leftMs = Math.max(0, timeWaitMs - (nowMs - memory.firstMs));
  for (let k = 0; k < rest; k += 1) expires[filled + k] = (leftMs * (k + 0.5)) / rest;
  return expires;
}

function countReleases(memory: UntimedMemory, fromMs: number, toMs: number, timeWaitMs: number): number {
  const firstPortsMs = Math.max(0, Math.min(toMs, memory.firstMs + timeWaitMs) - fromMs);
  let released = (memory.firstCount * firstPortsMs) / timeWaitMs;
  for (const { endMs, widthMs, closes } of memory.intervals) {
    const from = Math.max(fromMs, endMs - widthMs + timeWaitMs);
    const to = Math.min(toMs, endMs + timeWaitMs);
    if (to > from) released += (closes * (to - from)) / widthMs;
  }
  return released;
}
