/** Everything that belongs to one open database: its connections, and the statements that are prepared on them. */
import { statSync } from 'node:fs';

import type { Clock, HistoryQuery, PastStore } from '../contracts.js';
import { PortcastError } from '../errors.js';
import type { Log } from '../log.js';
import { markChange } from '../wire/change.js';
import { outageToWire } from '../wire/outage.js';
import type { History } from '../wire/history.js';
import {
  OPEN_WAIT_MS,
  openConnection,
  openDurableConnection,
  openInMemory,
  withStoreErrors,
  type Connection,
} from './database.js';
import { watchFile, type FileWatch } from './file-watch.js';
import { findLockFile, holdDatabase, refuseIfHeld, type Hold } from './holder.js';
import { migrate } from './migrations.js';
import { prepareAlertRows, type AlertRows } from './records/alert-rows.js';
import { createChangeReader, type ChangeReader } from './records/change-rows.js';
import { createOutageReader } from './records/outage-rows.js';
import { createPastReader } from './records/past-reader.js';
import { createEpisodeReader } from './records/score-rows.js';
import { createSummaryReader } from './records/score-summary.js';
import { createStoreState, type StoreState } from './records/store-state.js';
import type { BatchQueue } from './series/batch-queue.js';
import { createBatchWriter, type BatchWriter } from './series/batch-writer.js';
import { createDailyPeakReader } from './series/daily-peaks.js';
import { createHistoryReader } from './series/history.js';
import { createPageReaders, type PageReaders } from './page-readers.js';
import { createReportReader, type ReportReader } from './series/report-reader.js';
import { KIND, type Kind } from './series/series-kinds.js';
import { createTierReader } from './series/tier-reader.js';
import { createMaintenance, type Maintenance } from './upkeep/maintenance.js';
import type { Retention } from './upkeep/retention.js';
import { divideSpace, limitSpace, measureSpace, type Space } from './upkeep/space.js';

export interface SessionOptions {
  readonly file: string;
  readonly capBytes: number;
  readonly retention: Retention;
  readonly maxSampleAgeMs: number;
  readonly migrationsDir: string;
  readonly openWaitMs?: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly queue: BatchQueue;
  /** Called for stored samples and alerts that cannot be decoded. */
  readonly onDamage: (error: unknown) => void;
}

export interface Session {
  readonly db: Connection;
  /** A second connection, for what must be on disk when its commit returns; in memory the same one. */
  readonly durable: Connection;
  /** Null for a database in memory, which stands in while the file cannot be used. Nothing is written to it. */
  readonly onDisk: { readonly watch: FileWatch; readonly hold: Hold } | null;
  readonly writer: BatchWriter;
  readonly alerts: AlertRows;
  readonly state: StoreState;
  readonly space: Space;
  readonly maintenance: Maintenance;
  /** They raise what SQLite raises. */
  readonly readers: Readers;
  close(): void;
}

export interface Readers {
  readonly poolHistory: (query: HistoryQuery) => History | null;
  readonly portHistory: (query: HistoryQuery) => History | null;
  readonly poolPast: PastStore['poolPast'];
  readonly outages: ReturnType<typeof createOutageReader>['list'];
  readonly changes: ChangeReader['list'];
  readonly episodes: ReturnType<typeof createEpisodeReader>;
  readonly summary: ReturnType<typeof createSummaryReader>;
  readonly report: ReportReader;
  readonly pages: PageReaders;
  readonly state: StoreState;
}

/**
 * Opens or creates the database, takes its lock and brings it to the newest schema. Raises STORE_*.
 * @param held the lock that this daemon has already; it is used again where it is that of this file. A session does not
 * release its lock when it is closed, so that the next one can use it.
 */
export function openSession(options: SessionOptions, held: Hold | null): Session {
  const { file, openWaitMs: waitMs = OPEN_WAIT_MS, clock, log } = options;
  return withStoreErrors(file, () => {
    const closing: (() => void)[] = [];
    const close = (): void => {
      for (let next = closing.pop(); next !== undefined; next = closing.pop()) next();
    };
    let hold = held;
    try {
      const db = openConnection(file, waitMs);
      closing.push(() => void db.close());
      hold =
        held?.lockFile === findLockFile(file) && held.isIntact()
          ? held
          : holdDatabase(file, { waitMs, nowMs: clock.wallMs() });
      migrate(db, { file, migrationsDir: options.migrationsDir, nowMs: clock.wallMs() });
      leaveLockFile(file, { db, hold, waitMs });
      if (db.pragma('journal_mode', { simple: true }) !== 'wal') log.warn(explainJournal(file));
      const durable = openDurableConnection(file);
      closing.push(() => void durable.close());
      const watch = watchFile(file, db);
      // The last to be closed: closing any descriptor of a file ends the locks of the connections on it.
      closing.unshift(watch.close);
      return { ...prepareSession(options, db, durable), onDisk: { watch, hold }, close };
    } catch (error) {
      close();
      if (hold !== held) hold?.release();
      throw error;
    }
  });
}

/** An empty database in memory, which stands in for the file: what is read then comes from the memory of the store. */
export function openStandIn(options: SessionOptions): Session {
  const db = openInMemory();
  migrate(db, { file: options.file, migrationsDir: options.migrationsDir, nowMs: options.clock.wallMs() });
  const session = prepareSession(options, db, db);
  const write = (): never => {
    throw new PortcastError('STORE_IO', `database ${options.file} cannot be used`);
  };
  // Of a link that is unknown here it is not known whether the file has it.
  const silences = { ...session.alerts.silences, token: write };
  return { ...session, alerts: { ...session.alerts, write, silences }, onDisk: null, close: () => void db.close() };
}

/**
 * Another path to the same file (a bind mount of the file, a hard link) has another lock file beside it. So the database
 * itself says which lock file its daemon holds; it is written back at once, because the other path has another WAL too.
 */
function leaveLockFile(file: string, { db, hold, waitMs }: { db: Connection; hold: Hold; waitMs: number }): void {
  const state = createStoreState(db);
  const { dev, ino } = statSync(file, { bigint: true });
  // A copy of the database is another file, and nobody else's.
  const mark = `${dev}:${ino} `;
  const stored = state.read('lock_file') ?? '';
  if (stored === mark + hold.lockFile) return;
  if (stored.startsWith(mark)) refuseIfHeld(file, stored.slice(mark.length), waitMs);
  state.write('lock_file', mark + hold.lockFile);
  db.pragma('wal_checkpoint(PASSIVE)');
}

function prepareSession(options: SessionOptions, db: Connection, durable: Connection) {
  const { file, capBytes, clock, retention, onDamage } = options;
  const budget = divideSpace(capBytes);
  limitSpace(db, durable, budget);
  // While another process holds the lock, samples wait in memory, not the main thread for the lock.
  db.pragma('busy_timeout = 0');
  const space = measureSpace(db, file, budget);
  const writer = createBatchWriter(db);
  const maintenance = createMaintenance({ db, clock, space, retention, onForget: writer.forgetSeries, onDamage });
  const readers = createReaders(options, db, writer);
  const alerts = prepareAlertRows(durable, onDamage);
  return { db, durable, writer, space, maintenance, readers, alerts, state: createStoreState(db) };
}

function createReaders(options: SessionOptions, db: Connection, writer: BatchWriter): Readers {
  const { file, clock, log, maxSampleAgeMs, onDamage } = options;
  const { batches } = options.queue;
  const tiers = createTierReader({ db, batches, findSeriesId: writer.findSeriesId, onDamage });
  const readHistory = createHistoryReader(tiers, maxSampleAgeMs);
  const outages = createOutageReader(db, batches);
  const changes = createChangeReader(db, batches);
  const read = (kind: Kind) => (query: HistoryQuery) => readHistory(kind, query);
  return {
    portHistory: read(KIND.port),
    poolHistory(query) {
      const history = readHistory(KIND.pool, query);
      if (history === null) return null;
      const marks = changes.ofPool(query.id, query).map(markChange);
      return { ...history, outages: outages.ofPool(query.id, query).map(outageToWire), changes: marks };
    },
    ...createPastReader({ db, file, log, batches, readDailyPeaks: createDailyPeakReader(tiers, clock) }),
    outages: outages.list,
    changes: changes.list,
    episodes: createEpisodeReader(db),
    summary: createSummaryReader(db),
    report: createReportReader({ db, file, tiers, maxSampleAgeMs }),
    pages: createPageReaders(db, tiers),
    state: createStoreState(db),
  };
}

function explainJournal(file: string): string {
  return (
    `store: the file system of ${file} has no shared memory mappings, which a WAL needs (SQLITE_IOERR_SHMMAP): the ` +
    'database goes on with a rollback journal, so writes are slower and wait for whoever reads it. ' +
    'A local file system is better (store.file)'
  );
}
