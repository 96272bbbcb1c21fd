/** The data of the score: what is followed, settled and judged, and the sums of it. */

/** Closes of one pool that were counted after `fromMs` and not later than `toMs`. Both are instants of one clock. */
export interface CountedCloses {
  readonly fromMs: number;
  readonly toMs: number;
  readonly closes: number;
}

/** An exhaustion that was observed: when a pool had no port left, as exactly as that can be found out. */
export interface ObservedExhaustion {
  /** The ports had not run out at this instant; null where no earlier table shows that. */
  readonly afterMs: number | null;
  /** The ports had run out at this instant. */
  readonly beforeMs: number;
  /** What shows it: a connect that failed, the timers of two tables, or a full table. */
  readonly seenBy: 'connects' | 'timers' | 'table';
}

/**
 * The verdict on a warning.
 * - `fulfilled`: the ports ran out while the warning was on.
 * - `unfulfilled`: they did not, but they would have at the close rate that was seen just after the warning began. The
 *   warning was right, and then the traffic changed.
 * - `unjustified`: they did not, and would not have at that rate either.
 */
export type EpisodeVerdict = 'fulfilled' | 'unjustified' | 'unfulfilled';

/**
 * The state of a pool at the moment at which a warning began. The reference probability is computed from it afterwards.
 * It is stored as JSON, so that it outlives a restart.
 */
export interface WarningStart {
  readonly capacity: number;
  readonly holdMs: number;
  readonly live: number;
  readonly isLeak: boolean;
  /** The warning states that the ports run out within this time. */
  readonly withinMs: number;
  /** The closes of one hold before the start. Their instants are relative to the start, so they are negative. */
  readonly counted: readonly CountedCloses[];
}

/**
 * What warned: `shown` is a forecast whose probability is above the 50% line, as the dashboard shows it; `alarm` is an
 * alert of the rule `imminent`; `leak` is an alert of the rule `leak`.
 */
export type EpisodeKind = 'shown' | 'alarm' | 'leak';

/** A firing alert that forecasts an exhaustion. */
export interface FiringWarning {
  readonly poolId: string;
  readonly kind: Exclude<EpisodeKind, 'shown'>;
  readonly firedAtMs: number;
  /** The alert states that the ports run out within this time. */
  readonly withinMs: number;
}

/** A forecast that is kept until its outcome is known. */
export interface KeptForecast {
  readonly poolId: string;
  readonly madeAtMs: number;
  readonly mode: string;
  /** Closes per second. */
  readonly closeRate: number | null;
  readonly live: number;
  readonly exhaustsAtMs: number | null;
  readonly earliestAtMs: number | null;
  readonly latestAtMs: number | null;
  readonly probability: number | null;
}

/** A forecast and its outcome. */
export interface SettledForecast {
  readonly poolId: string;
  readonly madeAtMs: number;
  readonly settledAtMs: number;
  readonly failedAtMs: number | null;
  readonly probability: number | null;
  /** Whether the ports ran out within 10 minutes; null where that is unknown because samples are missing. */
  readonly happened: boolean | null;
  /**
   * The forecast instant less the observed one. Null where the forecast did not warn, where the ports did not run out,
   * and where the traffic changed.
   */
  readonly errorMs: number | null;
  /**
   * The share, 0 to 1, of the time in which the failure may have come that lies in the 90% interval; null as for
   * `errorMs`. An interval that ended without a failure, while the traffic went on, has the share 0.
   */
  readonly held: number | null;
}

/**
 * The verdict on a scored episode. `late`: the warning began after the ports had run out. `unknown`: samples were
 * missing while it was on, or the samples ended before its outcome was known.
 */
export type ScoreVerdict = EpisodeVerdict | 'late' | 'unknown';

/** One warning of one pool, while it is on and after it was judged. */
export interface ScoredEpisode {
  readonly poolId: string;
  readonly kind: EpisodeKind;
  readonly fromMs: number;
  /** Null while it is on. */
  readonly toMs: number | null;
  readonly failedAtMs: number | null;
  /**
   * The reference: the probability of exhaustion at the start of the warning by the rate that was seen afterwards. Null
   * until enough has been seen.
   */
  readonly reference: number | null;
  readonly leadMs: number | null;
  /** Null while it is on. */
  readonly verdict: ScoreVerdict | null;
  readonly start: WarningStart;
}

/** A failure: a pool ran out of ports after at least a minute in which it had not. */
export interface ScoredFailure {
  readonly poolId: string;
  /** The middle between the two bounds below. */
  readonly failedAtMs: number;
  /**
   * The ports had not run out at this instant. Null where they had already run out in the first sample, or in the first
   * sample after a gap: no warning of such a failure was possible.
   */
  readonly afterAtMs: number | null;
  /** The ports had run out at this instant. */
  readonly beforeAtMs: number;
  readonly seenBy: ObservedExhaustion['seenBy'];
  /** How long a forecast above the 50% line had been shown without a break; 0 means that the failure was missed. */
  readonly shownLeadMs: number;
  /** How long an alert of the rule `imminent` or `leak` had been firing without a break; 0 means that it was missed. */
  readonly alarmLeadMs: number;
  /**
   * Faster than sampling: no warning was on and no forecast of the pool was waiting for its outcome, so no sample of
   * the last 10 minutes had shown that the pool matters.
   */
  readonly sudden: boolean;
}

/** What one sample settled. */
export interface ScoreOutcome {
  readonly settled: readonly SettledForecast[];
  /** The episodes that this sample began, changed or judged. A later entry of an episode replaces the earlier one. */
  readonly episodes: readonly ScoredEpisode[];
  readonly failures: readonly ScoredFailure[];
  /** The ids of the pools that have no port left in this sample. */
  readonly failing: readonly string[];
}

export interface EpisodeCounts {
  readonly fulfilled: number;
  readonly unfulfilled: number;
  readonly unjustified: number;
  /** Failures without a warning, except the sudden ones. */
  readonly missed: number;
  /** Over the failures that were warned of; null without one. */
  readonly medianLeadMs: number | null;
}

/** The score of the last `days` days. A number that needs data is null while there is none. */
export interface ScoreSummary {
  readonly days: number;
  /** How many forecasts were settled. */
  readonly forecasts: number;
  /** The share of them that were followed by an exhaustion within 10 minutes. */
  readonly baseRate: number | null;
  /**
   * The mean squared error of the probability. 0 is perfect; a forecast that always states the base rate gets
   * `baseRate x (1 - baseRate)`.
   */
  readonly brier: number | null;
  /** How many forecast instants could be compared with the observed one. */
  readonly errors: number;
  readonly medianErrorMs: number | null;
  readonly p95ErrorMs: number | null;
  /** How many intervals could be compared with the observed instant. */
  readonly intervals: number;
  /** The share of them that held the observed instant: 0.9 is right for 90% intervals. */
  readonly coverage: number | null;
  readonly failures: number;
  /** Of these, the ones that were faster than sampling. */
  readonly sudden: number;
  readonly shown: EpisodeCounts;
  readonly alarm: EpisodeCounts;
}
