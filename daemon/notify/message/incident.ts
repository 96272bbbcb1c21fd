/** What a mail says about the incident beside its leading alert: the cause, the other pools, and how often it came back. */
import { formatTimeOfDay } from '../../alert/names.js';
import type { Cause, Incident, IncidentPool, Notice } from '../../incident/incident.js';
import { formatCount } from '../../units.js';
import type { Fact } from './facts.js';

/** Pools that are named; of the others the number is given. */
const MAX_NAMED = 10;

/** Begins the title: a reminder and an escalation are told from the first message by it. */
export function beginTitle({ kind, incident }: Notice): string {
  if (kind === 'reminder') return `Still since ${formatTimeOfDay(incident.openedAtMs)}: `;
  return kind === 'escalated' ? 'Worse: ' : '';
}

/** `500 pools of local address 10.0.0.1: `; empty while the incident has one pool, and when it is over. */
export function beginSubjectOf({ cause, pools, state }: Incident): string {
  return pools.length < 2 || state === 'resolved' ? '' : `${formatCount(pools.length)} pools${nameCause(cause)}: `;
}

export function listIncidentFacts({ incident }: Notice): Fact[] {
  const { lead, pools, cause, recurrences } = incident;
  const others = pools.filter(({ id }) => id !== lead.poolId);
  const facts: Fact[] = [];
  if (others.length > 0) {
    facts.push({ label: 'Other pools', value: `${listPools(others)}${nameCause(cause)}` });
  }
  if (recurrences > 0) {
    const times = recurrences === 1 ? 'once' : `${formatCount(recurrences)} times`;
    facts.push({ label: 'Came back', value: `${times} since ${formatTimeOfDay(incident.openedAtMs)}` });
  }
  return facts;
}

function listPools(pools: readonly IncidentPool[]): string {
  const named = pools.slice(0, MAX_NAMED).map(({ name }) => name);
  const more = pools.length - named.length;
  return more === 0 ? named.join(', ') : `${named.join(', ')} and ${formatCount(more)} more`;
}

/** ` of process psql`, as the end of a list of pools; empty where they have nothing in common. */
function nameCause({ kind, key }: Cause): string {
  if (kind === 'range') return key === '' ? ' of a range without a usable port' : ' of a range that shrank';
  return kind === 'process' || kind === 'destination' || kind === 'local address' ? ` of ${kind} ${key}` : '';
}
