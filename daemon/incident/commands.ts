/**
 * What people can do about incidents. When a call returns the change is stored, or kept in memory and tried again while the
 * database cannot be written. Raises CONFLICT, and STORE_* where the database cannot be read.
 */
import type { ActionToken } from './action.js';
import type { Incident } from './incident.js';
import type { Silence } from './silences.js';

/** An incident, by its id or by that of an alert of it. */
export type Target = { readonly incidentId: string } | { readonly alertId: string };

export type SilenceRequest = Pick<Silence, 'matchers' | 'beginAtMs' | 'endAtMs' | 'author' | 'comment'>;

export interface Remark {
  /** Null where nobody was named. */
  readonly author: string | null;
  readonly text: string;
}

/** What a link in a message leads to. */
export interface LinkView {
  readonly token: ActionToken;
  /** Null where it is not stored any more. */
  readonly incident: Incident | null;
  /** `over`: the incident has ended. `done`: it was done by this call. */
  readonly state: 'ready' | 'done' | 'spent' | 'expired' | 'over';
}

/** Null stands for an incident, an alert of one, a silence or a link that does not exist. */
export interface IncidentCommands {
  acknowledge(target: Target, remark: Remark): Incident | null;
  /** Withdraws the acknowledgement. */
  withdraw(target: Target): Incident | null;
  comment(incidentId: string, remark: Remark): Incident | null;
  /** Those that have not ended, and those that ended lately; the newest first. */
  listSilences(): Silence[];
  addSilence(request: SilenceRequest): Silence;
  endSilence(id: string): Silence | null;
  /** It changes nothing. */
  findLink(token: string): LinkView | null;
  /** Does what the link says, once. */
  useLink(token: string): LinkView | null;
}
