/** The life of one incident: open -> quiet -> resolved, and back to open when an alert fires again while it is quiet. */
import { isMoreSevere, type Alert, type AlertChange } from '../alert/alert.js';
import { HOUR_MS } from '../units.js';
import { causeOfAlert, causeOfPools, describePool, listProcessNames, type CauseContext } from './cause.js';
import { gather } from './gather.js';
import { MAX_ALERTS, type Incident, type IncidentAlert, type IncidentPool, type Told } from './incident.js';
import type { IncidentSettings } from './settings.js';

/** Each recurrence lengthens the quiet time by this factor, up to an hour, so that flapping ends in one open incident. */
const FLAP_FACTOR = 4;
const MAX_QUIET_MS = HOUR_MS;
/** An incident that begins within this time after one with the same cause was resolved flaps as well. */
export const FLAP_MEMORY_MS = HOUR_MS;

const NOTHING_TOLD: Told = {
  count: 0,
  lastAtMs: null,
  severity: null,
  recipients: [],
  reminders: 0,
  nextReminderAtMs: null,
};

interface Beginning {
  readonly context: CauseContext;
  readonly settings: IncidentSettings;
  /** The last incident with the same cause, resolved within the last hour; null without one. */
  readonly before: Incident | null;
}

export function openIncident(alert: Alert, { context, settings, before }: Beginning): Incident {
  const { nowMs } = context;
  const empty: Incident = {
    id: `incident_${Math.round(nowMs)}_${alert.id}`,
    state: 'open',
    severity: alert.severity,
    cause: causeOfAlert(alert, context),
    openedAtMs: nowMs,
    lastJoinedAtMs: nowMs,
    quietSinceMs: null,
    resolvedAtMs: null,
    recurrences: 0,
    quietForMs: before === null ? settings.quietForMs : lengthenQuiet(before.quietForMs),
    lead: alert,
    alerts: [],
    alertCount: 0,
    pools: [],
    told: NOTHING_TOLD,
    held: null,
  };
  return addAlert(empty, alert, nowMs);
}

/** Adds an alert that fires now. A quiet incident is open again. */
export function addAlert(incident: Incident, alert: Alert, nowMs: number): Incident {
  const pool = describePool(alert, nowMs);
  const isNewPool = pool !== null && incident.pools.every(({ id }) => id !== pool.id);
  const pools = isNewPool ? [...incident.pools, pool] : incident.pools;
  const isBack = incident.state === 'quiet';
  return {
    ...incident,
    state: 'open',
    quietSinceMs: null,
    recurrences: incident.recurrences + (isBack ? 1 : 0),
    quietForMs: isBack ? lengthenQuiet(incident.quietForMs) : incident.quietForMs,
    severity: worseOf(incident.severity, alert.severity),
    lead: isMoreSevere(alert.severity, incident.lead.severity) ? alert : incident.lead,
    lastJoinedAtMs: isNewPool ? nowMs : incident.lastJoinedAtMs,
    cause: causeOfPools(incident.cause, pools),
    alerts: keepNewest([...incident.alerts, toIncidentAlert(alert)]),
    alertCount: incident.alertCount + 1,
    pools,
  };
}

/**
 * What the newest sample shows of an incident: its alerts and pools as they are, without those that were resolved.
 * @param firing by id.
 * @param resolved those that were resolved in this step, by id.
 */
export function updateIncident(
  incident: Incident,
  { firing, resolved, nowMs }: { firing: ReadonlyMap<string, Alert>; resolved: ResolvedAlerts; nowMs: number },
): Incident {
  const alerts = incident.alerts.map((known): IncidentAlert => {
    if (known.resolvedAtMs !== null) return known;
    const alert = firing.get(known.id);
    if (alert !== undefined) return alert.severity === known.severity ? known : { ...known, severity: alert.severity };
    // An alert that is not there any more, without a change that says so, was lost with a damaged row.
    return { ...known, resolvedAtMs: resolved.get(known.id)?.resolvedAtMs ?? nowMs };
  });
  const ids = new Set(alerts.map(({ id }) => id));
  const present = [...firing.values(), ...resolved.values()].filter(({ id }) => ids.has(id));
  const pools = updatePools(incident.pools, present);
  const isFiring = alerts.some(({ resolvedAtMs }) => resolvedAtMs === null);
  const updated: Incident = {
    ...incident,
    alerts,
    pools,
    severity: present.reduce((worst, { severity }) => worseOf(worst, severity), incident.severity),
    lead: chooseLead(incident.lead, present),
    cause: causeOfPools(incident.cause, pools),
  };
  if (isFiring) return { ...updated, state: 'open', quietSinceMs: null };
  const quietSinceMs = incident.quietSinceMs ?? nowMs;
  if (nowMs - quietSinceMs < incident.quietForMs) return { ...updated, state: 'quiet', quietSinceMs };
  return { ...updated, state: 'resolved', quietSinceMs, resolvedAtMs: nowMs };
}

type ResolvedAlerts = ReadonlyMap<string, Alert>;

/** The alerts that a step resolved, by id. */
export function listResolved(changes: readonly AlertChange[]): ResolvedAlerts {
  return new Map(changes.flatMap(({ to, alert }) => (to === 'resolved' ? [[alert.id, alert] as const] : [])));
}

function keepNewest(alerts: readonly IncidentAlert[]): readonly IncidentAlert[] {
  let surplus = alerts.length - MAX_ALERTS;
  return surplus <= 0 ? alerts : alerts.filter(({ resolvedAtMs }) => resolvedAtMs === null || surplus-- <= 0);
}

function lengthenQuiet(quietForMs: number): number {
  return Math.max(quietForMs, Math.min(FLAP_FACTOR * quietForMs, MAX_QUIET_MS));
}

/** The newest state of the lead, or of an alert that has become more severe than it. */
function chooseLead(lead: Alert, present: readonly Alert[]): Alert {
  const newest = present.find(({ id }) => id === lead.id) ?? lead;
  const worse = present.find(({ severity, state }) => state === 'firing' && isMoreSevere(severity, newest.severity));
  return worse ?? newest;
}

/** What each pool has gathered, and the processes that are known by now: a search for owners ends after the alert fired. */
function updatePools(pools: readonly IncidentPool[], present: readonly Alert[]): readonly IncidentPool[] {
  const byPool = new Map(present.map((alert) => [alert.poolId, alert]));
  const updated = pools.map((pool) => {
    const alert = byPool.get(pool.id);
    if (alert === undefined) return pool;
    const gathered = gather(pool, alert);
    const processes = [...new Set([...pool.processes, ...listProcessNames(alert)])].sort();
    return processes.length === pool.processes.length ? gathered : { ...gathered, processes };
  });
  return updated.every((pool, index) => pool === pools[index]) ? pools : updated;
}

function toIncidentAlert({ id, rule, poolId, severity, firingAtMs, lastSeenAtMs }: Alert): IncidentAlert {
  return { id, rule, poolId, severity, firingAtMs: firingAtMs ?? lastSeenAtMs, resolvedAtMs: null };
}

function worseOf(a: Alert['severity'], b: Alert['severity']): Alert['severity'] {
  return isMoreSevere(b, a) ? b : a;
}
