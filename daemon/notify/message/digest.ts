/** The wording of the mail that names what was held back, because one recipient gets only so many messages an hour. */
import { capitalize } from '../../alert/names.js';
import type { HeldNotice } from '../../incident/caps.js';
import type { Incident, NoticeKind } from '../../incident/incident.js';
import { nameTopic } from '../../incident/topic.js';
import { formatCount } from '../../units.js';
import { describeHost, type Fact } from './facts.js';
import { findTunnel, listLinks } from './links.js';
import { createLocalTime } from './local-time.js';
import { composeSubject } from './subject.js';
import { cleanContent, type MailContent, type MailContext } from './wording.js';

interface Digest {
  readonly held: readonly HeldNotice[];
  /** The incidents that are known, by which those that were held back are named. */
  readonly known: readonly Incident[];
}

/** Incidents that are described; of the others the number is given. */
const MAX_DESCRIBED = 30;
/** @param at when the message was due. */
const WHAT: Record<NoticeKind, (at: string) => string> = {
  first: (at) => `began ${at}`,
  escalated: (at) => `became worse ${at}`,
  reminder: () => 'goes on',
  resolved: (at) => `is over since ${at}`,
  digest: () => 'was told',
};

export function composeDigest({ held, known }: Digest, context: MailContext): MailContent {
  const byIncident = new Map<string, HeldNotice[]>();
  for (const notice of held) byIncident.set(notice.incidentId, [...(byIncident.get(notice.incidentId) ?? []), notice]);
  const time = createLocalTime(context.timeZone);
  const incidents = [...byIncident].map(([id, notices]) =>
    describe(notices, known.find((one) => one.id === id) ?? id, (atMs) => time.formatPast(atMs, context.nowMs)),
  );
  const surplus = incidents.length - MAX_DESCRIBED;
  const count = `${formatCount(held.length)} more ${held.length === 1 ? 'message' : 'messages'}`;
  return cleanContent({
    host: context.hostName,
    subject: composeSubject('DIGEST', context.hostName, `${count} held back`),
    tone: 'warning',
    title: `${context.hostName}: ${count} held back`,
    lead: `Messages about ${nameIncidents(incidents.length)} were held back: incidents.maxPerHour was reached.`,
    gauge: null,
    facts: [
      ...incidents.slice(0, MAX_DESCRIBED),
      ...(surplus > 0 ? [{ label: 'More', value: `${formatCount(surplus)} more incidents` }] : []),
      describeHost(context.hostName, context.limits),
    ],
    advice: [],
    links: listLinks(context, null),
    tunnel: findTunnel(context),
    footer: 'portcast sends at most incidents.maxPerHour messages an hour to one recipient.',
    footerCommand: null,
    picture: null,
  });
}

function nameIncidents(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'incident' : 'incidents'}`;
}

/** @param incident its id where it is no longer known. */
function describe(notices: readonly HeldNotice[], incident: Incident | string, format: (atMs: number) => string): Fact {
  const became = [...new Set(notices.map(({ kind, atMs }) => WHAT[kind](format(atMs))))].join(', ');
  if (typeof incident === 'string') return { label: 'Incident', value: `${incident}: ${became}` };
  const { severity, topic } = incident;
  return { label: capitalize(severity), value: `${topic ?? nameTopic(incident)}: ${became}` };
}
