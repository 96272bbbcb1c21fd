/** How likely a pool runs out, on what that rests, how fast its rate climbs, and what already fails. Pure. */
import { formatCount, MINUTE_MS } from '../../../daemon/units.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { parseInstant, formatInstant, formatPlural } from './format.js';

/** `97%`; the ends are stated as bounds, since no forecast is certain. */
export function formatProbability(probability: number): string {
  if (probability <= 0.005) return 'under 1%';
  if (probability >= 0.995) return 'over 99%';
  return `${Math.round(probability * 100)}%`;
}

/** How far ahead the probability looks. */
const PROBABILITY_WITHIN_MS = 10 * MINUTE_MS;

/** False where exhaustion is foreseen so soon that the probability speaks of it, and is less likely than not. */
export function isLikely({ probability, exhaustsAt, sampledAt }: WirePool): boolean {
  const aheadMs = (parseInstant(exhaustsAt) ?? Infinity) - (parseInstant(sampledAt) ?? 0);
  return probability === null || probability >= 0.5 || aheadMs > PROBABILITY_WITHIN_MS;
}

/** `between 14:03:18 and 14:03:29 (90%)`; null where no interval is known. */
function describeInterval(pool: WirePool, nowMs: number): string | null {
  const earliest = parseInstant(pool.earliestAt);
  const latest = parseInstant(pool.latestAt);
  if (earliest === null) return null;
  if (latest !== null) return `between ${formatInstant(earliest, nowMs)} and ${formatInstant(latest, nowMs)} (90%)`;
  return `not before ${formatInstant(earliest, nowMs)} (90%); at the low end of the rate, never`;
}

/**
 * The probability of exhaustion within 10 minutes with what it rests on, and the interval of the instant with what that
 * rests on: the present rate, a climb that may settle, or how long earlier bursts lasted.
 */
export function describeProbability(pool: WirePool, nowMs: number): string {
  const { probability, probabilityIfHeld: held } = pool;
  const interval = describeInterval(pool, nowMs);
  if (probability === null) return sentence([interval]);
  const likely = `${formatProbability(probability)} likely to run out within 10 minutes`;
  if (pool.probabilityBasis === 'history') {
    const bursts = pool.burstsKnown === 1 ? 'its last burst' : `its last ${formatCount(pool.burstsKnown)} bursts`;
    const goesOn = [held === null ? null : formatProbability(held), interval]
      .filter((part) => part !== null)
      .join(', ');
    return sentence([
      `${likely}, by how long ${bursts} lasted`,
      goesOn === '' ? null : `if this one goes on, ${goesOn}`,
    ]);
  }
  if (pool.probabilityBasis === 'climb') return sentence([interval, `${likely}, as the climb may settle first`]);
  return sentence([interval, `if this goes on: ${likely}`]);
}

function sentence(parts: readonly (string | null)[]): string {
  const text = parts.filter((part) => part !== null).join('; ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** When a climbing rate reaches what the pool can sustain, or null where none climbs. */
export function describeClimb(pool: WirePool, nowMs: number): string | null {
  const at = parseInstant(pool.pressureFullAt);
  if (at === null) return null;
  const reaches = `The rate climbs; at this pace it reaches what the pool can sustain at ${formatInstant(at, nowMs)}`;
  const earliest = parseInstant(pool.pressureFullEarliestAt);
  const latest = parseInstant(pool.pressureFullLatestAt);
  if (earliest === null) return `${reaches}.`;
  if (latest === null)
    return `${reaches} (90%: not before ${formatInstant(earliest, nowMs)}; the climb may end first).`;
  return `${reaches} (90%: ${formatInstant(earliest, nowMs)} to ${formatInstant(latest, nowMs)}).`;
}

/** Connects seen to fail; null where none was, or nobody watches. */
export function describeFailures({ failedConnects }: WirePool): string | null {
  if (failedConnects === null || failedConnects <= 0) return null;
  return `${formatPlural(failedConnects, 'connect')} failed in the last minute`;
}
