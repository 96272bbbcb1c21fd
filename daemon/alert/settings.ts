/** The default raise and clear lines of every rule. */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../units.js';
import type { AlertSettings } from './alert.js';

export const DEFAULT_ALERT_SETTINGS: AlertSettings = {
  // A failed connect is a fact, not a forecast, so there is nothing to wait for. It clears once the minute over which
  // failures are counted holds none.
  failing: { mail: true, forMs: 0, clearForMs: 0 },
  // The probability already holds the doubt whether the overload lasts, so the alert fires at the first sample above the
  // line. A wait would only shorten the time left to act.
  imminent: { mail: true, raise: 0.5, clear: 0.2, forMs: 0, clearForMs: MINUTE_MS },
  pressure: { mail: true, raise: 0.9, clear: 0.8, forMs: 10 * MINUTE_MS, clearForMs: 5 * MINUTE_MS },
  // connect() is already slower when half the range is used, but high use alone does not mean that ports will run out:
  // it is shown and not mailed.
  use: { mail: false, raise: 0.8, clear: 0.7, forMs: MINUTE_MS, clearForMs: 5 * MINUTE_MS },
  // An hour is enough for an orderly restart of a service. With a longer horizon the rule would mostly fire on the daily
  // rise of traffic, because the growth is extrapolated from minutes of evidence. A leak that fills the pool within
  // the two minutes of confirmation is reported by `imminent`.
  leak: {
    mail: true,
    raiseWithinMs: HOUR_MS,
    clearBeyondMs: 2 * HOUR_MS,
    forMs: 2 * MINUTE_MS,
    clearForMs: 10 * MINUTE_MS,
  },
  // Every connect() fails from the first moment, so there is nothing to wait for.
  empty: { mail: true, forMs: 0, clearForMs: 10 * SECOND_MS },
  blind: { mail: true, raiseAfterMs: MINUTE_MS, clearForMs: 10 * SECOND_MS },
  // A full disk and a server that is restarted are often over within minutes. Messages are kept for a week, so a channel may
  // be away for a night.
  trouble: {
    mail: true,
    forMs: {
      store: 5 * MINUTE_MS,
      stall: MINUTE_MS,
      outbox: 5 * MINUTE_MS,
      fallback: 5 * MINUTE_MS,
      channel: DAY_MS,
    },
    clearForMs: MINUTE_MS,
  },
};
