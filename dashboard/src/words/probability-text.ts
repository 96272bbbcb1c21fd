/** The risk that a pool runs out, when its ports are full, whether its close rate rises, and connects that fail now. */
import { formatCount } from '../../../daemon/units.js';
import { PROBABILITY_WITHIN_MS, SHOWN_ABOVE } from '../../../daemon/forecast/thresholds.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { capitalize, formatInstant, formatPlural, formatRoughInstant, parseInstant } from './format.js';

/** Probabilities that would round to 0% or 100% are printed as bounds, since no forecast is certain. */
const ROUNDS_TO_0 = 0.005;
const ROUNDS_TO_100 = 0.995;

/** `97%`, `under 1%`, `over 99%`. */
export function formatProbability(probability: number): string {
  if (probability <= ROUNDS_TO_0) return 'under 1%';
  if (probability >= ROUNDS_TO_100) return 'over 99%';
  return `${Math.round(probability * 100)}%`;
}

/**
 * Whether the foreseen exhaustion is more likely than not. The probability covers ten minutes only, so an exhaustion beyond
 * them, as of a slow leak, counts as likely.
 */
export function isLikely({ probability, exhaustsAt, sampledAt }: WirePool): boolean {
  const aheadMs = (parseInstant(exhaustsAt) ?? Infinity) - (parseInstant(sampledAt) ?? 0);
  return probability === null || probability >= SHOWN_ABOVE || aheadMs > PROBABILITY_WITHIN_MS;
}

/**
 * The risk within ten minutes with what it assumes, and the interval of the exhaustion. The assumption is that the present
 * rate holds, that a rising rate keeps rising, or that this burst lasts as long as earlier ones did.
 */
export function describeProbability(pool: WirePool, nowMs: number): string {
  const { probability, probabilityBasis } = pool;
  if (probability === null) return joinSentences([describeInterval(pool, nowMs)]);
  switch (probabilityBasis) {
    case 'rate':
      return joinSentences([describeRisk(probability), describeInterval(pool, nowMs)]);
    case 'climb':
      return joinSentences([`${formatProbability(probability)} risk within 10 minutes`, describeRise(pool, nowMs)]);
    case 'history':
      return joinSentences([describeBurstRisk(probability, pool.burstsKnown), describeHeldBurst(pool, nowMs)]);
  }
}

function describeRisk(probability: number): string {
  const risk = formatProbability(probability);
  if (probability <= ROUNDS_TO_0) return `Safe for the next 10 minutes at this rate (risk ${risk})`;
  return `${risk} risk within 10 minutes at this rate`;
}

function describeRise(pool: WirePool, nowMs: number): string | null {
  const exhaustsAtMs = parseInstant(pool.exhaustsAt);
  return exhaustsAtMs === null
    ? null
    : `If the rate keeps rising: full about ${formatRoughInstant(exhaustsAtMs, nowMs)}`;
}

function describeBurstRisk(probability: number, burstCount: number): string {
  const bursts = burstCount === 1 ? 'its last burst' : `its last ${formatCount(burstCount)} bursts`;
  return `${formatProbability(probability)} risk within 10 minutes, from how long ${bursts} lasted`;
}

/** Null where neither the risk nor the interval is known. */
function describeHeldBurst(pool: WirePool, nowMs: number): string | null {
  const { probabilityIfHeld } = pool;
  const risk = probabilityIfHeld === null ? null : `${formatProbability(probabilityIfHeld)} risk`;
  const parts = [risk, describeInterval(pool, nowMs)].filter((part) => part !== null);
  return parts.length === 0 ? null : `If this burst goes on: ${parts.join(', ')}`;
}

/** `full between 14:03:18 and 14:03:29 (90%)`; null where no interval is known. */
function describeInterval(pool: WirePool, nowMs: number): string | null {
  const earliestMs = parseInstant(pool.earliestAt);
  const latestMs = parseInstant(pool.latestAt);
  if (earliestMs === null) return null;
  const earliest = formatInstant(earliestMs, nowMs);
  if (latestMs === null) return `full after ${earliest}, or never (90%)`;
  return `full between ${earliest} and ${formatInstant(latestMs, nowMs)} (90%)`;
}

function joinSentences(parts: readonly (string | null)[]): string {
  return parts
    .filter((part) => part !== null)
    .map(capitalize)
    .join('. ');
}

/** When a rising close rate reaches the sustainable rate; null where it does not rise. */
export function describeClimb(pool: WirePool, nowMs: number): string | null {
  const atMs = parseInstant(pool.pressureFullAt);
  if (atMs === null) return null;
  const text = `The close rate is rising. If it keeps rising, it reaches the sustainable rate at ${formatInstant(atMs, nowMs)}`;
  const earliestMs = parseInstant(pool.pressureFullEarliestAt);
  const latestMs = parseInstant(pool.pressureFullLatestAt);
  if (earliestMs === null) return `${text}.`;
  const earliest = formatInstant(earliestMs, nowMs);
  if (latestMs === null) return `${text} (90%: not before ${earliest}, and the rate may stop rising first).`;
  return `${text} (90%: ${earliest} to ${formatInstant(latestMs, nowMs)}).`;
}

/** The connects that were seen to fail; null where none was, or where failures are not counted. */
export function describeFailures({ kind, failedConnects }: WirePool): string | null {
  if (failedConnects === null || failedConnects <= 0) return null;
  return `${formatPlural(failedConnects, kind === 'bind' ? 'bind' : 'connect')} failed in the last minute`;
}
