/** When a message is tried again, and when it is given up. */
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../units.js';

const FIRST_DELAY_MS = 5 * SECOND_MS;
const MAX_DELAY_MS = 10 * MINUTE_MS;
/** The delay varies by this share either way, so that many daemons do not return to a mail server at the same instant. */
const JITTER = 0.2;
/** No attempt is planned further ahead than this. A later attempt means that the clock was set back. */
export const FARTHEST_DELAY_MS = MAX_DELAY_MS * (1 + JITTER);
/** From here on the delay is at its maximum; the bound keeps the power finite. */
const MAX_DOUBLINGS = 20;

const GIVE_UP_AFTER_MS = 7 * DAY_MS;
/**
 * A message must also have been tried as often as in a week, because a clock that was set forward by mistake makes every
 * message look old.
 */
export const GIVE_UP_AFTER_ATTEMPTS = Math.floor(GIVE_UP_AFTER_MS / FARTHEST_DELAY_MS);

/**
 * The delay after a failed attempt: 5 s, doubling up to 10 minutes, with jitter.
 * @param attempts how many have failed, this one included
 * @param random 0 to 1
 */
export function retryDelayMs(attempts: number, random: number): number {
  const doublings = Math.min(MAX_DOUBLINGS, Math.max(0, attempts - 1));
  const base = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** doublings);
  return Math.round(base * (1 + JITTER * (2 * random - 1)));
}

/** The delay where the other side asks for one of its own: no shorter than without, and no longer than the longest. */
export function delayAsAsked(delayMs: number, askedMs: number | undefined): number {
  return Math.max(delayMs, Math.min(askedMs ?? 0, MAX_DELAY_MS));
}

/** Whether a message that has failed again is tried no more: after a week, and the attempts of a week. */
export function isGivenUp(ageMs: number, attempts: number): boolean {
  return ageMs > GIVE_UP_AFTER_MS && attempts >= GIVE_UP_AFTER_ATTEMPTS;
}
