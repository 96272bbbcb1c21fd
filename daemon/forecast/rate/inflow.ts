/** What enters a pool: the close rate by kind, by whichever evidence the source gives. */
import { detectClimb, type Climb } from './climb.js';
import { BIN_MS, createCloseHistory, readRecentBins, rememberCloses, type CloseHistory } from './close-history.js';
import { measureDispersion, type Dispersion } from './dispersion.js';
import type { Pool, TimedPorts } from '../../pool/pool.js';
import { STATE } from '../../snapshot/snapshot.js';
import {
  countAges,
  estimateCloseRate,
  estimateRateFromWindows,
  type AgeHistogram,
  type CloseRate,
} from './close-rate.js';
import { NORMAL_95 } from '../../units.js';
import type { Run } from './distribution.js';
import type { Inflow } from '../queue.js';
import { computeHoldMs, type Timings } from '../release.js';
import { inferExpiries, rememberCount, createUntimedMemory, type UntimedMemory } from './untimed.js';
import { TIME_WAIT_MS } from '../../host/kernel-constants.js';

/** Where the rate comes from: every timer; only the timers younger than the reuse delay; counts from sample to sample. */
export type RateBasis = 'timers' | 'young_timers' | 'counts';

export interface RateMemory {
  /** Complete windows of closes, newest first, where reuse hides the older ones. */
  windows: { readonly endMs: number; readonly widthMs: number; readonly count: number }[];
  lastMs: number | null;
  untimed: UntimedMemory | null;
  /** Absent while the pool has had too few closes to matter. */
  closes: CloseHistory | null;
  /** The last dispersion, and the bin it was computed at. */
  dispersion: (Dispersion & { readonly atBin: number }) | null;
}

export function createRateMemory(): RateMemory {
  return { windows: [], lastMs: null, untimed: null, closes: null, dispersion: null };
}

export interface RateContext {
  readonly monotonicMs: number;
  readonly hasTimers: boolean;
  readonly timeWaitMs: number;
  readonly timings: Timings;
  readonly detail: 'fine' | 'coarse';
}

/** Entries into TIME_WAIT and orphan FIN_WAIT2 together. */
export interface PoolInflow {
  readonly basis: RateBasis;
  readonly rate: number;
  readonly low: number;
  readonly high: number;
  readonly phi: number;
  /** Independent comparisons that `phi` rests on. */
  readonly evidence: number;
  /** While the rate climbs; null where it does not, or where that does not show. */
  readonly climb: Climb | null;
  /** Closes seen since the rate became what it is, and since when that is. */
  readonly seen: number;
  readonly sinceMs: number;
  /** The rate of that run alone, whatever a climb says. */
  readonly runRate: number;
  readonly runs: readonly Run[];
  /**
   * The inflows if the total were `rate`: the kind with more closes takes the difference. `climbing`: the climb goes on, in
   * proportion; else the rate stays.
   */
  readonly inflowsAt: (rate: number, climbing: boolean) => Inflow[];
}

const KEEP_WINDOWS_MS = TIME_WAIT_MS;
/** Closes needed in one look at the young timers before a rate is stated from it alone. */
const MIN_YOUNG = 10;
/** Counts from differences are rougher than Poisson. */
const COUNTS_PHI = 2;

/** A pool with fewer timed ports than this share of its capacity is not worth a quarter of an hour of memory. */
const WORTH_REMEMBERING = 0.02;

/** Takes the sample into memory; call once per sample, before `demandOf`. */
export function rememberSample(memory: RateMemory, pool: Pool, context: RateContext): void {
  const { monotonicMs, timeWaitMs, hasTimers, timings } = context;
  if (!hasTimers) {
    const count = pool.timed.state.length;
    if (memory.untimed === null) memory.untimed = createUntimedMemory(monotonicMs, count);
    else rememberCount(memory.untimed, { monotonicMs, count, timeWaitMs });
  } else if (pool.reuse === 'after_delay') {
    const delayMs = timings.timeWait.durationMs;
    const widthMs = Math.min(delayMs, memory.lastMs === null ? delayMs : monotonicMs - memory.lastMs);
    if (widthMs > 0) memory.windows.unshift(...youngWindows(pool.timed, { monotonicMs, timeWaitMs, widthMs }));
    while (monotonicMs - (memory.windows.at(-1)?.endMs ?? monotonicMs) > KEEP_WINDOWS_MS) memory.windows.pop();
  } else if (memory.closes !== null || pool.timed.state.length > WORTH_REMEMBERING * pool.capacity) {
    memory.closes ??= createCloseHistory();
    const finWait2Ms = timings.finWait2.durationMs;
    rememberCloses(memory.closes, pool.timed, { monotonicMs, timeWaitMs, finWait2Ms });
  }
  memory.lastMs = monotonicMs;
}

/** Ports younger than the reuse delay cannot have been taken again, so of the newest closes none is missing. */
function youngWindows(timed: TimedPorts, at: { monotonicMs: number; timeWaitMs: number; widthMs: number }) {
  const half = at.widthMs / 2;
  const counts = [0, 0];
  for (let i = 0; i < timed.state.length; i += 1) {
    if (timed.state[i] !== STATE.TIME_WAIT) continue;
    const bin = Math.floor(Math.max(0, at.timeWaitMs - (timed.expiresMs[i] ?? 0)) / half);
    if (bin < 2) counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts.map((count, bin) => ({ endMs: at.monotonicMs - bin * half, widthMs: half, count }));
}

/** The timers of a pool as the forecast should take them: inferred from the counts where the table has none. */
export function completeTimers(pool: Pool, memory: RateMemory, context: RateContext): TimedPorts {
  if (context.hasTimers || memory.untimed === null) return pool.timed;
  const { state } = pool.timed;
  return { state, expiresMs: inferExpiries(memory.untimed, state.length, context.timeWaitMs) };
}

/** The closes a pool shows, by kind and age: looked at once, however often the rate is asked for. */
export interface Ages {
  readonly timeWait: AgeHistogram;
  readonly finWait2: AgeHistogram;
}

export function countPoolAges({ timed }: Pool, { timings, timeWaitMs }: RateContext): Ages {
  return {
    timeWait: countAges(timed, STATE.TIME_WAIT, timeWaitMs),
    finWait2: countAges(timed, STATE.FIN_WAIT2, timings.finWait2.durationMs),
  };
}

/** Closes that came all at once, as late as can be seen: no rate is faster than this. */
const AT_ONCE_MS = 500;
const NEWEST_MS = 10_000;

/**
 * The rate of a pool that is far from its limit, whatever its closes are doing: cheap, since most pools are. The minute's
 * mean, or that of the newest 10 s where chance does not explain the difference. Null for a pool that may be near.
 */
export function estimateFarInflow(pool: Pool, context: RateContext, near: number): PoolInflow | null {
  const { timings, timeWaitMs, hasTimers } = context;
  const { timed, capacity, live } = pool;
  if (!hasTimers || pool.reuse === 'after_delay' || pool.states[STATE.FIN_WAIT2 - 1] !== 0) return null;
  const total = timed.state.length;
  if (live + total * (1 + computeHoldMs(timings.timeWait) / AT_ONCE_MS) >= near * capacity) return null;
  let newest = 0;
  const youngMs = timeWaitMs - NEWEST_MS;
  for (let i = 0; i < total; i += 1) if ((timed.expiresMs[i] ?? 0) > youngMs) newest += 1;
  const expected = (total * NEWEST_MS) / timeWaitMs;
  const changed = Math.abs(newest - expected) > 3 * Math.sqrt(expected + 1);
  const [seen, overMs] = changed ? [newest, NEWEST_MS] : [total, timeWaitMs];
  const rate = (1000 * seen) / overMs;
  const spread = (1000 * NORMAL_95 * Math.sqrt(seen + 1)) / overMs;
  const run = { weight: 1, rate, mean: rate, shape: seen + 0.5, seen, ageMs: overMs };
  return {
    basis: 'timers',
    rate,
    low: Math.max(0, rate - spread),
    high: rate + spread,
    phi: 1,
    evidence: 1,
    climb: null,
    seen,
    sinceMs: overMs,
    runRate: rate,
    runs: [run],
    inflowsAt: (total) => [{ rate: total, timing: timings.timeWait }],
  };
}

/** Null where the rate cannot be known yet: no timers, or hidden by reuse, and only one sample. */
export function estimateInflow(
  pool: Pool,
  memory: RateMemory,
  { ages, ...context }: RateContext & { ages: Ages },
): PoolInflow | null {
  const { timings, detail, monotonicMs } = context;
  const known = context.hasTimers && pool.reuse !== 'after_delay' ? dispersion(memory, detail) : null;
  // What is known of all closes holds for the kind that most of them are: a FIN_WAIT2 in passing is no change of an even pace.
  const finLeads = seenIn(ages.finWait2) > seenIn(ages.timeWait);
  const finWait2 = estimateCloseRate(ages.finWait2, detail, finLeads ? known : null);
  if (!context.hasTimers) {
    const windows = memory.untimed?.intervals ?? [];
    if (windows.length === 0) return null;
    const counted = [...windows].reverse().map(({ widthMs, closes }) => ({ widthMs, count: closes }));
    return combine(estimateRateFromWindows(withinWindow(counted), COUNTS_PHI), finWait2, { timings, basis: 'counts' });
  }
  if (pool.reuse === 'after_delay') {
    const young = memory.windows.reduce((sum, { count }) => sum + count, 0);
    const onlyOne = memory.windows.length <= 2;
    if (onlyOne && young < MIN_YOUNG && pool.timed.state.length > 0) return null;
    return combine(estimateRateFromWindows(memory.windows, 0), finWait2, { timings, basis: 'young_timers' });
  }
  const timeWait = estimateCloseRate(ages.timeWait, detail, finLeads ? null : known);
  const climb = detail === 'fine' ? climbing(memory, monotonicMs, Math.max(timeWait.phi, finWait2.phi)) : null;
  return combine(timeWait, finWait2, { timings, basis: 'timers', climb });
}

function seenIn({ counts }: AgeHistogram): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** How often the dispersion is looked at again, in bins: it changes slowly. */
const LOOK_AGAIN_BINS = 2;

/** Of the closes of the last quarter of an hour; null where there are too few to tell, or the pool is far from its limit. */
function dispersion(memory: RateMemory, detail: 'fine' | 'coarse'): Dispersion | null {
  const { closes, dispersion: last } = memory;
  if (closes === null || detail === 'coarse') return last;
  if (last !== null && closes.newest - last.atBin < LOOK_AGAIN_BINS) return last;
  const { counts } = readRecentBins(closes, 0);
  const found = measureDispersion(counts, BIN_MS / 1000);
  memory.dispersion = found === null ? null : { ...found, atBin: closes.newest };
  return memory.dispersion;
}

function climbing(memory: RateMemory, monotonicMs: number, phi: number): Climb | null {
  if (memory.closes === null) return null;
  const { counts, endedMs } = readRecentBins(memory.closes, monotonicMs);
  return detectClimb({ counts, binSeconds: BIN_MS / 1000, endedSeconds: endedMs / 1000 }, phi);
}

function withinWindow(windows: readonly { widthMs: number; count: number }[]) {
  let total = 0;
  return windows.filter(({ widthMs }) => (total += widthMs) - widthMs < KEEP_WINDOWS_MS);
}

/** How long a climb is taken to go on: as long again as it has lasted, several times over. */
const GOES_ON = 3;

function combine(
  timeWait: CloseRate,
  finWait2: CloseRate,
  by: { timings: Timings; basis: RateBasis; climb?: Climb | null },
): PoolInflow {
  const { timings, basis, climb = null } = by;
  const finLeads = finWait2.rate > timeWait.rate;
  const leader = finLeads ? finWait2 : timeWait;
  const other = finLeads ? timeWait.rate : finWait2.rate;
  const main = leader.runs.reduce<Run | null>(
    (best, run) => (best === null || run.weight > best.weight ? run : best),
    null,
  );
  const rate = (climb?.rate ?? leader.rate) + other;
  return {
    basis,
    rate,
    low: climb === null ? leader.low + other : Math.max(0, rate - NORMAL_95 * Math.sqrt(climb.rateVariance)),
    high: climb === null ? leader.high + other : rate + NORMAL_95 * Math.sqrt(climb.rateVariance),
    phi: leader.phi,
    evidence: leader.evidence,
    climb,
    seen: main?.seen ?? 0,
    sinceMs: main?.ageMs ?? 0,
    runRate: (main?.rate ?? 0) + other,
    runs: other === 0 ? leader.runs : leader.runs.map((run) => raised(run, other)),
    inflowsAt: (total, climbs) => {
      const lead = Math.max(0, total - other);
      const rises =
        climbs && climb !== null && rate > 0
          ? { climb: { perSecond: (climb.perSecond * total) / rate, forMs: GOES_ON * climb.lastedMs } }
          : {};
      return [
        { rate: finLeads ? other : lead, timing: timings.timeWait, ...(finLeads ? {} : rises) },
        { rate: finLeads ? lead : other, timing: timings.finWait2, ...(finLeads ? rises : {}) },
      ];
    },
  };
}

/** The same run with a constant rate on top: the spread stays, so relative to the mean it shrinks. */
function raised(run: Run, by: number): Run {
  const mean = run.mean + by;
  const shape = run.mean === 0 ? run.shape : run.shape * (mean / run.mean) ** 2;
  return { ...run, rate: run.rate + by, mean, shape };
}
