/** The default raise and clear lines of every rule. */
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../units.js';
import type { AlertSettings } from './alert.js';

export const DEFAULT_ALERT_SETTINGS: AlertSettings = {
  // A fact, not a forecast: there is nothing to wait for. The minute that it looks back on is its clear line.
  failing: { mail: true, forMs: 0, clearForMs: 0 },
  // Two beats confirm it: every further one would be taken from the time that is left to act.
  imminent: { mail: true, raise: 0.5, clear: 0.2, forMs: 4 * SECOND_MS, clearForMs: MINUTE_MS },
  pressure: { mail: true, raise: 0.9, clear: 0.8, forMs: 10 * MINUTE_MS, clearForMs: 5 * MINUTE_MS },
  // Half the range used already slows connect(), but a used port is no promise of trouble: shown, not mailed.
  use: { mail: false, raise: 0.8, clear: 0.7, forMs: MINUTE_MS, clearForMs: 5 * MINUTE_MS },
  // An hour is enough to restart a service in order; a line drawn further from minutes of evidence mostly meets the
  // daily rise of traffic. What leaks faster than the two minutes of confirmation is the business of `imminent`.
  leak: {
    mail: true,
    raiseWithinMs: HOUR_MS,
    clearBeyondMs: 2 * HOUR_MS,
    forMs: 2 * MINUTE_MS,
    clearForMs: 10 * MINUTE_MS,
  },
  blind: { mail: true, raiseAfterMs: MINUTE_MS, clearForMs: 10 * SECOND_MS },
};
