/**
 * Close rates on systems whose table has no timers (Windows, macOS, BSD): from one count of TIME_WAIT ports to the next,
 * closes are the rise plus what has meanwhile been released, and what is released entered one TIME_WAIT earlier.
 */

export interface CountedInterval {
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

export function createUntimedMemory(monotonicMs: number, count: number): UntimedMemory {
  return { firstMs: monotonicMs, firstCount: count, lastMs: monotonicMs, lastCount: count, intervals: [] };
}

/** Takes the next count. */
export function rememberCount(memory: UntimedMemory, next: { monotonicMs: number; count: number; timeWaitMs: number }) {
  const { monotonicMs, count, timeWaitMs } = next;
  const widthMs = monotonicMs - memory.lastMs;
  if (widthMs <= 0) return;
  const released = releasedBetween(memory, memory.lastMs, monotonicMs, timeWaitMs);
  const closes = Math.max(0, count - memory.lastCount + released);
  memory.intervals.push({ endMs: monotonicMs, widthMs, closes });
  memory.lastMs = monotonicMs;
  memory.lastCount = count;
  while (monotonicMs - (memory.intervals[0]?.endMs ?? monotonicMs) > 2 * timeWaitMs) memory.intervals.shift();
}

function releasedBetween(memory: UntimedMemory, fromMs: number, toMs: number, timeWaitMs: number): number {
  const early = Math.max(0, Math.min(toMs, memory.firstMs + timeWaitMs) - fromMs);
  let released = (memory.firstCount * early) / timeWaitMs;
  for (const { endMs, widthMs, closes } of memory.intervals) {
    const from = Math.max(fromMs, endMs - widthMs + timeWaitMs);
    const to = Math.min(toMs, endMs + timeWaitMs);
    if (to > from) released += (closes * (to - from)) / widthMs;
  }
  return released;
}

/** What the timers of `count` TIME_WAIT ports would say, from when their closes were counted: the newest ones last longest. */
export function inferExpiries(memory: UntimedMemory, count: number, timeWaitMs: number): Int32Array {
  const expires = new Int32Array(count);
  const now = memory.lastMs;
  let filled = 0;
  for (let i = memory.intervals.length - 1; i >= 0 && filled < count; i -= 1) {
    const interval = memory.intervals[i];
    if (interval === undefined) break;
    const take = Math.min(count - filled, Math.round(interval.closes));
    for (let k = 0; k < take; k += 1) {
      const ageMs = now - interval.endMs + (interval.widthMs * (k + 0.5)) / take;
      expires[filled + k] = Math.max(0, timeWaitMs - ageMs);
    }
    filled += take;
  }
  const rest = count - filled;
  const leftMs = Math.max(0, timeWaitMs - (now - memory.firstMs));
  for (let k = 0; k < rest; k += 1) expires[filled + k] = (leftMs * (k + 0.5)) / rest;
  return expires;
}
