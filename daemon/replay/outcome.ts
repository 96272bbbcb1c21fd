/** What a replay tells: which alerts would have fired, what really ran out, and how well it was foreseen. */
import type { Rule, Severity } from '../alert/alert.js';
import type { EpisodeVerdict } from '../forecast/episodes.js';

/**
 * `late`: it fired when the ports had run out already. `undecided`: the samples end before anything can be said.
 * `level`: the rule states a level (pressure, use), which is no promise of an exhaustion.
 */
export type AlertVerdict = EpisodeVerdict | 'late' | 'undecided' | 'level';

export interface ReplayedAlert {
  readonly rule: Rule;
  readonly poolId: string;
  /** Where the pool leads, for people. */
  readonly destination: string;
  readonly severity: Severity;
  readonly mail: boolean;
  /** The sentence it fired with. */
  readonly summary: string;
  readonly pendingAtMs: number;
  readonly firedAtMs: number;
  /** Null: still firing at the end. */
  readonly resolvedAtMs: number | null;
  readonly verdict: AlertVerdict;
  /** From firing to the failure; null where none fell into it. */
  readonly leadMs: number | null;
  /** What who knew the true rate would have said at its start; null for a level, and where nothing followed. */
  readonly oracle: number | null;
}

/** The ports of a pool ran out. */
export interface ReplayedFailure {
  readonly poolId: string;
  readonly destination: string;
  /** It lies between these, which are the same where the instant is known; null: full in the first sample already. */
  readonly afterMs: number | null;
  readonly beforeMs: number;
  /** The last sample that still showed it. */
  untilMs: number;
  /** A full table, the timers of two tables, or a connect that failed. */
  readonly seenBy: 'table' | 'timers' | 'connects';
}

/** Null where there is nothing to take it from. */
export interface ForecastScore {
  /** Forecasts that were shown (probability above 0.5) in one unbroken stretch before a failure. */
  readonly scored: number;
  /** Absolute error of `exhaustsAt` against the failure. */
  readonly errorMedianMs: number | null;
  readonly errorP95Ms: number | null;
  /** Share of the 90% intervals that held the failure, as far as the samples tell. */
  readonly coverage: number | null;
}

export interface ReplayScore {
  /** Of `imminent` and `leak`, gaps below 60 s merged. */
  readonly episodes: Readonly<Record<Exclude<AlertVerdict, 'level'>, number>>;
  /** Failures that could have been warned of: not those of the first sample. */
  readonly failures: number;
  readonly missed: number;
  readonly leadMedianMs: number | null;
  readonly leadLeastMs: number | null;
  readonly forecasts: ForecastScore;
}

export interface ReplayOutcome {
  /** First and last sample; null without any. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly samples: number;
  readonly pools: number;
  readonly alerts: readonly ReplayedAlert[];
  readonly failures: readonly ReplayedFailure[];
  readonly score: ReplayScore;
}

/** The middle of what the samples leave open. */
export function failureInstant({ afterMs, beforeMs }: ReplayedFailure): number {
  return ((afterMs ?? beforeMs) + beforeMs) / 2;
}
