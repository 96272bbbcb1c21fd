/**
 * Replays a recording through the stages of a cycle: snapshot, pool, forecast, score, alert. All instants are those of
 * the recording.
 */
import type { AlertSettings } from '../alert/alert.js';
import type { HostReading, TableReading } from '../contracts.js';
import { createForecaster } from '../forecast/forecaster.js';
import type { FailedConnect } from '../pool/failed-connect.js';
import { createEvidenceCollector } from '../score/evidence.js';
import { believeTimers } from '../snapshot/believe-timers.js';
import type { ReplayOutcome } from './outcome.js';
import { estimateSampleIntervalMs } from './pace.js';
import { createReview } from './review.js';

/** One record of a recording. */
export interface ReplaySample {
  readonly host: HostReading;
  /** Null for a cycle in which no table was read. */
  readonly table: TableReading | null;
  /** The connects that failed since the record before; null or absent where failed connects were not watched. */
  readonly failures?: readonly FailedConnect[] | null;
}

interface RecordingReplay {
  /** Takes the records in order of time. */
  take(sample: ReplaySample): void;
  finish(): ReplayOutcome;
  /** How many tables were left out because the clock of the host had not advanced since the table before. */
  repeated(): number;
}

/** As the daemon keeps them until the next table (MAX_FAILED_CONNECTS of sampler.ts). */
const MAX_FAILED_CONNECTS = 20_000;

/** @param maxSampleAgeMs how old a sample may be, and how long a pause may last; see sampling/freshness.ts. */
export function createRecordingReplay(settings: AlertSettings, maxSampleAgeMs: number): RecordingReplay {
  const forecaster = createForecaster();
  const collector = createEvidenceCollector();
  const review = createReview(settings, maxSampleAgeMs);
  let previousMs: number | null = null;
  let repeated = 0;
  /** The failed connects since the last table. */
  let failuresSinceTable: FailedConnect[] | null = null;

  return {
    take({ host, table, failures: newFailures = null }) {
      const { counters } = host;
      if (newFailures !== null) {
        failuresSinceTable = [...(failuresSinceTable ?? []), ...newFailures].slice(-MAX_FAILED_CONNECTS);
      }
      if (table === null) {
        review.pass(counters.takenAtMs);
        return;
      }
      const { snapshot } = table;
      if (previousMs !== null && snapshot.monotonicMs <= previousMs) {
        repeated += 1;
        return;
      }
      const { limits, granularity } = believeTimers(host, snapshot);
      const { monotonicMs, takenAtMs } = snapshot;
      const failures = failuresSinceTable;
      const intervalMs = estimateSampleIntervalMs(previousMs, monotonicMs);
      const outcome = forecaster.update({ snapshot, limits, granularity, counters, intervalMs, failures });
      const evidence = collector.collect({ snapshot, limits, granularity, failures }, outcome);
      review.take({ atMs: takenAtMs, monotonicMs, pools: outcome.pools, evidence });
      previousMs = monotonicMs;
      failuresSinceTable = null;
    },
    finish: () => review.finish(),
    repeated: () => repeated,
  };
}
