/** How well the instant of an exhaustion is known. */
import type { WirePool } from '../../../daemon/wire/pool.js';
import { parseInstant } from './format.js';

/** An interval wider than this share of the time left makes a countdown misleading. */
const WIDE_SHARE = 0.1;

interface Spread {
  readonly exhaustsAtMs: number;
  /** The 90% interval; the instant itself where none is known. */
  readonly earliestMs: number;
  /** Null: the pool may never run out. */
  readonly latestMs: number | null;
  readonly isWide: boolean;
}

/**
 * Of a pool with an `exhaustsAt`; without one the instant is the present. The width is compared with the time that was left at the
 * sample: compared with the time left now, the page would change to dots shortly before each sample, and back after it.
 */
export function readSpread(pool: WirePool, nowMs: number): Spread {
  const exhaustsAtMs = parseInstant(pool.exhaustsAt) ?? nowMs;
  const earliestMs = parseInstant(pool.earliestAt);
  if (earliestMs === null) return { exhaustsAtMs, earliestMs: exhaustsAtMs, latestMs: exhaustsAtMs, isWide: false };
  const latestMs = parseInstant(pool.latestAt);
  const widthMs = (latestMs ?? Infinity) - earliestMs;
  const leftMs = Math.max(0, exhaustsAtMs - (parseInstant(pool.sampledAt) ?? nowMs));
  return { exhaustsAtMs, earliestMs, latestMs, isWide: widthMs > WIDE_SHARE * leftMs };
}

/** Whether at least one of the 20 situations never ends without ports, since the traffic may not last. */
export function mayNeverRunOut(pool: WirePool): boolean {
  return readQuantiles(pool).at(-1) === null;
}

/** The 20 equally likely situations of a pool: when each has run out, in epoch ms; null = never. Empty where not sent. */
export function readQuantiles({ exhaustsQuantiles = [] }: WirePool): (number | null)[] {
  return exhaustsQuantiles.map(parseInstant);
}
