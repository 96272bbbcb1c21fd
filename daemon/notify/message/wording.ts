/** The wording of a mail, before it is laid out as text or HTML. Every string in it is one clean line. */
import type { AlertChange } from '../../alert/alert.js';
import type { PoolForecast } from '../../forecast/types.js';
import type { Notice } from '../../incident/incident.js';
import type { HostLimits } from '../../host/limits.js';
import { chooseAdvice, type Advice, type AdviceText } from './advice.js';
import { describeHost, type Fact } from './facts.js';
import { composeFiringTitle, composeLead, listFiringFacts } from './firing.js';
import { listIncidentFacts } from './incident.js';
import { findTunnel, listLinks, type ActionLinks, type Link } from './links.js';
import { createLocalTime } from './local-time.js';
import { composeResolvedLead, composeResolvedTitle, isGone, listResolvedFacts, tellStory } from './resolved.js';
import { cleanLine } from './sanitize.js';
import { composeAlertSubject, composeSubject } from './subject.js';

export interface MailContext {
  readonly hostName: string;
  /** The address of the dashboard; left out of the mail unless it is http or https. */
  readonly dashboardUrl: string;
  /** Null when the host could not be read on this beat. */
  readonly limits: HostLimits | null;
  readonly nowMs: number;
  /** The IANA name of the zone of all times; absent: UTC. */
  readonly timeZone?: string;
  /** The best one first. */
  readonly remedies: readonly Advice[];
  /** What is told of which incident; absent in a test. */
  readonly notice?: Notice;
  /** Where a reader can act; absent where no public address is configured. */
  readonly links?: ActionLinks;
  /** The picture of the message as SVG, and what it shows in words; absent or null where there is none. */
  readonly picture?: string | null;
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
  /** The answer: the first line of the mail, and what a list of mails shows of it. */
  readonly title: string;
  readonly lead: string;
  readonly gauge: Gauge | null;
  readonly facts: readonly Fact[];
  readonly advice: readonly AdviceText[];
  readonly links: readonly Link[];
  /** The command that opens the way to the dashboard; null where the links lead there. */
  readonly tunnel: string | null;
  readonly footer: string;
  /** The command that the footer ends with; null where there is none. */
  readonly footerCommand: string | null;
  readonly picture: string | null;
}

const MAX_HOST = 100;
const MAX_SUBJECT = 200;
const MAX_TITLE = 240;
const MAX_LINE = 600;

/** The mail about an alert that fired or was resolved. */
export function composeAlert(change: AlertChange, context: MailContext): MailContent {
  const { alert } = change;
  const { notice, nowMs } = context;
  const isResolved = change.to === 'resolved';
  const pool = alert.latest ?? alert.raised;
  const hostName = cleanLine(context.hostName, MAX_HOST);
  const time = createLocalTime(context.timeZone);
  const input = { alert, pool, notice, hostName, nowMs, time };
  const story = tellStory(alert, pool, input);
  return cleanContent({
    host: hostName,
    subject: composeAlertSubject({ ...input, outages: story.outages }),
    tone: isResolved ? 'resolved' : alert.severity,
    title: isResolved ? composeResolvedTitle(story, hostName) : composeFiringTitle(input),
    lead: isResolved ? composeResolvedLead(story) : composeLead(input),
    gauge: isResolved && isGone(story) ? null : measureGauge(pool),
    facts: [
      ...(isResolved ? listResolvedFacts(story) : listFiringFacts(input)),
      ...(notice === undefined ? [] : listIncidentFacts(notice, context.limits, time)),
      describeHost(hostName, context.limits),
    ],
    advice: isResolved ? [] : chooseAdvice(alert, context.remedies),
    links: listLinks(context, alert.poolId),
    tunnel: findTunnel(context),
    footer: notice === undefined ? `Rule ${alert.rule}.` : `Rule ${alert.rule}. Why you are told:`,
    footerCommand: notice === undefined ? null : `portcast incidents ${notice.incident.id}`,
    picture: context.picture ?? null,
  });
}

/** The mail of `portcast alert test`. */
export function composeTest(context: MailContext): MailContent {
  const { hostName, limits, nowMs, timeZone } = context;
  return cleanContent({
    host: hostName,
    subject: composeSubject('TEST', hostName, 'test message'),
    tone: 'test',
    title: `portcast on ${cleanLine(hostName, MAX_HOST)} reaches you`,
    lead: 'This is a test and not an alert.',
    gauge: null,
    facts: [{ label: 'Sent', value: createLocalTime(timeZone).formatInstant(nowMs) }, describeHost(hostName, limits)],
    advice: [],
    links: listLinks(context, null),
    tunnel: findTunnel(context),
    footer: 'Sent by portcast alert test.',
    footerCommand: null,
    picture: null,
  });
}

function measureGauge(pool: PoolForecast | null): Gauge | null {
  if (pool === null || pool.capacity <= 0) return null;
  return { live: pool.live, timeWait: pool.timeWait, free: Math.max(0, pool.capacity - pool.used) };
}

export function cleanContent(content: MailContent): MailContent {
  return {
    ...content,
    host: cleanLine(content.host, MAX_HOST),
    subject: cleanLine(content.subject, MAX_SUBJECT),
    title: cleanLine(content.title, MAX_TITLE),
    lead: cleanLine(content.lead, MAX_LINE),
    facts: content.facts.map(({ label, value }) => ({ label, value: cleanLine(value, MAX_LINE) })),
    advice: content.advice.map(({ title, effect, detail, commands }) => ({
      title: cleanLine(title, MAX_LINE),
      effect: cleanLine(effect, MAX_LINE),
      detail: cleanLine(detail, MAX_LINE),
      commands: commands.map((command) => cleanLine(command, MAX_LINE)),
    })),
    tunnel: content.tunnel === null ? null : cleanLine(content.tunnel, MAX_LINE),
    footer: cleanLine(content.footer, MAX_LINE),
    footerCommand: content.footerCommand === null ? null : cleanLine(content.footerCommand, MAX_LINE),
  };
}
