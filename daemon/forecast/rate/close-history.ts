/**
 * The closes of one pool over the last quarter of an hour. A snapshot shows every close of the last minute; the older
 * closes were counted while earlier snapshots showed them.
 */
import { TIME_WAIT_MS } from '../../host/kernel-constants.js';
import type { TimedPorts } from '../../pool/pool.js';
import { STATE } from '../../snapshot/snapshot.js';
import { SECOND_MS } from '../../units.js';

export const BIN_MS = 2 * SECOND_MS;
/** A quarter of an hour: arrivals that are correlated over seconds need that long to show their dispersion. */
const BINS = 450;
/** Every close of the last minute is still in the table, whatever its state is now (kernel rule 14). */
const SEEN_MS = TIME_WAIT_MS;

export interface CloseHistory {
  /** Bin `n` is stored at `n mod BINS`; bins count from CLOCK_MONOTONIC 0. */
  readonly counts: Uint16Array;
  /** The oldest bin that was counted completely, and the newest that was counted at all. */
  oldest: number;
  newest: number;
}

/** How long each of the two kinds of timed port is held, in ms. */
interface Durations {
  readonly timeWaitMs: number;
  readonly finWait2Ms: number;
}

export function createCloseHistory(): CloseHistory {
  return { counts: new Uint16Array(BINS), oldest: 0, newest: -1 };
}

/** Counts the closes that the snapshot taken at `monotonicMs` shows. */
export function rememberCloses(
  history: CloseHistory,
  timed: TimedPorts,
  at: { monotonicMs: number } & Durations,
): void {
  const { monotonicMs, timeWaitMs, finWait2Ms } = at;
  const newest = Math.floor(monotonicMs / BIN_MS);
  const whole = Math.floor((monotonicMs - Math.min(SEEN_MS, timeWaitMs)) / BIN_MS) + 1;
  if (history.newest < whole - 1 || newest < history.newest) history.oldest = whole;
  // Older bins were complete at the last sample. It cut the newest bin, and a close at the edge of that bin may be read
  // a few ms apart by two samples, so the bin before it is counted again as well.
  const from = Math.max(whole, Math.min(newest, history.newest - 1));
  for (let bin = from; bin <= newest; bin += 1) history.counts[bin % BINS] = 0;
  const { state, expiresMs } = timed;
  const finWait2 = STATE.FIN_WAIT2;
  const fromMs = from * BIN_MS;
  for (let i = 0; i < state.length; i += 1) {
    const ownMs = state[i] === finWait2 ? finWait2Ms : timeWaitMs;
    const enteredMs = monotonicMs - Math.max(0, ownMs - (expiresMs[i] ?? 0));
    if (enteredMs < fromMs) continue;
    const slot = Math.floor(enteredMs / BIN_MS) % BINS;
    history.counts[slot] = (history.counts[slot] ?? 0) + 1;
  }
  history.newest = newest;
  history.oldest = Math.max(history.oldest, newest - BINS + 1);
}

/** The complete bins of `BIN_MS`, the newest first, and how long before `monotonicMs` the newest of them ended. */
export function readRecentBins(history: CloseHistory, monotonicMs: number): { counts: Float64Array; endedMs: number } {
  const last = history.newest - 1;
  const length = Math.max(0, last - history.oldest + 1);
  const counts = Float64Array.from({ length }, (_, i) => history.counts[(last - i) % BINS] ?? 0);
  return { counts, endedMs: monotonicMs - history.newest * BIN_MS };
}
