/** A recording through the line of a cycle: snapshot -> pool -> forecast -> alert. The clock is the recording's. */
import type { AlertSettings } from '../alert/alert.js';
import type { HostReading, TableReading } from '../contracts.js';
import { createForecaster } from '../forecast/forecaster.js';
import { buildPools } from '../pool/build.js';
import type { FailedConnect } from '../pool/failures.js';
import { createPoolMemory, observeCounters } from '../pool/memory.js';
import { clamp, SECOND_MS } from '../units.js';
import { createCloseCounter } from './closes.js';
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
      const counted = closes.count(buildPools(snapshot, limits, memory), snapshot, limits);
      review.take({ atMs: takenAtMs, monotonicMs, pools, counted, failures: unseen });
      lastMs = monotonicMs;
      unseen = null;
    },
    finish: () => review.finish(),
  };
}
