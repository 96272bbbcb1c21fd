/** The result of a replay: which alerts would have fired, when ports ran out, and how well that was foreseen. */
import type { Rule, Severity } from '../alert/alert.js';
import type { EpisodeVerdict, ScoredFailure } from '../score/types.js';

/**
 * The verdict on an alert.
 * - `late`: it fired after the ports had run out.
 * - `undecided`: the samples end before its outcome is known.
 * - `level`: its rule (`pressure`, `use`) states a level and forecasts no exhaustion, so it is not judged.
 */
export type AlertVerdict = EpisodeVerdict | 'late' | 'undecided' | 'level';

export interface ReplayedAlert {
  readonly rule: Rule;
  readonly poolId: string;
  /** The destination of the pool in a form for people. */
  readonly destination: string;
  readonly severity: Severity;
  readonly mail: boolean;
  /** The sentence that it fired with. */
  readonly summary: string;
  readonly pendingAtMs: number;
  readonly firedAtMs: number;
  /** Null when it was still firing at the end. */
  readonly resolvedAtMs: number | null;
  readonly verdict: AlertVerdict;
  /** The time from firing to the first failure that came while the alert was firing; null without one. */
  readonly leadMs: number | null;
  /**
   * The probability of exhaustion when the warning began, by the rate that was seen afterwards. Null for a level, and
   * where nothing was seen afterwards.
   */
  readonly reference: number | null;
}

/** A time in which a pool had no port left. Instants are epoch ms. */
export interface ReplayedFailure extends Omit<ScoredFailure, 'sudden'> {
  readonly destination: string;
  /** The last sample that shows it. */
  readonly untilAtMs: number;
}

/** A number that needs data is null while there is none. */
export interface ForecastScore {
  /** How many forecasts were shown (probability above 0.5) before a failure while the traffic stayed the same. */
  readonly scored: number;
  /** The absolute error of `exhaustsAt` against the failure. */
  readonly errorMedianMs: number | null;
  readonly errorP95Ms: number | null;
  /**
   * Over the 90% intervals that could be compared: the mean share of the failure's bounds that lies in the interval.
   */
  readonly coverage: number | null;
}

export interface ReplayScore {
  /** Counts of the warnings of the rules `imminent` and `leak`. Warnings less than 60 s apart are merged. */
  readonly episodes: Readonly<Record<Exclude<AlertVerdict, 'level'>, number>>;
  /** The failures that a warning was possible of: those that had not begun before the first sample. */
  readonly failures: number;
  readonly missed: number;
  readonly leadMedianMs: number | null;
  readonly leadLeastMs: number | null;
  readonly forecasts: ForecastScore;
}

export interface ReplayOutcome {
  /** The first and the last sample, in epoch ms; null without any. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly samples: number;
  readonly pools: number;
  readonly alerts: readonly ReplayedAlert[];
  readonly failures: readonly ReplayedFailure[];
  readonly score: ReplayScore;
}
