/** The wording of the mail that names what was held back, because one recipient gets only so many messages an hour. */
import { formatClock } from '../../alert/names.js';
import type { HeldNotice } from '../../incident/caps.js';
import type { Incident, NoticeKind } from '../../incident/incident.js';
import { formatCount } from '../../units.js';
import { describeHost, type Fact } from './facts.js';
import { cleanContent, describeDashboard, type MailContent, type MailContext } from './wording.js';

export interface Digest {
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
  const incidents = [...byIncident].map(([id, notices]) => describe(id, notices, known));
  const surplus = incidents.length - MAX_DESCRIBED;
  const count = `${formatCount(held.length)} more ${held.length === 1 ? 'message' : 'messages'}`;
  return cleanContent({
    host: context.hostName,
    subject: `[portcast] ${context.hostName}: ${count} held back`,
    tone: 'warning',
    title: `${count} held back`,
    lead: `You get only so many messages an hour. ${nameIncidents(incidents.length)} not told of at once. Times are in UTC.`,
    gauge: null,
    facts: [
      ...incidents.slice(0, MAX_DESCRIBED),
      ...(surplus > 0 ? [{ label: 'More', value: `${formatCount(surplus)} more incidents` }] : []),
      describeHost(context.hostName, context.limits),
    ],
    firstAdvice: null,
    otherAdvice: [],
    ...describeDashboard(context),
    footer: 'Sent because messages were held back (incidents.maxPerHour).',
  });
}

function nameIncidents(count: number): string {
  return count === 1 ? 'This incident was' : `These ${formatCount(count)} incidents were`;
}

function describe(id: string, notices: readonly HeldNotice[], known: readonly Incident[]): Fact {
  const incident = known.find((one) => one.id === id);
  const [first] = notices;
  const label = first === undefined ? '' : formatClock(first.atMs);
  const became = notices.map(({ kind }) => WHAT[kind]).join(', then ');
  return { label, value: `${incident?.lead.summary ?? id} (${became})` };
}
