/**
 * Who is told when a climb began, from which rate, and that it is straight, and has to measure how steep it is: what no forecast
 * of a ramp can get below that is not told its rate.
 */
import {
  BIN_MS,
  createCloseHistory,
  readRecentBins,
  rememberCloses,
} from '../../../daemon/forecast/rate/close-history.js';
import type { TimedPorts } from '../../../daemon/pool/pool.js';
import { intensityAt, limitOf, type Case } from './case.js';

export interface Told {
  /** Takes the closes of a sample. */
  observe(monotonicMs: number, timed: TimedPorts): void;
  /** Seconds after the start at which the mean use reaches capacity; null while nothing climbs. */
  exhaustsAt(atS: number): number | null;
}

const HELD_MS = 60_000;
const NEWTON_STEPS = 8;

export function createTold(of: Case): Told {
  const memory = createCloseHistory();
  const onsetS = of.scenario.onsetS ?? 0;
  const base = intensityAt(of, onsetS).churn;
  const limit = limitOf(of.capacity);
  const holdS = of.capacity / limit;
  let lastMs = 0;
  return {
    observe(monotonicMs, timed) {
      lastMs = monotonicMs;
      rememberCloses(memory, timed, { monotonicMs, timeWaitMs: HELD_MS, finWait2Ms: HELD_MS });
    },
    exhaustsAt(atS) {
      const { counts, endedMs } = readRecentBins(memory, lastMs);
      const binS = BIN_MS / 1000;
      const newestS = atS - onsetS - endedMs / 1000 - binS / 2;
      const slope = slopeOf(counts, { base, binS, newestS });
      // The mean of the last hold is the rate half a hold before.
      return slope === 0 ? null : onsetS + (limit - base) / slope + holdS / 2;
    },
  };
}

/** The slope that makes the closes since the onset most likely; `newestS` is when the middle of the newest bin was, since then. */
function slopeOf(counts: Float64Array, of: { base: number; binS: number; newestS: number }): number {
  const { base, binS, newestS } = of;
  let slope = 0;
  for (let step = 0; step < NEWTON_STEPS; step += 1) {
    let [score, information] = [0, 0];
    for (let bin = 0; bin < counts.length; bin += 1) {
      const risenS = newestS - binS * bin;
      if (risenS <= 0) break;
      const expected = Math.max(1e-6, binS * (base + slope * risenS));
      score += binS * risenS * ((counts[bin] ?? 0) / expected - 1);
      information += (binS * risenS) ** 2 / expected;
    }
    if (information > 0) slope = Math.max(0, slope + score / information);
  }
  return slope;
}
