/** The JSON that leaves the daemon: types and pure mapping. Shared by api, cli, deliver and dashboard. */
import type { Alert, PoolProcess } from './alert/alert.js';
import type { History, PortSample, SourceChoice } from './contracts.js';
import type { FailingProcess, PoolForecast } from './forecast/types.js';
import {
  scoreWhy,
  type EpisodeCounts,
  type EpisodeKind,
  type ScoredEpisode,
  type ScoreSummary,
} from './score/types.js';
import type { Granularity, HostCounters, HostLimits } from './host/limits.js';
import { TCP_STATES } from './snapshot/snapshot.js';
import { isoOrNull } from './units.js';

export interface WireHost {
  name: string;
  sampledAt: string | null;
  source: string;
  sourceWhy: string;
  range: [number, number];
  /** Ports of the range that are reserved. */
  reserved: number;
  timeWaitSeconds: number;
  timeWaitAssumed: boolean;
  granularitySeconds: number;
  granularityLearned: boolean;
  reuse: 0 | 1 | 2 | null;
  reuseDelaySeconds: number;
  timestamps: boolean;
  twBuckets: number | null;
  finTimeoutSeconds: number;
  /** sockstat `tw`. */
  timeWait: number | null;
  /** Ports an unused destination could take, and the close rate it could sustain. */
  capacity: number;
  sustainableRate: number;
}

export interface WirePool {
  id: string;
  kind: PoolForecast['kind'];
  namespace: string;
  family: 'ipv4' | 'ipv6';
  localAddress: string;
  remoteAddress: string | null;
  remotePort: number | null;
  capacity: number;
  used: number;
  available: number;
  reusable: number;
  live: number;
  closeWait: number;
  timeWait: number;
  holdSeconds: number;
  reuse: PoolForecast['reuse'];
  closeRate: number | null;
  closeRateLow: number | null;
  closeRateHigh: number | null;
  liveGrowth: number | null;
  sustainableRate: number;
  pressure: number | null;
  exhaustsAt: string | null;
  earliestAt: string | null;
  latestAt: string | null;
  secondsToExhaustion: number | null;
  probability: number | null;
  /** The same if the present rate goes on, whatever the pool's history says of that. */
  probabilityIfHeld: number | null;
  /** `rate`: if the present rate goes on; `history`: by how long earlier bursts of this pool lasted. */
  probabilityBasis: PoolForecast['probabilityBasis'];
  burstsKnown: number;
  pressureFullAt: string | null;
  pressureFullEarliestAt: string | null;
  pressureFullLatestAt: string | null;
  outlookDays: number | null;
  outlookWhy: string | null;
  /** Seen to fail in the last minute; null where nobody watches. */
  failedConnects: number | null;
  /** Whose they were, the one that failed most first. */
  failedBy: FailingProcess[];
  mode: PoolForecast['mode'];
  why: string;
  processes: PoolProcess[];
  sampledAt: string;
  /** The forecast ahead, for the pools that matter: instants, ports used, 90% band. Empty otherwise. */
  ahead: { at: string; used: number; low: number; high: number }[];
}

export interface WirePools {
  host: WireHost;
  pools: WirePool[];
}

export interface WirePort {
  id: string;
  direction: 'in' | 'out';
  namespace: string;
  address: string | null;
  port: number;
  /** Lower snake case; states with no socket are left out. */
  states: Record<string, number>;
  total: number;
}

export type WireHistory = History;

export interface WireAlert {
  id: string;
  rule: Alert['rule'];
  severity: Alert['severity'];
  state: Alert['state'];
  mail: boolean;
  poolId: string | null;
  pendingAt: string;
  firingAt: string | null;
  resolvedAt: string | null;
  lastSeenAt: string;
  summary: string;
  pool: WirePool | null;
  processes: PoolProcess[];
  processesWhy: string | null;
}

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

/** How right the forecasts of the last `days` days were. Null where there is nothing yet to take it from. */
export interface WireScore {
  days: number;
  /** One sentence with its numbers, or that there is `nothing to score yet`. */
  why: string;
  /** Forecasts held against what happened, and the share that exhaustion followed within 10 minutes. */
  forecasts: number;
  baseRate: number | null;
  /** Mean squared error of the probability; `baseRate x (1 - baseRate)` is what knowing nothing would give. */
  brier: number | null;
  /** Forecast instants compared with the true one; errors in either direction. */
  errors: number;
  errorMedianSeconds: number | null;
  errorP95Seconds: number | null;
  /** 90% intervals compared, and the share that held the instant. */
  intervals: number;
  coverage: number | null;
  /** Times a pool began to fail, and how many of them were faster than sampling. */
  failures: number;
  sudden: number;
  /** Probability above one half; and alerts of the rules `imminent` and `leak`. */
  shown: WireEpisodeCounts;
  alarm: WireEpisodeCounts;
}

export interface WireEpisodeCounts {
  fulfilled: number;
  /** Right by the traffic at its start, which then changed. */
  unfulfilled: number;
  /** Even the true rate at its start would not have exhausted the pool. */
  unjustified: number;
  /** Failures without a warning, sudden ones apart. */
  missed: number;
  leadMedianSeconds: number | null;
}

export interface WireEpisode {
  poolId: string;
  kind: EpisodeKind;
  startedAt: string;
  /** Null while it is on. */
  endedAt: string | null;
  failedAt: string | null;
  /** Null while it is on; `late`: it began when the ports had run out; `unknown`: portcast was blind meanwhile. */
  verdict: ScoredEpisode['verdict'];
  leadSeconds: number | null;
  /** Probability of exhaustion by the true rate at its start, reckoned afterwards. */
  oracle: number | null;
}

/** What `GET /api/v1/score` answers: the sums, and the newest episodes. */
export interface WireScoreDetails extends WireScore {
  episodes: WireEpisode[];
}

/** One server-sent event, named `sample`, after every cycle: what the dashboard shows. At most 50 pools and 100 ports. */
export interface WireSample {
  status: WireStatus;
  pools: WirePool[];
  ports: WirePort[];
}

/** RFC 9457. */
export interface WireProblemDetails {
  type: string;
  title: string;
  status: number;
  detail: string;
}

/** What `plan` answers. Rates per second, durations in seconds. */
export interface WirePlan {
  input: { ports: [number, number]; timeWaitSeconds: number; rate: number; live: number };
  capacity: number;
  sustainableRate: number;
  /** Where use settles at that rate: live + rate x time-wait, whether or not it fits. */
  settlesAt: number;
  /** Settling point over capacity. */
  pressure: number;
  /** Null when it never runs out. */
  secondsToExhaustion: number | null;
  why: string;
  remedies: WireRemedy[];
}
export interface WireRemedy {
  /** Stable name, for example `keep_alive`. */
  name: string;
  title: string;
  detail: string;
  /** What it changes; null where it cannot be stated as a number. */
  sustainableRate: number | null;
  pressure: number | null;
  secondsToExhaustion: number | null;
}

/** Kernel spelling to the spelling of JSON, metrics and database. */
const STATE_NAMES: readonly string[] = TCP_STATES.map((state) => state.toLowerCase());

export function poolToWire(pool: PoolForecast, processes: readonly PoolProcess[] = []): WirePool {
  return {
    id: pool.id,
    kind: pool.kind,
    namespace: pool.namespace,
    family: pool.family,
    localAddress: pool.localAddress,
    remoteAddress: pool.remoteAddress,
    remotePort: pool.remotePort,
    capacity: pool.capacity,
    used: pool.used,
    available: pool.available,
    reusable: pool.reusable,
    live: pool.live,
    closeWait: pool.closeWait,
    timeWait: pool.timeWait,
    holdSeconds: pool.holdMs / 1000,
    reuse: pool.reuse,
    closeRate: round(pool.closeRate, 3),
    closeRateLow: round(pool.closeRateLow, 3),
    closeRateHigh: round(pool.closeRateHigh, 3),
    liveGrowth: round(pool.liveGrowth, 3),
    sustainableRate: round(pool.sustainableRate, 3) ?? 0,
    pressure: round(pool.pressure, 4),
    exhaustsAt: isoOrNull(pool.exhaustsAtMs),
    earliestAt: isoOrNull(pool.earliestAtMs),
    latestAt: isoOrNull(pool.latestAtMs),
    secondsToExhaustion:
      pool.exhaustsAtMs === null ? null : round(Math.max(0, (pool.exhaustsAtMs - pool.sampledAtMs) / 1000), 2),
    probability: round(pool.probability, 3),
    probabilityIfHeld: round(pool.probabilityIfHeld, 3),
    probabilityBasis: pool.probabilityBasis,
    burstsKnown: pool.burstsKnown,
    pressureFullAt: isoOrNull(pool.pressureFullAtMs),
    pressureFullEarliestAt: isoOrNull(pool.pressureFullEarliestAtMs),
    pressureFullLatestAt: isoOrNull(pool.pressureFullLatestAtMs),
    outlookDays: pool.outlookDays,
    outlookWhy: pool.outlookWhy,
    failedConnects: pool.failedConnects,
    failedBy: [...(pool.failedBy ?? [])],
    mode: pool.mode,
    why: pool.why,
    processes: [...processes],
    sampledAt: new Date(pool.sampledAtMs).toISOString(),
    ahead: pool.ahead.map((point) => ({
      at: new Date(point.atMs).toISOString(),
      used: Math.round(point.used),
      low: Math.round(point.low),
      high: Math.round(point.high),
    })),
  };
}

export interface HostFacts {
  readonly name: string;
  readonly sampledAtMs: number | null;
  readonly source: SourceChoice;
  readonly limits: HostLimits;
  readonly granularity: Granularity;
  readonly counters: HostCounters | null;
  /** Capacity of an unused destination, and how long it holds a closed port. */
  readonly capacity: number;
  readonly holdMs: number;
}

export function hostToWire(facts: HostFacts): WireHost {
  const { limits, granularity } = facts;
  const { first, last } = limits.range;
  let reserved = 0;
  for (const range of limits.reservedPorts) {
    reserved += Math.max(0, Math.min(last, range.last) - Math.max(first, range.first) + 1);
  }
  return {
    name: facts.name,
    sampledAt: isoOrNull(facts.sampledAtMs),
    source: facts.source.name,
    sourceWhy: facts.source.why,
    range: [first, last],
    reserved,
    timeWaitSeconds: limits.timeWaitMs / 1000,
    timeWaitAssumed: limits.timeWaitAssumed,
    granularitySeconds: granularity.timeWaitMs / 1000,
    granularityLearned: granularity.learned,
    reuse: limits.twReuse,
    reuseDelaySeconds: limits.twReuseDelayMs / 1000,
    timestamps: limits.timestamps,
    twBuckets: limits.maxTwBuckets,
    finTimeoutSeconds: limits.finTimeoutMs / 1000,
    timeWait: facts.counters?.timeWait ?? null,
    capacity: facts.capacity,
    sustainableRate: round(facts.capacity / (facts.holdMs / 1000), 3) ?? 0,
  };
}

export function portToWire(port: PortSample): WirePort {
  const states: Record<string, number> = {};
  let total = 0;
  port.states.forEach((count, index) => {
    const name = STATE_NAMES[index];
    if (count > 0 && name !== undefined) states[name] = count;
    total += count;
  });
  const { id, direction, namespace, address } = port;
  return { id, direction, namespace, address, port: port.port, states, total };
}

export function alertToWire(alert: Alert): WireAlert {
  const pool = alert.latest ?? alert.raised;
  return {
    id: alert.id,
    rule: alert.rule,
    severity: alert.severity,
    state: alert.state,
    mail: alert.mail,
    poolId: alert.poolId,
    pendingAt: new Date(alert.pendingAtMs).toISOString(),
    firingAt: isoOrNull(alert.firingAtMs),
    resolvedAt: isoOrNull(alert.resolvedAtMs),
    lastSeenAt: new Date(alert.lastSeenAtMs).toISOString(),
    summary: alert.summary,
    pool: pool === null ? null : poolToWire(pool, alert.owners.processes),
    processes: [...alert.owners.processes],
    processesWhy: alert.owners.why,
  };
}

export function scoreToWire(score: ScoreSummary): WireScore {
  const { days, forecasts, errors, intervals, failures, sudden } = score;
  return {
    days,
    why: scoreWhy(score),
    forecasts,
    baseRate: round(score.baseRate, 4),
    brier: round(score.brier, 4),
    errors,
    errorMedianSeconds: seconds(score.medianErrorMs),
    errorP95Seconds: seconds(score.p95ErrorMs),
    intervals,
    coverage: round(score.coverage, 4),
    failures,
    sudden,
    shown: countsToWire(score.shown),
    alarm: countsToWire(score.alarm),
  };
}

function countsToWire({ fulfilled, unfulfilled, unjustified, missed, medianLeadMs }: EpisodeCounts): WireEpisodeCounts {
  return { fulfilled, unfulfilled, unjustified, missed, leadMedianSeconds: seconds(medianLeadMs) };
}

export function episodeToWire(episode: ScoredEpisode): WireEpisode {
  return {
    poolId: episode.poolId,
    kind: episode.kind,
    startedAt: new Date(episode.fromMs).toISOString(),
    endedAt: isoOrNull(episode.toMs),
    failedAt: isoOrNull(episode.failedAtMs),
    verdict: episode.verdict,
    leadSeconds: seconds(episode.leadMs),
    oracle: round(episode.oracle, 3),
  };
}

function seconds(ms: number | null): number | null {
  return round(ms === null ? null : ms / 1000, 2);
}

function round(value: number | null, digits: number): number | null {
  if (value === null) return null;
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}
