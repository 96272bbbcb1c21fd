/** What one sample shows of a pool without a free port: since the sample before, or at its own instant. */
import type { PoolForecast } from '../forecast/types.js';
import { isFailureOf, type FailedConnect } from '../pool/failed-connect.js';
import type { Evidence } from '../score/evidence.js';
import type { CountedCloses } from '../score/types.js';
import { SECOND_MS } from '../units.js';

/** A time without a free port, in monotonic ms, and the failed calls that were counted in it. */
export interface OutageSign {
  readonly fromMs: number;
  readonly toMs: number;
  /** Null where failed connects are not counted. */
  readonly failed: number | null;
  readonly peakUsed: number;
}

interface SignSample {
  readonly atMs: number;
  readonly monotonicMs: number;
  /** The sample before; -Infinity for the first one. */
  readonly sinceMs: number;
  readonly failures: readonly FailedConnect[] | null;
}

/**
 * Null where a port was free all the time, as far as the sample shows. Signs are a table without a free port, a call
 * that failed though ports look free (kernel rule 5), and the timers of two tables between which the last port was
 * taken (score/last-port-taken.ts).
 */
export function findOutageSign(
  pool: PoolForecast,
  sample: SignSample,
  evidence: Evidence | undefined,
): OutageSign | null {
  const { monotonicMs, sinceMs } = sample;
  const own = findOwnFailures(pool, sample);
  const instants = own.map((ageMs) => Math.max(monotonicMs - ageMs, sinceMs));
  const filledMs = findFilled(sample, evidence?.ranOut ?? null);
  if (filledMs !== null) instants.push(filledMs);
  if (pool.mode === 'exhausted') instants.push(monotonicMs);
  if (instants.length === 0) return null;
  let [fromMs, toMs] = [Infinity, -Infinity];
  for (const instant of instants) {
    fromMs = Math.min(fromMs, instant);
    toMs = Math.max(toMs, instant);
  }
  const peakUsed = filledMs === null ? pool.used : Math.max(pool.used, pool.capacity);
  return { fromMs, toMs, failed: pool.failedConnects === null ? null : own.length, peakUsed };
}

/** The ages in ms of the failed calls of this pool since the sample before. By age, because the wall clock may jump. */
function findOwnFailures(pool: PoolForecast, { atMs, failures }: SignSample): number[] {
  if ((pool.failedConnects ?? 0) === 0 || failures === null) return [];
  return failures.filter((failure) => isFailureOf(pool, failure)).map((failure) => Math.max(0, atMs - failure.atMs));
}

/** When the last port was taken, by the timers; null where it was not, or where that is not known. */
function findFilled({ monotonicMs, sinceMs }: SignSample, ranOut: Evidence['ranOut']): number | null {
  if (ranOut === null || ranOut === 'unknown' || ranOut.seenBy !== 'timers') return null;
  return ranOut.beforeMs > sinceMs ? Math.min(ranOut.beforeMs, monotonicMs) : null;
}

/** The ports that a pool takes per second while it still can: for connections that close, and for those that stay open. */
export function measureDemand({ closeRate, liveGrowth }: PoolForecast): number {
  return (closeRate ?? 0) + Math.max(0, liveGrowth ?? 0);
}

/**
 * How many calls failed in a time without a free port: the demand less the connections that did open. Every connection
 * that opened was closed since, or has made `live` grow. `spanMs` is the time between the two samples.
 */
export function estimateFailed(
  demandPerSecond: number,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  seen: { readonly counted: readonly CountedCloses[]; readonly liveChange: number; readonly spanMs: number },
): number {
  const lengthMs = toMs - fromMs;
  if (lengthMs <= 0) return 0;
  let opened = seen.spanMs > 0 ? (seen.liveChange * lengthMs) / seen.spanMs : 0;
  for (const { fromMs: countedFromMs, toMs: countedToMs, closes } of seen.counted) {
    const commonMs = Math.min(toMs, countedToMs) - Math.max(fromMs, countedFromMs);
    if (commonMs > 0) opened += (closes * commonMs) / (countedToMs - countedFromMs);
  }
  return Math.max(0, (demandPerSecond * lengthMs) / SECOND_MS - Math.max(0, opened));
}
