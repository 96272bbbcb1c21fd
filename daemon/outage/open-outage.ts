/** An outage that goes on: what it has been so far, and how a sample that shows it adds to it. */
import type { PoolForecast } from '../forecast/types.js';
import type { Evidence } from '../score/evidence.js';
import type { Outage } from './outage.js';
import { estimateFailed, type OutageSign } from './sign.js';

/** An outage that goes on. Instants are monotonic ms unless they are named otherwise. */
export interface OpenOutage {
  readonly poolId: string;
  readonly fromAtMs: number;
  readonly fromMs: number;
  lastMs: number;
  /** Samples since the last sign. */
  quietSamples: number;
  peakUsed: number;
  capacity: number;
  counted: number;
  estimated: number;
  isCounted: boolean;
  isEstimated: boolean;
  /** Ports per second that were wanted just before, or more where more is known since. */
  demand: number;
  readonly warnedMs: number | null;
}

/** What the sample before showed of a pool. */
export interface Before {
  readonly live: number;
  readonly demand: number;
}

/** An outage that begins with a sign. `offsetMs`: wall time less monotonic time. */
export function createOpenOutage(
  pool: PoolForecast,
  { fromMs, offsetMs, demand, warnedMs }: Pick<OpenOutage, 'fromMs' | 'demand' | 'warnedMs'> & { offsetMs: number },
): OpenOutage {
  return {
    poolId: pool.id,
    fromAtMs: Math.round(fromMs + offsetMs),
    fromMs,
    lastMs: fromMs,
    quietSamples: 0,
    peakUsed: 0,
    capacity: pool.capacity,
    counted: 0,
    estimated: 0,
    isCounted: false,
    isEstimated: false,
    demand,
    warnedMs,
  };
}

/** A stored outage that goes on after a restart. */
export function reopenOutage(stored: Outage, offsetMs: number): OpenOutage {
  const { poolId, fromMs, lastMs, peakUsed, capacity, failedConnects, isEstimated, warnedMs } = stored;
  return {
    poolId,
    fromAtMs: fromMs,
    fromMs: fromMs - offsetMs,
    lastMs: lastMs - offsetMs,
    quietSamples: 0,
    peakUsed,
    capacity,
    counted: failedConnects ?? 0,
    estimated: 0,
    isCounted: failedConnects !== null && !isEstimated,
    isEstimated,
    demand: 0,
    warnedMs,
  };
}

/** Adds what a sample shows. `sinceMs`: the sample before, or -Infinity. */
export function extendOutage(
  outage: OpenOutage,
  pool: PoolForecast,
  seen: { sign: OutageSign; before: Before | undefined; evidence: Evidence | undefined; sinceMs: number },
): void {
  const { sign, before, evidence, sinceMs } = seen;
  // The least demand falls with its age where it was that of a batch, so the newest value counts.
  if (pool.demandAtLeast === true) outage.demand = pool.closeRate ?? 0;
  if (sign.failed !== null) {
    outage.isCounted = true;
    outage.counted += sign.failed;
  } else if (outage.demand > 0) {
    outage.isEstimated = true;
    outage.estimated += estimateFailed(
      outage.demand,
      { fromMs: Math.max(outage.fromMs, sinceMs), toMs: sign.toMs },
      {
        counted: evidence?.counted ?? [],
        liveChange: before === undefined ? 0 : pool.live - before.live,
        spanMs: Number.isFinite(sinceMs) ? sign.toMs - sinceMs : 0,
      },
    );
  }
  outage.lastMs = Math.max(outage.lastMs, sign.toMs);
  outage.quietSamples = 0;
  outage.peakUsed = Math.max(outage.peakUsed, sign.peakUsed);
  outage.capacity = pool.capacity;
}

/** The outage as it is recorded. */
export function describeOutage(outage: OpenOutage, isOver: boolean): Outage {
  const { poolId, fromAtMs, fromMs, lastMs, peakUsed, capacity, isCounted, isEstimated, warnedMs } = outage;
  return {
    poolId,
    fromMs: fromAtMs,
    // By the monotonic clock, so that a step of the wall clock does not change how long it lasted.
    lastMs: Math.round(fromAtMs + (lastMs - fromMs)),
    isOver,
    peakUsed,
    capacity,
    failedConnects: isCounted || isEstimated ? Math.round(outage.counted + outage.estimated) : null,
    isEstimated,
    warnedMs,
  };
}
