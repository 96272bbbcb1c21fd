/** What enters a pool: the close rate by kind, by whichever evidence the source gives. */
import type { Pool, TimedPorts } from '../pool/pool.js';
import { STATE } from '../snapshot/snapshot.js';
import { closeRate, closeRateOfWindows, type CloseRate } from './close-rate.js';
import type { Run } from './distribution.js';
import type { Inflow } from './queue.js';
import type { Timings } from './release.js';
import { inferredExpiries, rememberCount, startUntimed, type UntimedMemory } from './untimed.js';

/** Where the rate comes from: every timer; only the timers younger than the reuse delay; counts from sample to sample. */
export type RateBasis = 'timers' | 'young_timers' | 'counts';

export interface RateMemory {
  /** Complete windows of closes, newest first, where reuse hides the older ones. */
  windows: { readonly endMs: number; readonly widthMs: number; readonly count: number }[];
  lastMs: number | null;
  untimed: UntimedMemory | null;
}

export interface RateContext {
  readonly monotonicMs: number;
  readonly hasTimers: boolean;
  readonly timeWaitMs: number;
  readonly timings: Timings;
  readonly detail: 'fine' | 'coarse';
}

/** Entries into TIME_WAIT and orphan FIN_WAIT2 together. */
export interface Demand {
  readonly basis: RateBasis;
  readonly rate: number;
  readonly low: number;
  readonly high: number;
  readonly phi: number;
  /** Closes seen since the rate became what it is, and since when that is. */
  readonly seen: number;
  readonly sinceMs: number;
  readonly runs: readonly Run[];
  /** The inflows if the total were `rate`: the kind with more closes takes the difference. */
  readonly inflowsAt: (rate: number) => Inflow[];
}

const KEEP_WINDOWS_MS = 60_000;
/** Closes needed in one look at the young timers before a rate is stated from it alone. */
const MIN_YOUNG = 10;
/** Counts from differences are rougher than Poisson. */
const COUNTS_PHI = 2;

/** Takes the sample into memory; call once per sample, before `demandOf`. */
export function rememberCloses(memory: RateMemory, pool: Pool, context: RateContext): void {
  const { monotonicMs, timeWaitMs, hasTimers, timings } = context;
  if (!hasTimers) {
    const count = pool.timed.state.length;
    if (memory.untimed === null) memory.untimed = startUntimed(monotonicMs, count);
    else rememberCount(memory.untimed, { monotonicMs, count, timeWaitMs });
  } else if (pool.reuse === 'after_delay') {
    const delayMs = timings.timeWait.durationMs;
    const widthMs = Math.min(delayMs, memory.lastMs === null ? delayMs : monotonicMs - memory.lastMs);
    if (widthMs > 0) memory.windows.unshift(...youngWindows(pool.timed, { monotonicMs, timeWaitMs, widthMs }));
    while (monotonicMs - (memory.windows.at(-1)?.endMs ?? monotonicMs) > KEEP_WINDOWS_MS) memory.windows.pop();
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
export function timersOf(pool: Pool, memory: RateMemory, context: RateContext): TimedPorts {
  if (context.hasTimers || memory.untimed === null) return pool.timed;
  const { state } = pool.timed;
  return { state, expiresMs: inferredExpiries(memory.untimed, state.length, context.timeWaitMs) };
}

/** Null where the rate cannot be known yet: no timers, or hidden by reuse, and only one sample. */
export function demandOf(pool: Pool, memory: RateMemory, context: RateContext): Demand | null {
  const { timings, timeWaitMs, detail } = context;
  const fin = closesOf(pool, STATE.FIN_WAIT2, timings.finWait2.durationMs);
  const finWait2 = closeRate(fin, detail);
  if (!context.hasTimers) {
    const windows = memory.untimed?.intervals ?? [];
    if (windows.length === 0) return null;
    const counted = [...windows].reverse().map(({ widthMs, closes }) => ({ widthMs, count: closes }));
    return combine(closeRateOfWindows(withinWindow(counted), COUNTS_PHI), finWait2, { timings, basis: 'counts' });
  }
  if (pool.reuse === 'after_delay') {
    const young = memory.windows.reduce((sum, { count }) => sum + count, 0);
    const onlyOne = memory.windows.length <= 2;
    if (onlyOne && young < MIN_YOUNG && pool.timed.state.length > 0) return null;
    return combine(closeRateOfWindows(memory.windows, 0), finWait2, { timings, basis: 'young_timers' });
  }
  const timeWait = closeRate(closesOf(pool, STATE.TIME_WAIT, timeWaitMs), detail);
  return combine(timeWait, finWait2, { timings, basis: 'timers' });
}

function withinWindow(windows: readonly { widthMs: number; count: number }[]) {
  let total = 0;
  return windows.filter(({ widthMs }) => (total += widthMs) - widthMs < KEEP_WINDOWS_MS);
}

function closesOf(
  { timed, states }: Pool,
  state: number,
  durationMs: number,
): { agesMs: Float64Array; windowMs: number } {
  const ages = new Float64Array(states[state - 1] === 0 ? 0 : timed.state.length);
  let count = 0;
  for (let i = 0; i < ages.length; i += 1) {
    if (timed.state[i] !== state) continue;
    ages[count] = Math.max(0, durationMs - (timed.expiresMs[i] ?? 0));
    count += 1;
  }
  return { agesMs: ages.subarray(0, count), windowMs: durationMs };
}

function combine(timeWait: CloseRate, finWait2: CloseRate, by: { timings: Timings; basis: RateBasis }): Demand {
  const { timings, basis } = by;
  const finLeads = finWait2.rate > timeWait.rate;
  const leader = finLeads ? finWait2 : timeWait;
  const other = finLeads ? timeWait.rate : finWait2.rate;
  const main = leader.runs.reduce<Run | null>(
    (best, run) => (best === null || run.weight > best.weight ? run : best),
    null,
  );
  return {
    basis,
    rate: leader.rate + other,
    low: leader.low + other,
    high: leader.high + other,
    phi: leader.phi,
    seen: main?.seen ?? 0,
    sinceMs: main?.ageMs ?? 0,
    runs: other === 0 ? leader.runs : leader.runs.map((run) => raised(run, other)),
    inflowsAt: (rate) => {
      const lead = Math.max(0, rate - other);
      return [
        { rate: finLeads ? other : lead, timing: timings.timeWait },
        { rate: finLeads ? lead : other, timing: timings.finWait2 },
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
