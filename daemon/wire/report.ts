/** The answer of `GET /api/v1/report`, and what the weekly report says. */
import { summarizeEnded } from '../incident/ending.js';
import type { Decision, Incident } from '../incident/incident.js';
import { formatEndpoint } from '../host/endpoint.js';
import type { ScoreSummary } from '../score/types.js';
import { isoOrNull } from '../units.js';
import { round } from './rounding.js';
import { scoreToWire, type WireScore } from './score.js';

/** The greatest use of one pool in a span of time, as it is stored. */
export interface PoolPeak {
  readonly id: string;
  readonly localAddress: string;
  readonly remoteAddress: string | null;
  readonly remotePort: number | null;
  readonly peakUsed: number;
  readonly capacity: number;
  readonly peakAtMs: number;
  /** Null where it was never known. */
  readonly peakPressure: number | null;
}

export interface WireReport {
  kind: 'report';
  host: string;
  /** The IANA name of `host.timeZone`. */
  timeZone: string;
  from: string;
  to: string;
  days: number;
  /** When it was due; null for one that was asked for. */
  dueAt: string | null;
  /** The share of the time in which samples were taken. Nothing is known of the rest. */
  coverage: number;
  /** The fullest first. */
  destinations: {
    id: string;
    name: string;
    peakUsed: number;
    capacity: number;
    peakUsedRatio: number;
    peakPressure: number | null;
    peakAt: string;
    /** In how many days its daily peaks reach the limit, by their trend; null where they do not, or where it is not known. */
    outlookDays: number | null;
  }[];
  /** The destinations that are not listed. */
  otherDestinations: number;
  score: WireScore;
  /** Newest first. */
  incidents: {
    id: string;
    severity: string;
    state: string;
    openedAt: string;
    resolvedAt: string | null;
    summary: string;
    messages: number;
  }[];
  otherIncidents: number;
  /** What was not told, by its reason; the most frequent first. */
  heldBack: { reason: string; count: number }[];
}

interface ReportFacts {
  readonly host: string;
  readonly timeZone: string;
  readonly span: { readonly fromMs: number; readonly toMs: number };
  readonly days: number;
  readonly dueAtMs: number | null;
  readonly coverage: number;
  readonly peaks: readonly PoolPeak[];
  /** By id of the pool; a pool that is not there now has none. */
  readonly outlookDays: ReadonlyMap<string, number | null>;
  readonly score: ScoreSummary;
  readonly incidents: readonly Incident[];
  readonly decisions: readonly Decision[];
}

const MAX_DESTINATIONS = 10;
const MAX_INCIDENTS = 10;

export function reportToWire(facts: ReportFacts): WireReport {
  const { fromMs, toMs } = facts.span;
  const peaks = [...facts.peaks].sort((a, b) => ratioOf(b) - ratioOf(a) || b.peakUsed - a.peakUsed);
  const incidents = facts.incidents
    .filter(({ openedAtMs, resolvedAtMs }) => openedAtMs < toMs && (resolvedAtMs ?? Infinity) >= fromMs)
    .sort((a, b) => b.openedAtMs - a.openedAtMs);
  return {
    kind: 'report',
    host: facts.host,
    timeZone: facts.timeZone,
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    days: facts.days,
    dueAt: isoOrNull(facts.dueAtMs),
    coverage: round(facts.coverage, 4),
    destinations: peaks.slice(0, MAX_DESTINATIONS).map((peak) => ({
      id: peak.id,
      name: namePeak(peak),
      peakUsed: peak.peakUsed,
      capacity: peak.capacity,
      peakUsedRatio: round(ratioOf(peak), 4),
      peakPressure: peak.peakPressure === null ? null : round(peak.peakPressure, 4),
      peakAt: new Date(peak.peakAtMs).toISOString(),
      outlookDays: facts.outlookDays.get(peak.id) ?? null,
    })),
    otherDestinations: Math.max(0, peaks.length - MAX_DESTINATIONS),
    score: scoreToWire(facts.score),
    incidents: incidents.slice(0, MAX_INCIDENTS).map((incident) => ({
      id: incident.id,
      severity: incident.severity,
      state: incident.state,
      openedAt: new Date(incident.openedAtMs).toISOString(),
      resolvedAt: isoOrNull(incident.resolvedAtMs),
      summary: incident.resolvedAtMs === null ? incident.lead.summary : summarizeEnded(incident),
      messages: incident.told.count,
    })),
    otherIncidents: Math.max(0, incidents.length - MAX_INCIDENTS),
    heldBack: countReasons(facts.decisions.filter(({ atMs, told }) => !told && atMs >= fromMs && atMs < toMs)),
  };
}

function countReasons(decisions: readonly Decision[]): WireReport['heldBack'] {
  const counts = new Map<string, number>();
  for (const { reason } of decisions) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count);
}

function ratioOf({ peakUsed, capacity }: PoolPeak): number {
  return capacity > 0 ? peakUsed / capacity : 1;
}

function namePeak({ remoteAddress, remotePort, localAddress }: PoolPeak): string {
  if (remoteAddress === null) return `bind() on ${localAddress}`;
  return remotePort === null ? remoteAddress : formatEndpoint(remoteAddress, remotePort);
}
