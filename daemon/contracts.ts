/** The interfaces between core and edges. One or two methods each; each has exactly one fake, in test/fakes.ts. */
import type { Alert, AlertChange, OwnerReport } from './alert/alert.js';
import type { PoolForecast } from './forecast/types.js';
import type { Burst, PoolPast } from './forecast/history/types.js';
import type { KeptForecastRow } from './score/kept-forecasts.js';
import type { Unsettled } from './score/scorer.js';
import type { ScoredEpisode, ScoreOutcome, ScoreSummary } from './score/types.js';
import type { FailedConnect } from './pool/failed-connect.js';
import type { Granularity } from './host/release-granularity.js';
import type { HostCounters } from './host/counters.js';
import type { HostLimits } from './host/limits.js';
import type { PortSeriesSample } from './snapshot/port-series.js';
import type { Snapshot } from './snapshot/snapshot.js';
import type { History } from './wire/history.js';

/** Time as an argument. Wall time may jump; monotonic time is CLOCK_MONOTONIC in ms and never does. */
export interface Clock {
  wallMs(): number;
  monotonicMs(): number;
}

export const SOURCE_NAMES = ['netlink', 'procfs', 'systeminformation'] as const;
export type SourceName = (typeof SOURCE_NAMES)[number] | 'recording';

/** Which source reads the table, and why: names every candidate that was passed over. */
export interface SourceChoice {
  readonly name: SourceName;
  readonly why: string;
}

/** The O(1) read of every beat. */
export interface HostReading {
  readonly limits: HostLimits;
  readonly counters: HostCounters;
  readonly granularity: Granularity;
}
export interface HostReader {
  readHost(): Promise<HostReading>;
}

/** One full dump, aggregated, with what it cost the worker. */
export interface TableReading {
  readonly snapshot: Snapshot;
  readonly source: SourceChoice;
  /** CPU time of the dump in ms (wall time of the synchronous read where the platform cannot tell). */
  readonly costMs: number;
}
export interface TableReader {
  readTable(): Promise<TableReading>;
}

export interface DueInput {
  readonly nowMs: number;
  /** Whether any O(1) counter moved since the last dump; true where there are no counters. */
  readonly changed: boolean;
  readonly busy: boolean;
}

export interface BudgetView {
  /** Share of a core that dumps took over the last minutes, and the share they may take now. */
  readonly share: number;
  readonly allowed: number;
  /** Expected time between dumps in ms at the mean cost of the last minutes. */
  readonly intervalMs: number;
  /** Set while the budget puts off dumps that were wanted, and for a minute after, so that it does not flicker. */
  readonly slowed: boolean;
  readonly lastCostMs: number | null;
}

export interface DumpBudget {
  due(input: DueInput): boolean;
  /** Books what a dump cost: CPU ms of the worker and of the main thread together. */
  spent(costMs: number): void;
  view(): BudgetView;
}

/** Which rows of a pool to look for in /proc: null remote end means every destination of the local address. */
export type OwnerQuery = Pick<PoolForecast, 'localAddress' | 'remoteAddress' | 'remotePort'>;
export interface OwnerFinder {
  /** One bounded scan; never throws: what could not be seen is said in `why`. */
  findOwners(query: OwnerQuery): Promise<OwnerReport>;
}

/** Everything one cycle gives the store to keep. */
export interface CycleRecord {
  /** Of the table, on both clocks. */
  readonly atMs: number;
  readonly monotonicMs: number;
  readonly ports: readonly PortSeriesSample[];
  readonly pools: readonly PoolForecast[];
  readonly bursts: readonly Burst[];
  /** The forecasts of this cycle that are to be scored later. */
  readonly forecasts: readonly KeptForecastRow[];
  /** What this cycle settled of the earlier ones. */
  readonly scores: ScoreOutcome;
  readonly counters: HostCounters;
}
/** How right the forecasts were. */
export interface ScoreStore {
  /** What was not settled yet when the daemon last stopped. */
  loadUnsettled(): Unsettled;
  /** Of the last 30 days; cheap enough for every status. */
  scoreSummary(): ScoreSummary;
  /** Newest first, at most `limit`. */
  scoredEpisodes(limit: number): ScoredEpisode[];
}
/** What is stored of one pool's bursts and daily peaks. */
export interface PastStore {
  /** Never throws: without a readable history it is empty. Cheap enough for each pool once an hour. */
  poolPast(poolId: string): PoolPast;
}

/** Connects that failed for want of a port since the last call, or why nobody can tell. */
export interface FailureReading {
  /** Null while they are counted. */
  readonly offBecause: string | null;
  readonly failures: readonly FailedConnect[];
}
export interface FailureReader {
  /**
   * Never throws and never waits. `watchBinds` also counts failing binds from now on, at a small cost for every system
   * call of the machine: only for hosts with a `bind` pool that may run out.
   */
  readFailures(watchBinds?: boolean): FailureReading;
}
export interface SampleStore {
  /** Takes a record into memory; written with its batch. Never throws and never waits. */
  append(record: CycleRecord): void;
}

/** A mail as it was promised: rendered once, stored, sent until it is accepted. */
export interface OutboxMessage {
  /** RFC 5322 Message-ID without the angle brackets, derived from alert id, transition and recipient: the key. */
  readonly messageId: string;
  readonly recipient: string;
  readonly alertId: string | null;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly createdAtMs: number;
}
export interface OutboxEntry extends OutboxMessage {
  readonly attempts: number;
  readonly nextAttemptAtMs: number;
  readonly lastError: string | null;
}

export interface AlertStore {
  /** Pending and firing alerts, as the last commit left them. */
  loadActiveAlerts(): Alert[];
  /** One transaction, fully synchronous to disk: the changed alerts and the messages they promise. */
  commitAlerts(changes: readonly AlertChange[], messages: readonly OutboxMessage[]): void;
}

export interface Announcer {
  /** Stores changed alerts together with the messages they promise, then has them sent. Throws when they were not kept. */
  announce(changes: readonly AlertChange[], reading: HostReading | null): void;
}

export interface OutboxStore {
  /** Unsent entries whose next attempt is due, oldest first. */
  dueMessages(nowMs: number, limit: number): OutboxEntry[];
  /** Records what one attempt brought, durable on return. */
  recordAttempt(messageId: string, outcome: SendOutcome, nowMs: number, nextAttemptAtMs: number | null): void;
  /** For status: how many wait, and when the last one was sent or given up. */
  outboxSummary(): OutboxSummary;
}
export interface OutboxSummary {
  readonly pending: number;
  readonly failed: number;
  readonly lastSentAtMs: number | null;
  readonly lastError: string | null;
}

/** What came of handing one message to a channel. `retry` says whether trying again makes sense. */
export type SendOutcome =
  | { readonly ok: true; readonly response: string }
  | { readonly ok: false; readonly retry: boolean; readonly error: string };

export interface Channel {
  /** Hands over one message; never throws. */
  send(message: OutboxMessage): Promise<SendOutcome>;
}

export interface HistoryQuery {
  readonly id: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** 1 to 2000: at most this many steps. */
  readonly points: number;
}
export interface HistoryStore {
  /** Null when no such pool was ever stored. Columns: used, live, timeWait, capacity, closeRate, pressure. */
  poolHistory(query: HistoryQuery): History | null;
  /** Null when no such series was ever stored. Columns: the states in lower snake case, and total. */
  portHistory(query: HistoryQuery): History | null;
}

/** A pool as the database names it. */
export type StoredPool = Pick<
  PoolForecast,
  'id' | 'kind' | 'namespace' | 'localAddress' | 'remoteAddress' | 'remotePort'
>;
/** One sample of a pool as it was stored, or the means of a minute that began at `atMs`. */
export interface StoredSample {
  readonly poolId: string;
  readonly atMs: number;
  readonly used: number;
  readonly timeWait: number;
  readonly live: number;
  /** Null where it was not known. */
  readonly closeRate: number | null;
  readonly pressure: number | null;
  readonly capacity: number;
}
/** First and last instant of what is kept at one step. */
export interface StoredSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What the API and the dashboard are told after each cycle. */
export interface CycleView {
  readonly atMs: number;
  /** Null when the host could not be read this time. */
  readonly reading: HostReading | null;
  /** Since when there has been no good sample; null while portcast sees. */
  readonly blindSinceMs: number | null;
  /** Null until the first good dump. */
  readonly table: {
    readonly snapshotAtMs: number;
    readonly rows: number;
    readonly source: SourceChoice;
    /** Ports that a destination not yet used could take. */
    readonly unusedCapacity: number;
  } | null;
  /** Worst first. */
  readonly pools: readonly PoolForecast[];
  readonly ports: readonly PortSeriesSample[];
  /** Pending and firing. */
  readonly alerts: readonly Alert[];
}

/** Parts report their trouble here; null clears it. Shown by status, /readyz, /metrics, the banner and the log. */
export interface HealthSink {
  report(part: HealthPart, problem: string | null): void;
}
export const HEALTH_PARTS = ['source', 'limits', 'schedule', 'budget', 'store', 'mail', 'clock'] as const;
export type HealthPart = (typeof HEALTH_PARTS)[number];
