/**
 * Collects the evidence that forecasts are judged by: which closes there were, and when a pool had no port left. The
 * running daemon and `replay` judge by the same evidence. Instants are monotonic ms.
 */
import type { ForecastOutcome } from '../forecast/forecaster.js';
import { createUntimedMemory, type UntimedMemory } from '../forecast/rate/untimed.js';
import { isNotable } from '../forecast/thresholds.js';
import type { PoolForecast } from '../forecast/types.js';
import type { HostLimits } from '../host/limits.js';
import type { Granularity } from '../host/release-granularity.js';
import { isFailureOf, type FailedConnect } from '../pool/failed-connect.js';
import type { TimedPorts } from '../pool/pool.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { countClosesByCounts, countClosesByTimers } from './counted-closes.js';
import { MERGE_GAP_MS } from './episodes.js';
import { findLastPortTaken, type TimedHoldings } from './last-port-taken.js';
import { SETTLE_WITHIN_MS } from './settle.js';
import type { CountedCloses, ObservedExhaustion } from './types.js';

const NO_PORTS: TimedPorts = { state: new Uint8Array(), expiresMs: new Int32Array() };

export interface Evidence {
  /**
   * The closes since the table before; for the first table of a pool, the closes that this table still shows. Oldest
   * first.
   */
  readonly counted: readonly CountedCloses[];
  /**
   * When the pool had no port left; null where a port was left all the time. `unknown` where that cannot be found out:
   * ports may be reused, and failed connects are not watched.
   */
  readonly ranOut: ObservedExhaustion | null | 'unknown';
}

/** One table, with what is needed to judge by it. */
interface ObservedTable {
  readonly snapshot: Snapshot;
  readonly limits: HostLimits;
  readonly granularity: Granularity;
  /** The connects that failed since the table before; null where failed connects are not watched. */
  readonly failures: readonly FailedConnect[] | null;
}

export interface EvidenceCollector {
  /** The evidence by pool id, of the pools that matter and of those that did in the last 20 minutes. */
  collect(table: ObservedTable, outcome: Pick<ForecastOutcome, 'pools' | 'timed' | 'unlisted'>): Map<string, Evidence>;
}

/** What one table shows of a pool. */
interface Holdings {
  readonly monotonicMs: number;
  readonly used: number;
  readonly live: number;
  /** Null where the table has no timers. */
  readonly timed: TimedPorts | null;
}

/** A time in which the pool may have been full without any table that shows it. */
interface PossibleExhaustion {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** What is kept of a pool while evidence is collected for it. */
interface WatchedPool {
  /** The last table that showed the pool. */
  readonly monotonicMs: number;
  /** Evidence is collected until then, because a forecast that was made before may be unsettled until then. */
  readonly untilMs: number;
  /** The counts of TIME_WAIT ports so far; null where the tables have timers. */
  readonly untimed: UntimedMemory | null;
  /** Null when the pool cannot have been full during the last minute. */
  readonly possiblyFull: PossibleExhaustion | null;
}

interface PreviousTable {
  readonly monotonicMs: number;
  readonly hasTimers: boolean;
  /** Whether `holdings` has every pool that held a port. */
  readonly isWhole: boolean;
  /** By pool id. */
  readonly holdings: ReadonlyMap<string, Holdings>;
}

/** One pool in two tables. */
interface PoolChange {
  readonly table: ObservedTable;
  /** Null for the first table. */
  readonly before: Holdings | null;
  readonly now: Holdings;
}

export function createEvidenceCollector(): EvidenceCollector {
  const watched = new Map<string, WatchedPool>();
  let previous: PreviousTable | null = null;
  return {
    collect(table, { pools, timed, unlisted }) {
      const { monotonicMs, hasTimers } = table.snapshot;
      const evidence = new Map<string, Evidence>();
      const holdings = new Map<string, Holdings>();
      for (const pool of pools) {
        const { id, used, live } = pool;
        const now = { monotonicMs, used, live, timed: hasTimers ? (timed.get(id) ?? NO_PORTS) : null };
        holdings.set(id, now);
        const watchedBefore = watched.get(id) ?? null;
        const untilMs = isNotable(pool) ? monotonicMs + SETTLE_WITHIN_MS : (watchedBefore?.untilMs ?? -Infinity);
        // Without timers, closes are the difference of two counts, so no table of a pool may be left out.
        if (hasTimers && untilMs < monotonicMs) {
          watched.delete(id);
          continue;
        }
        const change = { table, before: findHoldings(previous, id), now };
        const examined = examinePool(pool, change, watchedBefore);
        evidence.set(id, examined.evidence);
        watched.set(id, { monotonicMs, untilMs, ...examined.memory });
      }
      for (const [id, pool] of watched) if (monotonicMs - pool.monotonicMs > SETTLE_WITHIN_MS) watched.delete(id);
      previous = { monotonicMs, hasTimers, isWhole: unlisted === null, holdings };
      return evidence;
    },
  };
}

/** What a table shows of a pool. A pool that is not in a whole table held no port. Null where nothing is known. */
function findHoldings(table: PreviousTable | null, id: string): Holdings | null {
  if (table === null) return null;
  const { monotonicMs, hasTimers, isWhole, holdings } = table;
  const shown = holdings.get(id);
  if (shown !== undefined || !isWhole) return shown ?? null;
  return { monotonicMs, used: 0, live: 0, timed: hasTimers ? NO_PORTS : null };
}

/** The evidence for one pool, and what is kept of the pool for the next table. */
function examinePool(
  pool: PoolForecast,
  change: PoolChange,
  watched: WatchedPool | null,
): { evidence: Evidence; memory: Pick<WatchedPool, 'untimed' | 'possiblyFull'> } {
  const { table, before, now } = change;
  const untimed = now.timed === null ? (watched?.untimed ?? createUntimedMemory(now.monotonicMs, pool.timeWait)) : null;
  // Of a pool that was not watched before, all closes are counted that the table shows.
  const sinceMs = watched === null ? -Infinity : (before?.monotonicMs ?? -Infinity);
  const counted = countCloses(pool, { limits: table.limits, now, untimed, sinceMs });
  const filledMs = findFillInstant(pool, change, counted);
  const nowMs = now.monotonicMs;
  const possiblyFull = updatePossiblyFull(watched?.possiblyFull ?? null, {
    mayBeFull: filledMs === 'unknown',
    beforeMs: before?.monotonicMs ?? null,
    nowMs,
  });
  const ranOut = findExhaustion(pool, table, {
    filledMs,
    beforeMs: before?.monotonicMs ?? null,
    possiblyFullSinceMs: possiblyFull?.sinceMs ?? null,
  });
  return { evidence: { counted, ranOut }, memory: { untimed, possiblyFull } };
}

function countCloses(
  { reuse, timeWait }: PoolForecast,
  at: { limits: HostLimits; now: Holdings; untimed: UntimedMemory | null; sinceMs: number },
): CountedCloses[] {
  const { limits, now, untimed, sinceMs } = at;
  const { monotonicMs, timed } = now;
  if (timed !== null) return countClosesByTimers(timed, { reuse, limits, monotonicMs, sinceMs });
  if (untimed === null) return [];
  return countClosesByCounts(untimed, { count: timeWait, timeWaitMs: limits.timeWaitMs, monotonicMs });
}

/**
 * When the last port of the pool was taken between two tables; null where that did not happen, `unknown` where it
 * cannot be worked out. Most pools are ruled out at once: every port that can have been taken, and no release, would
 * not fill them.
 */
function findFillInstant(
  pool: PoolForecast,
  { table, before, now }: PoolChange,
  counted: readonly CountedCloses[],
): number | null | 'unknown' {
  if (before === null) return null;
  const closes = counted.filter(({ toMs }) => toMs > before.monotonicMs).reduce((sum, each) => sum + each.closes, 0);
  const taken = Math.max(0, closes + pool.live - before.live);
  if (before.used + taken < pool.capacity) return null;
  if (!hasTimers(before) || !hasTimers(now)) return 'unknown';
  const { limits, granularity } = table;
  return findLastPortTaken(before, now, { capacity: pool.capacity, limits, granularity });
}

function hasTimers(holdings: Holdings): holdings is Holdings & TimedHoldings {
  return holdings.timed !== null;
}

/**
 * The time in which the pool may have been full unseen. It goes on while the pool may be full, and is ruled out when
 * the pool cannot have been full for a minute.
 */
function updatePossiblyFull(
  last: PossibleExhaustion | null,
  { mayBeFull, beforeMs, nowMs }: { mayBeFull: boolean; beforeMs: number | null; nowMs: number },
): PossibleExhaustion | null {
  const open = last !== null && nowMs - last.untilMs < MERGE_GAP_MS ? last : null;
  return mayBeFull ? { sinceMs: open?.sinceMs ?? beforeMs ?? nowMs, untilMs: nowMs } : open;
}

/**
 * When the pool had no port left. Where failed connects are watched this is the first one that failed, and nothing else
 * counts. Else it is the instant at which the last port was taken, by the timers, or the first full table. With reuse a
 * full table is no failure, so the answer is unknown.
 */
function findExhaustion(
  pool: PoolForecast,
  { snapshot, failures }: ObservedTable,
  at: { filledMs: number | null | 'unknown'; beforeMs: number | null; possiblyFullSinceMs: number | null },
): Evidence['ranOut'] {
  const { monotonicMs, takenAtMs } = snapshot;
  const { filledMs, beforeMs, possiblyFullSinceMs } = at;
  if (pool.failedConnects !== null) {
    const agesMs = (failures ?? [])
      .filter((failure) => isFailureOf(pool, failure))
      .map(({ atMs }) => Math.max(0, takenAtMs - atMs));
    if (agesMs.length === 0) return null;
    // The age is used and bounded by the table before, because the wall clock may be stepped between two tables.
    const failedMs = Math.max(monotonicMs - Math.max(...agesMs), beforeMs ?? -Infinity);
    return { afterMs: failedMs, beforeMs: failedMs, seenBy: 'connects' };
  }
  if (pool.reuse !== 'none') return 'unknown';
  if (typeof filledMs === 'number') {
    return { afterMs: possiblyFullSinceMs ?? filledMs, beforeMs: filledMs, seenBy: 'timers' };
  }
  if (pool.available > 0 || pool.capacity === 0) return null;
  return { afterMs: possiblyFullSinceMs ?? beforeMs, beforeMs: monotonicMs, seenBy: 'table' };
}
