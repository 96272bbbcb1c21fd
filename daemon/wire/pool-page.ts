/** The documents of the page of one pool: who it is, its alerts, and its own score. */
import type { Alert } from '../alert/alert.js';
import type { Incident } from '../incident/incident.js';
import type { EpisodeKind, ScoredEpisode, ScoreVerdict } from '../score/types.js';
import { findQuantile, isoOrNull } from '../units.js';
import type { WirePool } from './pool.js';
import { round, roundToSeconds } from './rounding.js';
import { episodeToWire, type WireEpisode } from './score.js';

/** A pool that is not in the latest sample: what is stored of it. */
interface WireGonePool {
  id: string;
  kind: WirePool['kind'];
  namespace: string;
  localAddress: string;
  remoteAddress: string | null;
  remotePort: number | null;
  /** When it was last sampled; null where that is no longer stored. */
  lastSeenAt: string | null;
  /**
   * The first sample that did not show it, or `lastSeenAt` where none followed. Null where it may exist and only holds too few ports to be among
   * the pools that are listed.
   */
  goneSince: string | null;
}

/** The answer of `GET /api/v1/pools/:id`: the pool of the latest sample with `goneSince` null, or what is stored of it. */
export type WirePoolNow = (WirePool & { lastSeenAt: string; goneSince: null }) | WireGonePool;

/** The answer of `GET /api/v1/pools/:id/marks`: what happened to the pool in a span, the newest first. */
export interface WireMarks {
  alerts: {
    id: string;
    rule: Alert['rule'];
    severity: Alert['severity'];
    state: Alert['state'];
    pendingAt: string;
    firingAt: string | null;
    resolvedAt: string | null;
    /** Null where it belongs to no incident. */
    incidentId: string | null;
  }[];
  incidents: { id: string; state: Incident['state']; openedAt: string; resolvedAt: string | null }[];
}

/** The answer of `GET /api/v1/pools/:id/score`. A figure is null while nothing was scored that it could come from. */
export interface WirePoolScore {
  days: number;
  /** Forecasts of this pool that were compared with what happened: the newest 2000 at most. */
  forecasts: number;
  baseRate: number | null;
  brier: number | null;
  /** 90% intervals that were compared, and the share of them that contained the true time. */
  intervals: number;
  coverage: number | null;
  /** How often the pool ran out of ports, how often a warning came before, and the median of how long before. */
  outages: number;
  warnedOutages: number;
  leadMedianSeconds: number | null;
  /** The warnings that are over, by what came of them, of all that are stored: the newest 200 at most of each kind. */
  warnings: Record<ScoreVerdict, number>;
  /** The newest warnings, as in `GET /api/v1/score`. */
  episodes: WireEpisode[];
}

interface PoolScoreFacts {
  readonly days: number;
  readonly sums: {
    readonly forecasts: number;
    readonly happened: number;
    readonly brier: number;
    readonly intervals: number;
    readonly held: number;
    readonly outages: number;
    readonly leadsMs: readonly number[];
  };
  /** The newest first. */
  readonly episodes: readonly ScoredEpisode[];
}

/** A warning that was shown, and the alert of the same danger, are one warning: that of the alert counts. */
const COUNTED: readonly EpisodeKind[] = ['alarm', 'leak'];

/** @param limit the number of episodes that are listed. */
export function poolScoreToWire({ days, sums, episodes }: PoolScoreFacts, limit: number): WirePoolScore {
  const { forecasts, happened, brier, intervals, held, outages, leadsMs } = sums;
  const warnings = { fulfilled: 0, unfulfilled: 0, unjustified: 0, late: 0, unknown: 0 };
  for (const { kind, verdict } of episodes) if (verdict !== null && COUNTED.includes(kind)) warnings[verdict] += 1;
  return {
    days,
    forecasts,
    baseRate: divide(happened, forecasts),
    brier: divide(brier, forecasts),
    intervals,
    coverage: divide(held, intervals),
    outages,
    warnedOutages: leadsMs.length,
    leadMedianSeconds: roundToSeconds(
      findQuantile(
        leadsMs.toSorted((a, b) => a - b),
        0.5,
      ),
    ),
    warnings,
    episodes: episodes.slice(0, limit).map(episodeToWire),
  };
}

export function marksToWire(found: {
  readonly alerts: readonly { readonly alert: Alert; readonly incidentId: string | null }[];
  readonly incidents: readonly Incident[];
}): WireMarks {
  return {
    alerts: found.alerts.map(({ alert, incidentId }) => ({
      id: alert.id,
      rule: alert.rule,
      severity: alert.severity,
      state: alert.state,
      pendingAt: new Date(alert.pendingAtMs).toISOString(),
      firingAt: isoOrNull(alert.firingAtMs),
      resolvedAt: isoOrNull(alert.resolvedAtMs),
      incidentId,
    })),
    incidents: found.incidents.map(({ id, state, openedAtMs, resolvedAtMs }) => ({
      id,
      state,
      openedAt: new Date(openedAtMs).toISOString(),
      resolvedAt: isoOrNull(resolvedAtMs),
    })),
  };
}

function divide(part: number, whole: number): number | null {
  return whole === 0 ? null : round(part / whole, 4);
}
