/**
 * At most so many messages to one recipient within an hour, over all incidents. What is held back is told in one digest, for
 * which the last message of the hour is kept.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../units.js';
import type { Decision, Notice, NoticeKind } from './incident.js';
import type { IncidentSettings } from './settings.js';

/** Notices that follow one another closely are told in one digest: it waits this long after the first of them. */
const GATHER_MS = 5 * MINUTE_MS;

/** Decisions of this time tell how many messages each recipient may still get, and what was held back. */
export const CAP_MEMORY_MS = DAY_MS;

/** One notice that was held back from one recipient. */
export interface HeldNotice {
  readonly atMs: number;
  readonly incidentId: string;
  readonly kind: NoticeKind;
}

/** What one recipient was sent within the last hour, and what was held back since the last digest. */
interface RecipientState {
  readonly sentAtMs: readonly number[];
  readonly held: readonly HeldNotice[];
}

/** By recipient. */
export type CapState = ReadonlyMap<string, RecipientState>;

/** One message that is to be sent now. */
export type PlannedMessage =
  | { readonly recipient: string; readonly notice: Notice; readonly held: null }
  | { readonly recipient: string; readonly notice: null; readonly held: readonly HeldNotice[] };

interface MessagePlan {
  readonly messages: PlannedMessage[];
  /** One for each notice that is held back. */
  readonly decisions: Decision[];
  readonly state: CapState;
}

interface PlanContext {
  readonly settings: IncidentSettings;
  readonly nowMs: number;
}

export function planMessages(notices: readonly Notice[], before: CapState, context: PlanContext): MessagePlan {
  const { settings, nowMs } = context;
  const state = new Map([...before].map(([recipient, known]) => [recipient, bringUpToDate(known, nowMs)]));
  const messages: PlannedMessage[] = [];
  const decisions: Decision[] = [];
  for (const notice of notices) {
    for (const recipient of notice.recipients) {
      const { sentAtMs, held } = find(state, recipient);
      // The end of what was held back is told with its beginning.
      const isUntold = held.some(({ incidentId }) => incidentId === notice.incident.id);
      if (!isUntold && sentAtMs.length < settings.maxPerHour - 1) {
        sentAtMs.push(nowMs);
        messages.push({ recipient, notice, held: null });
      } else {
        held.push({ atMs: nowMs, incidentId: notice.incident.id, kind: notice.kind });
        decisions.push(decideHeld(notice, recipient, nowMs));
      }
    }
  }
  for (const [recipient, known] of state) {
    const [first] = known.held;
    const isDue = first !== undefined && nowMs - first.atMs >= GATHER_MS && known.sentAtMs.length < settings.maxPerHour;
    if (!isDue) continue;
    messages.push({ recipient, notice: null, held: known.held });
    state.set(recipient, { sentAtMs: [...known.sentAtMs, nowMs], held: [] });
  }
  return { messages, decisions, state };
}

/** The state after the last decisions, oldest first, as they were stored. */
export function restoreCaps(decisions: readonly Decision[]): CapState {
  const state = new Map<string, MutableState>();
  for (const { recipient, told, kind, reason, atMs, incidentId } of decisions) {
    if (recipient === null) continue;
    const known = find(state, recipient);
    if (told) known.sentAtMs.push(atMs);
    if (told && kind === 'digest') known.held.length = 0;
    if (!told && reason === 'cap reached') known.held.push({ atMs, incidentId: incidentId ?? '', kind });
  }
  return state;
}

/** Without what is older than an hour. After the clock was set back, what lies in the future counts as of now. */
function bringUpToDate({ sentAtMs, held }: RecipientState, nowMs: number): MutableState {
  return {
    sentAtMs: sentAtMs.map((atMs) => Math.min(atMs, nowMs)).filter((atMs) => nowMs - atMs < HOUR_MS),
    held: held.map((notice) => ({ ...notice, atMs: Math.min(notice.atMs, nowMs) })),
  };
}

interface MutableState {
  readonly sentAtMs: number[];
  readonly held: HeldNotice[];
}

function find(state: Map<string, MutableState>, recipient: string): MutableState {
  const known = state.get(recipient) ?? { sentAtMs: [], held: [] };
  state.set(recipient, known);
  return known;
}

function decideHeld({ kind, incident }: Notice, recipient: string, nowMs: number): Decision {
  return {
    atMs: nowMs,
    incidentId: incident.id,
    alertId: incident.lead.id,
    kind,
    told: false,
    reason: 'cap reached',
    by: null,
    recipient,
    messageId: null,
  };
}
