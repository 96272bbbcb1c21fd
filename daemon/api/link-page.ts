/** The page of a link in a message, as one HTML document without a script: what it will do, or what was done. */
import { createHash } from 'node:crypto';
import { findSilenceMs, type ActionToken } from '../incident/action.js';
import type { Incident } from '../incident/incident.js';
import { matchIncident } from '../incident/silences.js';
import { formatCount, formatDuration, formatUtcMinute } from '../units.js';
import type { LinkView } from '../incident/commands.js';

/** System fonts and few colours, so that it is readable on any screen, light and dark, without loading anything. */
const STYLE = `:root{color-scheme:light dark;--page:#f2f4f7;--card:#fff;--ink:#1b1f24;--soft:#5b6270;--line:#dfe3e8;--act:#1a56b8;--on:#fff}
@media (prefers-color-scheme:dark){:root{--page:#14171b;--card:#1d2126;--ink:#e8eaed;--soft:#a3abb8;--line:#343a43;--act:#8ab4f8;--on:#14171b}}
*{box-sizing:border-box}body{margin:0;padding:16px;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:560px;margin:24px auto;padding:20px;background:var(--card);border:1px solid var(--line);border-radius:8px;overflow-wrap:anywhere}
h1{margin:0 0 12px;font-size:22px;line-height:1.3}p{margin:0 0 12px}dl{margin:0 0 16px}dt{color:var(--soft);font-size:14px}dd{margin:0 0 8px}
button{width:100%;padding:14px;border:0;border-radius:6px;background:var(--act);color:var(--on);font:inherit;font-weight:600;cursor:pointer}
button:focus-visible{outline:3px solid var(--ink);outline-offset:2px}.soft{color:var(--soft);font-size:14px;margin:16px 0 0}`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Nothing is loaded and no script runs; the form goes to this server only, and no other page may frame this one. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
/** Characters that change the order or the look of a text: they come from names of processes, and stay visible. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

export interface LinkPage {
  readonly status: number;
  readonly html: string;
}

interface PageContext {
  readonly hostName: string;
  readonly nowMs: number;
}

/** @param view null for a link that was never issued, or was forgotten. */
export function renderLinkPage(view: LinkView | null, context: PageContext): LinkPage {
  if (view === null) {
    return page(404, 'This link is not known', [
      'It may be cut off: copy the whole address from the message. A link is forgotten some time after it has expired.',
    ]);
  }
  const { token, incident } = view;
  const facts = incident === null ? '' : renderFacts(incident, context);
  switch (view.state) {
    case 'ready':
      return page(
        200,
        `${nameAction(token)}?`,
        [describeEffect(token, incident, context)],
        facts + renderButton(token),
      );
    case 'done':
      return page(200, 'Done', [describeEffect(token, incident, context)], facts);
    case 'spent':
      return page(
        200,
        'This was done already',
        [
          `The link was used at ${formatUtcMinute(token.spentAtMs ?? 0)} and does nothing any more: ${lowerFirst(nameAction(token))}.`,
        ],
        facts,
      );
    case 'expired':
      return page(
        410,
        'This link has expired',
        [
          `It could be used until ${formatUtcMinute(token.expiresAtMs)}. Use the link of a newer message, the dashboard, or portcast acknowledge on the host.`,
        ],
        facts,
      );
    case 'over':
      return page(200, 'The incident is over', ['There is nothing left to do, and nothing was changed.'], facts);
  }
}

/**
 * The page while the database cannot be read (503), or for what cannot be done (409). A change that cannot be written is no
 * failure: it is kept in memory and tried again.
 */
export function renderLinkFailure(status: number, why: string): LinkPage {
  const advice = status === 503 ? ' Try again in a minute.' : '';
  return page(status, 'This cannot be done now', [`Nothing was changed: ${why}.${advice}`]);
}

function describeEffect({ action, recipient }: ActionToken, incident: Incident | null, { nowMs }: PageContext): string {
  const silenceMs = findSilenceMs(action);
  if (silenceMs === null) {
    return `No more reminders of this incident are sent to anybody. You are told when it becomes more severe and when it is over. It is noted as acknowledged by ${recipient}.`;
  }
  const what = incident === null ? '' : ` about ${describeSilenced(incident)}`;
  return `Until ${formatUtcMinute(nowMs + silenceMs)} nobody is sent a message${what}. If it still goes on then, it is told. It is noted as silenced by ${recipient}.`;
}

/** What a silence of the incident is about, which is often more than the incident: see matchIncident. */
function describeSilenced(incident: Incident): string {
  const { rule, pool, process, destination, namespace } = matchIncident(incident);
  const where = namespace === undefined || namespace === 'host' ? '' : ` in the network namespace ${namespace}`;
  if (rule !== undefined) return 'portcast being blind, now or once more';
  if (process !== undefined) return `the ports of the process ${process}${where}, in this incident or another one`;
  if (destination !== undefined) return `the ports to ${destination}${where}, in this incident or another one`;
  if (pool === undefined) return 'this incident';
  const { name } = incident.pools.find(({ id }) => id === pool) ?? { name: pool };
  return `the ports to ${name}, in this incident or another one`;
}

function nameAction({ action }: ActionToken): string {
  const silenceMs = findSilenceMs(action);
  return silenceMs === null ? 'Acknowledge this incident' : `Silence for ${formatDuration(silenceMs)}`;
}

function renderFacts(incident: Incident, { hostName, nowMs }: PageContext): string {
  const { pools, lead, severity, state, openedAtMs } = incident;
  const ago = formatDuration(Math.max(0, nowMs - openedAtMs));
  const rows = [
    ['Incident', lead.summary],
    ['State', `${severity}, ${state}, since ${formatUtcMinute(openedAtMs)} (${ago} ago)`],
    ...(pools.length > 1 ? [['Pools', formatCount(pools.length)]] : []),
    ['Host', hostName],
  ];
  return `<dl>${rows.map(([name = '', value = '']) => `<dt>${escape(name)}</dt><dd>${escape(value)}</dd>`).join('')}</dl>`;
}

/** Without an address the form goes to the one of this page, which is the only place where the token is. */
function renderButton(token: ActionToken): string {
  return `<form method="post"><button type="submit">${escape(nameAction(token))}</button></form>`;
}

function page(status: number, title: string, paragraphs: readonly string[], body = ''): LinkPage {
  const texts = paragraphs.map((text) => `<p>${escape(text)}</p>`).join('');
  const html = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>portcast: ${escape(title)}</title><style>${STYLE}</style></head>
<body><main><h1>${escape(title)}</h1>${texts}${body}<p class="soft">portcast</p></main></body>
</html>
`;
  return { status, html };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function escape(text: string): string {
  return text.replace(UNSAFE, '\uFFFD').replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
