/** The clock of the host as the browser can estimate it. A countdown to an instant of the host needs that clock. */
import { SECOND_MS } from '../../../daemon/units.js';
import type { WireStatus } from '../../../daemon/wire/status.js';
import { parseInstant } from '../words/format.js';

/** A smaller change of the offset is the transmission time of the event, not the clock. */
const MIN_CHANGE_MS = 750;

/**
 * The clock of the host minus that of the browser, in ms. Small changes keep the previous offset, so that countdowns run
 * smoothly; before the first dump the previous offset stays too.
 */
export function estimateClockOffsetMs(status: WireStatus, receivedAtMs: number, previousMs: number): number {
  const dumpAtMs = parseInstant(status.sampling.lastDumpAt);
  const ageSeconds = status.sampling.dumpAgeSeconds;
  if (dumpAtMs === null || ageSeconds === null) return previousMs;
  const offsetMs = dumpAtMs + ageSeconds * SECOND_MS - receivedAtMs;
  return Math.abs(offsetMs - previousMs) < MIN_CHANGE_MS ? previousMs : offsetMs;
}
