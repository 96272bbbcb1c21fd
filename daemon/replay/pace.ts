/**
 * The pace of a replay: how long the daemon would have waited for the next sample. The pauses in the data are taken,
 * within what the daemon does, because the data does not hold the daemon's schedule.
 */
import { clamp, MINUTE_MS, SECOND_MS } from '../units.js';

/** The time between two samples of the daemon. `USUAL_MS` is assumed until two samples were seen. */
const LEAST_MS = SECOND_MS;
const USUAL_MS = 2 * SECOND_MS;
const MOST_MS = 5 * MINUTE_MS;

/** @param previousMs the sample before; null for the first one. */
export function estimateSampleIntervalMs(previousMs: number | null, nowMs: number): number {
  return previousMs === null ? USUAL_MS : clamp(nowMs - previousMs, LEAST_MS, MOST_MS);
}
