/**
 * The instants by which a pool has run out of ports in so many of 20 equally likely situations: the quantiles of the
 * forecast. They include the doubt whether the traffic lasts, so where the risk is 18%, 16 of the 20 never run out.
 */
import { buildExpected, createInstants } from './exhaustion.js';
import { findLastedMs } from './exhaustion-probability.js';
import type { ExhaustionInput } from './exhaustion-input.js';
import { estimateGrowthLasts } from './persistence.js';
import { createExhaustionInput, type PoolFacts, type SampleFacts } from './pool-facts.js';
import { findExhaustion } from './queue.js';
import { PROBABILITY_WITHIN_MS } from './thresholds.js';
import type { PoolForecast } from './types.js';

/** The 20 levels lie in the middle of 20 equal parts: 2.5%, 7.5% ... 97.5%. These are their standard deviations. */
const NORMAL_QUANTILES = [
  1.959964, 1.439531, 1.150349, 0.934589, 0.755415, 0.59776, 0.453762, 0.318639, 0.189118, 0.062707,
] as const;
const COUNT = 2 * NORMAL_QUANTILES.length;

/**
 * The instants in epoch ms, ascending; null = never, at the end. Empty where no exhaustion is forecast, where
 * it is already there, or while the close rate is unknown.
 */
export function findExhaustionQuantiles(
  facts: PoolFacts,
  forecast: PoolForecast,
  sample: SampleFacts,
): (number | null)[] {
  const { exhaustsAtMs, earliestAtMs, mode, probability, probabilityBasis } = forecast;
  if (exhaustsAtMs === null || earliestAtMs === null || mode === 'exhausted' || probability === null) return [];
  const input = createExhaustionInput(facts, sample);
  const expected = input === null ? null : buildExpected(input);
  const meanMs = expected === null ? null : findExhaustion(expected);
  if (input === null || expected === null || meanMs === null) return [];
  const { afterMs, findAt } = createInstants(input, expected, meanMs);
  const isByClimb = probabilityBasis === 'climb';
  // A fast flow fills the pool early. Where the climb decides, `lasts` has the doubt whether the climb goes on.
  const slow = NORMAL_QUANTILES.map((z) => findAt(-z, isByClimb)).reverse();
  const whileItLasts = keepAscending([...NORMAL_QUANTILES.map((z) => findAt(z)), ...slow]);
  const lasts = createLasting(input, { afterMs, probability, whileItLasts });
  return includeDoubt(whileItLasts, lasts).map((ms) => (ms === null ? null : Math.round(forecast.sampledAtMs + ms)));
}

/** A flow that never fills the pool is slower than all that do; rounding may swap two that are close together. */
function keepAscending(instants: readonly (number | null)[]): (number | null)[] {
  let latest: number | null = 0;
  return instants.map((at) => {
    latest = at === null || latest === null ? null : Math.max(at, latest);
    return latest;
  });
}

interface Stated {
  readonly afterMs: number;
  readonly probability: number;
  readonly whileItLasts: readonly (number | null)[];
}

/**
 * Probability that the traffic lasts until an instant. Within ten minutes the stated probability has it already. Growth lasts
 * with odds that fall with the time ahead; closes fill the pool within one hold or never, so for them it is one number.
 */
function createLasting(input: ExhaustionInput, { afterMs, probability, whileItLasts }: Stated): (ms: number) => number {
  const isSoon = (ms: number | null): boolean => ms !== null && ms <= PROBABILITY_WITHIN_MS;
  const fills = whileItLasts.filter(isSoon).length / COUNT;
  const byFlow = fills === 0 ? 1 : Math.min(1, probability / fills);
  if (input.growth.perSecond === 0 && input.unanswered === null) return () => byFlow;
  const lasts = (ms: number): number => {
    const byRule = estimateGrowthLasts(findLastedMs(input), ms);
    return input.growthToLast === null ? byRule : input.growthToLast(ms, byRule);
  };
  if (!isSoon(afterMs)) return lasts;
  const stated = input.unanswered === null ? probability : byFlow;
  const atMedian = lasts(afterMs);
  return (ms) => (atMedian === 0 ? stated : Math.min(1, (stated * lasts(ms)) / atMedian));
}

/** Each of the situations counts as far as the traffic lasts until then. The rest of the 20 never run out. */
function includeDoubt(whileItLasts: readonly (number | null)[], lasts: (ms: number) => number): (number | null)[] {
  const points: { readonly by: number; readonly ms: number }[] = [];
  let total = 0;
  for (const ms of whileItLasts) {
    if (ms === null) break;
    const share = lasts(ms) / COUNT;
    points.push({ by: total + share / 2, ms });
    total += share;
  }
  return whileItLasts.map((_, index) => {
    const level = (index + 0.5) / COUNT;
    return level > total ? null : interpolate(points, level);
  });
}

/** @param points ascending in both values, at least one */
function interpolate(points: readonly { readonly by: number; readonly ms: number }[], level: number): number {
  const next = points.findIndex(({ by }) => by >= level);
  const upper = points[next] ?? points.at(-1);
  const lower = points[next - 1];
  if (upper === undefined) return 0;
  if (next < 0 || lower === undefined) return upper.ms;
  return lower.ms + ((upper.ms - lower.ms) * (level - lower.by)) / (upper.by - lower.by);
}
