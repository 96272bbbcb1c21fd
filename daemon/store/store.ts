/**
 * The store as the daemon uses it: takes samples in batches, alerts and mail at once, and reads histories and scores. What it
 * needs to go on warning is in memory, so it also works while no database can be used.
 */
import type { Alert, AlertState } from '../alert/alert.js';
import type { HealthSink, HistoryStore, PastStore, SampleStore, ScoreStore } from '../contracts.js';
import type { AddressStore, AlertStore, OutboxStore, SilenceStore } from '../notify-contracts.js';
import type { Change, StoredChanges } from '../change/change.js';
import type { Outage } from '../outage/outage.js';
import { PortcastError } from '../errors.js';
import { storeError } from './database.js';
import { createKeeper, type Keeper } from './keeper.js';
import { readOr } from './read-or.js';
import { createPageStore, type PageStore } from './page-store.js';
import { createReportStore, type ReportStore } from './report-store.js';
import type { AccessStore } from '../access/accounts.js';
import { createAccessStore } from './access-store.js';
import { createAddressStore } from './records/known-addresses.js';
import { createAlertJournal, type AlertJournal, type JournalOptions } from './records/alert-journal.js';
import { readKnownChanges, type ChangesQuery } from './records/change-rows.js';
import { readKnownOutages } from './records/outage-rows.js';
import { readUnsettled } from './records/score-rows.js';
import { cacheSummary } from './records/score-summary.js';
import { createBatchQueue } from './series/batch-queue.js';
import { createSampleIntake } from './series/sample-intake.js';
import type { Readers, SessionOptions } from './session.js';
import { createFlusher } from './upkeep/flusher.js';
import { createProblemBoard, type ProblemBoard } from './upkeep/problem-board.js';
import { createReserve, RESERVE_BYTES, type Reserve } from './upkeep/reserve.js';

export interface StoreOptions extends Omit<SessionOptions, 'queue' | 'onDamage'> {
  /** At one instant at most so many port series, and as many pools, are kept by name; the rest is summed into `other`. */
  readonly maxSeries: number;
  readonly health: HealthSink;
  /** How much room is kept on the disk for alerts and mail; 0 for none. */
  readonly reserveBytes?: number;
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

export interface Store
  extends SampleStore, AddressStore, AlertStore, OutboxStore, SilenceStore, HistoryStore, PastStore, ScoreStore {
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
  listIncidents: AlertJournal['listIncidents'];
  findIncident: AlertJournal['findIncident'];
  listDecisions: AlertJournal['listDecisions'];
  listDeliveries: AlertJournal['listDeliveries'];
  /** The outages that went on when the daemon last stopped, and the newest of the others, oldest first. */
  loadOutages(): Outage[];
  /** At most `limit` outages, newest first. */
  listOutages(limit: number): Outage[];
  /** The settings as they were last seen, and the newest changes. */
  loadChanges(): StoredChanges;
  /** Newest first. */
  listChanges(query: ChangesQuery): Change[];
  readonly readReport: ReportStore['readReport'];
  readonly readReportDue: ReportStore['readReportDue'];
  readonly writeReportDue: ReportStore['writeReportDue'];
  /** What is known for the pages of one pool and of one port series. */
  readonly pages: PageStore;
  readonly access: AccessStore;
}

/**
 * Opens or creates the database and brings it to the newest schema. A damaged database is set aside and a new one begun;
 * while the file cannot be used, the store works in memory. Raises STORE_* when another daemon has the database, when it is
 * of another program or of a newer version, or when it is locked; the message says what to do.
 */
export function openStore(options: StoreOptions): Store {
  const { file, clock, log } = options;
  const problems = createProblemBoard(options);
  const queue = createBatchQueue();
  const onDamage = createDamageReport(options, problems);
  const keeper = createKeeper({ ...options, queue, onDamage, problems });
  const read = createReader(options, keeper, problems);
  const reserve = openReserve(options, problems);
  const reportAlerts = (problem: string | null): void => problems.set('alerts', problem);
  const journal = openJournalOf(keeper, { file, report: reportAlerts, makeRoom: reserve.spend });
  const before = readBefore(keeper, read);
  const intake = createSampleIntake(options.maxSeries);
  const flushed = { file, clock, log, queue, problems, reserve };
  const flusher = createFlusher({ ...flushed, session: keeper.session, note: keeper.note });
  const flush = (all: boolean): void => {
    journal.retry();
    flusher.flush(all);
  };
  return {
    append: (record) => queue.add(intake.take(record, clock.monotonicMs())),
    ...before,
    ...createAddressStore(() => keeper.session().state),
    access: createAccessStore(keeper.session, log),
    ...publishJournal(journal, read),
    listOutages: (limit) => read(({ outages }) => outages(limit)),
    listChanges: (query) => read(({ changes }) => changes(query)),
    ...createReportStore(read),
    pages: createPageStore(read),
    poolHistory: (query) => read(({ poolHistory }) => poolHistory(query)),
    portHistory: (query) => read(({ portHistory }) => portHistory(query)),
    scoreSummary: cacheSummary((nowMs) => read(({ summary }) => summary(nowMs)), options),
    scoredEpisodes: (limit) => read(({ episodes }) => episodes(limit)),
    poolPast: (poolId) => keeper.session().readers.poolPast(poolId),
    tick() {
      keeper.check();
      reserve.renew();
      flush(false);
      flusher.maintain();
    },
    flush: () => flush(true),
    close() {
      keeper.checkNow();
      flush(true);
      const lost = { samples: queue.countRecords(), promises: journal.countWaiting() };
      if (lost.samples + lost.promises > 0) log.error(lost, 'store: closed with records that cannot be written');
      keeper.close();
    },
    stats: () => ({
      path: file,
      sizeBytes: keeper.session().space.sizeBytes(),
      capBytes: options.capBytes,
      pendingRecords: queue.countRecords(),
      lastFlushAtMs: flusher.lastFlushAtMs(),
      series: intake.countSeries(),
      droppedSamples: queue.countDropped(),
    }),
  };
}

function openReserve(options: StoreOptions, problems: ProblemBoard): Reserve {
  const { reserveBytes: bytes = RESERVE_BYTES } = options;
  return createReserve({ ...options, bytes, report: (problem) => problems.set('reserve', problem) });
}

/** What the journal offers to the rest of the daemon: it is asked for lists through the reader, which notes damage. */
function publishJournal(journal: AlertJournal, read: <T>(query: () => T) => T) {
  return {
    loadActiveAlerts: journal.loadActiveAlerts,
    loadIncidents: journal.loadIncidents,
    loadDecisions: (sinceMs: number) => readOr([], () => read(() => journal.loadDecisions(sinceMs))),
    commitAlerts: journal.commitAlerts,
    dueMessages: journal.dueMessages,
    recordAttempt: journal.recordAttempt,
    outboxSummary: journal.outboxSummary,
    listAlerts: (query: Parameters<AlertJournal['listAlerts']>[0]) => read(() => journal.listAlerts(query)),
    listSilences: journal.listSilences,
    findActionToken: (hash: string) => read(() => journal.findActionToken(hash)),
    listIncidents: (query: Parameters<AlertJournal['listIncidents']>[0]) => read(() => journal.listIncidents(query)),
    findIncident: (id: string) => read(() => journal.findIncident(id)),
    listDecisions: (...query: Parameters<AlertJournal['listDecisions']>) => read(() => journal.listDecisions(...query)),
    listDeliveries: (id: string, limit: number) => read(() => journal.listDeliveries(id, limit)),
  };
}

/** Damage among the alerts or the mail is found only here, by the first read: the keeper then begins a new database. */
function openJournalOf(keeper: Keeper, options: Omit<JournalOptions, 'rows'>): AlertJournal {
  const open = (): AlertJournal => {
    const journal = createAlertJournal({ ...options, rows: keeper.session().alerts });
    keeper.onMove(journal.moveTo);
    return journal;
  };
  try {
    return open();
  } catch (error) {
    if (!(error instanceof PortcastError)) throw error;
    keeper.note(error);
    keeper.checkNow();
    return open();
  }
}

/** Runs a read. Its result, or the STORE_* error that it raises, shows in the health report. */
type Read = <T>(act: (readers: Readers) => T) => T;

function createReader({ file }: StoreOptions, keeper: Keeper, problems: ProblemBoard): Read {
  return (act) => {
    try {
      const result = act(keeper.session().readers);
      problems.set('reads', null);
      return result;
    } catch (error) {
      const problem = storeError(file, error);
      keeper.note(problem);
      problems.set('reads', `${problem.message}; what is stored cannot be shown meanwhile`);
      throw problem;
    }
  };
}

/** What the daemon knew when it last stopped; nothing of it where that cannot be read. */
function readBefore(keeper: Keeper, read: Read): Pick<Store, 'loadUnsettled' | 'loadOutages' | 'loadChanges'> {
  const { db } = keeper.session();
  const nothing = { lastAtMs: null, forecasts: [], episodes: [], failing: [] };
  const unsettled = readOr(nothing, () => read(() => readUnsettled(db)));
  const outages = readOr([], () => read(() => readKnownOutages(db)));
  const changes = readOr({ settings: [], changes: [] }, () => read(() => readKnownChanges(db)));
  return {
    loadUnsettled: () => unsettled,
    loadOutages: () => outages,
    loadChanges: () => ({ ...changes, lastAtMs: unsettled.lastAtMs }),
  };
}

/** Samples and alerts that cannot be decoded are left out or deleted. The number of them stays in the health report. */
function createDamageReport({ file, log }: StoreOptions, problems: ProblemBoard): (error: unknown) => void {
  let count = 0;
  return (error) => {
    count++;
    if (count === 1) log.error({ err: error }, `store: records in ${file} are damaged and left out`);
    problems.set('damage', `damaged records of database ${file} are left out, so far ${count}; examine the disk`);
  };
}
