/** The score of the forecasts: part of the status, and the answer of `GET /api/v1/score`. */
import { explainScore } from '../score/explain-score.js';
import type { EpisodeCounts, EpisodeKind, ScoredEpisode, ScoreSummary } from '../score/types.js';
import { isoOrNull } from '../units.js';
import { round, seconds } from './rounding.js';

/** How right the forecasts of the last `days` days were. Null where there is nothing yet to take it from. */
export interface WireScore {
  days: number;
  /** One sentence with its numbers, or that there is `nothing to score yet`. */
  why: string;
  /** Forecasts held against what happened, and the share that exhaustion followed within 10 minutes. */
  forecasts: number;
  baseRate: number | null;
  /** Mean squared error of the probability; `baseRate x (1 - baseRate)` is what knowing nothing would give. */
  brier: number | null;
  /** Forecast instants compared with the true one; errors in either direction. */
  errors: number;
  errorMedianSeconds: number | null;
  errorP95Seconds: number | null;
  /** 90% intervals compared, and the share that held the instant. */
  intervals: number;
  coverage: number | null;
  /** Times a pool began to fail, and how many of them were faster than sampling. */
  failures: number;
  sudden: number;
  /** Probability above one half; and alerts of the rules `imminent` and `leak`. */
  shown: WireEpisodeCounts;
  alarm: WireEpisodeCounts;
}

export interface WireEpisodeCounts {
  fulfilled: number;
  /** Right by the traffic at its start, which then changed. */
  unfulfilled: number;
  /** Even the true rate at its start would not have exhausted the pool. */
  unjustified: number;
  /** Failures without a warning, sudden ones apart. */
  missed: number;
  leadMedianSeconds: number | null;
}

export interface WireEpisode {
  poolId: string;
  kind: EpisodeKind;
  startedAt: string;
  /** Null while it is on. */
  endedAt: string | null;
  failedAt: string | null;
  /** Null while it is on; `late`: it began when the ports had run out; `unknown`: portcast was blind meanwhile. */
  verdict: ScoredEpisode['verdict'];
  leadSeconds: number | null;
  /** Probability of exhaustion by the true rate at its start, reckoned afterwards. */
  oracle: number | null;
}

/** What `GET /api/v1/score` answers: the sums, and the newest episodes. */
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
    errorMedianSeconds: seconds(score.medianErrorMs),
    errorP95Seconds: seconds(score.p95ErrorMs),
    intervals,
    coverage: round(score.coverage, 4),
    failures,
    sudden,
    shown: countsToWire(score.shown),
    alarm: countsToWire(score.alarm),
  };
}

function countsToWire({ fulfilled, unfulfilled, unjustified, missed, medianLeadMs }: EpisodeCounts): WireEpisodeCounts {
  return { fulfilled, unfulfilled, unjustified, missed, leadMedianSeconds: seconds(medianLeadMs) };
}

export function episodeToWire(episode: ScoredEpisode): WireEpisode {
  return {
    poolId: episode.poolId,
    kind: episode.kind,
    startedAt: new Date(episode.fromMs).toISOString(),
    endedAt: isoOrNull(episode.toMs),
    failedAt: isoOrNull(episode.failedAtMs),
    verdict: episode.verdict,
    leadSeconds: seconds(episode.leadMs),
    oracle: round(episode.reference, 3),
  };
}
