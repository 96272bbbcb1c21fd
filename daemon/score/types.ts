/** How right the forecasts were: what is settled, judged and counted, and the sums of it. Plain data. */
import { formatDuration, formatPercent } from '../units.js';

/** Closes that entered a pool in (fromMs, toMs]. Any clock, as long as it is one. */
export interface CountedCloses {
  readonly fromMs: number;
  readonly toMs: number;
  readonly closes: number;
}

/** The moment at which no port was left, as exactly as it is known. */
export interface ObservedExhaustion {
  /** It was not before this; null where nothing is known from before. */
  readonly afterMs: number | null;
  readonly beforeMs: number;
  /** A connect that failed, the timers of two tables, or a full table. */
  readonly seenBy: 'connects' | 'timers' | 'table';
}

/**
 * `fulfilled`: the first failure fell into it. Else `unjustified` where even who knew the true rate at its start would
 * not have warned, or `unfulfilled`: right when it was said, and the traffic changed.
 */
export type EpisodeVerdict = 'fulfilled' | 'unjustified' | 'unfulfilled';

/** What hindsight needs of the moment at which a warning began. Plain JSON data: it outlives a restart. */
export interface WarningStart {
  readonly capacity: number;
  readonly holdMs: number;
  readonly live: number;
  readonly isLeak: boolean;
  /** How far ahead the warning reaches. */
  readonly withinMs: number;
  /** Closes of the last hold, in ms since the start: negative. */
  readonly counted: readonly CountedCloses[];
}

/** `shown`: the probability says more likely than not; `alarm`: the rule `imminent` fires; `leak`: that rule does. */
export type EpisodeKind = 'shown' | 'alarm' | 'leak';

/** An alert that promises an exhaustion, while it fires. */
export interface FiringWarning {
  readonly poolId: string;
  readonly kind: Exclude<EpisodeKind, 'shown'>;
  readonly firedAtMs: number;
  /** How far ahead its promise reaches. */
  readonly withinMs: number;
}

/** A forecast that waits for what will happen. */
export interface KeptForecast {
  readonly poolId: string;
  readonly madeAtMs: number;
  readonly mode: string;
  readonly closeRate: number | null;
  readonly live: number;
  readonly exhaustsAtMs: number | null;
  readonly earliestAtMs: number | null;
  readonly latestAtMs: number | null;
  readonly probability: number | null;
}

export interface SettledForecast {
  readonly poolId: string;
  readonly madeAtMs: number;
  readonly settledAtMs: number;
  readonly failedAtMs: number | null;
  readonly probability: number | null;
  /** Exhaustion within 10 minutes; null where portcast was blind meanwhile. */
  readonly happened: boolean | null;
  /** Foretold less true instant; null where it was not shown, did not come, or the traffic changed. */
  readonly errorMs: number | null;
  /** Share of the time in which the failure can have come that lies in the 90% interval, 0 to 1; null as above. */
  readonly held: number | null;
}

/** `late`: it began when the ports had run out; `unknown`: portcast was blind, or it was still on at the end. */
export type ScoreVerdict = EpisodeVerdict | 'late' | 'unknown';

/** A stretch of warning, while it is on and when it is judged. */
export interface ScoredEpisode {
  readonly poolId: string;
  readonly kind: EpisodeKind;
  readonly fromMs: number;
  /** Null while it is on. */
  readonly toMs: number | null;
  readonly failedAtMs: number | null;
  /** Probability by the true rate at its start, frozen; null until it is known. */
  readonly reference: number | null;
  readonly leadMs: number | null;
  /** Null while it is on. */
  readonly verdict: ScoreVerdict | null;
  readonly start: WarningStart;
}

/** The first failure of a pool after a minute without one. */
export interface ScoredFailure {
  readonly poolId: string;
  /** The middle of what is left open. */
  readonly failedAtMs: number;
  /** It lies between these; null: failing at the first sample, or the first after a gap, so nobody could warn of it. */
  readonly afterAtMs: number | null;
  readonly beforeAtMs: number;
  readonly seenBy: ObservedExhaustion['seenBy'];
  /** How long it had been warned of, without a break; 0 is a miss. */
  readonly shownLeadMs: number;
  /** The same of alerts, of either rule. */
  readonly alarmLeadMs: number;
  /** Faster than sampling: in the ten minutes before, no sample had shown anything notable. */
  readonly sudden: boolean;
}

export interface ScoreOutcome {
  readonly settled: readonly SettledForecast[];
  /** Begun or judged with this sample: the newest word on each replaces the earlier one. */
  readonly episodes: readonly ScoredEpisode[];
  readonly failures: readonly ScoredFailure[];
  /** Pools that this sample shows without a port. */
  readonly failing: readonly string[];
}

export interface EpisodeCounts {
  readonly fulfilled: number;
  readonly unfulfilled: number;
  readonly unjustified: number;
  /** Failures that were not warned of, sudden ones apart. */
  readonly missed: number;
  /** Of the failures that were warned of; null without one. */
  readonly medianLeadMs: number | null;
}

/** Of the last `days` days. Null where there is nothing to take it from. */
export interface ScoreSummary {
  readonly days: number;
  /** Settled forecasts, and the share of them that were followed by an exhaustion within 10 minutes. */
  readonly forecasts: number;
  readonly baseRate: number | null;
  /** Mean squared error of the probability: 0 is perfect, `baseRate x (1 - baseRate)` is what knowing nothing gives. */
  readonly brier: number | null;
  /** Forecasts whose instant could be compared with the true one. */
  readonly errors: number;
  readonly medianErrorMs: number | null;
  readonly p95ErrorMs: number | null;
  /** Intervals that could be compared, and the share that held the true instant: 0.9 is right. */
  readonly intervals: number;
  readonly coverage: number | null;
  readonly failures: number;
  /** Of them, those faster than sampling. */
  readonly sudden: number;
  readonly shown: EpisodeCounts;
  readonly alarm: EpisodeCounts;
}

/** One sentence with its numbers. */
export function explainScore(score: ScoreSummary): string {
  const { days, forecasts, failures, shown } = score;
  const warnings = shown.fulfilled + shown.unfulfilled + shown.unjustified;
  if (forecasts + failures + warnings === 0) {
    return 'nothing to score yet: what is said of a pool that is half full or will be is settled by its next 10 minutes';
  }
  const failed =
    failures === 0
      ? 'no pool ran out'
      : `pools ran out ${failures === 1 ? 'once' : `${failures} times`}: ${shown.missed} unforeseen, ${score.sudden} faster than sampling`;
  const warned =
    `${warnings} warning${warnings === 1 ? '' : 's'}: ${shown.fulfilled} came true, ` +
    `${shown.unfulfilled} did not because the traffic changed, ${shown.unjustified} unjustified`;
  const error =
    score.medianErrorMs === null ? '' : `; the instant was off by ${formatDuration(score.medianErrorMs)} (median)`;
  const held = score.coverage === null ? '' : `; ${formatPercent(score.coverage)} of the 90% intervals held it`;
  return `in ${days} days ${failed}; ${warned}${error}${held}`;
}
