/**
 * What the tables show beside the forecasts, and what a forecast is judged by: the closes that there were, and when no port
 * was left. One truth for the running daemon and for `replay`. Instants are monotonic ms.
 */
import { isFailureOf, type FailedConnect } from '../pool/failed-connect.js';
import type { Granularity } from '../host/release-granularity.js';
import type { HostLimits } from '../host/limits.js';
import type { TimedPorts } from '../pool/pool.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { countClosesByCounts, countClosesByTimers } from './counted-closes.js';
import { MERGE_GAP_MS } from './episodes.js';
import { findLastPortTaken } from './last-port-taken.js';
import type { PoolForecast } from '../forecast/types.js';
import type { ForecastOutcome } from '../forecast/forecaster.js';
import type { CountedCloses, ObservedExhaustion } from './types.js';
import { SETTLE_WITHIN_MS } from './settle.js';
import { createUntimedMemory, type UntimedMemory } from '../forecast/rate/untimed.js';
import { isNotable } from '../forecast/thresholds.js';

export interface Evidence {
  /** Closes since the table before; at the first one those that it still shows. Oldest first. */
  readonly counted: readonly CountedCloses[];
  /** Null where a port was left all the time; `unknown` where nobody can tell: reuse, and no connects watched. */
  readonly ranOut: ObservedExhaustion | null | 'unknown';
}

/** One table with what belongs to it. */
export interface ObservedTable {
  readonly snapshot: Snapshot;
  readonly limits: HostLimits;
  readonly granularity: Granularity;
  /** Connects seen to fail since the table before; null where nobody watched. */
  readonly failures: readonly FailedConnect[] | null;
}

export interface EvidenceCollector {
  /** By pool id; of the pools that matter, and of those that did so lately. */
  collect(table: ObservedTable, outcome: Pick<ForecastOutcome, 'pools' | 'timed'>): Map<string, Evidence>;
}

interface Seen {
  readonly monotonicMs: number;
  readonly used: number;
  readonly live: number;
  /** Null where the table has no timers. */
  readonly timed: TimedPorts | null;
}

interface Watched {
  readonly monotonicMs: number;
  readonly untilMs: number;
  readonly untimed: UntimedMemory | null;
  /** It may have been full unseen, from when to when; null once that can be ruled out for a minute. */
  readonly perhaps: { readonly sinceMs: number; readonly untilMs: number } | null;
}

interface Before {
  readonly monotonicMs: number;
  readonly hasTimers: boolean;
  readonly shown: ReadonlyMap<string, Seen>;
}

const NO_PORTS: TimedPorts = { state: new Uint8Array(), expiresMs: new Int32Array() };

export function createEvidenceCollector(): EvidenceCollector {
  const watched = new Map<string, Watched>();
  let before: Before | null = null;
  return {
    collect(table, { pools, timed }) {
      const { monotonicMs, hasTimers } = table.snapshot;
      const found = new Map<string, Evidence>();
      const shown = new Map<string, Seen>();
      for (const pool of pools) {
        const { id, used, live } = pool;
        const seen = { monotonicMs, used, live, timed: hasTimers ? (timed.get(id) ?? NO_PORTS) : null };
        shown.set(id, seen);
        const known = watched.get(id) ?? null;
        const untilMs = isNotable(pool) ? monotonicMs + SETTLE_WITHIN_MS : (known?.untilMs ?? -Infinity);
        // Without timers closes are the difference of two counts: none may be left out.
        if (hasTimers && untilMs < monotonicMs) {
          watched.delete(id);
          continue;
        }
        const looked = look(pool, { table, known, last: seenIn(before, id), seen });
        found.set(id, looked.evidence);
        watched.set(id, { monotonicMs, untilMs, ...looked.memory });
      }
      for (const [id, { monotonicMs: lastMs }] of watched)
        if (monotonicMs - lastMs > SETTLE_WITHIN_MS) watched.delete(id);
      before = { monotonicMs, hasTimers, shown };
      return found;
    },
  };
}

/** What the table before shows of a pool: nothing of one that is not in it. Null where there is no such table. */
function seenIn(before: Before | null, id: string): Seen | null {
  if (before === null) return null;
  const { monotonicMs, hasTimers, shown } = before;
  return shown.get(id) ?? { monotonicMs, used: 0, live: 0, timed: hasTimers ? NO_PORTS : null };
}

interface Look {
  readonly table: ObservedTable;
  /** What was kept when it was last watched. */
  readonly known: Watched | null;
  readonly last: Seen | null;
  readonly seen: Seen;
}

function look(pool: PoolForecast, { table, known, last, seen }: Look) {
  const { monotonicMs, timed } = seen;
  const lastMs = last?.monotonicMs ?? null;
  const untimed = timed === null ? (known?.untimed ?? createUntimedMemory(monotonicMs, pool.timeWait)) : null;
  const closesSince = (sinceMs: number): CountedCloses[] => {
    const { limits } = table;
    if (timed !== null) return countClosesByTimers(timed, { reuse: pool.reuse, limits, monotonicMs, sinceMs });
    const { timeWaitMs } = limits;
    return untimed === null ? [] : countClosesByCounts(untimed, { count: pool.timeWait, timeWaitMs, monotonicMs });
  };
  const counted = closesSince(known === null ? -Infinity : (lastMs ?? -Infinity));
  const filled = last === null || !mayHaveFilled(pool, last, counted) ? null : fillOf(pool, { table, last, seen });
  const before = known?.perhaps ?? null;
  const stillOpen = before !== null && monotonicMs - before.untilMs < MERGE_GAP_MS ? before : null;
  const sinceMs = stillOpen?.sinceMs ?? lastMs ?? monotonicMs;
  const perhaps = filled === 'unknown' ? { sinceMs, untilMs: monotonicMs } : stillOpen;
  const ranOut = ranOutAt(pool, table, { filled, lastMs, perhapsSinceMs: perhaps?.sinceMs ?? null });
  return { evidence: { counted, ranOut }, memory: { untimed, perhaps } };
}

/** With every port taken that can have been, and none released. */
function mayHaveFilled(pool: PoolForecast, last: Seen, counted: readonly CountedCloses[]): boolean {
  const closes = counted.filter(({ toMs }) => toMs > last.monotonicMs).reduce((sum, each) => sum + each.closes, 0);
  return last.used + Math.max(0, closes + pool.live - last.live) >= pool.capacity;
}

function fillOf(pool: PoolForecast, { table, last, seen }: { table: ObservedTable; last: Seen; seen: Seen }) {
  if (last.timed === null || seen.timed === null) return 'unknown';
  const { limits, granularity } = table;
  const before = { ...last, timed: last.timed };
  return findLastPortTaken(before, { ...seen, timed: seen.timed }, { capacity: pool.capacity, limits, granularity });
}

/**
 * The first connect that failed, where they are watched. Else the moment the last port was taken, from the timers; else
 * the first full table, and with reuse nobody can tell.
 */
function ranOutAt(
  pool: PoolForecast,
  { snapshot, failures }: ObservedTable,
  at: { filled: number | null | 'unknown'; lastMs: number | null; perhapsSinceMs: number | null },
): Evidence['ranOut'] {
  const { monotonicMs, takenAtMs } = snapshot;
  if (pool.failedConnects !== null) {
    const ages = (failures ?? [])
      .filter((failure) => isFailureOf(pool, failure))
      .map(({ atMs }) => Math.max(0, takenAtMs - atMs));
    if (ages.length === 0) return null;
    // By age, as the wall clock may jump between two tables.
    const failedMs = Math.max(monotonicMs - Math.max(...ages), at.lastMs ?? -Infinity);
    return { afterMs: failedMs, beforeMs: failedMs, seenBy: 'connects' };
  }
  if (pool.reuse !== 'none') return 'unknown';
  if (typeof at.filled === 'number') {
    return { afterMs: at.perhapsSinceMs ?? at.filled, beforeMs: at.filled, seenBy: 'timers' };
  }
  if (pool.available > 0 || pool.capacity === 0) return null;
  return { afterMs: at.perhapsSinceMs ?? at.lastMs, beforeMs: monotonicMs, seenBy: 'table' };
}
