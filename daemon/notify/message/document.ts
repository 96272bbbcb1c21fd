/** The document of a message: the same content as a mail, for programs. See daemon/wire/notification.ts. */
import { nameDestination } from '../../alert/names.js';
import type { PoolForecast } from '../../forecast/types.js';
import type { HeldNotice } from '../../incident/caps.js';
import type { Incident, IncidentPool } from '../../incident/incident.js';
import type { SendOutcome } from '../../notify-contracts.js';
import { isoOrNull, SECOND_MS } from '../../units.js';
import type { WireNotification, WireNotificationPool } from '../../wire/notification.js';
import { cleanLine } from './sanitize.js';
import type { MailContent, MailContext } from './wording.js';

export interface DocumentAbout {
  readonly messageId: string;
  readonly kind: WireNotification['kind'];
  readonly context: MailContext;
  /** What a digest names. */
  readonly held?: readonly HeldNotice[];
}

/** The outcome of a message without a document, which no other attempt can change. */
export const NO_DOCUMENT: SendOutcome = { ok: false, retry: false, error: 'this message has no document' };

const MAX_POOLS = 50;
const MAX_PROCESSES = 20;
const MAX_HELD = 50;
/** Of a name or an id from the host. */
const MAX_NAME = 300;

/** @param text as it is mailed. */
export function renderDocument(content: MailContent, text: string, about: DocumentAbout): string {
  const { messageId, kind, context, held = [] } = about;
  const incident = context.notice?.incident ?? null;
  const notification: WireNotification = {
    version: 1,
    kind,
    messageId,
    createdAt: toIso(context.nowMs),
    delayedSeconds: 0,
    isTest: kind === 'test',
    isDrill: false,
    host: content.host,
    ...describeIncident(incident, context.nowMs),
    ...describeForecast(incident, context.nowMs),
    remedies: content.advice.map(({ title, effect, detail, commands }) => ({
      title,
      effect,
      detail,
      commands: [...commands],
    })),
    held: held.slice(0, MAX_HELD).map(({ incidentId, kind: of, atMs }) => ({ incidentId, kind: of, at: toIso(atMs) })),
    heldCount: held.length,
    subject: content.subject,
    summary: [content.title, content.lead].filter((part) => part !== '').join('. '),
    text,
    links: content.links.map(({ rel, label, url }) => ({ rel, title: label, url })),
  };
  return JSON.stringify(notification);
}

/** The document of a message that is sent late. */
export function markDocumentLate(
  document: string,
  { subject, text, lateMs }: { readonly subject: string; readonly text: string; readonly lateMs: number },
): string {
  const notification = JSON.parse(document) as WireNotification;
  return JSON.stringify({ ...notification, subject, text, delayedSeconds: Math.round(lateMs / SECOND_MS) });
}

function describeIncident(incident: Incident | null, nowMs: number) {
  const endMs = incident?.resolvedAtMs ?? nowMs;
  return {
    incidentId: incident?.id ?? null,
    state: incident?.state ?? null,
    severity: incident?.severity ?? null,
    cause: incident === null ? null : { ...incident.cause, key: clean(incident.cause.key) },
    openedAt: isoOrNull(incident?.openedAtMs ?? null),
    resolvedAt: isoOrNull(incident?.resolvedAtMs ?? null),
    lastedSeconds: incident === null ? null : Math.max(0, Math.round((endMs - incident.openedAtMs) / SECOND_MS)),
    recurrences: incident?.recurrences ?? 0,
    pools: (incident?.pools ?? []).slice(0, MAX_POOLS).map(poolToWire),
    poolCount: incident?.pools.length ?? 0,
  };
}

function describeForecast(incident: Incident | null, nowMs: number) {
  const lead = incident?.lead ?? null;
  const pool: PoolForecast | null = lead?.latest ?? lead?.raised ?? null;
  // What was foreseen before the incident was over says nothing now.
  const ahead = incident?.state === 'resolved' ? null : pool;
  const exhaustsAtMs = ahead?.exhaustsAtMs ?? null;
  return {
    alertId: lead?.id ?? null,
    rule: lead?.rule ?? null,
    destination: pool === null ? null : clean(nameDestination(pool)),
    exhaustsAt: isoOrNull(exhaustsAtMs),
    earliestAt: isoOrNull(ahead?.earliestAtMs ?? null),
    latestAt: isoOrNull(ahead?.latestAtMs ?? null),
    secondsToExhaustion: exhaustsAtMs === null ? null : Math.max(0, Math.round((exhaustsAtMs - nowMs) / SECOND_MS)),
    probability: ahead?.probability ?? null,
    processes: (lead?.owners.processes ?? [])
      .slice(0, MAX_PROCESSES)
      .map(({ pid, name, confidence }) => ({ pid, name: clean(name), confidence })),
  };
}

function poolToWire(pool: IncidentPool): WireNotificationPool {
  return {
    id: pool.id,
    name: clean(pool.name),
    namespace: clean(pool.namespace),
    localAddress: clean(pool.localAddress),
    remoteAddress: pool.remoteAddress === null ? null : clean(pool.remoteAddress),
    processes: pool.processes.slice(0, MAX_PROCESSES).map(clean),
    joinedAt: toIso(pool.joinedAtMs),
    capacity: pool.capacity,
    peakUsed: pool.peakUsed,
    forecastExhaustionAt: isoOrNull(pool.forecastExhaustionMs),
  };
}

function clean(text: string): string {
  return cleanLine(text, MAX_NAME);
}

function toIso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
