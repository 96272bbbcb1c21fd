/**
 * The closes of one pool over the last quarter of an hour. A snapshot holds those of the last minute, complete; what it no longer
 * holds was counted while it did.
 */
import { STATE } from '../../snapshot/snapshot.js';
import type { TimedPorts } from '../../pool/pool.js';
import { TIME_WAIT_MS } from '../../host/kernel-constants.js';

export const BIN_MS = 2000;
/** A quarter of an hour: the dispersion of arrivals that are correlated over seconds takes that long to show. */
const BINS = 450;
/** Every close of the last minute is still in the table, whatever became of it since (kernel rule 14). */
const SEEN_MS = TIME_WAIT_MS;

export interface CloseHistory {
  /** Closes in the bin `n` are at `n mod BINS`; bins count from CLOCK_MONOTONIC 0. */
  readonly counts: Uint16Array;
  /** The oldest bin that was counted whole, and the newest that was counted at all. */
  oldest: number;
  newest: number;
}

export function createCloseHistory(): CloseHistory {
  return { counts: new Uint16Array(BINS), oldest: 0, newest: -1 };
}

/** Own times of the two kinds of timed port, in ms. */
export interface Durations {
  readonly timeWaitMs: number;
  readonly finWait2Ms: number;
}

/** Counts the closes that the snapshot taken at `monotonicMs` shows. */
export function rememberCloses(memory: CloseHistory, timed: TimedPorts, at: { monotonicMs: number } & Durations): void {
  const { monotonicMs, timeWaitMs, finWait2Ms } = at;
  const newest = Math.floor(monotonicMs / BIN_MS);
  const whole = Math.floor((monotonicMs - Math.min(SEEN_MS, timeWaitMs)) / BIN_MS) + 1;
  if (memory.newest < whole - 1 || newest < memory.newest) memory.oldest = whole;
  // Bins before the last sample were complete already, but for those it cut through.
  const from = Math.max(whole, Math.min(newest, memory.newest - 1));
  for (let bin = from; bin <= newest; bin += 1) memory.counts[bin % BINS] = 0;
  const { state, expiresMs } = timed;
  const finWait2 = STATE.FIN_WAIT2;
  const fromMs = from * BIN_MS;
  for (let i = 0; i < state.length; i += 1) {
    const ownMs = state[i] === finWait2 ? finWait2Ms : timeWaitMs;
    const enteredMs = monotonicMs - Math.max(0, ownMs - (expiresMs[i] ?? 0));
    if (enteredMs < fromMs) continue;
    const slot = Math.floor(enteredMs / BIN_MS) % BINS;
    memory.counts[slot] = (memory.counts[slot] ?? 0) + 1;
  }
  memory.newest = newest;
  memory.oldest = Math.max(memory.oldest, newest - BINS + 1);
}

/** Complete bins of `BIN_MS`, the newest first, and how long ago the newest one ended. */
export function readRecentBins(memory: CloseHistory, monotonicMs: number): { counts: Float64Array; endedMs: number } {
  const last = memory.newest - 1;
  const length = Math.max(0, last - memory.oldest + 1);
  const counts = Float64Array.from({ length }, (_, i) => memory.counts[(last - i) % BINS] ?? 0);
  return { counts, endedMs: monotonicMs - memory.newest * BIN_MS };
}
