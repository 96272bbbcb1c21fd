/** One silence of `GET /api/v1/silences`. */
import type { Matchers } from '../incident/matchers.js';
import { findSilenceState, type Silence, type SilenceState } from '../incident/silences.js';

export interface WireSilence {
  id: string;
  /** Pending before it begins, expired after its end. */
  state: SilenceState;
  /** All of them must hold: `pool`, `destination`, `process`, `rule`, `namespace`, `incident`. */
  matchers: Matchers;
  beginAt: string;
  endAt: string;
  createdAt: string;
  /** Null where nobody was named. */
  author: string | null;
  comment: string;
}

export function silenceToWire(silence: Silence, nowMs: number): WireSilence {
  return {
    id: silence.id,
    state: findSilenceState(silence, nowMs),
    matchers: silence.matchers,
    beginAt: new Date(silence.beginAtMs).toISOString(),
    endAt: new Date(silence.endAtMs).toISOString(),
    createdAt: new Date(silence.createdAtMs).toISOString(),
    author: silence.author,
    comment: silence.comment,
  };
}
