/**
 * Chooses which forecasts are kept, to be scored when their outcome is known: one whenever a pool's finding changes,
 * and one per minute of each pool that matters.
 */
import { isNotable } from '../forecast/thresholds.js';
import type { Mode, PoolForecast } from '../forecast/types.js';
import { MINUTE_MS } from '../units.js';
import { MAX_SCORED_POOLS } from './pool-limit.js';

/** The finding of a pool for which nothing is foreseen. */
const QUIET = 'quiet';

/** A kept forecast as it is stored. Instants are epoch ms, rounded to whole milliseconds. */
export interface KeptForecastRow {
  readonly poolId: string;
  readonly madeAtMs: number;
  readonly mode: Mode;
  readonly capacity: number;
  readonly used: number;
  readonly live: number;
  /** Closes per second. */
  readonly closeRate: number | null;
  readonly pressure: number | null;
  readonly exhaustsAtMs: number | null;
  readonly earliestAtMs: number | null;
  readonly latestAtMs: number | null;
  readonly probability: number | null;
}

export interface ForecastKeeper {
  /**
   * The forecasts of one sample that are kept.
   * @param pools all pools of the sample, worst first; those beyond the bound of the score are passed over.
   */
  keep(pools: readonly PoolForecast[], monotonicMs: number): KeptForecastRow[];
}

/** What was found for a pool when its forecast was last kept. */
interface LastKept {
  readonly finding: string;
  readonly monotonicMs: number;
}

export function createForecastKeeper(): ForecastKeeper {
  const lastKept = new Map<string, LastKept>();
  return { keep: (pools, monotonicMs) => keepForecasts(lastKept, pools.slice(0, MAX_SCORED_POOLS), monotonicMs) };
}

/**
 * Updates `lastKept`. A pool that is not in `pools` is removed from it, so it never holds more pools than were given.
 */
function keepForecasts(
  lastKept: Map<string, LastKept>,
  pools: readonly PoolForecast[],
  monotonicMs: number,
): KeptForecastRow[] {
  const rows: KeptForecastRow[] = [];
  const present = new Set<string>();
  for (const pool of pools) {
    present.add(pool.id);
    const last = lastKept.get(pool.id);
    const finding = describeFinding(pool);
    const hasChanged = finding !== (last?.finding ?? QUIET);
    const isDue = isNotable(pool) && (last === undefined || monotonicMs - last.monotonicMs >= MINUTE_MS);
    if (!hasChanged && !isDue) continue;
    rows.push(createRow(pool));
    lastKept.set(pool.id, { finding, monotonicMs });
  }
  for (const id of lastKept.keys()) if (!present.has(id)) lastKept.delete(id);
  return rows;
}

/**
 * The finding: the mode, and whether an exhaustion is foreseen. `idle` and `steady` are one finding, because a quiet
 * pool changes between them many times a day.
 */
function describeFinding(pool: PoolForecast): string {
  const mode = pool.mode === 'idle' || pool.mode === 'steady' ? QUIET : pool.mode;
  return pool.exhaustsAtMs === null ? mode : `${mode} exhausts`;
}

function createRow(pool: PoolForecast): KeptForecastRow {
  const { mode, capacity, used, live, closeRate, pressure, probability } = pool;
  return {
    poolId: pool.id,
    madeAtMs: Math.round(pool.sampledAtMs),
    mode,
    capacity,
    used,
    live,
    closeRate,
    pressure,
    exhaustsAtMs: roundOrNull(pool.exhaustsAtMs),
    earliestAtMs: roundOrNull(pool.earliestAtMs),
    latestAtMs: roundOrNull(pool.latestAtMs),
    probability,
  };
}

function roundOrNull(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}
