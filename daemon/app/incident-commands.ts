/**
 * What people do about incidents, by the API, the command line and the links in messages. Each change is stored before the
 * call returns, or kept in memory and tried again while the database cannot be written. The next step of the incidents begins
 * with it.
 */
import { randomUUID } from 'node:crypto';
import { findToken } from './action-links.js';
import type { Clock } from '../contracts.js';
import { PortcastError } from '../errors.js';
import { findSilenceMs, type ActionToken } from '../incident/action.js';
import type { IncidentCommands, LinkView, SilenceRequest, Target } from '../incident/commands.js';
import type { Incident } from '../incident/incident.js';
import { acknowledge, addComment, MAX_COMMENTS, withdrawAcknowledgement } from '../incident/remarks.js';
import {
  endSilence,
  findSilenceState,
  matchIncident,
  MAX_SILENCES,
  SILENCE_MEMORY_MS,
  type Silence,
} from '../incident/silences.js';
import type { IncidentTracker } from '../incident/tracker.js';
import type { Log } from '../log.js';
import type { AlertStore, IncidentRecord, SilenceStore } from '../notify-contracts.js';

interface CommandParts {
  readonly tracker: Pick<IncidentTracker, 'list' | 'replace'>;
  readonly store: Pick<AlertStore, 'commitAlerts'> & SilenceStore & { findIncident(id: string): Incident | null };
  readonly clock: Clock;
  readonly log: Log;
}

/** What the commands have in common. */
interface Desk {
  /** Stores it, then the next step sees it. */
  commit(told: Partial<IncidentRecord>): void;
  find(target: Target): Incident | null;
  /** A silence that is not stored yet. Raises CONFLICT where there are too many. */
  createSilence(request: SilenceRequest): Silence;
}

export function createIncidentCommands(parts: CommandParts): IncidentCommands {
  const desk = createDesk(parts);
  return {
    ...createRemarkCommands(parts, desk),
    ...createSilenceCommands(parts, desk),
    ...createLinkCommands(parts, desk),
  };
}

function createDesk({ tracker, store, clock }: CommandParts): Desk {
  return {
    commit(told) {
      store.commitAlerts([], [], { incidents: [], decisions: [], ...told });
      told.incidents?.forEach(tracker.replace);
    },
    find(target) {
      const known = tracker.list();
      if ('incidentId' in target) {
        return known.find(({ id }) => id === target.incidentId) ?? store.findIncident(target.incidentId);
      }
      return known.find(({ alerts }) => alerts.some(({ id }) => id === target.alertId)) ?? null;
    },
    createSilence(request) {
      const nowMs = clock.wallMs();
      const open = store.listSilences().filter((silence) => findSilenceState(silence, nowMs) !== 'expired');
      if (open.length >= MAX_SILENCES) {
        throw new PortcastError('CONFLICT', `${open.length} silences have not ended, which is the most; end one first`);
      }
      return { ...request, id: `silence_${Math.round(nowMs)}_${randomUUID().slice(0, 8)}`, createdAtMs: nowMs };
    },
  };
}

function createRemarkCommands(
  { clock, log }: CommandParts,
  { commit, find }: Desk,
): Pick<IncidentCommands, 'acknowledge' | 'withdraw' | 'comment'> {
  /** Changes an incident that goes on. */
  const change = (target: Target, act: (incident: Incident) => Incident): Incident | null => {
    const incident = find(target);
    if (incident === null) return null;
    if (incident.state === 'resolved') throw new PortcastError('CONFLICT', `incident ${incident.id} is over`);
    const changed = act(incident);
    if (changed !== incident) commit({ incidents: [changed] });
    return changed;
  };
  return {
    acknowledge(target, remark) {
      const changed = change(target, (incident) => acknowledge(incident, remark, clock.wallMs()));
      if (changed !== null) log.info({ incident: changed.id, author: remark.author }, 'incident acknowledged');
      return changed;
    },
    withdraw: (target) => change(target, withdrawAcknowledgement),
    comment(incidentId, remark) {
      const incident = find({ incidentId });
      if (incident === null) return null;
      const changed = addComment(incident, remark, clock.wallMs());
      if (changed === null) {
        throw new PortcastError('CONFLICT', `incident ${incidentId} has ${MAX_COMMENTS} comments, which is the most`);
      }
      commit({ incidents: [changed] });
      return changed;
    },
  };
}

function createSilenceCommands(
  { store, clock, log }: CommandParts,
  { commit, createSilence }: Desk,
): Pick<IncidentCommands, 'listSilences' | 'addSilence' | 'endSilence'> {
  return {
    listSilences() {
      const sinceMs = clock.wallMs() - SILENCE_MEMORY_MS;
      const listed = store.listSilences().filter(({ endAtMs }) => endAtMs > sinceMs);
      return listed.sort((a, b) => b.createdAtMs - a.createdAtMs);
    },
    addSilence(request) {
      const silence = createSilence(request);
      commit({ silences: [silence] });
      log.info({ silence: silence.id, matchers: silence.matchers, author: silence.author }, 'silence added');
      return silence;
    },
    endSilence(id) {
      const silence = store.listSilences().find((one) => one.id === id);
      if (silence === undefined) return null;
      const ended = endSilence(silence, clock.wallMs());
      if (ended === silence) return silence;
      commit({ silences: [ended] });
      log.info({ silence: id }, 'silence ended');
      return ended;
    },
  };
}

function createLinkCommands(
  { store, clock, log }: CommandParts,
  { commit, find, createSilence }: Desk,
): Pick<IncidentCommands, 'findLink' | 'useLink'> {
  const view = (token: ActionToken, nowMs: number): LinkView => {
    const incident = find({ incidentId: token.incidentId });
    const isOver = incident === null || incident.state === 'resolved';
    if (token.spentAtMs !== null) return { token, incident, state: 'spent' };
    return { token, incident, state: nowMs >= token.expiresAtMs ? 'expired' : isOver ? 'over' : 'ready' };
  };
  const act = (
    { action, recipient: author }: ActionToken,
    incident: Incident,
    nowMs: number,
  ): Partial<IncidentRecord> => {
    const silenceMs = findSilenceMs(action);
    if (silenceMs === null) return { incidents: [acknowledge(incident, { author, text: '' }, nowMs)] };
    const times = { beginAtMs: nowMs, endAtMs: nowMs + silenceMs };
    return { silences: [createSilence({ matchers: matchIncident(incident), ...times, author, comment: '' })] };
  };
  return {
    findLink(text) {
      const token = findToken(store, text);
      return token === null ? null : view(token, clock.wallMs());
    },
    useLink(text) {
      const token = findToken(store, text);
      if (token === null) return null;
      const nowMs = clock.wallMs();
      const found = view(token, nowMs);
      const { incident, state } = found;
      if (state !== 'ready' || incident === null) return found;
      const spent = { ...token, spentAtMs: nowMs };
      // What it does and that it was used is stored in one transaction.
      commit({ ...act(token, incident, nowMs), tokens: [spent] });
      log.info({ incident: incident.id, author: token.recipient, action: token.action }, 'link of a message used');
      return { token: spent, incident, state: 'done' };
    },
  };
}
