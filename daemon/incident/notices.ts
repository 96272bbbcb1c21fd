/**
 * What is to be told of an incident now, or why nothing is. It follows from what was told before, not from the change that led
 * to it, so that what a silence held back is told when the silence ends.
 */
import { isMoreSevere } from '../alert/alert.js';
import { DAY_MS } from '../units.js';
import type { Decision, Incident, Notice, NoticeKind, Reason } from './incident.js';
import type { IncidentSettings } from './settings.js';

/** Why nothing may be told of an incident: a silence or a maintenance window, and which. */
export interface Suppression {
  readonly reason: Extract<Reason, 'silenced' | 'maintenance'>;
  readonly by: string;
}

const MAX_PAUSE_MS = DAY_MS;

interface NoticeStep {
  readonly incident: Incident;
  readonly notice: Notice | null;
  /** A decision not to tell that was not stored yet; null without one. */
  readonly decision: Decision | null;
}

interface NoticeContext {
  readonly suppression: Suppression | null;
  readonly recipients: readonly string[];
  readonly settings: IncidentSettings;
  readonly nowMs: number;
}

export function decideNotice(incident: Incident, context: NoticeContext): NoticeStep {
  const kind = findDue(incident, context.nowMs);
  if (kind === null)
    return { incident: incident.held === null ? incident : { ...incident, held: null }, notice: null, decision: null };
  const hold = findHold(incident, kind, context);
  if (hold !== null) return holdBack(incident, { kind, ...hold }, context.nowMs);
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

/** An escalation is told even of an acknowledged incident: what was acknowledged was a lesser danger. */
function findHold(
  { told, acknowledged }: Incident,
  kind: NoticeKind,
  { suppression, recipients, settings }: NoticeContext,
): Pick<Decision, 'reason' | 'by'> | null {
  if (suppression !== null && kind !== 'resolved') return suppression;
  if (kind === 'reminder' && acknowledged !== null) return { reason: 'acknowledged', by: acknowledged.by };
  if (kind !== 'resolved' && recipients.length === 0) return { reason: 'channel off', by: null };
  const most = settings.maxMessages - (kind === 'resolved' ? 0 : 1);
  return told.count >= most ? { reason: 'cap reached', by: null } : null;
}

function holdBack(incident: Incident, held: Pick<Decision, 'kind' | 'reason' | 'by'>, nowMs: number): NoticeStep {
  const before = incident.held;
  const isKnown = before?.kind === held.kind && before.reason === held.reason && before.by === held.by;
  if (isKnown) return { incident, notice: null, decision: null };
  const decision: Decision = {
    ...held,
    atMs: nowMs,
    incidentId: incident.id,
    alertId: incident.lead.id,
    told: false,
    recipient: null,
    messageId: null,
  };
  return { incident: { ...incident, held }, notice: null, decision };
}

/** The incident after it was told of. */
export function recordTold(
  incident: Incident,
  kind: NoticeKind,
  { recipients, settings, nowMs }: Omit<NoticeContext, 'suppression'>,
): Incident {
  const { told, severity } = incident;
  const reminders = told.reminders + (kind === 'reminder' ? 1 : 0);
  const pauseMs = Math.min(settings.remindAfterMs * 2 ** reminders, MAX_PAUSE_MS);
  return {
    ...incident,
    held: null,
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
