/** What a mail about an alert says, before it is text or HTML. Every string in it is one clean line. */
import type { Alert, AlertChange } from '../../alert/alert.js';
import { usedRatio } from '../../alert/rules.js';
import { nameDestination, formatHowSoon, formatTimeOfDay } from '../../alert/summary.js';
import type { PoolForecast } from '../../forecast/types.js';
import type { HostLimits } from '../../host/limits.js';
import { formatDuration, formatPercent } from '../../units.js';
import { type Fact, describeHost, describePool, formatUtc, describeInstant } from './facts.js';
import { cleanLine } from './sanitize.js';

export interface MailContext {
  readonly hostName: string;
  /** Where the reader finds the live picture; http or https. */
  readonly dashboardUrl: string;
  readonly limits: HostLimits | null;
  readonly nowMs: number;
  /** The best one first. */
  readonly remedies: readonly Advice[];
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
  readonly first: Advice | null;
  readonly others: readonly Advice[];
  /** Null when the configured address is no web address. */
  readonly dashboardUrl: string | null;
  readonly dashboardHint: string;
  readonly footer: string;
}

/** Title and subject are short enough for a phone, the urgent part first. */
export function composeAlert(change: AlertChange, context: MailContext): MailContent {
  const { alert } = change;
  const resolved = change.to === 'resolved';
  const pool = alert.latest ?? alert.raised;
  const title = resolved ? resolvedTitle(alert) : firingTitle(alert, pool, context.nowMs);
  const advice = resolved ? [] : adviceFor(alert, context);
  return clean({
    subject: `${subjectStart(context)}${lowerFirst(title)}${resolved ? '' : subjectTime(alert, pool)}`,
    tone: resolved ? 'resolved' : alert.severity,
    title,
    lead: alert.summary,
    gauge: gaugeOf(pool),
    facts: [...(resolved ? resolvedFacts(alert, pool) : firingFacts(alert, pool, context)), ...hostFacts(context)],
    first: advice[0] ?? null,
    others: advice.slice(1),
    ...frame(context),
    footer: `Rule ${alert.rule}, alert ${alert.id}.`,
  });
}

export function composeTest(context: MailContext): MailContent {
  return clean({
    subject: `${subjectStart(context)}test message`,
    tone: 'test',
    title: 'Test message',
    lead: `Mail from portcast on ${context.hostName} reaches you. This is a test: no port is about to run out because of it.`,
    gauge: null,
    facts: [{ label: 'Sent', value: formatUtc(context.nowMs) }, ...hostFacts(context)],
    first: null,
    others: [],
    ...frame(context),
    footer: 'Sent by portcast alert test.',
  });
}

function frame({ dashboardUrl, hostName }: MailContext) {
  const url = URL.canParse(dashboardUrl) ? new URL(dashboardUrl) : null;
  const web = url !== null && /^https?:$/.test(url.protocol) ? url : null;
  const local = web !== null && /^(localhost|127\.|\[::1\])/.test(web.hostname);
  return {
    host: hostName,
    dashboardUrl: web === null ? null : web.href,
    dashboardHint: local
      ? `It answers on ${hostName} itself; from elsewhere: ssh -L ${web.port || '80'}:${web.host} ${hostName}`
      : '',
  };
}

function subjectStart({ hostName }: MailContext): string {
  return `[portcast] ${cleanLine(hostName, 40)}: `;
}

function firingTitle(alert: Alert, pool: PoolForecast | null, nowMs: number): string {
  if (pool === null) return 'portcast is blind';
  const to = nameDestination(pool);
  if (alert.rule === 'failing') return `Connects to ${to} fail: no port left for them`;
  if (pool.mode === 'exhausted') return `No ports left to ${to}`;
  if (alert.rule === 'pressure') return `Ports to ${to} at ${formatPercent(pool.pressure ?? 0)} pressure`;
  if (alert.rule === 'use') return `${formatPercent(usedRatio(pool))} of the ports to ${to} are used`;
  const runOut = `orts to ${to} run out ${pool.exhaustsAtMs === null ? 'soon' : formatHowSoon(pool.exhaustsAtMs, nowMs)}`;
  return alert.rule === 'leak' ? `Leak: p${runOut}` : `P${runOut}`;
}

function resolvedTitle(alert: Alert): string {
  const pool = alert.latest ?? alert.raised;
  const about =
    pool === null ? 'portcast sees again' : `${RULE_TITLES[alert.rule]} of ports to ${nameDestination(pool)}`;
  return `Resolved after ${lasted(alert)}: ${about}`;
}

const RULE_TITLES: Readonly<Record<Alert['rule'], string>> = {
  failing: 'failing connects for want',
  imminent: 'imminent exhaustion',
  leak: 'leak',
  pressure: 'pressure',
  use: 'use',
  blind: 'blindness',
};

/** The clock time beside the "in 28 s": a subject is read later than it was written. */
function subjectTime(alert: Alert, pool: PoolForecast | null): string {
  if (pool === null) return `: no good sample since ${formatTimeOfDay(alert.pendingAtMs)}`;
  const foretold = alert.rule === 'imminent' || alert.rule === 'leak';
  return foretold && pool.mode !== 'exhausted' && pool.exhaustsAtMs !== null
    ? ` (${formatTimeOfDay(pool.exhaustsAtMs)})`
    : '';
}

function firingFacts(alert: Alert, pool: PoolForecast | null, context: MailContext): Fact[] {
  if (pool !== null) return [describeInstant(pool, context.nowMs), ...describePool(pool), whoFact(alert)];
  return [
    { label: 'Blind since', value: `${formatUtc(alert.pendingAtMs)} (${ago(alert.pendingAtMs, context.nowMs)})` },
    { label: 'Means', value: 'portcast cannot read this host: an exhaustion now would come without a warning.' },
  ];
}

function resolvedFacts(alert: Alert, pool: PoolForecast | null): Fact[] {
  const from = alert.firingAtMs ?? alert.pendingAtMs;
  const until = alert.resolvedAtMs ?? alert.lastSeenAtMs;
  const span = { label: 'Lasted', value: `${lasted(alert)}, from ${formatUtc(from)} to ${formatUtc(until)}` };
  return pool === null ? [span] : [span, ...describePool(pool), whoFact(alert)];
}

function whoFact({ owners }: Alert): Fact {
  const names = owners.processes.map(
    ({ name, pid, confidence }) =>
      `${cleanLine(name, 64)} (pid ${pid}, ${formatPercent(confidence)} of the live connections)`,
  );
  const none = owners.why ?? 'no owner of a live connection was found';
  return { label: 'Who', value: names.length > 0 ? names.join(', ') : `Unknown: ${none}` };
}

function hostFacts({ hostName, limits }: MailContext): Fact[] {
  return [describeHost(hostName, limits)];
}

function adviceFor(alert: Alert, { remedies, hostName }: MailContext): readonly Advice[] {
  if (alert.rule === 'blind') {
    return [
      {
        title: 'Ask portcast what it cannot read',
        detail: `On ${hostName}: portcast status, then journalctl -u portcast.`,
      },
    ];
  }
  if (remedies.length > 0) return remedies;
  const detail = `The dashboard shows the pool as it fills; portcast forecast on ${hostName} says the same in text.`;
  return [{ title: 'Find what opens and closes these connections', detail }];
}

function gaugeOf(pool: PoolForecast | null): Gauge | null {
  if (pool === null || pool.capacity <= 0) return null;
  return { live: pool.live, timeWait: pool.timeWait, free: Math.max(0, pool.capacity - pool.used) };
}

function ago(instantMs: number, nowMs: number): string {
  return `${formatDuration(Math.max(0, nowMs - instantMs))} ago`;
}

function lasted(alert: Alert): string {
  const from = alert.firingAtMs ?? alert.pendingAtMs;
  return formatDuration(Math.max(0, (alert.resolvedAtMs ?? alert.lastSeenAtMs) - from));
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

const MAX_LINE = 600;

function clean(content: MailContent): MailContent {
  const advice = ({ title, detail }: Advice): Advice => ({
    title: cleanLine(title, MAX_LINE),
    detail: cleanLine(detail, MAX_LINE),
  });
  return {
    ...content,
    host: cleanLine(content.host, 100),
    subject: cleanLine(content.subject, 160),
    title: cleanLine(content.title, 200),
    lead: cleanLine(content.lead, MAX_LINE),
    facts: content.facts.map(({ label, value }) => ({ label, value: cleanLine(value, MAX_LINE) })),
    first: content.first === null ? null : advice(content.first),
    others: content.others.map(advice),
    dashboardHint: cleanLine(content.dashboardHint, MAX_LINE),
    footer: cleanLine(content.footer, MAX_LINE),
  };
}
