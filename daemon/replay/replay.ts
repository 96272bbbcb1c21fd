/** A recording through the line of a cycle: snapshot -> pool -> forecast -> alert. The clock is the recording's. */
import type { AlertSettings } from '../alert/alert.js';
import type { HostReading, TableReading } from '../contracts.js';
import { createForecaster } from '../forecast/forecaster.js';
import { buildPools } from '../pool/build.js';
import type { FailedConnect } from '../pool/failures.js';
import { createPoolMemory, observeCounters } from '../pool/memory.js';
import type { Pool } from '../pool/pool.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { clamp, SECOND_MS } from '../units.js';
import { createCloseCounter } from './closes.js';
import { filledAt, type Timers } from './fill.js';
import type { ReplayOutcome } from './outcome.js';
import { createReview } from './review.js';

/** One record of a recording. */
export interface ReplaySample {
  readonly host: HostReading;
  readonly table: TableReading | null;
  readonly failures?: readonly FailedConnect[] | null;
}

export interface Replay {
  take(sample: ReplaySample): void;
  finish(): ReplayOutcome;
}

/** What the daemon may take between two dumps; until two were seen, its usual beat. */
const INTERVAL_MS = { least: SECOND_MS, usual: 2 * SECOND_MS, most: 5 * 60 * SECOND_MS };

export function createReplay(settings: AlertSettings): Replay {
  const forecaster = createForecaster();
  const review = createReview(settings);
  const closes = createCloseCounter();
  const memory = createPoolMemory();
  let lastMs: number | null = null;
  let unseen: FailedConnect[] | null = null;
  let previous: Before | null = null;

  return {
    take({ host, table, failures = null }) {
      const { limits, granularity, counters } = host;
      if (failures !== null) (unseen ??= []).push(...failures);
      if (table === null) {
        review.pass(counters.takenAtMs);
        return;
      }
      const { snapshot } = table;
      const { monotonicMs, takenAtMs } = snapshot;
      const intervalMs =
        lastMs === null ? INTERVAL_MS.usual : clamp(monotonicMs - lastMs, INTERVAL_MS.least, INTERVAL_MS.most);
      const { pools } = forecaster.update({ snapshot, limits, granularity, counters, intervalMs, failures: unseen });
      observeCounters(memory, counters);
      const built = buildPools(snapshot, limits, memory);
      const counted = closes.count(built, snapshot, limits);
      const filledAtMs = fills(previous, built, { snapshot, limits, granularity });
      review.take({ atMs: takenAtMs, monotonicMs, pools, counted, filledAtMs, failures: unseen });
      previous = { pools: new Map(built.map((pool) => [pool.id, pool])), monotonicMs };
      lastMs = monotonicMs;
      unseen = null;
    },
    finish: () => review.finish(),
  };
}

interface Before {
  readonly pools: ReadonlyMap<string, Pool>;
  readonly monotonicMs: number;
}

/** When the pools that became full since the table before did, on the wall clock of this one. */
function fills(
  before: Before | null,
  pools: readonly Pool[],
  at: Timers & { snapshot: Snapshot },
): Map<string, number> {
  const filled = new Map<string, number>();
  if (before === null || !at.snapshot.hasTimers) return filled;
  const { monotonicMs, takenAtMs } = at.snapshot;
  for (const pool of pools) {
    const old = before.pools.get(pool.id);
    if (old === undefined) continue;
    const filledMs = filledAt({ pool: old, monotonicMs: before.monotonicMs }, { pool, monotonicMs }, at);
    if (filledMs !== null) filled.set(pool.id, takenAtMs - (monotonicMs - filledMs));
  }
  return filled;
}
