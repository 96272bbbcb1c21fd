/** What the close rate of a pool needs from earlier samples. */
import { TIME_WAIT_MS } from '../../host/kernel-constants.js';
import type { Pool, TimedPorts } from '../../pool/pool.js';
import { STATE } from '../../snapshot/snapshot.js';
import { findCompleteAgeMs, type Timings } from '../release.js';
import { createArrivalMemory, rememberArrivals, type ArrivalMemory } from './arrivals.js';
import { BIN_MS, createCloseHistory, readRecentBins, rememberCloses, type CloseHistory } from './close-history.js';
import type { Detail } from './close-rate.js';
import { measureDispersion, type Dispersion } from './dispersion.js';
import { createFinLagMemory, type FinLagMemory } from './fin-lag.js';
import { inferExpiries, rememberCount, createUntimedMemory, type UntimedMemory } from './untimed.js';
import { SECOND_MS } from '../../units.js';

export interface RateMemory {
  /** Complete windows of closes, newest first, for a pool whose older TIME_WAIT ports may have been reused. */
  windows: { readonly endMs: number; readonly widthMs: number; readonly count: number }[];
  lastMs: number | null;
  untimed: UntimedMemory | null;
  readonly finLag: FinLagMemory;
  readonly arrivals: ArrivalMemory;
  /** Null while the pool has had too few closes to matter. */
  closes: CloseHistory | null;
  /** The last dispersion, and the bin it was computed at. */
  dispersion: (Dispersion & { readonly atBin: number }) | null;
}

/** What the rates of all pools with the same reuse share in one sample. */
export interface RateContext {
  readonly monotonicMs: number;
  readonly hasTimers: boolean;
  /** From the close to the end of the TIME_WAIT timer: TIME_WAIT, and before it the lag of the other side's FIN. */
  readonly timeWaitMs: number;
  readonly timings: Timings;
  readonly detail: Detail;
}

/** Windows of closes that are older than this are dropped. */
export const KEEP_WINDOWS_MS = TIME_WAIT_MS;
/** A quarter of an hour of closes is kept only for pools whose timed ports exceed this share of their capacity. */
const WORTH_REMEMBERING = 0.02;
/** The dispersion changes slowly, so it is computed again only after this many bins. */
const RECOMPUTE_BINS = 2;

export function createRateMemory(): RateMemory {
  return {
    windows: [],
    lastMs: null,
    untimed: null,
    finLag: createFinLagMemory(),
    arrivals: createArrivalMemory(),
    closes: null,
    dispersion: null,
  };
}

/** Adds a sample. Call it once per sample, before the rate of the sample is estimated. */
export function rememberSample(memory: RateMemory, pool: Pool, context: RateContext): void {
  const { monotonicMs, timeWaitMs, hasTimers, timings } = context;
  const finWait2Ms = timings.finWait2.durationMs;
  if (hasTimers) rememberArrivals(memory.arrivals, pool, { monotonicMs, timeWaitMs, finWait2Ms });
  if (!hasTimers) {
    const count = pool.timed.state.length;
    if (memory.untimed === null) memory.untimed = createUntimedMemory(monotonicMs, count);
    else rememberCount(memory.untimed, { monotonicMs, count, timeWaitMs });
  } else if (pool.reuse === 'after_delay') {
    const delayMs = findCompleteAgeMs(timings.timeWait);
    const widthMs = Math.min(delayMs, memory.lastMs === null ? delayMs : monotonicMs - memory.lastMs);
    if (widthMs > 0) memory.windows.unshift(...countYoungPorts(pool.timed, { monotonicMs, timeWaitMs, widthMs }));
    while (monotonicMs - (memory.windows.at(-1)?.endMs ?? monotonicMs) > KEEP_WINDOWS_MS) memory.windows.pop();
  } else if (memory.closes !== null || pool.timed.state.length > WORTH_REMEMBERING * pool.capacity) {
    memory.closes ??= createCloseHistory();
    rememberCloses(memory.closes, pool.timed, { monotonicMs, timeWaitMs, finWait2Ms });
  }
  memory.lastMs = monotonicMs;
}

/** The timers of a pool for its forecast: those of the table, or inferred from the counts where the table has none. */
export function completeTimers(pool: Pool, memory: RateMemory, context: RateContext): TimedPorts {
  if (context.hasTimers || memory.untimed === null) return pool.timed;
  const { state } = pool.timed;
  return { state, expiresMs: inferExpiries(memory.untimed, state.length, context.timeWaitMs) };
}

/** The dispersion of the remembered closes. Null while there are too few, or while the pool is far from its limit. */
export function readDispersion(memory: RateMemory, detail: Detail): Dispersion | null {
  const { closes, dispersion: last } = memory;
  if (closes === null || detail === 'coarse') return last;
  if (last !== null && closes.newest - last.atBin < RECOMPUTE_BINS) return last;
  const { counts } = readRecentBins(closes, 0);
  const measured = measureDispersion(counts, BIN_MS / SECOND_MS);
  memory.dispersion = measured === null ? null : { ...measured, atBin: closes.newest };
  return memory.dispersion;
}

/**
 * Two windows that cover the newest `widthMs`, at most the reuse delay. A port younger than the delay cannot have been
 * reused, so no close of these windows is missing.
 */
function countYoungPorts(timed: TimedPorts, at: { monotonicMs: number; timeWaitMs: number; widthMs: number }) {
  const halfMs = at.widthMs / 2;
  const counts = [0, 0];
  for (let i = 0; i < timed.state.length; i += 1) {
    if (timed.state[i] !== STATE.TIME_WAIT) continue;
    const bin = Math.floor(Math.max(0, at.timeWaitMs - (timed.expiresMs[i] ?? 0)) / halfMs);
    if (bin < 2) counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts.map((count, bin) => ({ endMs: at.monotonicMs - bin * halfMs, widthMs: halfMs, count }));
}
