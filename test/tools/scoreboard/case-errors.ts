/** The errors of the stated instants of one case, and what the true rates alone lead to. */
import { dispersionOf } from '../simulator/arrivals.js';
import { findTrueRates, type Case } from './case.js';
import { findLimitRate } from './limit-rate.js';
import { BASELINE_NAMES, type Statement, type WatchedCase } from './watch-case.js';

export interface IntervalScore {
  readonly inside: boolean;
  readonly widthS: number;
  /** Interval score (Gneiting and Raftery): the width, plus 20 times the distance of the truth from the interval. */
  readonly score: number;
}

/** An end of an interval that is missing, or further ahead than this, counts as this far ahead. */
const FAR_AHEAD_S = 600;

/** From less evidence than this no forecast can measure a slope. */
const SLOPE_SHOWS_S = 120;

function listStatedInstants(each: Statement): [string, number | null][] {
  return [
    ['portcast', each.exhaustsAt],
    ['reference', each.reference.exhaustsAt],
    ['measured', each.informedExhaustsAt ?? each.reference.measuredExhaustsAt],
    ...BASELINE_NAMES.map((name, i): [string, number | null] => [name, each.baselines[i]?.exhaustsAt ?? null]),
  ];
}

export function collectErrors(
  statements: readonly Statement[],
  fromS: number,
  failedAt: number,
): Record<string, number[]> {
  const errors: Record<string, number[]> = {};
  for (const each of statements) {
    if (each.at < fromS) continue;
    for (const [who, at] of listStatedInstants(each))
      (errors[who] ??= []).push(at === null ? Infinity : Math.abs(at - failedAt));
  }
  return errors;
}

/**
 * At the last sample at least `aheadS` before the failure; null where the climb had lasted less than two minutes by
 * then.
 */
export function measureErrorsAhead(
  { statements, failedAt, case: of }: WatchedCase,
  aheadS: number,
): Record<string, number> | null {
  if (failedAt === null) return null;
  const each = statements.findLast(({ at }) => failedAt - at >= aheadS);
  if (each === undefined || each.at - (of.scenario.onsetS ?? 0) < SLOPE_SHOWS_S) return null;
  const remaining = failedAt - each.at;
  return Object.fromEntries(
    listStatedInstants(each).map(([who, at]) => [who, at === null ? Infinity : Math.abs(at - failedAt) / remaining]),
  );
}

/** The error allowed: 15% of the remaining time and 2 sqrt(phi C) / (hold x slope), over the remaining time. */
export function computeAllowedError(of: Case, failedAt: number, phi: number): number {
  const remaining = 60;
  const before = findTrueRates(of, failedAt - remaining).churn;
  const slope = (before - findTrueRates(of, failedAt - remaining - 10).churn) / 10;
  if (slope <= 0) return Infinity;
  const holdS = of.capacity / findLimitRate(of.capacity);
  return (0.15 * remaining + (2 * Math.sqrt(phi * of.capacity)) / (holdS * slope)) / remaining;
}

export function scoreInterval(
  at: Statement,
  said: { earliestAt: number | null; latestAt: number | null },
  failedAt: number,
): IntervalScore {
  const low = Math.max(at.at, said.earliestAt ?? at.at);
  const high = Math.min(said.latestAt ?? Infinity, at.at + FAR_AHEAD_S);
  const widthS = Math.max(0, high - low);
  const outside = Math.max(0, low - failedAt, failedAt - high);
  return { inside: outside === 0, widthS, score: widthS + 20 * outside };
}

/** The dispersion of the arrivals at the highest rate of the plan. */
export function findPhi({ scenario, capacity }: Case): number {
  const highest = Math.max(...scenario.churn.flatMap(({ from, to }) => [from, to]));
  return dispersionOf(scenario.arrivals, highest * findLimitRate(capacity));
}

/** The greatest use that the plan leads to, over capacity, computed without random variation. */
function simulatePeak(of: Case): number {
  const { scenario, capacity } = of;
  const stepS = 0.5;
  const holdS = capacity / findLimitRate(capacity);
  const held: number[] = [];
  let [inTimeWait, live, peak] = [0, 0, 0];
  for (let at = 0; at < scenario.endS; at += stepS) {
    const { churn, kept } = findTrueRates(of, at);
    held.push(churn * stepS);
    inTimeWait += churn * stepS;
    const leaving = held.length - 1 - Math.round(holdS / stepS);
    if (leaving >= 0) inTimeWait -= held[leaving] ?? 0;
    live += kept * stepS;
    const ports = scenario.shrinks !== null && at >= scenario.shrinks.atS ? scenario.shrinks.to * capacity : capacity;
    if (at >= (scenario.onsetS ?? 0)) peak = Math.max(peak, (inTimeWait + live) / ports);
  }
  return peak;
}

/** Whether the case is so far from the limit that random variation does not decide. Programs are drawn far from it. */
export function isFar(of: Case): boolean {
  return of.scenario.program !== null || Math.abs(simulatePeak(of) - 1) > 3 * Math.sqrt(findPhi(of) / of.capacity);
}
