/** What happened in an incident, in order. */

import { MINUTE_MS } from '../../../daemon/units.js';
import type { WireOutage } from '../../../daemon/wire/outage.js';
import type { IconName } from '../parts/icon.js';
import type { Decision, IncidentDetails } from '../state/incident-types.js';
import { formatPlural, parseInstant } from './format.js';
import { listNames, nameAuthor } from './incident.js';
import { describeOutage } from './outages.js';

interface TimelineEvent {
  readonly key: string;
  readonly atMs: number;
  readonly icon: IconName;
  readonly title: string;
  /** Names of settings stand between backticks. */
  readonly text: string;
  /** What a person wrote; null where it is not such an event. */
  readonly quote: string | null;
}

/** Outages that are listed one by one; of more of them the newest. */
const MAX_OUTAGES = 20;
const TOLD_TITLES: Record<string, readonly [icon: IconName, title: string]> = {
  first: ['info', 'Told'],
  escalated: ['rise', 'Became more severe: told'],
  reminder: ['info', 'Reminder sent'],
  resolved: ['check', 'End told'],
};

/** Oldest first. @param outages of its pools within its time, oldest first. */
export function listTimeline(
  incident: IncidentDetails,
  outages: readonly WireOutage[],
  nowMs: number,
): TimelineEvent[] {
  const events = [
    ...listJoins(incident),
    ...listEnd(incident),
    ...listTold(incident.decisions),
    ...listReturns(incident.decisions),
    ...listOutages(incident, outages, nowMs),
    ...listRemarks(incident),
  ];
  return events.sort((a, b) => a.atMs - b.atMs);
}

function event(atMs: number, icon: IconName, title: string, more: Partial<TimelineEvent> = {}): TimelineEvent {
  return { key: `${atMs} ${title}`, atMs, icon, title, text: '', quote: null, ...more };
}

/** The beginning, and pools that joined later: those that joined within a minute are one event. */
function listJoins({ openedAt, pools }: IncidentDetails): TimelineEvent[] {
  const openedMs = parseInstant(openedAt) ?? 0;
  const joins = pools
    .map(({ joinedAt, name }) => ({ atMs: Math.max(openedMs, parseInstant(joinedAt) ?? 0), name }))
    .sort((a, b) => a.atMs - b.atMs);
  const groups: { atMs: number; names: string[] }[] = [{ atMs: openedMs, names: [] }];
  for (const { atMs, name } of joins) {
    const last = groups.at(-1);
    const isSame = last !== undefined && (last.atMs === openedMs ? atMs === openedMs : atMs - last.atMs < MINUTE_MS);
    if (isSame) last.names.push(name);
    else groups.push({ atMs, names: [name] });
  }
  return groups.map(({ atMs, names }, index) => {
    if (index === 0) return event(atMs, 'alert', 'Began', { text: listNames(names) });
    return event(atMs, 'up', `${formatPlural(names.length, 'pool')} joined`, { text: listNames(names) });
  });
}

/** Messages of one instant are one event. */
function listTold(decisions: readonly Decision[]): TimelineEvent[] {
  const told = new Map<string, Decision[]>();
  for (const decision of decisions) {
    if (!decision.told || TOLD_TITLES[decision.kind] === undefined) continue;
    const key = `${decision.at} ${decision.kind}`;
    told.set(key, [...(told.get(key) ?? []), decision]);
  }
  return [...told.values()].flatMap((group) => {
    const [first] = group;
    const [icon, title] = TOLD_TITLES[first?.kind ?? ''] ?? [];
    if (first === undefined || icon === undefined || title === undefined) return [];
    const recipients = group.map(({ recipient }) => recipient ?? 'everyone');
    return [event(parseInstant(first.at) ?? 0, icon, title, { text: listNames(recipients) })];
  });
}

/** An alert that fires again while the incident is quiet is not told, so the decision shows when. */
function listReturns(decisions: readonly Decision[]): TimelineEvent[] {
  const instants = new Set(
    decisions.filter(({ told, reason }) => !told && reason === 'flapping').map(({ at }) => parseInstant(at) ?? 0),
  );
  return [...instants].map((atMs) =>
    event(atMs, 'churn', 'Came back', { text: 'An alert fired again. Not told anew.' }),
  );
}

function listOutages({ pools }: IncidentDetails, outages: readonly WireOutage[], nowMs: number): TimelineEvent[] {
  const names = new Map(pools.map(({ id, name }) => [id, name]));
  return outages.slice(-MAX_OUTAGES).map((outage) =>
    event(parseInstant(outage.from) ?? 0, 'cross', `Out of ports to ${names.get(outage.poolId) ?? outage.poolId}`, {
      key: `outage ${outage.poolId} ${outage.from}`,
      text: describeOutage(outage, null, nowMs),
    }),
  );
}

function listRemarks({ acknowledgement, comments = [] }: IncidentDetails): TimelineEvent[] {
  const events = comments.map(({ at, author, text }, index) =>
    event(parseInstant(at) ?? 0, 'info', `Comment by ${nameAuthor(author)}`, { key: `comment ${index}`, quote: text }),
  );
  if (acknowledgement == null) return events;
  const { at, author, comment } = acknowledgement;
  const quote = comment === '' ? null : comment;
  return [...events, event(parseInstant(at) ?? 0, 'check', `Acknowledged by ${nameAuthor(author)}`, { quote })];
}

function listEnd({ state, quietSince, resolvedAt }: IncidentDetails): TimelineEvent[] {
  const [quietMs, overMs] = [parseInstant(quietSince), parseInstant(resolvedAt)];
  const events = quietMs === null ? [] : [event(quietMs, 'level', 'Quiet', { text: 'No alert fires any more.' })];
  return state === 'resolved' && overMs !== null ? [...events, event(overMs, 'check', 'Over')] : events;
}
