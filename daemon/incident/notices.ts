/**
 * What is to be told of an incident now, or why nothing is. It follows from what was told before and not from the change that
 * led to it, so what could not be told at once is told when it can be.
 */
import { isMoreSevere } from '../alert/alert.js';
import { DAY_MS } from '../units.js';
import type { Decision, HeldBack, Incident, Notice, NoticeKind } from './incident.js';
import type { IncidentSettings } from './settings.js';
import { nameTopic } from './topic.js';

/** The longest pause before a reminder. */
export const MAX_PAUSE_MS = DAY_MS;

interface NoticeStep {
  readonly incident: Incident;
  readonly notice: Notice | null;
  /** A decision not to tell that was not stored yet; null without one. */
  readonly decision: Decision | null;
}

interface NoticeContext {
  readonly recipients: readonly string[];
  readonly settings: IncidentSettings;
  readonly nowMs: number;
}

export function decideNotice(incident: Incident, context: NoticeContext): NoticeStep {
  const kind = findDue(incident, context.nowMs);
  if (kind === null) {
    // While it is quiet the decision is kept: when it comes back the same is not decided once more.
    const isKept = incident.held === null || incident.state === 'quiet';
    return { incident: isKept ? incident : { ...incident, held: null }, notice: null, decision: null };
  }
  const obstacle = findObstacle(incident, kind, context);
  if (obstacle !== null) return holdBack(incident, { kind, ...obstacle }, context.nowMs);
  const told = recordTold(incident, kind, context);
  // Of its end only those are told who were told of it.
  const recipients = kind === 'resolved' ? told.told.recipients : context.recipients;
  return { incident: told, notice: { kind, recipients, incident: told }, decision: null };
}

function findDue({ state, severity, told }: Incident, nowMs: number): NoticeKind | null {
  if (state === 'resolved') return told.count > 0 ? 'resolved' : null;
  if (state === 'quiet') return null;
  if (told.severity === null) return 'first';
  if (isMoreSevere(severity, told.severity)) return 'escalated';
  return told.nextReminderAtMs !== null && nowMs >= told.nextReminderAtMs ? 'reminder' : null;
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

function holdBack(incident: Incident, held: Required<HeldBack>, nowMs: number): NoticeStep {
  const before = incident.held;
  const isSame = before?.kind === held.kind && before.reason === held.reason && (before.by ?? null) === held.by;
  if (isSame) return { incident, notice: null, decision: null };
  const decision: Decision = {
    ...held,
    atMs: nowMs,
    incidentId: incident.id,
    alertId: incident.lead.id,
    told: false,
    recipient: null,
    messageId: null,
  };
  // No reminder will be told any more, so none is announced.
  const isLast = held.kind === 'reminder' && held.reason === 'cap reached';
  const told = isLast ? { ...incident.told, nextReminderAtMs: null } : incident.told;
  return { incident: { ...incident, held, told }, notice: null, decision };
}

/** The incident after it was told of. */
export function recordTold(
  incident: Incident,
  kind: NoticeKind,
  { recipients, settings, nowMs }: NoticeContext,
): Incident {
  const { told, severity } = incident;
  const reminders = told.reminders + (kind === 'reminder' ? 1 : 0);
  const pauseMs = Math.min(settings.remindAfterMs * 2 ** reminders, MAX_PAUSE_MS);
  return {
    ...incident,
    held: null,
    topic: incident.topic ?? nameTopic(incident),
    told: {
      count: told.count + 1,
      lastAtMs: nowMs,
      severity: kind === 'resolved' ? told.severity : severity,
      recipients: [...new Set([...told.recipients, ...(kind === 'resolved' ? [] : recipients)])],
      reminders,
      nextReminderAtMs: kind === 'resolved' ? null : nowMs + pauseMs,
    },
  };
}
