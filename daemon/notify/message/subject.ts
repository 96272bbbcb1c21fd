/**
 * The subject of a message. What varies stands in brackets at its start, what follows is the same for the whole incident:
 * `[portcast CRITICAL, full in 28 s] web-1: ports to 10.0.0.2:443`. Mail programs that thread by subject leave leading
 * brackets out of the comparison (docs/decisions/009-mail-threads.md).
 */
import type { Alert } from '../../alert/alert.js';
import { usedRatio } from '../../alert/rules.js';
import { countNeededPorts } from '../../alert/demand.js';
import { nameTroublePart } from '../../alert/trouble.js';
import { formatLength } from '../../alert/outcome.js';
import { formatHowSoon, nameDestination } from '../../alert/names.js';
import type { PoolForecast } from '../../forecast/types.js';
import type { Notice } from '../../incident/incident.js';
import { nameTopic } from '../../incident/topic.js';
import type { Outage } from '../../outage/outage.js';
import { formatCount, formatPercent } from '../../units.js';
import { cleanLine } from './sanitize.js';

const PROGRAM = 'portcast';
const MAX_HOST = 40;
const MAX_STATE = 70;
const MAX_TOPIC = 80;

/** @param state what varies, for example `CRITICAL, full in 28 s`. @param topic the same in all messages of the incident. */
export function composeSubject(state: string, hostName: string, topic: string): string {
  // A bracket inside of the brackets would end them for a mail program that compares subjects.
  const plainState = cleanLine(state, MAX_STATE).replaceAll(/[[\]]/g, '');
  return `[${PROGRAM} ${plainState}] ${cleanLine(hostName, MAX_HOST)}: ${cleanLine(topic, MAX_TOPIC)}`;
}

/** What all subjects of the incident of this subject have in common. */
export function stemOf(subject: string): string {
  return subject.replace(/^(\[[^[\]]*\] *)+(?=.)/, '');
}

/** The subject of a message that is sent late: its "in 28 s" has passed. */
export function markSubjectLate(subject: string, late: string): string {
  const stem = stemOf(subject);
  const severity = /^\[portcast ([A-Z]+)/.exec(subject)?.[1];
  return `[${PROGRAM}${severity === undefined ? '' : ` ${severity},`} delayed ${late}] ${stem}`;
}

export function composeAlertSubject({ alert, pool, notice, outages, hostName, nowMs }: SubjectInput): string {
  const topic = notice?.incident.topic ?? nameTopic(notice?.incident ?? describeAlone(alert, pool));
  if (alert.state === 'resolved' || notice?.kind === 'resolved') {
    return composeSubject(`RESOLVED, ${describeEnd(outages, pool)}`, hostName, topic);
  }
  const change = notice?.kind === 'escalated' ? 'worse: ' : notice?.kind === 'reminder' ? 'still: ' : '';
  const pools = notice !== undefined && notice.incident.pools.length > 1 ? notice.incident.pools.length : null;
  const count = pools === null ? '' : `${formatCount(pools)} pools, `;
  const state = `${alert.severity.toUpperCase()}, ${change}${count}${describeTimeLeft(alert, pool, nowMs)}`;
  return composeSubject(state, hostName, topic);
}

interface SubjectInput {
  readonly alert: Alert;
  readonly pool: PoolForecast | null;
  readonly notice: Notice | undefined;
  /** Of all pools, oldest first; null where outages are not followed. */
  readonly outages: readonly Outage[] | null;
  readonly hostName: string;
  readonly nowMs: number;
}

function describeTimeLeft({ rule, trouble }: Alert, pool: PoolForecast | null, nowMs: number): string {
  if (trouble !== undefined) return `${nameTroublePart(trouble.part)} fails`;
  if (rule === 'empty') return 'no connect works';
  if (pool === null) return 'blind';
  if (rule === 'failing' || pool.mode === 'exhausted') return 'out of ports';
  if (rule === 'pressure') return `needs ${formatCount(countNeededPorts(pool) ?? 0)} of ${formatCount(pool.capacity)}`;
  if (rule === 'use' || pool.exhaustsAtMs === null) return `${formatPercent(usedRatio(pool))} used`;
  return `full ${formatHowSoon(pool.exhaustsAtMs, nowMs)}`;
}

function describeEnd(outages: readonly Outage[] | null, pool: PoolForecast | null): string {
  if (pool === null || outages === null) return 'over';
  return outages.length > 0 ? `was out for ${formatLength(outages)}` : 'did not run out';
}

/** An alert without an incident, as a message of a test has it. */
function describeAlone({ rule, poolId, trouble }: Alert, pool: PoolForecast | null): Parameters<typeof nameTopic>[0] {
  if (pool === null)
    return { cause: { kind: rule === 'empty' ? 'range' : 'portcast', key: trouble?.part ?? '' }, pools: [] };
  return { cause: { kind: 'pool', key: poolId ?? '' }, pools: [{ ...pool, name: nameDestination(pool) }] };
}
