/** The status document: the state of every part of the daemon in one object. */
import type { Severity } from './alert/alert.js';
import type { CycleView, HealthProblem, SourceChoice } from './contracts.js';
import type { DeliveryFacts, OutboxSummary } from './notify-contracts.js';
import type { BudgetView, LookoutStats } from './dump-contracts.js';
import type { ScoreSummary } from './score/types.js';
import type { Incident } from './incident/incident.js';
import { formatDuration, formatPercent, isoOrNull, SECOND_MS } from './units.js';
import { alertToWire } from './wire/alert.js';
import { deliveryToWire } from './wire/delivery.js';
import type { WirePool } from './wire/pool.js';
import { round } from './wire/rounding.js';
import { scoreToWire } from './wire/score.js';
import type { WireHost } from './wire/host.js';
import type { WireStatus } from './wire/status.js';

/** From this many beats between two full dumps on, forecasts are so much older than with each beat that it is a problem. */
const TROUBLE_FROM_BEATS = 2;

const WORST_POOLS = 5;

interface ChannelFacts extends OutboxSummary {
  readonly name: string;
  /** Where it leads, without anything that may be secret. */
  readonly target: string;
  readonly severities: readonly Severity[];
}

export interface StatusFacts {
  readonly version: string;
  readonly startedAtMs: number;
  readonly nowMs: number;
  readonly host: WireHost;
  readonly source: SourceChoice;
  readonly scheduleExpression: string;
  readonly schedule: {
    readonly beatMs: number;
    readonly beats: number;
    readonly missedBeats: number;
    readonly restarts: number;
  };
  readonly lookout: LookoutStats;
  readonly budget: BudgetView;
  /** How old the newest sample may be; see sampling/freshness.ts. */
  readonly maxSampleAgeMs: number;
  readonly dumps: number;
  readonly view: CycleView;
  /** The worst pools, at most so many. */
  readonly pools: (limit: number) => WirePool[];
  readonly problems: readonly HealthProblem[];
  readonly store: {
    readonly path: string;
    readonly sizeBytes: number;
    readonly capBytes: number;
    readonly pendingRecords: number;
    readonly lastFlushAtMs: number | null;
    readonly series: number;
  };
  /** Null when no SMTP server is configured. */
  readonly mail: { readonly recipients: number; readonly outbox: OutboxSummary } | null;
  readonly delivery: readonly DeliveryFacts[];
  /** The channels that are configured. */
  readonly channels: readonly ChannelFacts[];
  readonly score: ScoreSummary;
  /** Those that are known, also resolved ones. */
  readonly incidents: readonly Pick<Incident, 'state'>[];
  /** Failed connects since the start. */
  readonly tracing: { readonly offBecause: string | null; readonly counted: number; readonly lost: number };
  readonly process: {
    readonly cpuRatio: number;
    readonly residentBytes: number;
    readonly eventLoopDelayP99Ms: number;
  };
}

export function buildStatus(facts: StatusFacts): WireStatus {
  const { view, store, process: figures } = facts;
  return {
    version: facts.version,
    startedAt: new Date(facts.startedAtMs).toISOString(),
    uptimeSeconds: Math.round((facts.nowMs - facts.startedAtMs) / SECOND_MS),
    health: view.blindSinceMs !== null || view.table === null ? 'blind' : facts.problems.length > 0 ? 'degraded' : 'ok',
    problems: facts.problems.map(({ part, message, sinceMs }) => ({
      part,
      message,
      since: new Date(sinceMs).toISOString(),
    })),
    host: facts.host,
    sampling: samplingStatus(facts),
    store: {
      path: store.path,
      sizeBytes: store.sizeBytes,
      capBytes: store.capBytes,
      pendingRecords: store.pendingRecords,
      lastFlushAt: isoOrNull(store.lastFlushAtMs),
      series: store.series,
    },
    mail: mailStatus(facts.mail),
    delivery: facts.delivery.map(deliveryToWire),
    channels: facts.channels.map(({ lastSentAtMs, ...channel }) => ({
      ...channel,
      lastSentAt: isoOrNull(lastSentAtMs),
    })),
    score: scoreToWire(facts.score),
    tracing: tracingStatus(facts.tracing),
    process: {
      cpuRatio: round(figures.cpuRatio, 5),
      residentBytes: figures.residentBytes,
      eventLoopDelayP99Seconds: round(figures.eventLoopDelayP99Ms / SECOND_MS, 6),
    },
    worst: facts.pools(WORST_POOLS),
    poolCount: view.pools.length + (view.unlisted?.count ?? 0),
    alerts: view.alerts.map(alertToWire),
    incidents: { open: countIncidents(facts, 'open'), quiet: countIncidents(facts, 'quiet') },
  };
}

function countIncidents({ incidents }: StatusFacts, state: Incident['state']): number {
  return incidents.filter((incident) => incident.state === state).length;
}

function samplingStatus(facts: StatusFacts): WireStatus['sampling'] {
  const { view, budget, schedule } = facts;
  const lastDumpMs = view.table?.snapshotAtMs ?? null;
  return {
    source: facts.source.name,
    sourceWhy: facts.source.why,
    schedule: facts.scheduleExpression,
    beatSeconds: schedule.beatMs / SECOND_MS,
    lastDumpAt: isoOrNull(lastDumpMs),
    dumpAgeSeconds: lastDumpMs === null ? null : Math.max(0, round((facts.nowMs - lastDumpMs) / SECOND_MS, 1)),
    maxSampleAgeSeconds: facts.maxSampleAgeMs / SECOND_MS,
    rows: view.table?.rows ?? 0,
    dumpCostSeconds: budget.lastCostMs === null ? null : round(budget.lastCostMs / SECOND_MS, 5),
    dumpShare: round(budget.share, 5),
    dumpShareBudget: budget.allowed,
    slowedBecause: explainSlowness(facts),
    dumps: facts.dumps,
    beats: schedule.beats,
    missedBeats: schedule.missedBeats,
    scheduleRestarts: schedule.restarts,
    glances: facts.lookout.glances,
    looks: facts.lookout.looks,
  };
}

/** The same for the health of portcast: null also while full dumps are only a little rarer than the beats. */
export function explainSlowTrouble(facts: Pick<StatusFacts, 'budget' | 'schedule'>): string | null {
  const { budget, schedule } = facts;
  return budget.intervalMs < TROUBLE_FROM_BEATS * schedule.beatMs ? null : explainSlowness(facts);
}

/** Why full dumps are rarer than the beats, for status and dashboard; null when they are not. */
function explainSlowness({ budget, schedule }: Pick<StatusFacts, 'budget' | 'schedule'>): string | null {
  if (!budget.slowed || budget.intervalMs <= schedule.beatMs) return null;
  const limit = `${formatPercent(budget.allowed)} of a core`;
  return `sampling every ${formatDuration(budget.intervalMs)} to stay within ${limit} (sampling.budget, sampling.busyBudget)`;
}

function mailStatus(mail: StatusFacts['mail']): WireStatus['mail'] {
  return {
    configured: mail !== null,
    recipients: mail?.recipients ?? 0,
    pending: mail?.outbox.pending ?? 0,
    failed: mail?.outbox.failed ?? 0,
    lastSentAt: isoOrNull(mail?.outbox.lastSentAtMs ?? null),
    lastError: mail?.outbox.lastError ?? null,
  };
}

function tracingStatus({ offBecause, counted, lost }: StatusFacts['tracing']): WireStatus['tracing'] {
  const why = offBecause ?? 'the kernel reports every connect that fails because no local port is left';
  return { on: offBecause === null, why, failedConnects: counted, lost };
}
