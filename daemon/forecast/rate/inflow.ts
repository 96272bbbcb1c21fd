/** The close rate of a pool, by kind, from the evidence that the source gives. */
import type { Pool } from '../../pool/pool.js';
import { STATE } from '../../snapshot/snapshot.js';
import { detectClimb, type Climb } from './climb.js';
import { BIN_MS, readRecentBins } from './close-history.js';
import { dropUnreplaced, findProvenShare } from './arrivals.js';
import {
  countAges,
  estimateCloseRate,
  estimateRateFromWindows,
  type AgeHistogram,
  type CloseRate,
} from './close-rate.js';
import { combineKinds, type PoolInflow } from './pool-inflow.js';
import { KEEP_WINDOWS_MS, readDispersion, type RateContext, type RateMemory } from './rate-memory.js';
import { SECOND_MS } from '../../units.js';

/** The closes that a pool shows, by kind and age. They are counted once and used for every estimate of one sample. */
interface Ages {
  readonly timeWait: AgeHistogram;
  readonly finWait2: AgeHistogram;
}

/** Fewest young ports for which a rate is given from one sample alone. */
const MIN_YOUNG = 10;
/** Windows that one sample gives. */
const WINDOWS_PER_SAMPLE = 2;
/** Counts from differences scatter more than Poisson arrivals. */
const MIN_COUNTS_PHI = 2;

/** The closes of a pool by age, less those that no new connection replaced. */
export function countPoolAges(pool: Pool, { arrivals }: RateMemory, context: RateContext): Ages {
  const { timed, live, capacity } = pool;
  const { timings, timeWaitMs, monotonicMs } = context;
  const isHeldUp = live + timed.state.length >= capacity;
  const timeWait = { ...countAges(timed, STATE.TIME_WAIT, timeWaitMs), isHeldUp };
  const finWait2 = { ...countAges(timed, STATE.FIN_WAIT2, timings.finWait2.durationMs), isHeldUp };
  return countCloses(finWait2) > countCloses(timeWait)
    ? { timeWait, finWait2: dropUnreplaced(finWait2, arrivals, monotonicMs) }
    : { timeWait: dropUnreplaced(timeWait, arrivals, monotonicMs), finWait2 };
}

/** Null where one sample does not give the rate: there are no timers, or reuse may have taken the older ports. */
export function estimateInflow(
  pool: Pool,
  memory: RateMemory,
  { ages, ...context }: RateContext & { ages: Ages },
): PoolInflow | null {
  const { timings, detail, monotonicMs } = context;
  const longTerm = context.hasTimers && pool.reuse !== 'after_delay' ? readDispersion(memory, detail) : null;
  // The dispersion of all closes holds for the kind with most closes: a short FIN_WAIT2 does not make the pace uneven.
  const finWait2Leads = countCloses(ages.finWait2) > countCloses(ages.timeWait);
  const prove = (closes: CloseRate): CloseRate => addProof(closes, memory, { nowMs: monotonicMs, live: pool.live });
  const finWait2 = prove(estimateCloseRate(ages.finWait2, detail, finWait2Leads ? longTerm : null));
  if (!context.hasTimers) {
    const intervals = memory.untimed?.intervals ?? [];
    if (intervals.length === 0) return null;
    const counted = [...intervals].reverse().map(({ widthMs, closes }) => ({ widthMs, count: closes }));
    const rate = estimateRateFromWindows(dropOldWindows(counted), MIN_COUNTS_PHI);
    return combineKinds(rate, finWait2, { timings, basis: 'counts' });
  }
  if (pool.reuse === 'after_delay') {
    const young = memory.windows.reduce((sum, { count }) => sum + count, 0);
    const isFirstSample = memory.windows.length <= WINDOWS_PER_SAMPLE;
    if (isFirstSample && young < MIN_YOUNG && pool.timed.state.length > 0) return null;
    return combineKinds(estimateRateFromWindows(memory.windows, 0), finWait2, { timings, basis: 'young_timers' });
  }
  const timeWait = prove(estimateCloseRate(ages.timeWait, detail, finWait2Leads ? null : longTerm));
  const climb = detail === 'fine' ? findClimb(memory, monotonicMs, Math.max(timeWait.phi, finWait2.phi)) : null;
  return combineKinds(timeWait, finWait2, { timings, basis: 'timers', climb });
}

/** Adds to each run how much of it is proven; where no connection stays open all of it is. */
function addProof(closes: CloseRate, { arrivals }: RateMemory, at: { nowMs: number; live: number }): CloseRate {
  if (at.live === 0 && arrivals.intervals.every(({ live }) => live === 0)) return closes;
  return { ...closes, runs: closes.runs.map((run) => ({ ...run, provenShare: findProvenShare(run, arrivals, at) })) };
}

function countCloses({ counts }: AgeHistogram): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function findClimb(memory: RateMemory, monotonicMs: number, phi: number): Climb | null {
  if (memory.closes === null) return null;
  const { counts, endedMs } = readRecentBins(memory.closes, monotonicMs);
  return detectClimb({ counts, binSeconds: BIN_MS / SECOND_MS, endedSeconds: endedMs / SECOND_MS }, phi);
}

/** The newest windows, up to the one that reaches past `KEEP_WINDOWS_MS`. */
function dropOldWindows(windows: readonly { widthMs: number; count: number }[]) {
  let totalMs = 0;
  return windows.filter(({ widthMs }) => (totalMs += widthMs) - widthMs < KEEP_WINDOWS_MS);
}
