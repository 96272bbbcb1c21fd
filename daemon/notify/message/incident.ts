/** What a mail says about the incident beside its leading alert: the other pools, and how often it came back. */
import type { HostLimits } from '../../host/limits.js';
import type { Cause, IncidentPool, Notice } from '../../incident/incident.js';
import { formatCount } from '../../units.js';
import type { Fact } from './facts.js';
import type { LocalTime } from './local-time.js';

/** Pools that are named; of the others the number is given. */
const MAX_NAMED = 10;

export function listIncidentFacts({ incident }: Notice, limits: HostLimits | null, time: LocalTime): Fact[] {
  const { lead, pools, cause, recurrences } = incident;
  const others = pools.filter(({ id }) => id !== lead.poolId);
  const facts: Fact[] = listCause(cause, limits, time);
  if (others.length > 0) {
    facts.push({ label: 'Other pools', value: `${listPools(others)}${nameCause(cause)}` });
  }
  if (recurrences > 0) {
    const times = recurrences === 1 ? 'Once' : `${formatCount(recurrences)} times`;
    facts.push({ label: 'Came back', value: `${times} since ${time.formatTime(incident.openedAtMs)}` });
  }
  return facts;
}

function listPools(pools: readonly IncidentPool[]): string {
  const named = pools.slice(0, MAX_NAMED).map(({ name }) => name);
  const more = pools.length - named.length;
  return more === 0 ? named.join(', ') : `${named.join(', ')} and ${formatCount(more)} more`;
}

/** ` (all of process psql)`, as the end of a list of pools; empty where they have nothing in common. */
function nameCause({ kind, key }: Cause): string {
  const common = kind === 'process' || kind === 'destination' || kind === 'local address';
  return common ? ` (all of ${kind} ${key})` : '';
}

/** The key of a range that shrank is the instant at which it did. */
function listCause({ kind, key }: Cause, limits: HostLimits | null, time: LocalTime): Fact[] {
  if (kind !== 'range' || key === '') return [];
  const now = limits === null ? '' : `; it is ${limits.range.first} to ${limits.range.last} now`;
  return [{ label: 'Cause', value: `The range of local ports shrank at ${time.formatTime(Number(key))}${now}` }];
}
