/** The score of the forecasts: part of the status, and the answer of `GET /api/v1/score`. */
import { explainScore } from '../score/explain-score.js';
import type { EpisodeCounts, EpisodeKind, ScoredEpisode, ScoreSummary } from '../score/types.js';
import { isoOrNull } from '../units.js';
import { round, roundToSeconds } from './rounding.js';

/**
 * How good the forecasts of the last `days` days were. A figure is null while nothing was scored that it could come
 * from.
 */
export interface WireScore {
  days: number;
  /** The score in words, with its numbers. */
  why: string;
  /**
   * Forecasts that were compared with what happened, and the share of them that exhaustion followed within 10 minutes.
   */
  forecasts: number;
  baseRate: number | null;
  /** Mean squared error of the probability. A forecast that is always `baseRate` has `baseRate x (1 - baseRate)`. */
  brier: number | null;
  /** Forecast times of exhaustion that were compared with the true one; the errors count in both directions. */
  errors: number;
  errorMedianSeconds: number | null;
  errorP95Seconds: number | null;
  /** 90% intervals that were compared, and the share of them that contained the true time. */
  intervals: number;
  coverage: number | null;
  /** How often a pool ran out of ports, and how many of these failures came faster than a sample. */
  failures: number;
  sudden: number;
  /** Warnings by a probability above one half, and warnings by alerts of the rules `imminent` and `leak`. */
  shown: WireEpisodeCounts;
  alarm: WireEpisodeCounts;
}

export interface WireEpisodeCounts {
  fulfilled: number;
  /** The warning was right for the traffic at its start, which then changed. */
  unfulfilled: number;
  /** Even the true close rate at its start would not have exhausted the pool. */
  unjustified: number;
  /** Failures without a warning, not counting the sudden ones. */
  missed: number;
  leadMedianSeconds: number | null;
}

export interface WireEpisode {
  poolId: string;
  kind: EpisodeKind;
  startedAt: string;
  /** Null while the episode lasts. */
  endedAt: string | null;
  failedAt: string | null;
  /**
   * Null while the episode lasts. `late`: it began after the ports had run out. `unknown`: portcast was blind
   * meanwhile.
   */
  verdict: ScoredEpisode['verdict'];
  leadSeconds: number | null;
  /** Probability of exhaustion by the true close rate at the start, computed afterwards. */
  oracle: number | null;
}

/** The answer of `GET /api/v1/score`: the sums, and the newest episodes. */
export interface WireScoreDetails extends WireScore {
  episodes: WireEpisode[];
}

export function scoreToWire(score: ScoreSummary): WireScore {
  const { days, forecasts, errors, intervals, failures, sudden } = score;
  return {
    days,
    why: explainScore(score),
    forecasts,
    baseRate: round(score.baseRate, 4),
    brier: round(score.brier, 4),
    errors,
    errorMedianSeconds: roundToSeconds(score.medianErrorMs),
    errorP95Seconds: roundToSeconds(score.p95ErrorMs),
    intervals,
    coverage: round(score.coverage, 4),
    failures,
    sudden,
    shown: countsToWire(score.shown),
    alarm: countsToWire(score.alarm),
  };
}

function countsToWire({ fulfilled, unfulfilled, unjustified, missed, medianLeadMs }: EpisodeCounts): WireEpisodeCounts {
  return { fulfilled, unfulfilled, unjustified, missed, leadMedianSeconds: roundToSeconds(medianLeadMs) };
}

export function episodeToWire(episode: ScoredEpisode): WireEpisode {
  return {
    poolId: episode.poolId,
    kind: episode.kind,
    startedAt: new Date(episode.fromMs).toISOString(),
    endedAt: isoOrNull(episode.toMs),
    failedAt: isoOrNull(episode.failedAtMs),
    verdict: episode.verdict,
    leadSeconds: roundToSeconds(episode.leadMs),
    oracle: round(episode.reference, 3),
  };
}
