/** The weekly report as text and HTML. Every string in it becomes one clean line. */
import { createHash } from 'node:crypto';
import type { OutboxMessage } from '../notify-contracts.js';
import { channelOf } from '../incident/recipients.js';
import { formatCount, formatPercent } from '../units.js';
import type { WireReport } from '../wire/report.js';
import { NOTICE_MARK } from './message/html.js';
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
const WIDTH = 76;
/** Below this share it is said that a part of the time is not known. */
const FULL_COVERAGE = 0.995;
const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const TABLE = 'role="presentation" cellpadding="0" cellspacing="0" border="0" width="100%"';
const DARK = `@media (prefers-color-scheme:dark){.page{background:#14171c!important}.card{background:#1e232a!important;border-right-color:#343b45!important;border-bottom-color:#343b45!important;border-left-color:#343b45!important}
.ink{color:#e8eaed!important}.soft{color:#a3abb8!important}.line{border-color:#343b45!important}}`;

/** The message to one recipient. Its id follows from the instant at which it was due, so no report is sent twice. */
export function createReportMessage(
  report: WireReport,
  { recipient, domain, nowMs }: { readonly recipient: string; readonly domain: string; readonly nowMs: number },
): OutboxMessage {
  const { subject } = compose(report);
  const isMail = channelOf(recipient) === 'mail';
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
    html: isMail ? renderReportHtml(report) : '',
    document: isMail ? null : JSON.stringify(report),
    createdAtMs: nowMs,
  };
}

export function renderReportText(report: WireReport): string {
  const { title, lead, sections } = compose(report);
  const head = [title, '='.repeat(Math.min(WIDTH, title.length)), ...lead.flatMap((line) => wrap(line, WIDTH))];
  const body = sections.flatMap(({ title: name, rows }) => [
    '',
    name,
    '-'.repeat(name.length),
    ...rows.flatMap(({ label, value }) =>
      [label, ...wrap(value, WIDTH - 2).map((line) => `  ${line}`)].filter((line) => line.trim() !== ''),
    ),
  ]);
  return `${[...head, ...body].join('\n')}\n`;
}

export function renderReportHtml(report: WireReport): string {
  const { subject, title, lead, sections } = compose(report);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(subject)}</title>
<style>${DARK}</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f2f4f7">
<table ${TABLE} class="page" style="background:#f2f4f7"><tr><td align="center" style="padding:16px 8px">
<table ${TABLE} class="card" style="max-width:600px;background:#ffffff;border:1px solid #dfe3e8;border-top:4px solid #2563a8;border-radius:6px;${FONT}">
<tr><td style="padding:20px 20px 12px">
${NOTICE_MARK}
<h1 class="ink" style="margin:0 0 8px;font-size:20px;line-height:1.3;color:#1b1f24;overflow-wrap:anywhere">${escapeHtml(title)}</h1>
${lead.map((line) => `<p class="ink" style="margin:0 0 6px;font-size:15px;line-height:1.5;color:#1b1f24;overflow-wrap:anywhere">${escapeHtml(line)}</p>`).join('\n')}
${sections.map(renderSection).join('\n')}
</td></tr>
</table>
</td></tr></table>
</body>
</html>
`;
}

function renderSection({ title, rows }: Section): string {
  const cells = rows.map(({ label, value }) => {
    const name = label === '' ? '' : `<strong>${escapeHtml(label)}</strong><br>`;
    return `<tr><td class="ink line" style="padding:7px 0;border-top:1px solid #eceff3;font-size:14px;line-height:1.45;color:#1b1f24;overflow-wrap:anywhere">${name}<span class="soft" style="color:#5b6270">${escapeHtml(value)}</span></td></tr>`;
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
      { title: 'Forecasts', rows: [{ label: '', value: upperFirst(`${report.score.why}.`) }] },
    ],
  });
}

function describeSpan({ from, to, coverage }: WireReport): string {
  const span = `From ${formatInstant(from)} to ${formatInstant(to)} UTC.`;
  if (coverage >= FULL_COVERAGE) return span;
  return `${span} portcast took samples in ${formatPercent(coverage)} of this time; nothing is known of the rest.`;
}

/** The report of a time at which portcast did not run comes later. */
function describeLate({ dueAt, to }: WireReport): string[] {
  if (dueAt === null || Date.parse(to) - Date.parse(dueAt) < 10 * 60_000) return [];
  return [`It was due at ${formatInstant(dueAt)} UTC, when portcast did not run.`];
}

function listDestinations({ destinations, otherDestinations }: WireReport): Section['rows'] {
  const rows = destinations.map(({ name, peakUsed, capacity, peakUsedRatio, peakPressure, peakAt, outlookDays }) => {
    const used = `At most ${formatCount(peakUsed)} of ${formatCount(capacity)} ports (${formatPercent(peakUsedRatio)}), around ${formatInstant(peakAt)}`;
    const needed = peakPressure === null || peakPressure < 1 ? '' : `; the rate needed ${formatPercent(peakPressure)}`;
    const outlook = outlookDays === null ? '' : `; at this trend full in ${formatCount(outlookDays)} days`;
    return { label: name, value: `${used}${needed}${outlook}.` };
  });
  if (rows.length === 0) return [{ label: '', value: 'No outbound connection was seen.' }];
  return otherDestinations === 0
    ? rows
    : [...rows, { label: '', value: `And ${formatCount(otherDestinations)} more destinations.` }];
}

function listIncidents({ incidents, otherIncidents }: WireReport): Section['rows'] {
  const rows = incidents.map(({ severity, openedAt, resolvedAt, summary, messages }) => {
    const until = resolvedAt === null ? 'goes on' : `to ${formatInstant(resolvedAt)}`;
    const told = messages === 0 ? 'not told' : `${formatCount(messages)} ${messages === 1 ? 'message' : 'messages'}`;
    return { label: `${upperFirst(severity)}, ${formatInstant(openedAt)} ${until}, ${told}`, value: summary };
  });
  if (rows.length === 0) return [{ label: '', value: 'None.' }];
  return otherIncidents === 0 ? rows : [...rows, { label: '', value: `And ${formatCount(otherIncidents)} more.` }];
}

function listHeldBack({ heldBack }: WireReport): Section['rows'] {
  if (heldBack.length === 0) return [{ label: '', value: 'Nothing was held back.' }];
  const counts = heldBack.map(({ reason, count }) => `${formatCount(count)} ${reason}`);
  return [{ label: '', value: `${counts.join(', ')}. portcast incidents ID gives each with its reason.` }];
}

/** `2026-01-05 14:03`, in UTC. */
function formatInstant(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
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

/** Breaks lines at spaces only. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
