/** The wording of a mail, before it is laid out as text or HTML. Every string in it is one clean line. */
import type { Alert, AlertChange, Rule } from '../../alert/alert.js';
import { usedRatio } from '../../alert/rules.js';
import { countNeededPorts, findCause } from '../../alert/demand.js';
import {
  capitalize,
  formatHowSoon,
  formatPorts,
  formatTimeOfDay,
  nameFailingCall,
  namePorts,
  nameUse,
} from '../../alert/names.js';
import type { PoolForecast } from '../../forecast/types.js';
import type { Notice } from '../../incident/incident.js';
import type { HostLimits } from '../../host/limits.js';
import { formatCount, formatDuration, formatPercent } from '../../units.js';
import { describeHost, describeInstant, describePool, formatUtc, type Fact } from './facts.js';
import { FREE_THE_RANGE, TITLE_WITHOUT_PORT } from './no-port.js';
import { beginSubjectOf, beginTitle, listIncidentFacts } from './incident.js';
import { describeOwners } from './owners.js';
import { composeResolvedTitle, listResolvedFacts } from './resolved.js';
import { cleanLine } from './sanitize.js';

export interface MailContext {
  readonly hostName: string;
  /** The address of the dashboard; left out of the mail unless it is http or https. */
  readonly dashboardUrl: string;
  /** Null when the host could not be read on this beat. */
  readonly limits: HostLimits | null;
  readonly nowMs: number;
  /** The best one first. */
  readonly remedies: readonly Advice[];
  /** What is told of which incident; absent in a test. */
  readonly notice?: Notice;
}

export interface Advice {
  readonly title: string;
  readonly detail: string;
}

export type Tone = 'critical' | 'warning' | 'info' | 'resolved' | 'test';

export interface Gauge {
  readonly live: number;
  readonly timeWait: number;
  readonly free: number;
}

export interface MailContent {
  readonly host: string;
  readonly subject: string;
  readonly tone: Tone;
  readonly title: string;
  readonly lead: string;
  readonly gauge: Gauge | null;
  readonly facts: readonly Fact[];
  readonly firstAdvice: Advice | null;
  readonly otherAdvice: readonly Advice[];
  /** Null when the configured address is no web address. */
  readonly dashboardUrl: string | null;
  readonly dashboardHint: string;
  readonly footer: string;
}

const MAX_HOST_IN_SUBJECT = 40;
const MAX_HOST = 100;
const MAX_SUBJECT = 160;
const MAX_TITLE = 200;
const MAX_LINE = 600;

/** The mail about an alert that fired or was resolved. Title and subject are short, with the urgent part first. */
export function composeAlert(change: AlertChange, context: MailContext): MailContent {
  const { alert } = change;
  const isResolved = change.to === 'resolved';
  const pool = alert.latest ?? alert.raised;
  const { notice } = context;
  const plainTitle = isResolved ? composeResolvedTitle(alert, pool) : composeFiringTitle(alert, pool, context.nowMs);
  const begin = notice === undefined ? '' : `${beginTitle(notice)}${beginSubjectOf(notice.incident)}`;
  const title = begin === '' ? plainTitle : `${begin}${lowerFirst(plainTitle)}`;
  const advice = isResolved ? [] : chooseAdvice(alert, context);
  const facts = isResolved ? listResolvedFacts(alert, pool) : listFiringFacts(alert, pool, context.nowMs);
  return cleanContent({
    host: context.hostName,
    subject: `${beginSubject(context)}${lowerFirst(title)}${isResolved ? '' : addInstant(alert, pool)}`,
    tone: isResolved ? 'resolved' : alert.severity,
    title,
    lead: alert.summary,
    gauge: measureGauge(pool),
    facts: [
      ...facts,
      ...(notice === undefined ? [] : listIncidentFacts(notice)),
      describeHost(context.hostName, context.limits),
    ],
    firstAdvice: advice[0] ?? null,
    otherAdvice: advice.slice(1),
    ...describeDashboard(context),
    footer: `Rule ${alert.rule}, alert ${alert.id}.${notice === undefined ? '' : ` Incident ${notice.incident.id}.`}`,
  });
}

/** The mail of `portcast alert test`. */
export function composeTest(context: MailContext): MailContent {
  const { hostName, limits, nowMs } = context;
  return cleanContent({
    host: hostName,
    subject: `${beginSubject(context)}test message`,
    tone: 'test',
    title: 'Test message',
    lead: `Mail from portcast on ${hostName} reaches you. This is a test and not an alert.`,
    gauge: null,
    facts: [{ label: 'Sent', value: formatUtc(nowMs) }, describeHost(hostName, limits)],
    firstAdvice: null,
    otherAdvice: [],
    ...describeDashboard(context),
    footer: 'Sent by portcast alert test.',
  });
}

export function describeDashboard({ dashboardUrl, hostName }: MailContext) {
  const parsed = URL.canParse(dashboardUrl) ? new URL(dashboardUrl) : null;
  const url = parsed !== null && /^https?:$/.test(parsed.protocol) ? parsed : null;
  const isLoopback = url !== null && /^(localhost|127\.|\[::1\])/.test(url.hostname);
  return {
    dashboardUrl: url === null ? null : url.href,
    dashboardHint: isLoopback
      ? `It listens on ${hostName} only; from elsewhere: ssh -L ${url.port || '80'}:${url.host} ${hostName}`
      : '',
  };
}

function beginSubject({ hostName }: MailContext): string {
  return `[portcast] ${cleanLine(hostName, MAX_HOST_IN_SUBJECT)}: `;
}

function composeFiringTitle(alert: Alert, pool: PoolForecast | null, nowMs: number): string {
  if (alert.rule === 'empty') return TITLE_WITHOUT_PORT;
  if (pool === null) return 'portcast is blind';
  const ports = namePorts(pool);
  if (alert.rule === 'failing') return `${nameFailingCall(pool)} fails: out of local ports`;
  if (pool.mode === 'exhausted') return `Out of ${ports}`;
  if (alert.rule === 'pressure') return composePressureTitle(pool);
  if (alert.rule === 'use') return `${formatPercent(usedRatio(pool))} of the ${ports} are used`;
  const when = pool.exhaustsAtMs === null ? 'soon' : formatHowSoon(pool.exhaustsAtMs, nowMs);
  const kind = nameKind(alert.rule, pool);
  return kind === null ? `${capitalize(ports)} run out ${when}` : `${kind}: ${ports} run out ${when}`;
}

/** What is unusual about the exhaustion; null for closes. */
function nameKind(rule: Rule, pool: PoolForecast): string | null {
  const cause = findCause(pool);
  if (cause === 'unanswered') return 'Unanswered connects';
  return rule === 'leak' || cause === 'growth' ? 'Leak' : null;
}

function composePressureTitle(pool: PoolForecast): string {
  const pressure = pool.pressure ?? 0;
  if (pressure < 1) return `This rate keeps ${formatPercent(pressure)} of the ${namePorts(pool)} in use`;
  return `This rate needs ${formatPorts(countNeededPorts(pool) ?? 0)} ${nameUse(pool)}; there are ${formatCount(pool.capacity)}`;
}

/** The time of day beside the "in 28 s": a subject is read later than it was written. */
function addInstant(alert: Alert, pool: PoolForecast | null): string {
  if (alert.rule === 'empty') return '';
  if (pool === null) return `: no good sample since ${formatTimeOfDay(alert.pendingAtMs)}`;
  const statesInstant = alert.rule === 'imminent' || alert.rule === 'leak';
  return statesInstant && pool.mode !== 'exhausted' && pool.exhaustsAtMs !== null
    ? ` (${formatTimeOfDay(pool.exhaustsAtMs)})`
    : '';
}

function listFiringFacts(alert: Alert, pool: PoolForecast | null, nowMs: number): Fact[] {
  if (pool !== null)
    return [describeInstant(pool, nowMs), ...describePool(pool), ...describeOwners(alert.owners, nowMs)];
  const ago = formatDuration(Math.max(0, nowMs - alert.pendingAtMs));
  if (alert.rule === 'empty') return [{ label: 'Since', value: `${formatUtc(alert.pendingAtMs)} (${ago} ago)` }];
  return [
    { label: 'Blind since', value: `${formatUtc(alert.pendingAtMs)} (${ago} ago)` },
    { label: 'Means', value: 'portcast cannot read this host: an exhaustion now would come without a warning.' },
  ];
}

function chooseAdvice(alert: Alert, { remedies, hostName }: MailContext): readonly Advice[] {
  if (alert.rule === 'empty') return [FREE_THE_RANGE];
  if (alert.rule === 'blind') {
    const detail = `On ${hostName}: portcast status, then journalctl -u portcast.`;
    return [{ title: 'Find out what portcast cannot read', detail }];
  }
  if (remedies.length > 0) return remedies;
  const detail = `The dashboard shows the pool over time; portcast forecast on ${hostName} prints its numbers.`;
  return [{ title: 'Find out what opens and closes these connections', detail }];
}

function measureGauge(pool: PoolForecast | null): Gauge | null {
  if (pool === null || pool.capacity <= 0) return null;
  return { live: pool.live, timeWait: pool.timeWait, free: Math.max(0, pool.capacity - pool.used) };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

export function cleanContent(content: MailContent): MailContent {
  return {
    ...content,
    host: cleanLine(content.host, MAX_HOST),
    subject: cleanLine(content.subject, MAX_SUBJECT),
    title: cleanLine(content.title, MAX_TITLE),
    lead: cleanLine(content.lead, MAX_LINE),
    facts: content.facts.map(({ label, value }) => ({ label, value: cleanLine(value, MAX_LINE) })),
    firstAdvice: content.firstAdvice === null ? null : cleanAdvice(content.firstAdvice),
    otherAdvice: content.otherAdvice.map(cleanAdvice),
    dashboardHint: cleanLine(content.dashboardHint, MAX_LINE),
    footer: cleanLine(content.footer, MAX_LINE),
  };
}

function cleanAdvice({ title, detail }: Advice): Advice {
  return { title: cleanLine(title, MAX_LINE), detail: cleanLine(detail, MAX_LINE) };
}
