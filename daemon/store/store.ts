/** The store as the daemon uses it: takes samples in batches, alerts and mail at once, and reads histories and scores. */
import type { Alert, AlertState } from '../alert/alert.js';
import type {
  AlertStore,
  Clock,
  HealthSink,
  HistoryStore,
  OutboxStore,
  PastStore,
  SampleStore,
  ScoreStore,
} from '../contracts.js';
import type { Log } from '../log.js';
import type { Outage } from '../outage/outage.js';
import type { Unsettled } from '../score/scorer.js';
import { openConnection, openDurableConnection, withStoreErrors, type Connection } from './database.js';
import { migrate } from './migrations.js';
import { createAlertJournal, type AlertJournal } from './records/alert-journal.js';
import { createOutageReader, readKnownOutages } from './records/outage-rows.js';
import { createPastReader } from './records/past-reader.js';
import { createEpisodeReader, readUnsettled } from './records/score-rows.js';
import { cacheSummary, createSummaryReader } from './records/score-summary.js';
import { createBatchQueue, type BatchQueue } from './series/batch-queue.js';
import { createBatchWriter, type BatchWriter } from './series/batch-writer.js';
import { createDailyPeakReader } from './series/daily-peaks.js';
import { createHistoryReader } from './series/history.js';
import { createSampleIntake } from './series/sample-intake.js';
import { KIND } from './series/series-kinds.js';
import { createTierReader } from './series/tier-reader.js';
import { createFlusher } from './upkeep/flusher.js';
import { createMaintenance, type Maintenance } from './upkeep/maintenance.js';
import { createProblemBoard, type ProblemBoard } from './upkeep/problem-board.js';
import type { Retention } from './upkeep/retention.js';
import { outageToWire } from '../wire/outage.js';
import { divideSpace, limitSpace, measureSpace, type Space } from './upkeep/space.js';

export interface StoreOptions {
  readonly file: string;
  /** The most that database, WAL and shm take together. */
  readonly capBytes: number;
  readonly retention: Retention;
  /** At one instant at most so many port series, and as many pools, are kept by name; the rest is summed into `other`. */
  readonly maxSeries: number;
  /** How far apart two samples may be without a gap between them; see sampling/freshness.ts. */
  readonly maxSampleAgeMs: number;
  readonly migrationsDir: string;
  /** How long opening may wait for a lock that another process holds; 2 s unless given. */
  readonly openWaitMs?: number;
  readonly clock: Clock;
  readonly health: HealthSink;
  readonly log: Log;
}

interface StoreStats {
  readonly path: string;
  /** Database, WAL and shm. */
  readonly sizeBytes: number;
  readonly capBytes: number;
  /** Cycles that are only in memory. */
  readonly pendingRecords: number;
  readonly lastFlushAtMs: number | null;
  /** Port series kept by name at the newest instant. */
  readonly series: number;
  /** Samples dropped since the start because the database could not be written in time. */
  readonly droppedSamples: number;
}

export interface Store extends SampleStore, AlertStore, OutboxStore, HistoryStore, PastStore, ScoreStore {
  /**
   * To be called about once a second: writes what is due, tries again what failed, and does a few ms of upkeep.
   * Never throws.
   */
  tick(): void;
  /** Writes every sample in memory now; what cannot be written stays for the next tick. Never throws. */
  flush(): void;
  /** Flushes, writes back the WAL and closes. */
  close(): void;
  stats(): StoreStats;
  /** Active and resolved, newest first. */
  listAlerts(query: { state?: AlertState; limit: number }): Alert[];
  /** The outages that went on when the daemon last stopped, and the newest of the others, oldest first. */
  loadOutages(): Outage[];
  /** At most `limit` outages, newest first. */
  listOutages(limit: number): Outage[];
}

/** Opens or creates the database and brings it to the newest schema. Raises STORE_*; the message says what to do. */
export function openStore(options: StoreOptions): Store {
  const { file, clock, log } = options;
  const parts = openParts(options);
  const { db, queue, journal } = parts;
  const { batches } = queue;
  const intake = createSampleIntake(options.maxSeries);
  const tiers = createTierReader({ db, batches, findSeriesId: parts.writer.findSeriesId });
  const readHistory = createHistoryReader(tiers, options.maxSampleAgeMs);
  const readDailyPeaks = createDailyPeakReader(tiers, clock);
  const past = createPastReader({ db, file, log, batches, readDailyPeaks });
  const readEpisodes = createEpisodeReader(db);
  const outages = createOutageReader(db, batches);
  const flusher = createFlusher({ file, clock, log, ...parts });
  const flush = (all: boolean): void => {
    journal.retry();
    flusher.flush(all);
  };
  return {
    append: (record) => queue.add(intake.take(record, clock.monotonicMs())),
    loadUnsettled: () => parts.unsettled,
    loadOutages: () => parts.knownOutages,
    listOutages: (limit) => withStoreErrors(file, () => outages.list(limit)),
    loadActiveAlerts: journal.loadActiveAlerts,
    commitAlerts: journal.commitAlerts,
    listAlerts: journal.listAlerts,
    dueMessages: journal.dueMessages,
    recordAttempt: journal.recordAttempt,
    outboxSummary: journal.outboxSummary,
    poolHistory: (query) =>
      withStoreErrors(file, () => {
        const history = readHistory(KIND.pool, query);
        return history && { ...history, outages: outages.ofPool(query.id, query).map(outageToWire) };
      }),
    portHistory: (query) => withStoreErrors(file, () => readHistory(KIND.port, query)),
    scoreSummary: cacheSummary(createSummaryReader(db), options),
    scoredEpisodes: (limit) => withStoreErrors(file, () => readEpisodes(limit)),
    poolPast: past.poolPast,
    tick() {
      flush(false);
      flusher.maintain();
    },
    flush: () => flush(true),
    close() {
      flush(true);
      closeParts(parts, log);
    },
    stats: () => ({
      path: file,
      sizeBytes: parts.space.sizeBytes(),
      capBytes: options.capBytes,
      pendingRecords: queue.countRecords(),
      lastFlushAtMs: flusher.lastFlushAtMs(),
      series: intake.countSeries(),
      droppedSamples: queue.countDropped(),
    }),
  };
}

interface Parts {
  readonly db: Connection;
  /** A second connection, for what must be on disk when its commit returns. */
  readonly durable: Connection;
  readonly queue: BatchQueue;
  readonly writer: BatchWriter;
  readonly journal: AlertJournal;
  readonly unsettled: Unsettled;
  readonly knownOutages: Outage[];
  readonly space: Space;
  readonly maintenance: Maintenance;
  readonly problems: ProblemBoard;
}

function openParts(options: StoreOptions): Parts {
  const { file, clock, retention } = options;
  const db = openConnection(file, options.openWaitMs);
  try {
    return withStoreErrors(file, () => {
      migrate(db, { file, migrationsDir: options.migrationsDir, nowMs: clock.wallMs() });
      const durable = openDurableConnection(file);
      const budget = divideSpace(options.capBytes);
      limitSpace(db, durable, budget);
      // While another process holds the lock, samples wait in memory, not the main thread for the lock.
      db.pragma('busy_timeout = 0');
      const space = measureSpace(db, file, budget);
      const writer = createBatchWriter(db);
      const maintenance = createMaintenance({ db, clock, space, retention, onForget: writer.forgetSeries });
      const unsettled = readUnsettled(db);
      const knownOutages = readKnownOutages(db);
      const queue = createBatchQueue();
      const problems = createProblemBoard(options);
      const report = (problem: string | null): void => problems.set('alerts', problem);
      const journal = createAlertJournal({ db: durable, file, report });
      return { db, durable, queue, writer, journal, unsettled, knownOutages, space, maintenance, problems };
    });
  } catch (error) {
    db.close();
    throw error;
  }
}

function closeParts({ db, durable, queue, journal }: Parts, log: Log): void {
  const lost = { samples: queue.countRecords(), promises: journal.countWaiting() };
  if (lost.samples + lost.promises > 0) log.error(lost, 'store: closed with records that cannot be written');
  durable.close();
  try {
    db.pragma('wal_checkpoint(TRUNCATE)');
  } catch (error) {
    // Nothing is lost: the WAL holds it, and the next start reads the WAL.
    log.warn({ err: error }, 'store: the WAL could not be written back at the end');
  }
  db.close();
}
