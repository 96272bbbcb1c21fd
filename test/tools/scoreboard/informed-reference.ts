/**
 * The informed reference: a forecast that is given the onset of a climb, the rate before it, and that the climb is
 * straight. It measures the slope only. A forecast that is given none of this cannot be expected to be better.
 */
import {
  BIN_MS,
  createCloseHistory,
  readRecentBins,
  rememberCloses,
} from '../../../daemon/forecast/rate/close-history.js';
import type { TimedPorts } from '../../../daemon/pool/pool.js';
import { findTrueRates, type Case } from './case.js';
import { findLimitRate } from './limit-rate.js';

export interface InformedReference {
  /** Adds the closes that a sample shows. */
  observe(monotonicMs: number, timed: TimedPorts): void;
  /** The instant, in seconds after the start, at which the mean use reaches capacity; null while there is no climb. */
  exhaustsAt(atS: number): number | null;
}

const HELD_MS = 60_000;
const NEWTON_STEPS = 8;

export function createInformedReference(of: Case): InformedReference {
  const memory = createCloseHistory();
  const onsetS = of.scenario.onsetS ?? 0;
  const base = findTrueRates(of, onsetS).churn;
  const limit = findLimitRate(of.capacity);
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
      const slope = fitSlope(counts, { base, binS, newestS });
      // While the rate rises in a line, the mean rate of the last hold is the rate half a hold ago.
      return slope === 0 ? null : onsetS + (limit - base) / slope + holdS / 2;
    },
  };
}

/**
 * The maximum-likelihood slope of the closes since the onset. `newestS` is the time from the onset to the middle of the
 * newest bin.
 */
function fitSlope(counts: Float64Array, of: { base: number; binS: number; newestS: number }): number {
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
