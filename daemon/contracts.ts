/**
 * The interfaces between the cycle and the edges, in the order of the data flow. A test that does not use the real part
 * takes its one fake: from test/fakes.ts, or from test/builders/ for the outbox and the history.
 */
import type { Alert, OwnerSearch } from './alert/alert.js';
import type { UnlistedPools } from './pool/pool-choice.js';
import type { TimedSample } from './forecast/release-schedule.js';
import type { ChangeOutcome } from './change/change.js';
import type { PoolForecast } from './forecast/types.js';
import type { Burst, PoolPast } from './forecast/history/types.js';
import type { Outage } from './outage/outage.js';
import type { KeptForecastRow } from './score/kept-forecasts.js';
import type { Unsettled } from './score/scorer.js';
import type { ScoredEpisode, ScoreOutcome, ScoreSummary } from './score/types.js';
import type { FailedConnect } from './pool/failed-connect.js';
import type { Granularity } from './host/release-granularity.js';
import type { HostCounters } from './host/counters.js';
import { CHANNEL_NAMES } from './incident/recipients.js';
import type { SettingValues } from './host/limit-settings.js';
import type { HostLimits } from './host/limits.js';
import type { InboundEnds } from './snapshot/port-ends.js';
import type { PortSeriesSample, UnlistedSeries } from './snapshot/port-series.js';
import type { Snapshot } from './snapshot/snapshot.js';
import type { History } from './wire/history.js';

/** The clocks, in ms. Wall time may jump; monotonic time (CLOCK_MONOTONIC) never does. */
export interface Clock {
  wallMs(): number;
  monotonicMs(): number;
  /**
   * CPU time of all threads of this process since its start. Unlike the other two it stands still while the process waits
   * for its turn on a busy CPU.
   */
  cpuMs(): number;
}

export const HEALTH_PARTS = [
  'source',
  'limits',
  'schedule',
  'budget',
  'store',
  'delivery',
  'clock',
  'stall',
  'outbox',
  'fallback',
  'heartbeat',
  'alertmanager',
  'tls',
  ...CHANNEL_NAMES,
] as const;
export type HealthPart = (typeof HEALTH_PARTS)[number];
/** Takes the problems of portcast's own parts, for the status, /readyz, /metrics, the dashboard and the log. */
export interface HealthSink {
  /** Replaces the problem of a part; null clears it. */
  report(part: HealthPart, problem: string | null): void;
}
export interface HealthProblem {
  readonly part: HealthPart;
  readonly message: string;
  readonly sinceMs: number;
}

export const SOURCE_NAMES = ['netlink', 'procfs', 'systeminformation'] as const;
export type SourceName = (typeof SOURCE_NAMES)[number] | 'recording';
/** The source that reads the socket table, and why it was chosen: `why` names every source that was passed over. */
export interface SourceChoice {
  readonly name: SourceName;
  readonly why: string;
}

/** The limits and counters of the host. Reading them costs the same however many sockets there are. */
export interface HostReading {
  readonly limits: HostLimits;
  readonly counters: HostCounters;
  readonly granularity: Granularity;
  /** The kernel's settings as it writes them; absent where the source reads none beside the limits. */
  readonly settings?: SettingValues | undefined;
  /** Limits that exist and could not be read, and what is used in their place; absent or empty where there are none. */
  readonly problems?: readonly string[] | undefined;
}
export interface HostReader {
  readHost(): Promise<HostReading>;
}

/** One full dump of the socket table, aggregated. */
export interface TableReading {
  readonly snapshot: Snapshot;
  readonly source: SourceChoice;
  /** CPU time of the dump in ms; the time of the synchronous read where the platform has no CPU clock for threads. */
  readonly costMs: number;
  /** The other ends of the asked ports; absent where none was asked for. */
  readonly ends?: readonly InboundEnds[];
}
export interface TableReader {
  /** @param askedPorts local ports whose other ends are counted too. */
  readTable(askedPorts?: readonly number[]): Promise<TableReading>;
}

/** Connects that failed since the last read because no local port was left. */
export interface FailureReading {
  /** Why failed connects are not counted; null while they are. */
  readonly offBecause: string | null;
  readonly failures: readonly FailedConnect[];
}
export interface FailureReader {
  /**
   * Never throws and never waits. With `watchBinds` it counts failed binds too from now on. That costs a little time at
   * every system call of the host, so it is for hosts with a `bind` pool.
   */
  readFailures(watchBinds?: boolean): FailureReading;
}

/** The rows of a pool to search for in /proc; a null remote end means every destination of the local address. */
export type OwnerQuery = Pick<PoolForecast, 'localAddress' | 'remoteAddress' | 'remotePort'>;
export interface OwnerFinder {
  /** One bounded scan of /proc for all queries. Never throws: `why` gives the reason when owners could not be found. */
  findOwners(queries: readonly OwnerQuery[]): Promise<OwnerSearch>;
}

/** Everything that the store keeps of one cycle with a sample. */
export interface CycleRecord {
  /** Time of the sample, on the wall clock and on the monotonic clock. */
  readonly atMs: number;
  readonly monotonicMs: number;
  readonly ports: readonly PortSeriesSample[];
  /** The series that are not in `ports`; null or absent where there are none. */
  readonly otherPorts?: UnlistedSeries | null;
  readonly pools: readonly PoolForecast[];
  /** What the pools hold that are not in `pools`; null or absent where there are none. */
  readonly unlisted?: UnlistedPools | null;
  readonly bursts: readonly Burst[];
  /** The forecasts of this cycle that will be scored later. */
  readonly forecasts: readonly KeptForecastRow[];
  /** The scores that this cycle added, and the outages that it began, changed or ended. */
  readonly scores: ScoreOutcome;
  readonly outages: readonly Outage[];
  /** Changes that this cycle began or added to, and the settings that are new; absent where there are none. */
  readonly changes?: ChangeOutcome;
  readonly counters: HostCounters;
}
export interface SampleStore {
  /** Takes a record into memory; it is written with the next batch. Never throws and never waits. */
  append(record: CycleRecord): void;
}
export interface PastStore {
  /** Stored bursts and daily peaks; cheap enough for each pool once an hour. Never throws: it may be empty. */
  poolPast(poolId: string): PoolPast;
}
export interface ScoreStore {
  /** The forecasts and warnings that were not yet scored when the daemon last stopped. */
  loadUnsettled(): Unsettled;
  /** The scores of the last 30 days; cheap enough for every status. */
  scoreSummary(): ScoreSummary;
  /** At most `limit` episodes, newest first. */
  scoredEpisodes(limit: number): ScoredEpisode[];
}

/** What the API and the dashboard receive after each cycle. */
export interface CycleView {
  readonly atMs: number;
  /** Null when the host could not be read in this cycle. */
  readonly reading: HostReading | null;
  /** Since when there has been no good sample; null while samples are good. */
  readonly blindSinceMs: number | null;
  /** The latest good dump; null before the first. */
  readonly table: {
    readonly snapshotAtMs: number;
    readonly rows: number;
    readonly source: SourceChoice;
    /** Ports that a destination not yet in use could take. */
    readonly unusedCapacity: number;
    /** Why there is no such port; null while there is one. */
    readonly noPortWhy: string | null;
    /** Whether sockets that are bound and not connected are in the table (kernel rule 6). */
    readonly hasBoundInactive: boolean;
    /** The timers of this dump, for the release schedule of a pool. */
    readonly timers?: TimedSample;
    /** The distinct local ports that have a LISTEN socket, ascending. */
    readonly listeningPorts?: Uint16Array;
  } | null;
  /** Worst first; `unlisted` is what further pools hold, null or absent where there are none. */
  readonly pools: readonly PoolForecast[];
  readonly unlisted?: UnlistedPools | null;
  readonly ports: readonly PortSeriesSample[];
  /** The series that are not in `ports`; null or absent where there are none. */
  readonly otherPorts?: UnlistedSeries | null;
  /** Pending and firing. */
  readonly alerts: readonly Alert[];
}

export interface HistoryQuery {
  readonly id: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** The largest number of steps, 1 to 2000. */
  readonly points: number;
}
export interface HistoryStore {
  /** Columns used, live, timeWait, capacity, closeRate, pressure, and outages; null when no such pool was ever stored. */
  poolHistory(query: HistoryQuery): History | null;
  /** Columns are the states in lower snake case, and total; null when no such series was ever stored. */
  portHistory(query: HistoryQuery): History | null;
}

/** The columns that identify a pool in the database. */
export type StoredPool = Pick<
  PoolForecast,
  'id' | 'kind' | 'namespace' | 'localAddress' | 'remoteAddress' | 'remotePort'
>;
/** A stored sample of a pool, or the means of the minute that began at `atMs`. */
export interface StoredSample {
  readonly poolId: string;
  readonly atMs: number;
  readonly used: number;
  readonly timeWait: number;
  readonly live: number;
  /** Null while unknown. */
  readonly closeRate: number | null;
  readonly pressure: number | null;
  readonly capacity: number;
}
/** The first and the last time at which samples of one tier are stored. */
export interface StoredSpan {
  readonly fromMs: number;
  readonly toMs: number;
}
