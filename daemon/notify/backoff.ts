/** When to try a message again. */
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../units.js';

const FIRST_DELAY_MS = 5 * SECOND_MS;
const MAX_DELAY_MS = 10 * MINUTE_MS;
/** A fifth either way, so that many daemons do not come back to a mail server all at once. */
const JITTER = 0.2;
/** No attempt is ever planned further ahead: one that is was planned before the clock was set back. */
export const FARTHEST_DELAY_MS = MAX_DELAY_MS * (1 + JITTER);

const GIVE_UP_AFTER_MS = 7 * DAY_MS;
/** A clock set wrongly forward must not make a message old: it has been tried this often as well. */
const GIVE_UP_AFTER_ATTEMPTS = 200;

/**
 * The wait after a failed attempt: 5 s, doubling to 10 minutes, with jitter.
 * @param attempts how many have failed, this one included
 * @param random 0 to 1
 */
export function retryDelayMs(attempts: number, random: number): number {
  const base = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(20, Math.max(0, attempts - 1)));
  return Math.round(base * (1 + JITTER * (2 * random - 1)));
}

export function isGivenUp(ageMs: number, attempts: number): boolean {
  return ageMs > GIVE_UP_AFTER_MS && attempts >= GIVE_UP_AFTER_ATTEMPTS;
}
