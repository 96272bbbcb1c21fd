/** The weekly report as text and HTML. Every string in it becomes one clean line. */
import { createHash } from 'node:crypto';
import type { OutboxMessage } from '../notify-contracts.js';
import { capitalize } from '../alert/names.js';
import { formatCount, formatPercent, MINUTE_MS } from '../units.js';
import type { WireReport } from '../wire/report.js';
import { BREAK, renderFrame, TABLE } from './message/html.js';
import { createLocalTime } from './message/local-time.js';
import { wrapText } from './message/plain-text.js';
import { cleanLine, escapeHtml } from './message/sanitize.js';

interface Section {
  readonly title: string;
  readonly rows: readonly { readonly label: string; readonly value: string }[];
}

interface Content {
  readonly subject: string;
  readonly title: string;
  readonly lead: readonly string[];
  readonly sections: readonly Section[];
}

const MAX_LINE = 300;
const MAX_HOST = 60;
const LATE_AFTER_MS = 10 * MINUTE_MS;
/** Below this share it is said that a part of the time is not known. */
const FULL_COVERAGE = 0.995;
/** Why something was held back, by the reason of the decision. */
const REASONS: Readonly<Record<string, string>> = {
  silenced: 'a silence was active',
  maintenance: 'a maintenance window was open',
  acknowledged: 'somebody had taken the incident on, so no reminder was due',
  inhibited: 'another message told of it already',
  'below severity': 'not severe enough for the recipient, or its rule has no mail',
  flapping: 'the incident was told, was quiet, and only came back',
  'cap reached': 'incidents.maxMessages or incidents.maxPerHour was reached',
  'channel off': 'no channel was configured',
};

/** The message to one recipient. Its id follows from the instant at which it was due, so no report is sent twice. */
export function createReportMessage(
  report: WireReport,
  { recipient, domain, nowMs }: { readonly recipient: string; readonly domain: string; readonly nowMs: number },
): OutboxMessage {
  const { subject } = compose(report);
  const hash = createHash('sha256')
    .update(JSON.stringify(['report', report.dueAt, recipient]))
    .digest('hex')
    .slice(0, 32);
  return {
    messageId: `${hash}@${domain}`,
    recipient,
    alertId: null,
    incidentId: null,
    afterId: null,
    subject,
    text: renderReportText(report),
    html: renderReportHtml(report),
    document: null,
    createdAtMs: nowMs,
  };
}

export function renderReportText(report: WireReport): string {
  const { title, lead, sections } = compose(report);
  const heading = wrapText(title, 0);
  const rule = '='.repeat(Math.max(...heading.map(({ length }) => length)));
  const head = [...heading, rule, ...lead.flatMap((line) => wrapText(line, 0))];
  const body = sections.flatMap(({ title: name, rows }) => [
    '',
    name,
    '-'.repeat(name.length),
    ...rows.flatMap(({ label, value }) =>
      [label, ...wrapText(value, 2).map((line) => `  ${line}`)].filter((line) => line !== ''),
    ),
  ]);
  return `${[...head, ...body].join('\n')}\n`;
}

export function renderReportHtml(report: WireReport): string {
  const { subject, title, lead, sections } = compose(report);
  const body = `<h1 class="ink" style="margin:0 0 8px;font-size:20px;line-height:1.3;color:#1b1f24;${BREAK}">${escapeHtml(title)}</h1>
${lead.map((line) => `<p class="ink" style="margin:0 0 6px;font-size:15px;line-height:1.5;color:#1b1f24;${BREAK}">${escapeHtml(line)}</p>`).join('\n')}
${sections.map(renderSection).join('\n')}
`;
  return renderFrame({ subject, preview: title, tone: 'info' }, body);
}

function renderSection({ title, rows }: Section): string {
  const cells = rows.map(({ label, value }) => {
    const name = label === '' ? '' : `<strong>${escapeHtml(label)}</strong><br>`;
    return `<tr><td class="ink line" style="padding:7px 0;border-top:1px solid #eceff3;font-size:14px;line-height:1.45;color:#1b1f24;${BREAK}">${name}<span class="soft" style="color:#5b6270">${escapeHtml(value)}</span></td></tr>`;
  });
  return `<h2 class="ink" style="margin:18px 0 6px;font-size:16px;color:#1b1f24">${escapeHtml(title)}</h2>
<table ${TABLE}>${cells.join('\n')}</table>`;
}

function compose(report: WireReport): Content {
  const host = cleanLine(report.host, MAX_HOST);
  const [worst] = report.destinations;
  const count = report.incidents.length + report.otherIncidents;
  const incidents = count === 0 ? 'no incident' : `${formatCount(count)} ${count === 1 ? 'incident' : 'incidents'}`;
  const fullest = worst === undefined ? '' : `; the fullest destination reached ${formatPercent(worst.peakUsedRatio)}`;
  return clean({
    subject: `[portcast] ${host}: ${report.days} days, ${incidents}${fullest}`,
    title: `${host}: ${incidents} in ${report.days} days${fullest}`,
    lead: [describeSpan(report), ...describeLate(report)],
    sections: [
      { title: 'Peaks per destination', rows: listDestinations(report) },
      { title: 'Incidents', rows: listIncidents(report) },
      { title: 'Not told', rows: listHeldBack(report) },
      { title: 'Forecasts', rows: [{ label: '', value: capitalize(`${report.score.why}.`) }] },
    ],
  });
}

function describeSpan(report: WireReport): string {
  const { from, to, coverage } = report;
  const span = `From ${formatInstant(from, report)} to ${formatInstant(to, report)}.`;
  if (coverage >= FULL_COVERAGE) return span;
  return `${span} portcast took samples in ${formatPercent(coverage)} of this time; nothing is known of the rest.`;
}

/** A report is late when portcast did not run when it was due, or could not read its database. */
function describeLate(report: WireReport): string[] {
  const { dueAt, to } = report;
  if (dueAt === null || Date.parse(to) - Date.parse(dueAt) < LATE_AFTER_MS) return [];
  return [`It was due at ${formatInstant(dueAt, report)}.`];
}

function listDestinations(report: WireReport): Section['rows'] {
  const { destinations, otherDestinations } = report;
  const rows = destinations.map(({ name, peakUsed, capacity, peakUsedRatio, peakPressure, peakAt, outlookDays }) => {
    const used = `At most ${formatCount(peakUsed)} of ${formatCount(capacity)} ports (${formatPercent(peakUsedRatio)}), around ${formatInstant(peakAt, report)}`;
    const needed = peakPressure === null || peakPressure < 1 ? '' : `; the rate needed ${formatPercent(peakPressure)}`;
    const outlook = outlookDays === null ? '' : `; at this trend full in ${formatCount(outlookDays)} days`;
    return { label: name, value: `${used}${needed}${outlook}.` };
  });
  if (rows.length === 0) return [{ label: '', value: 'No outbound connection was seen.' }];
  return otherDestinations === 0
    ? rows
    : [...rows, { label: '', value: `And ${formatCount(otherDestinations)} more destinations.` }];
}

function listIncidents(report: WireReport): Section['rows'] {
  const { incidents, otherIncidents } = report;
  const rows = incidents.map(({ severity, openedAt, resolvedAt, summary, messages }) => {
    const until = resolvedAt === null ? 'goes on' : `to ${formatInstant(resolvedAt, report)}`;
    const told = messages === 0 ? 'not told' : `${formatCount(messages)} ${messages === 1 ? 'message' : 'messages'}`;
    return { label: `${capitalize(severity)}, ${formatInstant(openedAt, report)} ${until}, ${told}`, value: summary };
  });
  if (rows.length === 0) return [{ label: '', value: 'None.' }];
  return otherIncidents === 0 ? rows : [...rows, { label: '', value: `And ${formatCount(otherIncidents)} more.` }];
}

function listHeldBack({ heldBack }: WireReport): Section['rows'] {
  if (heldBack.length === 0) return [{ label: '', value: 'Nothing was held back.' }];
  const counts = heldBack.map(({ reason, count }) => ({
    label: '',
    value: `${formatCount(count)} ${count === 1 ? 'message' : 'messages'}: ${REASONS[reason] ?? reason}.`,
  }));
  return [...counts, { label: '', value: 'portcast incidents ID gives each with its reason.' }];
}

/** `2026-01-05 14:03 +01:00`, in the time zone of the host. */
function formatInstant(iso: string, { timeZone }: WireReport): string {
  return createLocalTime(timeZone).formatRoughInstant(Date.parse(iso));
}

function clean(content: Content): Content {
  return {
    subject: cleanLine(content.subject, MAX_LINE),
    title: cleanLine(content.title, MAX_LINE),
    lead: content.lead.map((line) => cleanLine(line, MAX_LINE)),
    sections: content.sections.map(({ title, rows }) => ({
      title,
      rows: rows.map(({ label, value }) => ({ label: cleanLine(label, MAX_LINE), value: cleanLine(value, MAX_LINE) })),
    })),
  };
}
