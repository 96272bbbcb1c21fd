/** When and how often an incident is told of. */
import { HOUR_MS, MINUTE_MS } from '../units.js';

export interface IncidentSettings {
  /** How long no alert of an incident may fire before it is resolved. */
  readonly quietForMs: number;
  /** The pause before the first reminder; each further one is twice as long, up to a day. */
  readonly remindAfterMs: number;
  /** Most messages of one incident to one recipient. The last one is kept for the end of the incident. */
  readonly maxMessages: number;
  /** Most messages to one recipient within an hour, over all incidents. The last one is kept for a digest. */
  readonly maxPerHour: number;
}

export const DEFAULT_INCIDENT_SETTINGS: IncidentSettings = {
  // The clear lines of the rules already wait, so this only bridges a pause of the traffic.
  quietForMs: MINUTE_MS,
  remindAfterMs: HOUR_MS,
  maxMessages: 4,
  maxPerHour: 10,
};
