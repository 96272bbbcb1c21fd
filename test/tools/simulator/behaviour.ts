/** How programs and their peers behave beside the plan: lengths of time, late FINs, clients, retries, unanswered SYNs. */
import { normalCdf } from '../../../daemon/forecast/rate/distribution.js';
import { exponential, normal, type Random } from './random.js';

/** A length of time in ms: the same each time, or drawn each time. */
export type Duration =
  | { readonly forMs: number }
  /** Exponential with this mean. */
  | { readonly meanMs: number }
  /** Log-normal about this median; `sigma` is the standard deviation of the logarithm. */
  | { readonly medianMs: number; readonly sigma: number }
  | { readonly fromMs: number; readonly toMs: number };

/** When the peer's FIN follows ours. */
export interface PeerFin {
  /** From our close to the arrival of the peer's FIN. At 0 the row is in TIME_WAIT at once. */
  readonly lag: Duration;
  /**
   * The lag grows by this for each connection of the destination above `idleUpTo` that is open or still waits for its
   * FIN: the peer is busy. Default: 0.
   */
  readonly perOpenMs?: number;
  readonly idleUpTo?: number;
  /** The share of the connections whose FIN never arrives: their rows stay for tcp_fin_timeout. Default: 0. */
  readonly neverShare?: number;
}

/** What is done about a connect() or bind() that failed: it is called again after a growing wait. */
export interface Retry {
  readonly firstMs: number;
  /** Each wait is this many times as long as the one before, up to `maxMs`. */
  readonly factor: number;
  readonly maxMs: number;
  /** Each wait is drawn between this share of its length and all of it. Default: 1. */
  readonly jitterFrom?: number;
  /** After this many failed calls the connection is given up; a client then stops. Default: never. */
  readonly attempts?: number;
}

/**
 * Clients with one connection each: a client opens it, holds it for its life, pauses, and opens the next one. The rate
 * follows from that, so it answers to failures and to slow peers.
 */
export interface Clients {
  /** How many clients there are from each instant on. A client that is too many stops when its connection ends. */
  readonly counts: readonly { readonly atMs: number; readonly clients: number }[];
  /** New clients open their first connections spread over this long. Default: at once. */
  readonly startOverMs?: number;
  /** From the end of a connection to the next one. Default: none. */
  readonly pause?: Duration;
}

/** SYNs that the peer drops. The row is in SYN_SENT and holds its port until an answer or a time-out. */
export interface UnansweredSyn {
  /** The share of the connects whose first SYN is dropped. */
  readonly share: number;
  /** The peer answers a repeated SYN this long after the first. Default: never. */
  readonly answeredAfterMs?: number;
  /** The application gives up after this long; default: the kernel does. */
  readonly timeoutMs?: number;
}

/** Clients repeat a failed call after a second, unless they state how. */
export const CLIENT_RETRY: Retry = { firstMs: 1000, factor: 1, maxMs: 1000 };

/**
 * When the kernel repeats a SYN, in ms after the first one: `tcp_syn_retries` 6 and `tcp_syn_linear_timeouts` 4, the
 * defaults since 6.5. The last time-out would be at 131 s; the wheel of coarse timers makes it up to 3 s later.
 */
const SYN_RETRANSMITS_MS = [1000, 2000, 3000, 4000, 5000, 7000, 11_000, 19_000, 35_000, 67_000] as const;
export const SYN_GIVEN_UP_MS = 134_000;

/** The retransmission timer of a row in SYN_SENT: how often the SYN was repeated, and when the timer expires next. */
export function findSynTimer(ageMs: number): { retransmits: number; leftMs: number } {
  const next = SYN_RETRANSMITS_MS.findIndex((at) => at > ageMs);
  const retransmits = next === -1 ? SYN_RETRANSMITS_MS.length : next;
  return { retransmits, leftMs: Math.max(0, (SYN_RETRANSMITS_MS[retransmits] ?? SYN_GIVEN_UP_MS) - ageMs) };
}

/** Draws a length of time in ms. */
export function drawDuration(of: Duration, random: Random): number {
  if ('forMs' in of) return of.forMs;
  if ('meanMs' in of) return of.meanMs * exponential(random);
  if ('medianMs' in of) return of.medianMs * Math.exp(of.sigma * normal(random));
  return of.fromMs + (of.toMs - of.fromMs) * random();
}

/** The length of time that this share of the draws does not exceed. */
export function findQuantile(of: Duration, share: number): number {
  if ('forMs' in of) return of.forMs;
  if ('meanMs' in of) return -of.meanMs * Math.log(1 - share);
  if ('medianMs' in of) return of.medianMs * Math.exp(of.sigma * findNormalQuantile(share));
  return of.fromMs + (of.toMs - of.fromMs) * share;
}

/** By bisection, because nothing here needs it to be fast. */
function findNormalQuantile(share: number): number {
  let [low, high] = [-8, 8];
  while (high - low > 1e-9) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < share) low = middle;
    else high = middle;
  }
  return low;
}

/** The time from our close to the peer's FIN, with `open` connections of the destination that are not closed by both. */
export function drawFinLag(of: PeerFin, open: number, random: Random): number {
  if (of.neverShare !== undefined && random() < of.neverShare) return Infinity;
  return drawDuration(of.lag, random) + (of.perOpenMs ?? 0) * Math.max(0, open - (of.idleUpTo ?? 0));
}

/** The wait after the given number of failed calls (1 or more); `Infinity` where the connection is given up. */
export function drawRetryWait(of: Retry, failed: number, random: Random): number {
  if (of.attempts !== undefined && failed >= of.attempts) return Infinity;
  const wait = Math.min(of.maxMs, of.firstMs * of.factor ** (failed - 1));
  const from = of.jitterFrom ?? 1;
  return from === 1 ? wait : wait * (from + (1 - from) * random());
}
