/** The store as the daemon sees it: samples by the batch, alerts and mail at once, histories, a little upkeep a tick. */
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
import { PortcastError } from '../errors.js';
import { NO_PAST } from '../forecast/history/types.js';
import type { Unsettled } from '../score/scorer.js';
import type { Log } from '../log.js';
import { createBatchQueue, type Batch, type BatchQueue } from './series/batch-queue.js';
import { openConnection, openDurableConnection, storeError, withStoreErrors, type Connection } from './database.js';
import { createHistoryReader } from './series/history.js';
import { createSampleIntake } from './series/sample-intake.js';
import { createAlertJournal } from './records/alert-journal.js';
import { KIND } from './series/series-kinds.js';
import { createMaintenance, type Maintenance, type Retention } from './upkeep/maintenance.js';
import { migrate } from './migrations.js';
import { createPastReader } from './records/past-reader.js';
import { createBatchWriter, type BatchWriter } from './series/batch-writer.js';
import { createScoreReader, cacheSummary, readUnsettled } from './records/score-rows.js';
import { limitSpace, measureSpace, divideSpace, type Space } from './upkeep/space.js';
import { createProblemBoard, type ProblemBoard } from './upkeep/problem-board.js';

export interface StoreOptions {
  readonly file: string;
  /** The most that database, WAL and shm take together. */
  readonly capBytes: number;
  readonly retention: Retention;
  /** Port series, and pools, kept one by one at an instant; the rest is summed into `other`. */
  readonly maxSeries: number;
  readonly migrationsDir: string;
  readonly clock: Clock;
  readonly health: HealthSink;
  readonly log: Log;
}

export interface StoreStats {
  readonly path: string;
  /** Database, WAL and shm. */
  readonly sizeBytes: number;
  readonly capBytes: number;
  /** Cycles that are only in memory. */
  readonly pendingRecords: number;
  readonly lastFlushAtMs: number | null;
  /** Port series kept one by one at the newest instant. */
  readonly series: number;
  /** Samples given up since the start because the database could not take them in time. */
  readonly droppedSamples: number;
}

export interface Store extends SampleStore, AlertStore, OutboxStore, HistoryStore, PastStore, ScoreStore {
  /** About once a second: writes the batch that is due, retries what failed, does a few ms of upkeep. Never throws. */
  tick(): void;
  /** Writes every sample in memory now; what fails stays for the next tick. Never throws. */
  flush(): void;
  /** Flushes, writes back the WAL and closes. */
  close(): void;
  stats(): StoreStats;
  /** Resolved ones included, newest first. */
  listAlerts(query: { state?: AlertState; limit: number }): Alert[];
}

/** Opens or creates the database and brings it to the newest schema. Raises STORE_* with what to do about it. */
export function openStore(options: StoreOptions): Store {
  const { file } = options;
  const parts = openParts(options);
  const { db, durable, writer, pending, space, troubles } = parts;
  const journal = createAlertJournal({ db: durable, file, report: (problem) => troubles.set('alerts', problem) });
  const intake = createSampleIntake(options.maxSeries);
  const history = createHistoryReader(db, pending.batches);
  const past = createPastReader({ db, clock: options.clock, pending: pending.batches, find: writer.find });
  const scores = createScoreReader(db);
  const flusher = createFlusher(options, parts);
  const read: typeof history.read = (kind, _, query) =>
    withStoreErrors(file, () => history.read(kind, writer.find(kind, query.id), query));
  return {
    append: (record) => pending.add(intake.take(record, options.clock.monotonicMs())),
    loadUnsettled: () => parts.unsettled,
    loadActiveAlerts: journal.loadActiveAlerts,
    commitAlerts: journal.commitAlerts,
    listAlerts: journal.listAlerts,
    dueMessages: journal.dueMessages,
    recordAttempt: journal.recordAttempt,
    outboxSummary: journal.outboxSummary,
    poolHistory: (query) => read(KIND.pool, null, query),
    portHistory: (query) => read(KIND.port, null, query),
    scoreSummary: cacheSummary(scores, options),
    scoredEpisodes: (limit) => withStoreErrors(file, () => scores.episodes(limit)),
    poolPast: pastOrNothing(past, options),
    tick() {
      journal.retry();
      flusher.flush(false);
      flusher.maintain();
    },
    flush() {
      journal.retry();
      flusher.flush(true);
    },
    close() {
      journal.retry();
      flusher.flush(true);
      const lost = { samples: pending.records(), promises: journal.waiting() };
      if (lost.samples + lost.promises > 0)
        options.log.error(lost, 'store: closed with records that cannot be written');
      durable.close();
      closeMain(db, options.log);
    },
    stats: () => ({
      path: file,
      sizeBytes: space.sizeBytes(),
      capBytes: options.capBytes,
      pendingRecords: pending.records(),
      lastFlushAtMs: flusher.lastFlushAtMs(),
      series: intake.series(),
      droppedSamples: pending.dropped(),
    }),
  };
}

interface Parts {
  readonly db: Connection;
  readonly durable: Connection;
  readonly pending: BatchQueue;
  readonly writer: BatchWriter;
  readonly unsettled: Unsettled;
  readonly space: Space;
  readonly maintenance: Maintenance;
  readonly troubles: ProblemBoard;
}

function openParts(options: StoreOptions): Parts {
  const { file, clock, retention } = options;
  const db = openConnection(file);
  try {
    return withStoreErrors(file, () => {
      migrate(db, { file, migrationsDir: options.migrationsDir, nowMs: clock.wallMs() });
      const durable = openDurableConnection(file);
      const budget = divideSpace(options.capBytes);
      limitSpace(db, durable, budget);
      db.pragma('busy_timeout = 0');
      const space = measureSpace(db, file, budget);
      const writer = createBatchWriter(db);
      const maintenance = createMaintenance({ db, clock, space, retention, onForget: writer.forget });
      const [pending, troubles, unsettled] = [createBatchQueue(), createProblemBoard(options), readUnsettled(db)];
      return { db, durable, pending, writer, unsettled, space, maintenance, troubles };
    });
  } catch (error) {
    db.close();
    throw error;
  }
}

/** A forecast without its past is still a forecast; what is wrong with the file the next write will say. */
function pastOrNothing(past: PastStore, { file, log }: StoreOptions): PastStore['poolPast'] {
  return (poolId) => {
    try {
      return past.poolPast(poolId);
    } catch (error) {
      log.warn({ err: storeError(file, error), poolId }, 'store: the past of a pool cannot be read');
      return NO_PAST;
    }
  };
}

interface Flusher {
  flush(all: boolean): void;
  maintain(): void;
  lastFlushAtMs(): number | null;
}

/** Batches written in one tick when several have piled up. */
const CATCH_UP = 6;
const SLICES_PER_TICK = 4;
/** No further slice is begun after this. */
const UPKEEP_MS = 4;

function createFlusher({ file, clock, log }: StoreOptions, parts: Parts): Flusher {
  const { pending, writer, space, maintenance, troubles } = parts;
  let lastFlushAtMs: number | null = null;
  let damaged: PortcastError | null = null;
  let toldDropped = 0;

  const failed = (error: unknown): void => {
    const problem = storeError(file, error);
    if (problem.code === 'STORE_CORRUPT') damaged = problem;
    const dropped = pending.dropped() - toldDropped;
    const loss = dropped > 0 ? `; ${dropped} of the oldest were dropped` : '';
    troubles.set('samples', `${problem.message}; new samples wait in memory for up to 10 minutes${loss}`);
  };
  const recovered = (): void => {
    const dropped = pending.dropped() - toldDropped;
    if (dropped > 0) log.warn({ dropped }, 'store: samples were dropped while the database could not be written');
    toldDropped = pending.dropped();
    troubles.set('samples', null);
  };
  const writeOne = (batch: Batch): void => {
    if (damaged !== null) throw damaged;
    if (maintenance.stuck() || !space.fits(pendingBytes(batch))) throw capReached(file, space, maintenance.stuck());
    writer.write(batch);
    pending.written();
    lastFlushAtMs = clock.wallMs();
  };
  return {
    flush(all) {
      const due = pending.due(clock.monotonicMs(), all);
      try {
        for (const batch of all ? [...due] : due.slice(0, CATCH_UP)) writeOne(batch);
        if (due.length > 0) recovered();
      } catch (error) {
        failed(error);
      }
    },
    maintain() {
      if (damaged !== null) return;
      try {
        upkeep(maintenance, clock);
        troubles.set('upkeep', null);
      } catch (error) {
        const problem = storeError(file, error);
        if (problem.code === 'STORE_CORRUPT') damaged = problem;
        troubles.set('upkeep', `${problem.message}; old samples are not tidied up meanwhile`);
      }
    },
    lastFlushAtMs: () => lastFlushAtMs,
  };
}

/** One slice, and a few more where thousands of series need them, while little time has passed: 10 ms in all. */
function upkeep(maintenance: Maintenance, clock: Clock): void {
  const startedMs = clock.monotonicMs();
  for (let slices = 0; slices < SLICES_PER_TICK; slices++) {
    if (maintenance.step() === null || clock.monotonicMs() - startedMs >= UPKEEP_MS) return;
  }
}

function pendingBytes(batch: Batch): number {
  let bytes = 0;
  for (const { writer } of batch.series.values()) bytes += writer.size + 8;
  return bytes;
}

function capReached(file: string, space: Space, stuck: boolean): PortcastError {
  const [size, cap] = [space.sizeBytes(), space.budget.capBytes];
  const why = stuck
    ? 'no samples are left to delete, so no new ones are stored: raise the limit'
    : 'the oldest samples are being deleted to make room';
  return new PortcastError('STORE_FULL', `database ${file} takes ${size} of the ${cap} bytes it is allowed; ${why}`);
}

function closeMain(db: Connection, log: Log): void {
  try {
    db.pragma('wal_checkpoint(TRUNCATE)');
  } catch (error) {
    // The WAL keeps everything; the next start reads it.
    log.warn({ err: error }, 'store: the WAL could not be written back at the end');
  }
  db.close();
}
