/** What a replay tells: which alerts would have fired, what really ran out, and how well it was foreseen. */
import type { Rule, Severity } from '../alert/alert.js';
import type { EpisodeVerdict } from '../score/types.js';
import type { ScoredFailure } from '../score/types.js';

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
  /** What who knew the true rate would have said when its episode began; null for a level, and where nothing followed. */
  readonly reference: number | null;
}

/** The ports of a pool ran out. Instants are epoch ms. */
export interface ReplayedFailure extends Omit<ScoredFailure, 'sudden'> {
  readonly destination: string;
  /** The last sample that still showed it. */
  readonly untilAtMs: number;
}

/** Null where there is nothing to take it from. */
export interface ForecastScore {
  /** Forecasts that were shown (probability above 0.5) before a failure, while the traffic went on. */
  readonly scored: number;
  /** Absolute error of `exhaustsAt` against the failure. */
  readonly errorMedianMs: number | null;
  readonly errorP95Ms: number | null;
  /** Of the 90% intervals that could be compared, how much of where the failures can lie they held. */
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
