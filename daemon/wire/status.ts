/** The answer of `GET /api/v1/status`. */
import type { WireAlert } from './alert.js';
import type { WireHost } from './host.js';
import type { WirePool } from './pool.js';
import type { WireScore } from './score.js';

/** A problem a user must know of; `part` names the part of portcast it is in. */
export interface WireProblem {
  part: string;
  message: string;
  since: string;
}

export interface WireStatus {
  version: string;
  startedAt: string;
  uptimeSeconds: number;
  /** `blind`: no good sample; `degraded`: something is wrong, sampling goes on. */
  health: 'ok' | 'degraded' | 'blind';
  problems: WireProblem[];
  host: WireHost;
  sampling: {
    source: string;
    sourceWhy: string;
    schedule: string;
    beatSeconds: number;
    lastDumpAt: string | null;
    dumpAgeSeconds: number | null;
    /** A sample older than this is out of date: derived from the beat and `sampling.maxInterval`. */
    maxSampleAgeSeconds: number;
    rows: number;
    dumpCostSeconds: number | null;
    /** Share of one core that full dumps take, on average, and the share they may take now. */
    dumpShare: number;
    dumpShareBudget: number;
    /** Why full dumps come more rarely than the beat, or null. */
    slowedBecause: string | null;
    dumps: number;
    beats: number;
    missedBeats: number;
    scheduleRestarts: number;
  };
  store: {
    path: string;
    sizeBytes: number;
    capBytes: number;
    pendingRecords: number;
    lastFlushAt: string | null;
    series: number;
  };
  mail: {
    configured: boolean;
    recipients: number;
    pending: number;
    failed: number;
    lastSentAt: string | null;
    lastError: string | null;
  };
  score: WireScore;
  /** Whether connects that really fail are counted, and why not; how many failed since start, and went uncounted. */
  tracing: { on: boolean; why: string; failedConnects: number; lost: number };
  process: {
    cpuRatio: number;
    residentBytes: number;
    eventLoopDelayP99Seconds: number;
  };
  /** The worst pools, at most five, and how many pools there are. */
  worst: WirePool[];
  poolCount: number;
  /** Pending and firing. */
  alerts: WireAlert[];
}
