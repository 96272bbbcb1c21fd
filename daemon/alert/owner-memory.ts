/**
 * Which processes own the connections of pools with an alert. A search costs CPU time, so one search serves all pools,
 * and the next one begins only when the time since the last pays for it. What was found stays known: clients end, and
 * TIME_WAIT rows have no owner.
 */
import type { PoolForecast } from '../forecast/types.js';
import { HOUR_MS, MINUTE_MS } from '../units.js';
import {
  MAX_KEPT_PROCESSES,
  OWNERS_NOT_SOUGHT,
  WITHOUT_OWNERS,
  type Alert,
  type AlertChange,
  type OwnerReport,
  type OwnerSearch,
  type PoolProcess,
} from './alert.js';

/** The share of one core that searches for pools with an alert may take. */
const MAX_SHARE = 0.01;
/**
 * An alert can fire at the first sample of an overload, before any search for its pool. So the worst pools are searched
 * for ahead as well, rarely and within a smaller share, where at least this much of their capacity is used.
 */
const AHEAD_POOLS = 5;
const AHEAD_USED_RATIO = 0.05;
const AHEAD_SHARE = 0.001;
const AHEAD_EVERY_MS = MINUTE_MS;
/** Owners that were not seen for this time are forgotten, and so are pools that were not searched for. */
const KEEP_MS = HOUR_MS;

interface Instant {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export interface OwnerMemory {
  /**
   * Begins a search where one is due.
   * @param pools the newest forecasts, worst first.
   * @returns the pools to search for; empty where none is due or one is under way. `endSearch` must follow.
   */
  beginSearch(alerts: readonly Alert[], pools: readonly PoolForecast[], monotonicMs: number): PoolForecast[];
  /** Takes the result of the search: one report for each of its pools, in their order. */
  endSearch(search: OwnerSearch, at: Instant): void;
  /** The alert with what is known of the owners of its pool. */
  readonly addTo: (alert: Alert) => Alert;
  readonly addToChange: (change: AlertChange) => AlertChange;
}

interface KnownOwners {
  report: OwnerReport;
  /** When the pool was last searched for. */
  searchedAtMs: number;
}

export function createOwnerMemory(): OwnerMemory {
  const known = new Map<string, KnownOwners>();
  let running: { readonly pools: readonly PoolForecast[]; readonly beganAtMs: number } | null = null;
  let [nextAtMs, nextAheadAtMs] = [-Infinity, -Infinity];
  const addTo = (alert: Alert): Alert => {
    const owners = alert.poolId === null ? undefined : known.get(alert.poolId)?.report;
    return owners === undefined ? alert : { ...alert, owners };
  };
  return {
    beginSearch(alerts, pools, monotonicMs) {
      if (running !== null || monotonicMs < nextAtMs) return [];
      const wanted = new Map<string, PoolForecast>();
      for (const { poolId, latest, raised, owners } of alerts) {
        const pool = latest ?? raised;
        if (poolId === null || pool === null) continue;
        wanted.set(poolId, pool);
        // After a restart the stored alert is all that is known.
        if (!known.has(poolId)) known.set(poolId, { report: owners, searchedAtMs: monotonicMs });
      }
      if (monotonicMs >= nextAheadAtMs) for (const pool of listAhead(pools)) wanted.set(pool.id, pool);
      if (wanted.size === 0) return [];
      running = { pools: [...wanted.values()], beganAtMs: monotonicMs };
      return [...wanted.values()];
    },
    endSearch({ reports, costMs }, at) {
      const { pools = [], beganAtMs = at.monotonicMs } = running ?? {};
      running = null;
      nextAtMs = beganAtMs + costMs / MAX_SHARE;
      nextAheadAtMs = beganAtMs + Math.max(AHEAD_EVERY_MS, costMs / AHEAD_SHARE);
      pools.forEach(({ id }, index) => {
        const report = mergeReport(known.get(id)?.report ?? OWNERS_NOT_SOUGHT, reports[index], at.wallMs);
        known.set(id, { report, searchedAtMs: at.monotonicMs });
      });
      for (const [id, { searchedAtMs }] of known) if (at.monotonicMs - searchedAtMs > KEEP_MS) known.delete(id);
    },
    addTo,
    addToChange: (change) => ({ ...change, alert: addTo(change.alert) }),
  };
}

function listAhead(pools: readonly PoolForecast[]): PoolForecast[] {
  return pools.slice(0, AHEAD_POOLS).filter(({ used, capacity }) => used >= AHEAD_USED_RATIO * capacity);
}

/**
 * Adds the report of a search to what was known. Owners that the search found have their present share; the others no
 * longer hold a live row. A search that met no live row shows nothing new.
 */
function mergeReport(before: OwnerReport, found: OwnerReport | undefined, nowMs: number): OwnerReport {
  if (found === undefined) return before;
  if (found.why === WITHOUT_OWNERS.why) return before.processes.length > 0 ? before : WITHOUT_OWNERS;
  const present = new Set(found.processes.map(formatKey));
  const earlier = before.processes
    .filter((process) => !present.has(formatKey(process)) && nowMs - (process.seenAtMs ?? nowMs) <= KEEP_MS)
    .map((process) => ({ ...process, confidence: 0 }))
    .sort((a, b) => (b.seenAtMs ?? 0) - (a.seenAtMs ?? 0));
  const processes = [...found.processes.map((process) => ({ ...process, seenAtMs: nowMs })), ...earlier];
  return { processes: processes.slice(0, MAX_KEPT_PROCESSES), why: found.why };
}

function formatKey({ pid, name }: PoolProcess): string {
  return `${pid} ${name}`;
}
