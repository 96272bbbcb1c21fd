/**
 * The HTML part of a mail: tables and inline styles, because many mail programs support nothing else, and no pictures.
 * The style element only adds the dark colours; a program that drops it shows the mail in light colours.
 */
import { formatCount } from '../../units.js';
import type { Advice, Gauge, MailContent, Tone } from './wording.js';
import type { Fact } from './facts.js';
import { escapeHtml } from './sanitize.js';

/** Marks where the notice of a late mail is inserted. Strings from the host are escaped, so they cannot contain it. */
export const NOTICE_MARK = '<!-- notice -->';

const TONES: Readonly<Record<Tone, { readonly name: string; readonly colour: string }>> = {
  critical: { name: 'Critical', colour: '#c62828' },
  warning: { name: 'Warning', colour: '#b45309' },
  info: { name: 'Info', colour: '#2563a8' },
  resolved: { name: 'Resolved', colour: '#2e7d32' },
  test: { name: 'Test', colour: '#5b6270' },
};
const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const TABLE = 'role="presentation" cellpadding="0" cellspacing="0" border="0" width="100%"';
const DARK = `@media (prefers-color-scheme:dark){
.page{background:#14171c!important}.card{background:#1e232a!important;border-right-color:#343b45!important;border-bottom-color:#343b45!important;border-left-color:#343b45!important}
.ink{color:#e8eaed!important}.soft{color:#a3abb8!important}.line{border-color:#343b45!important}
.box{background:#272d36!important}.free{background:#3a424e!important}.link{color:#8ab4f8!important}}`;

export function renderHtml(content: MailContent): string {
  const tone = TONES[content.tone];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(content.subject)}</title>
<style>${DARK}</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f2f4f7">
<table ${TABLE} class="page" style="background:#f2f4f7"><tr><td align="center" style="padding:16px 8px">
<table ${TABLE} class="card" style="max-width:600px;background:#ffffff;border:1px solid #dfe3e8;border-top:4px solid ${tone.colour};border-radius:6px;${FONT}">
<tr><td style="padding:20px 20px 4px">
${NOTICE_MARK}
<span style="display:inline-block;padding:2px 8px;border-radius:10px;background:${tone.colour};color:#ffffff;font-size:12px;font-weight:600">${tone.name}</span>
<span class="soft" style="padding-left:6px;font-size:13px;color:#5b6270;overflow-wrap:anywhere">${escapeHtml(content.host)}</span>
<h1 class="ink" style="margin:10px 0 8px;font-size:20px;line-height:1.3;color:#1b1f24;overflow-wrap:anywhere">${escapeHtml(content.title)}</h1>
<p class="ink" style="margin:0 0 14px;font-size:15px;line-height:1.5;color:#1b1f24;overflow-wrap:anywhere">${escapeHtml(content.lead)}</p>
${content.gauge === null ? '' : renderGauge(content.gauge)}${content.firstAdvice === null ? '' : renderFirstAdvice(content.firstAdvice, tone.colour)}<table ${TABLE} style="margin:0 0 16px">
${content.facts.map(renderFact).join('\n')}
</table>
${content.otherAdvice.length === 0 ? '' : renderOtherAdvice(content.otherAdvice)}${content.dashboardUrl === null ? '' : renderLink(content.dashboardUrl, content.dashboardHint)}</td></tr>
<tr><td class="soft line" style="padding:10px 20px 14px;border-top:1px solid #dfe3e8;font-size:12px;line-height:1.4;color:#5b6270;overflow-wrap:anywhere">${escapeHtml(content.footer)}</td></tr>
</table>
</td></tr></table>
</body>
</html>
`;
}

/** A line of text above everything else in the mail. */
export function renderHtmlNotice(text: string): string {
  return `<p class="box ink" style="margin:0 0 12px;padding:8px 12px;background:#fff4d6;color:#1b1f24;font-size:14px;line-height:1.4">${escapeHtml(text)}</p>`;
}

function renderGauge({ live, timeWait, free }: Gauge): string {
  const total = live + timeWait + free;
  if (total === 0) return '';
  const parts = [
    { name: 'open', count: live, colour: '#2563a8', css: '' },
    { name: 'in TIME_WAIT', count: timeWait, colour: '#e08a1e', css: '' },
    { name: 'free', count: free, colour: '#d5dae1', css: ' class="free"' },
  ];
  const cells = parts
    .filter(({ count }) => count > 0)
    .map(
      ({ count, colour, css }) =>
        `<td${css} width="${((100 * count) / total).toFixed(1)}%" height="14" style="height:14px;background:${colour};font-size:1px;line-height:14px">&nbsp;</td>`,
    );
  const legend = parts.map(
    ({ name, count, colour, css }) =>
      `<span style="white-space:nowrap"><span${css} style="display:inline-block;width:9px;height:9px;border-radius:2px;background:${colour}"></span> ${formatCount(count)} ${name}</span>`,
  );
  return `<table ${TABLE} style="border-radius:3px;overflow:hidden"><tr>${cells.join('')}</tr></table>
<p class="soft" style="margin:4px 0 16px;font-size:12px;color:#5b6270">${legend.join(' &nbsp; ')}</p>
`;
}

function renderFirstAdvice({ title, detail }: Advice, colour: string): string {
  return `<table ${TABLE} style="margin:0 0 16px"><tr><td class="box ink" style="padding:12px 14px;background:#f5f7fa;border-left:4px solid ${colour};color:#1b1f24;font-size:15px;line-height:1.5;overflow-wrap:anywhere"><span class="soft" style="font-size:12px;color:#5b6270">Do this first</span><br><strong>${escapeHtml(title)}</strong><br>${escapeHtml(detail)}</td></tr></table>
`;
}

function renderFact({ label, value }: Fact): string {
  return `<tr><td class="soft line" valign="top" width="84" style="width:84px;padding:7px 8px 7px 0;border-top:1px solid #eceff3;font-size:13px;line-height:1.45;color:#5b6270;white-space:nowrap">${escapeHtml(label)}</td><td class="ink line" valign="top" style="padding:7px 0;border-top:1px solid #eceff3;font-size:14px;line-height:1.45;color:#1b1f24;overflow-wrap:anywhere">${escapeHtml(value)}</td></tr>`;
}

function renderOtherAdvice(advice: readonly Advice[]): string {
  const items = advice.map(
    ({ title, detail }) =>
      `<li style="margin:0 0 6px"><strong>${escapeHtml(title)}.</strong> ${escapeHtml(detail)}</li>`,
  );
  return `<p class="soft" style="margin:0 0 4px;font-size:12px;color:#5b6270">Also</p>
<ul class="ink" style="margin:0 0 16px;padding:0 0 0 18px;font-size:14px;line-height:1.45;color:#1b1f24;overflow-wrap:anywhere">${items.join('')}</ul>
`;
}

function renderLink(url: string, hint: string): string {
  const hintLine =
    hint === '' ? '' : `<br><span class="soft" style="font-size:12px;color:#5b6270">${escapeHtml(hint)}</span>`;
  return `<p class="ink" style="margin:0 0 16px;font-size:14px;line-height:1.5;color:#1b1f24;overflow-wrap:anywhere"><a class="link" href="${escapeHtml(url)}" style="color:#1a56b8;font-weight:600">Open the dashboard</a>${hintLine}</p>
`;
}
