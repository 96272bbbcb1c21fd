/**
 * What is to be told of an incident now, or why nothing is. It follows from what was told before and not from the change that
 * led to it, so what could not be told at once is told when it can be.
 */
import { isMoreSevere } from '../alert/alert.js';
import { DAY_MS } from '../units.js';
import type { Decision, HeldBack, Incident, Notice, NoticeKind } from './incident.js';
import { isOfChannel } from './recipients.js';
import type { IncidentSettings } from './settings.js';
import { nameTopic } from './topic.js';

/** The longest pause before a reminder. */
export const MAX_PAUSE_MS = DAY_MS;

interface NoticeStep {
  readonly incident: Incident;
  readonly notices: readonly Notice[];
  /** Decisions not to tell that were not stored yet. */
  readonly decisions: readonly Decision[];
}

interface NoticeContext {
  /** Those who are to be told of an incident of this severity. */
  readonly recipients: readonly string[];
  /** Those who are told only of others. */
  readonly belowSeverity?: readonly string[];
  readonly settings: IncidentSettings;
  readonly nowMs: number;
}

export function decideNotice(before: Incident, context: NoticeContext): NoticeStep {
  const kind = findDue(before, context.nowMs);
  if (kind === null) {
    // While it is quiet the decision is kept: when it comes back the same is not decided once more.
    const isKept = before.held === null || before.state === 'quiet';
    return { incident: isKept ? before : { ...before, held: null }, notices: [], decisions: [] };
  }
  const { incident, decisions } = noteBelowSeverity(before, kind, context);
  // Of its end only those are told who were told of it.
  const recipients = kind === 'resolved' && incident.told.count > 0 ? incident.told.recipients : context.recipients;
  // All others are told only of other severities, which was decided for each of them, unless the channel itself is in trouble.
  const isDecided = (context.belowSeverity ?? []).length > 0 && !isOfChannel(incident.cause);
  if (recipients.length === 0 && isDecided) return { incident, notices: [], decisions };
  // Whoever was not told before is told that the incident begins, whatever the others were told.
  const fresh =
    kind === 'first' || kind === 'resolved'
      ? []
      : recipients.filter((name) => !incident.told.recipients.includes(name));
  const known = recipients.filter((name) => !fresh.includes(name));
  const obstacle = findObstacle(incident, kind, { ...context, recipients });
  // The cap of the others does not hold back the first message of somebody who has had none.
  const tellable = obstacle === null ? recipients : obstacle.reason === 'cap reached' ? fresh : [];
  const isHeld = obstacle !== null && (known.length > 0 || tellable.length === 0);
  const held = isHeld ? holdBack(incident, { kind, ...obstacle }, context.nowMs) : { incident, decisions: [] };
  if (tellable.length === 0) return { ...held, notices: [], decisions: [...decisions, ...held.decisions] };
  const after = recordTold(held.incident, kind, { ...context, recipients: tellable, isCounted: obstacle === null });
  const notices: Notice[] = [
    { kind, recipients: known, incident: after },
    { kind: 'first' as const, recipients: fresh, incident: after },
  ].filter((notice) => notice.recipients.some((name) => tellable.includes(name)));
  return { incident: after, notices, decisions: [...decisions, ...held.decisions] };
}

/** The decision about each recipient who is told only of other severities, once for each incident. */
function noteBelowSeverity(
  incident: Incident,
  kind: NoticeKind,
  { belowSeverity = [], nowMs }: NoticeContext,
): Omit<NoticeStep, 'notices'> {
  const noted = incident.belowSeverity ?? [];
  const added = kind === 'resolved' ? [] : belowSeverity.filter((name) => !noted.includes(name));
  if (added.length === 0) return { incident, decisions: [] };
  const decisions = added.map((recipient) =>
    decideUntold(incident, { kind, reason: 'below severity', recipient }, nowMs),
  );
  return { incident: { ...incident, belowSeverity: [...noted, ...added] }, decisions };
}

function findDue(incident: Incident, nowMs: number): NoticeKind | null {
  const { state, severity, told } = incident;
  if (state === 'resolved') return told.count > 0 || isUntoldChannel(incident) ? 'resolved' : null;
  if (state === 'quiet') return null;
  if (told.severity === null) return 'first';
  if (isMoreSevere(severity, told.severity)) return 'escalated';
  return told.nextReminderAtMs !== null && nowMs >= told.nextReminderAtMs ? 'reminder' : null;
}

/** Where a channel did not work and was the only one, nobody could be told before its end, unless nobody was to be told. */
function isUntoldChannel({ cause, held }: Incident): boolean {
  return isOfChannel(cause) && held?.reason !== 'silenced' && held?.reason !== 'maintenance';
}

type Obstacle = Pick<Decision, 'reason' | 'by'>;

/** Why a notice that is due is not told; null where it is. Whoever was told of the beginning is told of the end. */
function findObstacle(
  { told, mutedBy, acknowledgement }: Incident,
  kind: NoticeKind,
  { recipients, settings }: NoticeContext,
): Obstacle | null {
  if (kind !== 'resolved') {
    if (mutedBy != null) return mutedBy;
    if (kind === 'reminder' && acknowledgement != null) return { reason: 'acknowledged', by: acknowledgement.author };
    if (recipients.length === 0) return { reason: 'channel off', by: null };
  }
  const most = settings.maxMessages - (kind === 'resolved' ? 0 : 1);
  return told.count >= most ? { reason: 'cap reached', by: null } : null;
}

function holdBack(incident: Incident, held: Required<HeldBack>, nowMs: number): Omit<NoticeStep, 'notices'> {
  const before = incident.held;
  const isSame = before?.kind === held.kind && before.reason === held.reason && (before.by ?? null) === held.by;
  if (isSame) return { incident, decisions: [] };
  // No reminder will be told any more, so none is announced.
  const isLast = held.kind === 'reminder' && held.reason === 'cap reached';
  const told = isLast ? { ...incident.told, nextReminderAtMs: null } : incident.told;
  const decision = decideUntold(incident, { ...held, recipient: null }, nowMs);
  return { incident: { ...incident, held, told }, decisions: [decision] };
}

function decideUntold(
  { id, lead }: Incident,
  about: Pick<Decision, 'kind' | 'reason' | 'recipient'> & Partial<Pick<Decision, 'by'>>,
  nowMs: number,
): Decision {
  return { by: null, ...about, atMs: nowMs, incidentId: id, alertId: lead.id, told: false, messageId: null };
}

/**
 * The incident after it was told of.
 * @param isCounted false where only those were told who were not told before: it takes no message from the others.
 */
export function recordTold(
  incident: Incident,
  kind: NoticeKind,
  { recipients, settings, nowMs, isCounted = true }: NoticeContext & { readonly isCounted?: boolean },
): Incident {
  const { told, severity } = incident;
  const recipientsNow = [...new Set([...told.recipients, ...(kind === 'resolved' ? [] : recipients)])];
  const topic = incident.topic ?? nameTopic(incident);
  if (!isCounted)
    return { ...incident, topic, told: { ...told, lastAtMs: nowMs, severity, recipients: recipientsNow } };
  const reminders = told.reminders + (kind === 'reminder' ? 1 : 0);
  const pauseMs = Math.min(settings.remindAfterMs * 2 ** reminders, MAX_PAUSE_MS);
  return {
    ...incident,
    held: null,
    topic,
    told: {
      count: told.count + 1,
      lastAtMs: nowMs,
      severity: kind === 'resolved' ? told.severity : severity,
      recipients: recipientsNow,
      reminders,
      nextReminderAtMs: kind === 'resolved' ? null : nowMs + pauseMs,
    },
  };
}
