/**
 * The HTML part of a mail: tables and inline styles, because many mail programs support nothing else. Its picture lies in the
 * mail itself, and the mail is complete without it.
 * The style element only adds the dark colours; a program that drops it shows the mail in light colours.
 */
import { formatCount } from '../../units.js';
import type { AdviceText } from './advice.js';
import type { Fact } from './facts.js';
import { TUNNEL_HINT } from './links.js';
import { altOf, PICTURE_CID, PICTURE_END, PICTURE_MARK } from './picture/embed.js';
import { PICTURE_HEIGHT, PICTURE_WIDTH } from './picture/chart.js';
import { escapeHtml } from './sanitize.js';
import type { Gauge, MailContent, Tone } from './wording.js';

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
const MONO = "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace";
/** The attributes of a table that lays out. */
export const TABLE = 'role="presentation" cellpadding="0" cellspacing="0" border="0" width="100%"';
/** Long words are broken anywhere: an address or a command must not make a narrow screen scroll. */
export const BREAK = 'overflow-wrap:anywhere;word-break:break-word';
const DARK = `@media (prefers-color-scheme:dark){
.page{background:#14171c!important}.card{background:#1e232a!important;border-right-color:#343b45!important;border-bottom-color:#343b45!important;border-left-color:#343b45!important}
.ink{color:#e8eaed!important}.soft{color:#a3abb8!important}.line{border-color:#343b45!important}.good{color:#81c995!important}
.box{background:#272d36!important}.code{background:#14171c!important;color:#e8eaed!important}.free{background:#3a424e!important}.link{color:#8ab4f8!important;border-color:#4a5462!important}}
@media (max-width:480px){.label,.value{display:block!important;width:auto!important;padding-right:0!important}.value{border-top:0!important;padding-top:0!important}.label{padding-bottom:1px!important}}`;
/** In the title no line is broken between a number and its unit. */
const BEFORE_UNIT = /(\d) (?=(?:ms|s|min|h|d)\b)/g;
/** Follows the preview text, so that a list of mails shows no further text of the mail after it. */
const PREVIEW_FILL = '&#847;&zwnj;&nbsp;'.repeat(30);

function escapeTitle(text: string): string {
  return escapeHtml(text).replace(BEFORE_UNIT, '$1&nbsp;');
}

/** The whole mail around its rows: the page, the card and the place of a notice. @param foot further rows of the card. */
export function renderFrame(
  { subject, preview, tone }: { readonly subject: string; readonly preview: string; readonly tone: Tone },
  body: string,
  foot = '',
): string {
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
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">${escapeHtml(preview)}${PREVIEW_FILL}</div>
<table ${TABLE} class="page" style="background:#f2f4f7"><tr><td align="center" style="padding:16px 8px">
<table ${TABLE} class="card" style="max-width:632px;background:#ffffff;border:1px solid #dfe3e8;border-top:4px solid ${TONES[tone].colour};border-radius:6px;${FONT}">
<tr><td style="padding:20px 16px 4px">
${NOTICE_MARK}
${body}</td></tr>
${foot}</table>
</td></tr></table>
</body>
</html>
`;
}

export function renderHtml(content: MailContent): string {
  const { subject, title, advice, footer, footerCommand } = content;
  const tone = TONES[content.tone];
  const body = `<span style="display:inline-block;padding:2px 8px;border-radius:10px;background:${tone.colour};color:#ffffff;font-size:12px;font-weight:600">${tone.name}</span>
<span class="soft" style="padding-left:6px;font-size:13px;color:#5b6270;${BREAK}">${escapeHtml(content.host)}</span>
<h1 class="ink" style="margin:10px 0 8px;font-size:21px;line-height:1.3;color:#1b1f24;${BREAK}">${escapeTitle(title)}</h1>
<p class="ink" style="margin:0 0 16px;font-size:15px;line-height:1.5;color:#1b1f24;${BREAK}">${escapeHtml(content.lead)}</p>
${renderPicture(content)}${advice.length === 0 ? '' : renderAdvice(advice, tone.colour)}<table ${TABLE} style="margin:0 0 16px">
${content.facts.map(renderFact).join('\n')}
</table>
${content.links.length === 0 ? '' : renderLinks(content, tone.colour)}`;
  const foot = `<tr><td class="soft line" style="padding:10px 16px 14px;border-top:1px solid #dfe3e8;font-size:12px;line-height:1.4;color:#5b6270;${BREAK}">${escapeHtml(footer)}${footerCommand === null ? '' : renderCommand(footerCommand)}</td></tr>
`;
  return renderFrame({ subject, preview: title, tone: content.tone }, body, foot);
}

/** A line of text above everything else in the mail. */
export function renderHtmlNotice(text: string): string {
  return `<p class="box ink" style="margin:0 0 12px;padding:8px 12px;background:#fff4d6;color:#1b1f24;font-size:14px;line-height:1.4">${escapeHtml(text)}</p>`;
}

/** The bar of the gauge says in any case how many ports are used; the picture says how that came about. */
function renderPicture({ picture, gauge }: MailContent): string {
  const bar = gauge === null ? '' : renderGauge(gauge);
  if (picture === null) return bar;
  const image = `<img src="cid:${PICTURE_CID}" width="${PICTURE_WIDTH}" height="${PICTURE_HEIGHT}" alt="${escapeHtml(altOf(picture))}" style="display:block;width:100%;max-width:${PICTURE_WIDTH}px;height:auto;border:0;border-radius:8px;margin:0 0 12px">`;
  return `${PICTURE_MARK}${image}${PICTURE_END}\n${bar}`;
}

function renderGauge({ live, timeWait, free }: Gauge): string {
  const total = live + timeWait + free;
  if (total === 0) return '';
  const parts = [
    { name: 'open', count: live, colour: '#3f7fc9', css: '' },
    { name: 'in TIME_WAIT', count: timeWait, colour: '#e0913a', css: '' },
    { name: 'free', count: free, colour: '#d5dae1', css: ' class="free"' },
  ];
  const cells = parts
    .filter(({ count }) => count > 0)
    .map(
      ({ count, colour, css }) =>
        `<td${css} width="${((100 * count) / total).toFixed(1)}%" height="12" style="height:12px;background:${colour};font-size:1px;line-height:12px">&nbsp;</td>`,
    );
  const legend = parts.map(
    ({ name, count, colour, css }) =>
      `<span style="white-space:nowrap"><span${css} style="display:inline-block;width:9px;height:9px;border-radius:2px;background:${colour}"></span> ${formatCount(count)} ${name}</span>`,
  );
  return `<table ${TABLE} style="border-radius:3px;overflow:hidden"><tr>${cells.join('')}</tr></table>
<p class="soft" style="margin:4px 0 16px;font-size:12px;color:#5b6270">${legend.join(' &nbsp; ')}</p>
`;
}

function renderAdvice(advice: readonly AdviceText[], colour: string): string {
  const items = advice.map((item, index) => renderAdviceItem(item, index + 1)).join('');
  return `<table ${TABLE} style="margin:0 0 16px"><tr><td class="box ink" style="padding:12px 14px 4px;background:#f5f7fa;border-left:4px solid ${colour};color:#1b1f24;font-size:14px;line-height:1.5;${BREAK}"><span class="soft" style="font-size:12px;color:#5b6270">What to do</span>${items}</td></tr></table>
`;
}

function renderAdviceItem({ title, effect, detail, commands }: AdviceText, number: number): string {
  const effectLine =
    effect === '' ? '' : `<span class="good" style="color:#2e7d32;font-weight:600">${escapeHtml(effect)}</span> `;
  const lines = commands.map(renderCommand);
  return `<div style="margin:4px 0 12px"><strong>${number}. ${escapeHtml(title)}</strong><br>${effectLine}${escapeHtml(detail)}${lines.join('')}</div>`;
}

function renderCommand(command: string): string {
  return `<div class="code" style="margin:6px 0 0;padding:7px 10px;background:#e9edf2;border-radius:4px;color:#1b1f24;font-size:12px;line-height:1.45;${MONO};${BREAK}">${escapeHtml(command)}</div>`;
}

function renderFact({ label, value }: Fact): string {
  return `<tr><td class="label soft line" valign="top" width="96" style="width:96px;padding:7px 8px 7px 0;border-top:1px solid #eceff3;font-size:13px;line-height:1.45;color:#5b6270;white-space:nowrap">${escapeHtml(label)}</td><td class="value ink line" valign="top" style="padding:7px 0;border-top:1px solid #eceff3;font-size:14px;line-height:1.45;color:#1b1f24;${BREAK}">${escapeHtml(value)}</td></tr>`;
}

/** The first link is filled. The spaces between the buttons let a narrow screen break the line there. */
function renderLinks({ links, tunnel }: MailContent, colour: string): string {
  const buttons = links.map(({ label, url, isFirst }) => {
    const look = isFirst
      ? `background:${colour};border:1px solid ${colour};color:#ffffff`
      : 'border:1px solid #c3cad4;color:#1a56b8';
    return `<a${isFirst ? '' : ' class="link"'} href="${escapeHtml(url)}" style="display:inline-block;margin:0 6px 8px 0;padding:8px 14px;border-radius:5px;font-size:14px;font-weight:600;text-decoration:none;${look}">${escapeHtml(label)}</a>`;
  });
  const hint =
    tunnel === null
      ? ''
      : `<p class="soft" style="margin:0;font-size:12px;line-height:1.5;color:#5b6270;${BREAK}">${TUNNEL_HINT}</p>\n${renderCommand(tunnel)}<div style="height:16px"></div>\n`;
  return `<p style="margin:0 0 8px">${buttons.join(' ')}</p>
${hint}`;
}
