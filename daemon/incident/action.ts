/** What the reader of a message can do by a link in it. */
import { DAY_MS, HOUR_MS } from '../units.js';

export const ACTIONS = ['acknowledge', 'silence-1h', 'silence-8h'] as const;
export type Action = (typeof ACTIONS)[number];

/** How long a link can be used. */
export const LINK_LIFE_MS = 7 * DAY_MS;

/** What a link may do once. The token itself is only in the message. */
export interface ActionToken {
  /** SHA-256 of the token, in hex. */
  readonly hash: string;
  readonly action: Action;
  readonly incidentId: string;
  /** Who was sent the message, and counts as the author of the action. */
  readonly recipient: string;
  readonly expiresAtMs: number;
  /** Null until it was used. */
  readonly spentAtMs: number | null;
}

/** For how long the action silences the incident; null where it does not. */
export function findSilenceMs(action: Action): number | null {
  switch (action) {
    case 'acknowledge':
      return null;
    case 'silence-1h':
      return HOUR_MS;
    case 'silence-8h':
      return 8 * HOUR_MS;
  }
}
