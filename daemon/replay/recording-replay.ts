/** A recording through the line of a cycle: snapshot -> pool -> forecast -> alert. The clock is the recording's. */
import type { AlertSettings } from '../alert/alert.js';
import type { HostReading, TableReading } from '../contracts.js';
import { createEvidenceCollector } from '../score/evidence.js';
import { createForecaster } from '../forecast/forecaster.js';
import type { FailedConnect } from '../pool/failed-connect.js';
import { clamp, SECOND_MS } from '../units.js';
import type { ReplayOutcome } from './outcome.js';
import { createReview } from './review.js';

/** One record of a recording. */
export interface ReplaySample {
  readonly host: HostReading;
  readonly table: TableReading | null;
  readonly failures?: readonly FailedConnect[] | null;
}

export interface RecordingReplay {
  take(sample: ReplaySample): void;
  finish(): ReplayOutcome;
}

/** What the daemon may take between two dumps; until two were seen, its usual beat. */
const INTERVAL_MS = { least: SECOND_MS, usual: 2 * SECOND_MS, most: 5 * 60 * SECOND_MS };

export function createRecordingReplay(settings: AlertSettings, maxSampleAgeMs: number): RecordingReplay {
  const forecaster = createForecaster();
  const review = createReview(settings, maxSampleAgeMs);
  const witness = createEvidenceCollector();
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
      const outcome = forecaster.update({ snapshot, limits, granularity, counters, intervalMs, failures: unseen });
      const evidence = witness.collect({ snapshot, limits, granularity, failures: unseen }, outcome);
      review.take({ atMs: takenAtMs, monotonicMs, pools: outcome.pools, evidence });
      lastMs = monotonicMs;
      unseen = null;
    },
    finish: () => review.finish(),
  };
}
