/**
 * The alerts of all incidents as Alertmanager takes them: one for each pool and severity. Its labels are its identity there, so
 * the severity is one of them and an alert never changes it: a pool that gets worse has a second alert with the other severity,
 * and each is resolved when no alert rule of that severity fires for the pool any more. That is how the alerting rules of
 * Prometheus behave, and its usual inhibition rule (critical mutes warning) fits.
 */
import type { Severity } from '../../alert/alert.js';
import type { Incident, IncidentAlert } from '../../incident/incident.js';
import { MINUTE_MS } from '../../units.js';
import { cleanLine } from '../message/sanitize.js';

export interface AlertmanagerAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL?: string;
}

export interface AlertContext {
  readonly hostName: string;
  readonly dashboardUrl: string;
  readonly severities: readonly Severity[];
  readonly repeatMs: number;
  /** Remedies for the leading pool of an incident, one line. */
  readonly adviseOn: (incident: Incident) => string;
  readonly nowMs: number;
}

/** An alert that is not repeated resolves by itself, so it must outlast a few lost repeats. Prometheus has 4 too. */
const REPEATS_AHEAD = 4;
/** How long a resolved alert is sent again; Prometheus has 15 minutes too. */
export const RESOLVED_FOR_MS = 15 * MINUTE_MS;
const MAX_VALUE = 300;
const MAX_TEXT = 1000;

/** One pool of an incident with all its alerts of one severity. */
interface Group {
  readonly incident: Incident;
  readonly severity: Severity;
  /** See findKey. */
  readonly key: string;
  startsAtMs: number;
  /** Null while one of them fires. */
  endsAtMs: number | null;
}

/** @returns those that fire, and those that were resolved lately, by identity. */
export function listAlerts(incidents: readonly Incident[], context: AlertContext): Map<string, AlertmanagerAlert> {
  const groups = new Map<string, Group>();
  const { nowMs, repeatMs } = context;
  for (const incident of incidents) {
    if (incident.resolvedAtMs !== null && nowMs - incident.resolvedAtMs > 2 * RESOLVED_FOR_MS) continue;
    for (const alert of incident.alerts) addTo(groups, incident, alert, context);
  }
  const listed = [...groups].filter(([, { endsAtMs }]) => endsAtMs === null || nowMs - endsAtMs <= RESOLVED_FOR_MS);
  return new Map(listed.map(([id, group]) => [id, render(group, context, nowMs + REPEATS_AHEAD * repeatMs)]));
}

/** Whether the alert is over, for a list that was made at `nowMs`. */
export function isResolved({ endsAt }: AlertmanagerAlert, nowMs: number): boolean {
  return Date.parse(endsAt) <= nowMs;
}

function addTo(groups: Map<string, Group>, incident: Incident, alert: IncidentAlert, context: AlertContext): void {
  const { severity, firingAtMs } = alert;
  if (!context.severities.includes(severity)) return;
  const key = findKey(incident, alert);
  const id = JSON.stringify([key, severity]);
  const endsAtMs = findEnd(incident, alert, context.nowMs);
  const known = groups.get(id);
  const isNewer = known === undefined || (known.endsAtMs !== null && (endsAtMs === null || endsAtMs > known.endsAtMs));
  if (isNewer) groups.set(id, { incident, severity, key, startsAtMs: firingAtMs, endsAtMs });
  else if (known.endsAtMs === null && endsAtMs === null) known.startsAtMs = Math.min(known.startsAtMs, firingAtMs);
}

/** The pool; the rule where the alerts are about no pool, with the part of portcast where each part has an incident of its own. */
function findKey({ cause }: Incident, { poolId, rule }: Pick<IncidentAlert, 'poolId' | 'rule'>): string {
  return poolId ?? (rule === 'trouble' ? `trouble_${cause.key}` : rule);
}

/** An alert that comes and goes is held open as long as its incident waits for quiet. */
function findEnd(incident: Incident, { resolvedAtMs }: IncidentAlert, nowMs: number): number | null {
  if (resolvedAtMs === null) return null;
  const isSettled = incident.state === 'resolved' || nowMs - resolvedAtMs >= incident.quietForMs;
  return isSettled ? Math.min(resolvedAtMs, nowMs) : null;
}

function render(group: Group, context: AlertContext, aheadMs: number): AlertmanagerAlert {
  const { incident, severity, key, startsAtMs, endsAtMs } = group;
  const pool = incident.pools.find(({ id }) => id === key);
  const isLead = findKey(incident, incident.lead) === key;
  const labels: Record<string, string> = {
    alertname: pool === undefined ? 'PortcastHost' : 'PortcastPool',
    instance: context.hostName,
    pool: key,
    severity,
    ...(pool === undefined
      ? {}
      : { namespace: pool.namespace, local_address: pool.localAddress, destination: pool.name }),
  };
  const description =
    pool === undefined || isLead
      ? incident.lead.summary
      : `Ports to ${pool.name}: at most ${pool.peakUsed} of ${pool.capacity} were in use.`;
  const annotations: Record<string, string> = {
    summary: `${context.hostName}: ${description}`,
    description,
    incident: incident.id,
    pools: String(incident.pools.length),
    ...(isLead && endsAtMs === null ? { remedies: context.adviseOn(incident) } : {}),
  };
  return {
    labels: cleanValues(labels, MAX_VALUE),
    annotations: cleanValues(annotations, MAX_TEXT),
    startsAt: new Date(Math.min(startsAtMs, endsAtMs ?? startsAtMs)).toISOString(),
    endsAt: new Date(endsAtMs ?? aheadMs).toISOString(),
    generatorURL: context.dashboardUrl,
  };
}

/** Alertmanager drops a label without a value. */
function cleanValues(values: Readonly<Record<string, string>>, most: number): Record<string, string> {
  const cleaned = Object.entries(values).map(([name, value]) => [name, cleanLine(value, most)] as const);
  return Object.fromEntries(cleaned.filter(([, value]) => value !== ''));
}
