/** The wording of the mail that names what was held back, because one recipient gets only so many messages an hour. */
import { capitalize } from '../../alert/names.js';
import type { HeldNotice } from '../../incident/caps.js';
import type { Incident, NoticeKind } from '../../incident/incident.js';
import { nameTopic } from '../../incident/topic.js';
import { formatCount } from '../../units.js';
import { describeHost, type Fact } from './facts.js';
import { findTunnel, listLinks } from './links.js';
import { createLocalTime, type LocalTime } from './local-time.js';
import { composeSubject } from './subject.js';
import { cleanContent, type MailContent, type MailContext } from './wording.js';

interface Digest {
  readonly held: readonly HeldNotice[];
  /** The incidents that are known, by which those that were held back are named. */
  readonly known: readonly Incident[];
}

/** Incidents that are described; of the others the number is given. */
const MAX_DESCRIBED = 30;
const WHAT: Record<NoticeKind, string> = {
  first: 'began',
  escalated: 'became worse',
  reminder: 'goes on',
  resolved: 'is over',
  digest: 'was told',
};

export function composeDigest({ held, known }: Digest, context: MailContext): MailContent {
  const byIncident = new Map<string, HeldNotice[]>();
  for (const notice of held) byIncident.set(notice.incidentId, [...(byIncident.get(notice.incidentId) ?? []), notice]);
  const time = createLocalTime(context.timeZone);
  const incidents = [...byIncident].map(([id, notices]) =>
    describe(notices, known.find((one) => one.id === id) ?? id, time),
  );
  const surplus = incidents.length - MAX_DESCRIBED;
  const count = `${formatCount(held.length)} more ${held.length === 1 ? 'message' : 'messages'}`;
  return cleanContent({
    host: context.hostName,
    subject: composeSubject('DIGEST', context.hostName, `${count} held back`),
    tone: 'warning',
    title: `${context.hostName}: ${count} held back`,
    lead: `So many messages came within an hour that ${nameIncidents(incidents.length)} not told of at once.`,
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
  return count === 1 ? 'this incident was' : `these ${formatCount(count)} incidents were`;
}

/** @param incident its id where it is no longer known. */
function describe(notices: readonly HeldNotice[], incident: Incident | string, time: LocalTime): Fact {
  const [first] = notices;
  const label = first === undefined ? '' : time.formatClock(first.atMs);
  const became = notices.map(({ kind }) => WHAT[kind]).join(', then ');
  return { label, value: `${typeof incident === 'string' ? incident : describeIncident(incident)} (${became})` };
}

function describeIncident({ topic, severity, ...incident }: Incident): string {
  return `${capitalize(topic ?? nameTopic(incident))}, ${severity}`;
}
