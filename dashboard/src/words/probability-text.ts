/** The risk that a pool runs out, whether its close rate rises, and connects that fail now. */
import { formatCount, formatRate } from '../../../daemon/units.js';
import { PROBABILITY_WITHIN_MS, SHOWN_ABOVE } from '../../../daemon/forecast/thresholds.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { formatPlural, formatRoughInstant, parseInstant } from './format.js';

/** Probabilities that would round to 0% or 100% are printed as bounds, since no forecast is certain. */
const ROUNDS_TO_0 = 0.005;
const ROUNDS_TO_100 = 0.995;
/** The tenth of the 20 quantiles. */
const MEDIAN = 9;

/** `97%`, `under 1%`, `over 99%`. */
export function formatProbability(probability: number): string {
  if (probability <= ROUNDS_TO_0) return 'under 1%';
  if (probability >= ROUNDS_TO_100) return 'over 99%';
  return `${Math.round(probability * 100)}%`;
}

/**
 * Whether the foreseen exhaustion is more likely than not. The probability covers ten minutes only. Beyond them, as of a slow
 * leak, the median of the forecast decides; an older server does not send it, and then the exhaustion counts as likely.
 */
export function isLikely(pool: WirePool): boolean {
  if (isBeyondRisk(pool)) return pool.exhaustsQuantiles?.[MEDIAN] !== null;
  return pool.probability === null || pool.probability >= SHOWN_ABOVE;
}

/** Whether the foreseen exhaustion is further away than the probability covers. */
function isBeyondRisk({ exhaustsAt, sampledAt }: WirePool): boolean {
  const exhaustsAtMs = parseInstant(exhaustsAt);
  return exhaustsAtMs !== null && exhaustsAtMs - (parseInstant(sampledAt) ?? 0) > PROBABILITY_WITHIN_MS;
}

/**
 * The risk within ten minutes, and what may still prevent it. The risk includes the doubt whether the traffic lasts, so it
 * depends on no condition. Null where it is not known, or says nothing of an exhaustion that is further away.
 */
export function describeRisk(pool: WirePool): string | null {
  const { probability, probabilityBasis } = pool;
  if (probability === null || isBeyondRisk(pool)) return null;
  const risk = formatProbability(probability);
  if (probability <= ROUNDS_TO_0 && pool.exhaustsAt === null) return `Safe for the next 10 minutes (risk ${risk})`;
  const text = `${risk} risk within 10 minutes`;
  switch (probabilityBasis) {
    case 'rate':
      return text;
    case 'climb':
      return `${text}; the rate may stop rising first`;
    case 'history':
      return `${text}, ${describeBursts(pool)}`;
  }
}

/** `going by the last 12 bursts (97% without them)`. */
function describeBursts({ burstsKnown, probabilityIfHeld }: WirePool): string {
  const bursts = burstsKnown === 1 ? 'the last burst' : `the last ${formatCount(burstsKnown)} bursts`;
  const without = probabilityIfHeld === null ? '' : ` (${formatProbability(probabilityIfHeld)} without them)`;
  return `going by ${bursts}${without}`;
}

/** Between which instants a rising close rate uses up the ports; null where it does not rise, or that is not known. */
export function describeClimb(pool: WirePool, nowMs: number): string | null {
  const earliestMs = parseInstant(pool.pressureFullEarliestAt);
  if (pool.pressureFullAt === null || earliestMs === null) return null;
  const earliest = formatRoughInstant(earliestMs, nowMs);
  const latestMs = parseInstant(pool.pressureFullLatestAt);
  const interval =
    latestMs === null
      ? `not before ${earliest} (90%), or it stops rising first`
      : `between ${earliest} and ${formatRoughInstant(latestMs, nowMs)} (90%), unless it stops rising first`;
  return `The close rate is rising. It reaches ${formatRate(pool.sustainableRate)}/s, the most that the ports allow, ${interval}.`;
}

/** The connects that were seen to fail; null where none was, or where failures are not counted. */
export function describeFailures({ kind, failedConnects }: WirePool): string | null {
  if (failedConnects === null || failedConnects <= 0) return null;
  return `${formatPlural(failedConnects, kind === 'bind' ? 'bind' : 'connect')} failed in the last minute`;
}
