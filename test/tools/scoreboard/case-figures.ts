/** What one case says of everybody who warned in it. */
import { judgeEpisode, measureLead, mergeEpisodes, type Episode } from '../../../daemon/score/episodes.js';
import { SHOWN_ABOVE } from '../../../daemon/forecast/thresholds.js';
import { dispersionOf } from '../simulator/arrivals.js';
import { drawFrom } from './draw.js';
import { intensityAt, isRamp, limitOf, type Case } from './case.js';
import { RIVAL_NAMES, type Stated, type Watched } from './watch-case.js';

export interface Warnings {
  readonly fulfilled: number;
  readonly unjustified: number;
  readonly unfulfilled: number;
  readonly missed: boolean;
  readonly leadS: number;
  readonly possibleS: number;
}

export interface Held {
  readonly inside: boolean;
  readonly widthS: number;
  /** Interval score (Gneiting and Raftery): width, plus 20 times what the truth lies outside. */
  readonly score: number;
}

/** A moment of a burst: what was said, what would have been said without history, what came. */
export interface BurstMoment {
  readonly said: number;
  readonly withoutHistory: number;
  /** By who knows the rate and how long such bursts last. */
  readonly ofLengths: number;
  readonly exhausted: boolean;
}

export interface CaseFigures {
  readonly family: string;
  readonly capacity: number;
  readonly seed: number;
  readonly sampleS: number;
  readonly failedAt: number | null;
  readonly far: boolean;
  /** The first failure came within two samples and 4 s of the onset. */
  readonly faster: boolean;
  readonly missedSamples: boolean;
  readonly samples: number;
  /** Another destination, which never runs out, was shown to. */
  readonly shownElsewhere: boolean;
  /** By who warned: `shown`, `alarm`, `oracle` and the rivals. */
  readonly warnings: Readonly<Record<string, Warnings>>;
  /** Absolute errors of `exhaustsAt` in seconds from 4 s after the onset on; Infinity where none was stated. */
  readonly errors: Readonly<Record<string, readonly number[]>>;
  /** Ramps: the error 300 and 60 s ahead over the remaining time; and what is allowed 60 s ahead. */
  readonly ahead300: Readonly<Record<string, number>> | null;
  readonly ahead60: Readonly<Record<string, number>> | null;
  readonly allowed60: number | null;
  /** One random shown moment. */
  readonly held: Held | null;
  readonly oracleHeld: Held | null;
  readonly bursts: readonly BurstMoment[];
  /** Warnings given from a lower or higher probability on, with and without the pool's history. */
  readonly curve: readonly { readonly from: number; readonly said: Warnings; readonly withoutHistory: Warnings }[];
}

/** Probabilities from which a warning might be given. */
const CURVE = [0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.85] as const;
/** A missing end of an interval, or one far off, counts as this far ahead. */
const FAR_AHEAD_S = 600;

export function figuresOf(watched: Watched): CaseFigures {
  const { case: of, failedAt, stated } = watched;
  const { scenario, capacity } = of;
  const phi = phiOf(of);
  const onset = scenario.onsetS ?? 0;
  const far = Math.abs(peakOf(of) - 1) > 3 * Math.sqrt(phi / capacity);
  const faster = failedAt !== null && failedAt - onset <= 2 * scenario.sampleS + 4;
  const warnings: Record<string, Warnings> = {
    shown: warningsOf(watched, (each) => each.probability > SHOWN_ABOVE),
    alarm: warningsOf(watched, (each) => each.alarmed),
    oracle: warningsOf(watched, (each) => each.oracle.probability > SHOWN_ABOVE),
  };
  if (scenario.bursts !== null) {
    warnings['lengths'] = warningsOf(watched, (each) => each.ofLengths > SHOWN_ABOVE);
  }
  RIVAL_NAMES.forEach((name, i) => (warnings[name] = warningsOf(watched, (each) => each.rivals[i]?.alarmed ?? false)));
  const shown = stated.filter((each) => each.probability > SHOWN_ABOVE);
  const moment = shown[Math.floor(drawFrom(of.seed ^ 0x5ca1e).between(0, shown.length))];
  const ramp = isRamp(of);
  return {
    family: of.family,
    capacity,
    seed: of.seed,
    sampleS: scenario.sampleS,
    failedAt,
    far,
    faster,
    missedSamples: scenario.missed > 0,
    samples: stated.length,
    shownElsewhere: stated.some(({ elsewhere }) => elsewhere > SHOWN_ABOVE),
    warnings,
    errors: failedAt === null || ramp ? {} : errorsFrom(stated, onset + 4, failedAt),
    ahead300: ramp ? errorsAhead(watched, 300) : null,
    ahead60: ramp ? errorsAhead(watched, 60) : null,
    allowed60: ramp && failedAt !== null ? allowedAhead(of, failedAt, phi) : null,
    held: failedAt === null || moment === undefined ? null : heldBy(moment, moment, failedAt),
    oracleHeld: failedAt === null || moment === undefined ? null : heldBy(moment, moment.oracle, failedAt),
    bursts: scenario.bursts === null ? [] : burstMoments(watched),
    curve: CURVE.map((from) => ({
      from,
      said: warningsOf(watched, (each) => each.probability > from),
      withoutHistory: warningsOf(watched, (each) => each.ifHeld > from),
    })),
  };
}

function warningsOf({ stated, failedAt, case: of }: Watched, warned: (each: Stated) => boolean): Warnings {
  const stretches = stretchesOf(stated, warned, failedAt);
  const starts = new Map(stated.map((each) => [each.at * 1000, each.oracle.probability]));
  const count = { fulfilled: 0, unjustified: 0, unfulfilled: 0 };
  const failedAtMs = failedAt === null ? null : failedAt * 1000;
  for (const episode of mergeEpisodes(stretches)) {
    count[judgeEpisode(episode, { failedAtMs, referenceAtStart: starts.get(episode.fromMs) ?? 0 })] += 1;
  }
  if (failedAt === null) return { ...count, missed: false, leadS: 0, possibleS: 0 };
  const onsetMs = 1000 * (of.scenario.onsetS ?? 0);
  const { leadMs, possibleMs } = measureLead(stretches, { onsetMs, failedAtMs: failedAt * 1000 });
  return { ...count, missed: count.fulfilled === 0, leadS: leadMs / 1000, possibleS: possibleMs / 1000 };
}

/** Unbroken stretches of warning; the last one lasts to the failure when nothing was said in between. */
function stretchesOf(stated: readonly Stated[], warned: (each: Stated) => boolean, failedAt: number | null): Episode[] {
  const stretches: { fromMs: number; toMs: number }[] = [];
  let current: { fromMs: number; toMs: number } | null = null;
  for (const each of stated) {
    if (!warned(each)) {
      current = null;
      continue;
    }
    if (current === null) {
      current = { fromMs: each.at * 1000, toMs: each.at * 1000 };
      stretches.push(current);
    }
    current.toMs = each.at * 1000;
  }
  if (current !== null && failedAt !== null) current.toMs = failedAt * 1000;
  return stretches;
}

function statements(each: Stated): [string, number | null][] {
  return [
    ['portcast', each.exhaustsAt],
    ['oracle', each.oracle.exhaustsAt],
    ['measured', each.toldExhaustsAt ?? each.oracle.measuredExhaustsAt],
    ...RIVAL_NAMES.map((name, i): [string, number | null] => [name, each.rivals[i]?.exhaustsAt ?? null]),
  ];
}

function errorsFrom(stated: readonly Stated[], fromS: number, failedAt: number): Record<string, number[]> {
  const errors: Record<string, number[]> = {};
  for (const each of stated) {
    if (each.at < fromS) continue;
    for (const [who, at] of statements(each))
      (errors[who] ??= []).push(at === null ? Infinity : Math.abs(at - failedAt));
  }
  return errors;
}

/** A slope is not told from less evidence. */
const SLOPE_SHOWS_S = 120;

/** At the last sample at least so long before the failure; nothing where the climb was too young then. */
function errorsAhead({ stated, failedAt, case: of }: Watched, aheadS: number): Record<string, number> | null {
  if (failedAt === null) return null;
  const each = stated.findLast(({ at }) => failedAt - at >= aheadS);
  if (each === undefined || each.at - (of.scenario.onsetS ?? 0) < SLOPE_SHOWS_S) return null;
  const remaining = failedAt - each.at;
  return Object.fromEntries(
    statements(each).map(([who, at]) => [who, at === null ? Infinity : Math.abs(at - failedAt) / remaining]),
  );
}

/** 15% of the remaining time and 2 sqrt(phi C) / (hold x slope), over the remaining time. */
function allowedAhead(of: Case, failedAt: number, phi: number): number {
  const remaining = 60;
  const before = intensityAt(of, failedAt - remaining).churn;
  const slope = (before - intensityAt(of, failedAt - remaining - 10).churn) / 10;
  if (slope <= 0) return Infinity;
  const holdS = of.capacity / limitOf(of.capacity);
  return (0.15 * remaining + (2 * Math.sqrt(phi * of.capacity)) / (holdS * slope)) / remaining;
}

function heldBy(at: Stated, said: { earliestAt: number | null; latestAt: number | null }, failedAt: number): Held {
  const low = Math.max(at.at, said.earliestAt ?? at.at);
  const high = Math.min(said.latestAt ?? Infinity, at.at + FAR_AHEAD_S);
  const widthS = Math.max(0, high - low);
  const outside = Math.max(0, low - failedAt, failedAt - high);
  return { inside: outside === 0, widthS, score: widthS + 20 * outside };
}

/** Every sample of the burst from its second one on. */
function burstMoments({ stated, failedAt, case: of }: Watched): BurstMoment[] {
  const onset = of.scenario.onsetS ?? 0;
  const endS = of.scenario.churn.find(({ atS }) => atS > onset)?.atS ?? Infinity;
  return stated
    .filter(({ at }) => at >= onset + of.scenario.sampleS && at < Math.min(endS, failedAt ?? Infinity))
    .map(({ probability, ifHeld, ofLengths }) => ({
      said: probability,
      withoutHistory: ifHeld,
      ofLengths,
      exhausted: failedAt !== null,
    }));
}

/** Dispersion at the highest rate of the plan. */
function phiOf({ scenario, capacity }: Case): number {
  const highest = Math.max(...scenario.churn.flatMap(({ from, to }) => [from, to]));
  return dispersionOf(scenario.arrivals, highest * limitOf(capacity));
}

/** Greatest use the plan leads to, over capacity, without any chance in it. */
function peakOf(of: Case): number {
  const { scenario, capacity } = of;
  const stepS = 0.5;
  const holdS = capacity / limitOf(capacity);
  const held: number[] = [];
  let [inTimeWait, live, peak] = [0, 0, 0];
  for (let at = 0; at < scenario.endS; at += stepS) {
    const { churn, kept } = intensityAt(of, at);
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

/** Everybody who warns, in the order of the tables. */
export const WARNED_BY: readonly string[] = ['shown', 'alarm', 'oracle', ...RIVAL_NAMES];
