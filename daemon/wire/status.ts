/** The answer of `GET /api/v1/status`. */
import type { WireAlert } from './alert.js';
import type { WireDelivery } from './delivery.js';
import type { WireHost } from './host.js';
import type { WirePool } from './pool.js';
import type { WireScore } from './score.js';

/** A problem that the user must see; `part` is the part of portcast that has it. */
interface WireProblem {
  part: string;
  message: string;
  since: string;
}

export interface WireStatus {
  version: string;
  startedAt: string;
  uptimeSeconds: number;
  /** `blind`: there is no good sample. `degraded`: there is a problem, but sampling goes on. */
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
    /** A sample older than this is out of date; it depends on the beat and on `sampling.maxInterval`. */
    maxSampleAgeSeconds: number;
    rows: number;
    dumpCostSeconds: number | null;
    /** Share of one core that full dumps take on average, and the share that they may take now. */
    dumpShare: number;
    dumpShareBudget: number;
    /** Why full dumps are rarer than the beats; null when they are not. */
    slowedBecause: string | null;
    dumps: number;
    beats: number;
    missedBeats: number;
    scheduleRestarts: number;
    /** How often the counters were read between two beats, and how often that led to a full dump. */
    glances: number;
    looks: number;
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
  delivery: WireDelivery[];
  /** The channels that are configured, mail and Alertmanager among them. */
  channels: {
    name: string;
    /** Where it leads: of a URL only the scheme and the host. */
    target: string;
    severities: readonly string[];
    /** Messages that wait; of Alertmanager the servers that have not accepted the newest state. */
    pending: number;
    failed: number;
    lastSentAt: string | null;
    lastError: string | null;
  }[];
  score: WireScore;
  /**
   * Whether failed connects are counted, and why or why not; how many failed since the start, and how many were not
   * counted.
   */
  tracing: { on: boolean; why: string; failedConnects: number; lost: number };
  process: {
    cpuRatio: number;
    residentBytes: number;
    eventLoopDelayP99Seconds: number;
  };
  /** The five worst pools, and the number of all pools. */
  worst: WirePool[];
  poolCount: number;
  /** Pending and firing. */
  alerts: WireAlert[];
  /** How many incidents are open, and how many are quiet: no alert of them fires, and it is not yet certain that they are over. */
  incidents: { open: number; quiet: number };
}
