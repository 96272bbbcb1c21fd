/**
 * A message for Slack. It is one attachment, because blocks have no colour of their own and Mattermost does not show them. The
 * limits are those of a block: 3,000 characters in one text, and fewer fields than blocks.
 */
import { formatDuration, formatPercent, SECOND_MS } from '../../units.js';
import type { WireNotification } from '../../wire/notification.js';
import { escapeMrkdwn, formatCode, formatLink } from './mrkdwn.js';

interface SlackField {
  readonly title: string;
  readonly value: string;
  readonly short: boolean;
}

interface SlackMessage {
  /** What a notification shows, and a client that shows no attachments. */
  readonly text: string;
  readonly unfurl_links: false;
  readonly attachments: readonly [
    {
      readonly color: string;
      readonly fallback: string;
      readonly text: string;
      readonly fields: readonly SlackField[];
      readonly mrkdwn_in: readonly ['text', 'fields'];
      readonly footer: string;
      readonly ts: number;
    },
  ];
}

const MAX_TEXT = 3000;
const MAX_FIELD = 500;
const MAX_POOLS = 10;
const MAX_REMEDIES = 3;
const COLOURS = { critical: '#c62828', warning: '#e08600', info: '#2864b4', resolved: '#2e7d32', other: '#607080' };

export function renderSlack(notification: WireNotification): SlackMessage {
  const { subject, summary, kind, host, createdAt, incidentId } = notification;
  const links = notification.links.flatMap(({ url, title }) => formatLink(url, title) ?? []);
  const parts = [escapeMrkdwn(kind === 'digest' ? notification.text : summary), ...listRemedies(notification)];
  if (links.length > 0) parts.push(links.join('  '));
  return {
    text: cut(escapeMrkdwn(subject), MAX_TEXT),
    unfurl_links: false,
    attachments: [
      {
        color: chooseColour(notification),
        fallback: cut(escapeMrkdwn(subject), MAX_TEXT),
        text: joinWithin(parts, MAX_TEXT),
        fields: listFields(notification),
        mrkdwn_in: ['text', 'fields'],
        footer: escapeMrkdwn(
          cut(`portcast on ${host}${incidentId === null ? '' : `, incident ${incidentId}`}`, MAX_FIELD),
        ),
        ts: Math.floor(Date.parse(createdAt) / SECOND_MS),
      },
    ],
  };
}

function chooseColour({ kind, severity }: WireNotification): string {
  if (kind === 'resolved') return COLOURS.resolved;
  return severity === null ? COLOURS.other : COLOURS[severity];
}

function listRemedies({ remedies }: WireNotification): string[] {
  return remedies.slice(0, MAX_REMEDIES).map(({ title, effect, detail, commands }) => {
    const what = `• ${escapeMrkdwn([title, effect].filter((part) => part !== '').join('. '))}`;
    return commands.length === 0
      ? `${what}: ${escapeMrkdwn(detail)}`
      : `${what}\n${commands.map(formatCode).join('\n')}`;
  });
}

function listFields(notification: WireNotification): SlackField[] {
  const { host, severity, destination, secondsToExhaustion, probability, pools, poolCount, processes } = notification;
  const fields: [title: string, value: string | null][] = [
    ['Host', host],
    ['Severity', notification.kind === 'resolved' ? `${severity ?? 'unknown'}, resolved` : severity],
    ['Destination', destination],
    ['Runs out', secondsToExhaustion === null ? null : `in ${formatDuration(secondsToExhaustion * SECOND_MS)}`],
    ['Likely within 10 minutes', probability === null ? null : formatPercent(probability)],
    ['Lasted', notification.kind === 'resolved' ? formatLasted(notification.lastedSeconds) : null],
    ['Processes', [...new Set(processes.map(({ name }) => name))].join(', ') || null],
  ];
  const listed = fields.flatMap(([title, value]) => (value === null ? [] : [createField(title, value, true)]));
  if (poolCount < 2) return listed;
  const more = poolCount - Math.min(MAX_POOLS, pools.length);
  const names = pools
    .slice(0, MAX_POOLS)
    .map(({ name }) => name)
    .join(', ');
  return [...listed, createField('Pools', `${poolCount}: ${names}${more > 0 ? ` and ${more} more` : ''}`, false)];
}

function formatLasted(seconds: number | null): string | null {
  return seconds === null ? null : formatDuration(seconds * SECOND_MS);
}

function createField(title: string, value: string, short: boolean): SlackField {
  return { title, value: escapeMrkdwn(cut(value, MAX_FIELD)), short };
}

/** As many whole parts as there is room for: a command that was cut would be wrong, and markup that was cut does not end. */
function joinWithin(parts: readonly string[], most: number): string {
  let text = '';
  for (const [index, part] of parts.entries()) {
    const next = text === '' ? part : `${text}\n\n${part}`;
    if (next.length <= most) text = next;
    else if (index === 0) text = cut(part, most);
  }
  return text;
}

/** Never inside of a surrogate pair. An entity that is cut in two is shown as it is, which does no harm. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
