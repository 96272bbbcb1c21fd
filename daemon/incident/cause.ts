/** Which incident an alert belongs to, and what the pools of an incident have in common. */
import type { Alert } from '../alert/alert.js';
import { nameDestination } from '../alert/names.js';
import { MINUTE_MS } from '../units.js';
import type { Cause, Incident, IncidentPool } from './incident.js';

/** Pools that begin to run out within this time of each other, from one address, are taken for one cause. */
const TOGETHER_MS = MINUTE_MS;
/** Ports that run out so long after the range shrank are taken for its consequence. */
const AFTER_SHRINK_MS = 10 * MINUTE_MS;

/** What is known of the host beside the alerts. */
export interface CauseContext {
  readonly nowMs: number;
  /** When the number of ports that the kernel may hand out last fell; null where it did not. */
  readonly rangeShrankAtMs: number | null;
}

/** The pool of an alert as an incident keeps it; null for an alert about no pool. */
export function describePool(alert: Alert, nowMs: number): IncidentPool | null {
  const pool = alert.latest ?? alert.raised;
  if (alert.poolId === null || pool === null) return null;
  return {
    id: alert.poolId,
    name: nameDestination(pool),
    kind: pool.kind,
    namespace: pool.namespace,
    localAddress: pool.localAddress,
    remoteAddress: pool.remoteAddress,
    processes: listProcessNames(alert),
    joinedAtMs: nowMs,
    capacity: pool.capacity,
    peakUsed: pool.used,
    peakAtMs: pool.sampledAtMs,
    forecastExhaustionMs: pool.exhaustsAtMs,
  };
}

export function listProcessNames({ owners }: Pick<Alert, 'owners'>): string[] {
  return [...new Set(owners.processes.map(({ name }) => name))].sort();
}

/** The incident that the alert belongs to; null where it has a cause of its own. The closest relation wins. */
export function findIncident(alert: Alert, incidents: readonly Incident[], context: CauseContext): Incident | null {
  const pool = describePool(alert, context.nowMs);
  if (isOfPortcast(alert)) {
    const { key } = causeOfAlert(alert, context);
    return incidents.find(({ cause }) => cause.kind === 'portcast' && cause.key === key) ?? null;
  }
  const ofPools = incidents.filter(({ cause }) => cause.kind !== 'portcast');
  // While no port of the range is usable every pool fails for that one reason.
  if (pool === null) return ofPools.find(({ cause }) => cause.kind === 'range') ?? null;
  for (const isRelated of [isSamePool, isOfRange, isSameProcess, isSameDestination, isTogether]) {
    const found = ofPools.find((incident) => isRelated(pool, incident, context));
    if (found !== undefined) return found;
  }
  return null;
}

/** Each part of portcast is a cause of its own. */
function isOfPortcast({ rule }: Alert): boolean {
  return rule === 'blind' || rule === 'trouble';
}

type Relation = (pool: IncidentPool, incident: Incident, context: CauseContext) => boolean;

const isSamePool: Relation = ({ id }, { pools }) => pools.some((other) => other.id === id);

const isOfRange: Relation = (_pool, { cause, openedAtMs }, { nowMs, rangeShrankAtMs }) => {
  if (cause.kind !== 'range') return false;
  if (cause.key === '') return true;
  return rangeShrankAtMs !== null && openedAtMs >= rangeShrankAtMs && nowMs - rangeShrankAtMs <= AFTER_SHRINK_MS;
};

const isSameProcess: Relation = (pool, { pools }) =>
  pools.some((other) => sharesNamespace(pool, other) && sharesProcess(pool, other) === true);

const isSameDestination: Relation = (pool, { pools }) =>
  pool.remoteAddress !== null &&
  pools.some(
    (other) =>
      other.remoteAddress === pool.remoteAddress &&
      sharesNamespace(pool, other) &&
      sharesProcess(pool, other) !== false,
  );

const isTogether: Relation = (pool, { pools, lastJoinedAtMs }, { nowMs }) =>
  nowMs - lastJoinedAtMs <= TOGETHER_MS &&
  pools.some(
    (other) =>
      other.localAddress === pool.localAddress && sharesNamespace(pool, other) && sharesProcess(pool, other) !== false,
  );

const sharesNamespace = (a: IncidentPool, b: IncidentPool): boolean => a.namespace === b.namespace;

/** Null while the processes of either are not known. */
function sharesProcess(a: IncidentPool, b: IncidentPool): boolean | null {
  if (a.processes.length === 0 || b.processes.length === 0) return null;
  return a.processes.some((name) => b.processes.includes(name));
}

/** The cause of an incident that begins with this alert. */
export function causeOfAlert(alert: Alert, { nowMs, rangeShrankAtMs }: CauseContext): Cause {
  if (isOfPortcast(alert)) return { kind: 'portcast', key: alert.trouble?.part ?? '' };
  if (alert.rule === 'empty' || alert.poolId === null) return { kind: 'range', key: '' };
  if (rangeShrankAtMs !== null && nowMs - rangeShrankAtMs <= AFTER_SHRINK_MS) {
    return { kind: 'range', key: String(rangeShrankAtMs) };
  }
  return { kind: 'pool', key: alert.poolId };
}

/** What all pools have in common, after one has joined. `portcast` and `range` stay what they are. */
export function causeOfPools({ kind, key }: Cause, pools: readonly IncidentPool[]): Cause {
  const [first] = pools;
  if (kind === 'portcast' || kind === 'range' || first === undefined) return { kind, key };
  if (pools.length === 1) return { kind: 'pool', key: first.id };
  const process = first.processes.find((name) => pools.every(({ processes }) => processes.includes(name)));
  if (process !== undefined) return { kind: 'process', key: process };
  const { remoteAddress, localAddress, namespace } = first;
  if (remoteAddress !== null && pools.every((pool) => pool.remoteAddress === remoteAddress)) {
    return { kind: 'destination', key: remoteAddress };
  }
  if (pools.every((pool) => pool.localAddress === localAddress)) return { kind: 'local address', key: localAddress };
  return { kind: 'namespace', key: namespace };
}
