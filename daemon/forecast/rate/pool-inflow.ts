/** The close rate of a pool with its uncertainty, and how it divides between TIME_WAIT and orphan FIN_WAIT2. */
import { NORMAL_95 } from '../../units.js';
import type { Inflow } from '../queue.js';
import type { Timings } from '../release.js';
import type { Climb } from './climb.js';
import type { CloseRate } from './close-rate.js';
import { findInterval90, type Run } from './distribution.js';

/** The evidence: every timer; only the timers younger than the reuse delay; counts from sample to sample. */
type RateBasis = 'timers' | 'young_timers' | 'counts';

/** Entries into TIME_WAIT and orphan FIN_WAIT2 together, per second. */
export interface PoolInflow {
  readonly basis: RateBasis;
  readonly rate: number;
  /** 90% interval of `rate`. */
  readonly low: number;
  readonly high: number;
  /** Variance over mean of the closes. */
  readonly phi: number;
  /** Independent comparisons that `phi` rests on. */
  readonly evidence: number;
  /** Null where the rate does not climb, or where that cannot be seen. */
  readonly climb: Climb | null;
  /** Closes since the last change of the rate, and how long ago that change was. */
  readonly seen: number;
  readonly sinceMs: number;
  /** The rate since that change, without regard to a climb. */
  readonly runRate: number;
  readonly runs: readonly Run[];
  /**
   * The inflow of each kind if the total were `rate`: the kind with more closes takes the whole difference. With
   * `climbing` the climb goes on, in proportion to the rate; otherwise the rate stays.
   */
  readonly splitByKind: (rate: number, climbing: boolean) => Inflow[];
}

/** A climb is taken to go on for this many times as long as it has lasted. */
const CLIMB_GOES_ON = 3;
/** Paced closes have a phi near 0, from which no interval follows. */
const MIN_PHI = 0.1;

/** Adds the two kinds. The kind with more closes carries the uncertainty; the rate of the other is taken as exact. */
export function combineKinds(
  timeWait: CloseRate,
  finWait2: CloseRate,
  by: { timings: Timings; basis: RateBasis; climb?: Climb | null },
): PoolInflow {
  const { timings, basis, climb = null } = by;
  const finWait2Leads = finWait2.rate > timeWait.rate;
  const leader = finWait2Leads ? finWait2 : timeWait;
  const otherRate = finWait2Leads ? timeWait.rate : finWait2.rate;
  const likeliest = leader.runs.reduce<Run | null>(
    (best, run) => (best === null || run.weight > best.weight ? run : best),
    null,
  );
  const rate = (climb?.rate ?? leader.rate) + otherRate;
  return {
    basis,
    rate,
    low: climb === null ? leader.low + otherRate : Math.max(0, rate - NORMAL_95 * Math.sqrt(climb.rateVariance)),
    high: climb === null ? leader.high + otherRate : rate + NORMAL_95 * Math.sqrt(climb.rateVariance),
    phi: leader.phi,
    evidence: leader.evidence,
    climb,
    seen: likeliest?.seen ?? 0,
    sinceMs: likeliest?.ageMs ?? 0,
    runRate: (likeliest?.rate ?? 0) + otherRate,
    runs: otherRate === 0 ? leader.runs : leader.runs.map((run) => raiseRun(run, otherRate)),
    splitByKind: (total, climbing) => {
      const other = { rate: otherRate, timing: finWait2Leads ? timings.timeWait : timings.finWait2 };
      const leading: Inflow = {
        rate: Math.max(0, total - otherRate),
        timing: finWait2Leads ? timings.finWait2 : timings.timeWait,
        climb:
          climbing && climb !== null && rate > 0
            ? { perSecond: (climb.perSecond * total) / rate, forMs: CLIMB_GOES_ON * climb.lastedMs }
            : null,
      };
      return finWait2Leads ? [other, leading] : [leading, other];
    },
  };
}

/**
 * The same inflow at another rate, which rests on `seen` closes and has lasted for `ageMs`: all kinds keep their share,
 * and no climb is known.
 */
export function replaceRate(inflow: PoolInflow, by: { rate: number; seen: number; ageMs: number }): PoolInflow {
  const { rate, seen, ageMs } = by;
  const { phi } = inflow;
  const run: Run = { weight: 1, rate, mean: rate, shape: seen / Math.max(MIN_PHI, phi), seen, ageMs };
  const { low, high } = findInterval90([run]);
  return {
    ...inflow,
    rate,
    low: Math.min(low, rate),
    high: Math.max(high, rate),
    climb: null,
    seen,
    runRate: rate,
    runs: [run],
  };
}

/** The same run with a constant rate added: the spread stays, so relative to the mean it shrinks. */
function raiseRun(run: Run, byRate: number): Run {
  const mean = run.mean + byRate;
  const shape = run.mean === 0 ? run.shape : run.shape * (mean / run.mean) ** 2;
  return { ...run, rate: run.rate + byRate, mean, shape };
}
