/**
 * Learns the length of TIME_WAIT from the rows. A kernel whose TIME_WAIT lasts longer than is known shows it: a new row
 * has more time left on its timer.
 */
import { LONGEST_TIME_WAIT_MS } from '../host/kernel-constants.js';
import type { HostLimits } from '../host/limits.js';
import { adaptGranularity, type Granularity } from '../host/release-granularity.js';
import { SECOND_MS } from '../units.js';
import { STATE, TIMER_TIME_WAIT, type Snapshot } from './snapshot.js';

interface TimeWaitFacts {
  readonly limits: HostLimits;
  readonly granularity: Granularity;
}

/**
 * The most time that an outbound TIME_WAIT row has left, rounded up to a whole second as the sysctl is one. Longer timers
 * than any kernel has (LONGEST_TIME_WAIT_MS) are left out.
 * @returns null where no row tells, as on a table without timers.
 */
export function findLongestTimeWaitMs({ hasTimers, outboundRows }: Snapshot): number | null {
  if (!hasTimers) return null;
  const { state, timer, expiresMs } = outboundRows;
  let longestMs = 0;
  for (let row = 0; row < state.length; row += 1) {
    if (state[row] !== STATE.TIME_WAIT || timer[row] !== TIMER_TIME_WAIT) continue;
    const leftMs = expiresMs[row] ?? 0;
    if (leftMs > longestMs && leftMs <= LONGEST_TIME_WAIT_MS) longestMs = leftMs;
  }
  return longestMs === 0 ? null : Math.ceil(longestMs / SECOND_MS) * SECOND_MS;
}

/**
 * The facts with the TIME_WAIT that the rows of this snapshot show where that is longer than what is known, and with the
 * release steps that go with it; the same facts where it is not.
 */
export function believeTimers<Facts extends TimeWaitFacts>(facts: Facts, snapshot: Snapshot): Facts {
  const { limits, granularity } = facts;
  const longestMs = findLongestTimeWaitMs(snapshot);
  if (longestMs === null || longestMs <= limits.timeWaitMs) return facts;
  return {
    ...facts,
    limits: { ...limits, timeWaitMs: longestMs, timeWaitAssumed: false },
    granularity: adaptGranularity(granularity, longestMs),
  };
}
