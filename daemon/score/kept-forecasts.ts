/** Which forecasts are kept: every change of verdict, and one a minute of each pool that matters, to be scored later. */
import type { Mode, PoolForecast } from '../forecast/types.js';
import { MINUTE_MS } from '../units.js';
import { isNotable } from '../forecast/thresholds.js';

export interface KeptForecastRow {
  readonly poolId: string;
  readonly madeAtMs: number;
  readonly mode: Mode;
  readonly capacity: number;
  readonly used: number;
  readonly live: number;
  readonly closeRate: number | null;
  readonly pressure: number | null;
  readonly exhaustsAtMs: number | null;
  readonly earliestAtMs: number | null;
  readonly latestAtMs: number | null;
  readonly probability: number | null;
}

/** At most this many pools of one sample are scored: the worst ones. */
const MAX_SCORED_POOLS = 2000;

export interface ForecastKeeper {
  /**
   * The forecasts of one sample that are to be scored.
   * @param pools worst first.
   */
  keep(pools: readonly PoolForecast[], monotonicMs: number): KeptForecastRow[];
}

export function createForecastKeeper(): ForecastKeeper {
  const verdicts: Verdicts = new Map();
  return { keep: (pools, monotonicMs) => forecastsToKeep(verdicts, pools.slice(0, MAX_SCORED_POOLS), monotonicMs) };
}

/** The last forecast kept of each pool. */
type Verdicts = Map<string, { readonly verdict: string; readonly monotonicMs: number }>;

/** Updates `verdicts`, which never outgrows the pools given. */
function forecastsToKeep(verdicts: Verdicts, pools: readonly PoolForecast[], monotonicMs: number): KeptForecastRow[] {
  const rows: KeptForecastRow[] = [];
  const present = new Set<string>();
  for (const pool of pools) {
    present.add(pool.id);
    const known = verdicts.get(pool.id);
    const verdict = verdictOf(pool);
    const changed = verdict !== (known?.verdict ?? QUIET);
    const due = isNotable(pool) && (known === undefined || monotonicMs - known.monotonicMs >= MINUTE_MS);
    if (!changed && !due) continue;
    rows.push(rowOf(pool));
    verdicts.set(pool.id, { verdict, monotonicMs });
  }
  for (const id of verdicts.keys()) if (!present.has(id)) verdicts.delete(id);
  return rows;
}

const QUIET = 'quiet';

/** `idle` and `steady` are one verdict, that nothing is foreseen: a quiet pool swaps between them all day long. */
function verdictOf(pool: PoolForecast): string {
  const mode = pool.mode === 'idle' || pool.mode === 'steady' ? QUIET : pool.mode;
  return pool.exhaustsAtMs === null ? mode : `${mode} exhausts`;
}

function rowOf(pool: PoolForecast): KeptForecastRow {
  const { mode, capacity, used, live, closeRate, pressure, exhaustsAtMs, earliestAtMs, latestAtMs, probability } = pool;
  return {
    poolId: pool.id,
    madeAtMs: Math.round(pool.sampledAtMs),
    mode,
    capacity,
    used,
    live,
    closeRate,
    pressure,
    exhaustsAtMs: rounded(exhaustsAtMs),
    earliestAtMs: rounded(earliestAtMs),
    latestAtMs: rounded(latestAtMs),
    probability,
  };
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}
