/**
 * The pace of a replay: how long the daemon would have waited for the next sample or cycle. The pauses in the data are
 * taken, within what the daemon does, because the data does not hold the daemon's schedule.
 */
import { clamp, MINUTE_MS, SECOND_MS } from '../units.js';

/** The time between two samples of the daemon. `usual` is assumed until two samples were seen. */
const SAMPLE_INTERVAL_MS = { least: SECOND_MS, usual: 2 * SECOND_MS, most: 5 * MINUTE_MS };
/** The same for two cycles. A cycle may pass without a sample. */
const CYCLE_INTERVAL_MS = { least: SECOND_MS, usual: 2 * SECOND_MS, most: MINUTE_MS };

/** @param previousMs the sample before; null for the first one. */
export function estimateSampleIntervalMs(previousMs: number | null, nowMs: number): number {
  return estimateMs(SAMPLE_INTERVAL_MS, previousMs, nowMs);
}

/** @param previousMs the cycle before; null for the first one. */
export function estimateCycleIntervalMs(previousMs: number | null, nowMs: number): number {
  return estimateMs(CYCLE_INTERVAL_MS, previousMs, nowMs);
}

function estimateMs(
  bounds: { readonly least: number; readonly usual: number; readonly most: number },
  previousMs: number | null,
  nowMs: number,
): number {
  return previousMs === null ? bounds.usual : clamp(nowMs - previousMs, bounds.least, bounds.most);
}
