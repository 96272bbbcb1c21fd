/** Silences: for a time, nothing is told of the alerts that they match. Plain JSON data: the store keeps it as JSON. */
import { DAY_MS } from '../units.js';
import type { Incident } from './incident.js';
import type { Matchers } from './matchers.js';
import type { Mute } from './mutes.js';

export interface Silence {
  /** Stable and URL-safe. */
  readonly id: string;
  readonly matchers: Matchers;
  readonly beginAtMs: number;
  readonly endAtMs: number;
  readonly createdAtMs: number;
  /** Null where nobody was named. */
  readonly author: string | null;
  /** Empty where none was given. */
  readonly comment: string;
}

export type SilenceState = 'pending' | 'active' | 'expired';

/** The longest silence. One that never ends would be forgotten. */
export const MAX_SILENCE_MS = 366 * DAY_MS;
/** Silences that have not ended. Each is compared with every alert that fires. */
export const MAX_SILENCES = 500;
/** One that has ended stays listed for this time. */
export const SILENCE_MEMORY_MS = 7 * DAY_MS;

export function findSilenceState({ beginAtMs, endAtMs }: Silence, nowMs: number): SilenceState {
  if (nowMs >= endAtMs) return 'expired';
  return nowMs >= beginAtMs ? 'active' : 'pending';
}

/** What the silences keep from being told now. */
export function listSilenceMutes(silences: readonly Silence[], nowMs: number): Mute[] {
  return silences.flatMap((silence) =>
    findSilenceState(silence, nowMs) === 'active'
      ? [{ reason: 'silenced' as const, by: silence.id, matchers: silence.matchers }]
      : [],
  );
}

/** The silence as it is when it is ended now. One that has ended stays as it is. */
export function endSilence(silence: Silence, nowMs: number): Silence {
  if (findSilenceState(silence, nowMs) === 'expired') return silence;
  return { ...silence, beginAtMs: Math.min(silence.beginAtMs, nowMs), endAtMs: nowMs };
}

/** What a silence of a whole incident matches: what its pools have in common, else the incident itself. */
export function matchIncident({ id, cause, pools }: Incident): Matchers {
  const namespace = pools[0]?.namespace;
  switch (cause.kind) {
    case 'pool':
      return { pool: cause.key };
    case 'process':
    case 'destination':
      return { [cause.kind]: cause.key, ...(namespace === undefined ? {} : { namespace }) };
    case 'portcast':
      return cause.key === '' ? { rule: 'blind' } : { incident: id };
    case 'range':
    case 'local address':
    case 'namespace':
      return { incident: id };
  }
}
