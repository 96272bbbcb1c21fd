/** Sums up the scores of the last 30 days. */
import type { Clock } from '../../contracts.js';
import type { Log } from '../../log.js';
import type { EpisodeCounts, EpisodeKind, ScoredFailure, ScoreSummary } from '../../score/types.js';
import { DAY_MS, findQuantile, MINUTE_MS } from '../../units.js';
import type { Connection } from '../database.js';

const SUMMARY_DAYS = 30;
/** Quantiles are taken of at most this many errors and failures: the newest. */
const MAX_ROWS = 1000;
/** Every status contains the summary, and there is one with each sample, so it is computed only once in this time. */
const SUMMARY_KEPT_MS = MINUTE_MS;

const NO_EPISODES: EpisodeCounts = { ...countVerdicts([]), missed: 0, medianLeadMs: null };
/** Of a daemon that has scored nothing yet. */
export const EMPTY_SUMMARY: ScoreSummary = {
  days: SUMMARY_DAYS,
  forecasts: 0,
  baseRate: null,
  brier: null,
  errors: 0,
  medianErrorMs: null,
  p95ErrorMs: null,
  intervals: 0,
  coverage: null,
  failures: 0,
  sudden: 0,
  shown: NO_EPISODES,
  alarm: NO_EPISODES,
};

type ReadSummary = (nowMs: number, dayCount?: number) => ScoreSummary;

interface DaySums {
  readonly forecasts: number;
  readonly happened: number;
  readonly brier: number;
  readonly intervals: number;
  readonly held: number;
}

interface FailureRow extends Pick<ScoredFailure, 'shownLeadMs' | 'alarmLeadMs'> {
  readonly sudden: number;
}

interface VerdictRow {
  readonly kind: EpisodeKind;
  readonly verdict: string;
  readonly count: number;
}

/** The summary is of the last SUMMARY_DAYS days in UTC, or of so many as are asked for, today included. Raises what SQLite raises. */
export function createSummaryReader(db: Connection): ReadSummary {
  const days = db.prepare<[number], DaySums>(
    'SELECT coalesce(sum(forecasts), 0) AS forecasts, coalesce(sum(happened), 0) AS happened, coalesce(sum(brier_sum), 0) ' +
      'AS brier, coalesce(sum(intervals), 0) AS intervals, coalesce(sum(held), 0) AS held FROM score_day WHERE day_ms >= ?',
  );
  const errors = db
    .prepare<[number], number>(
      'SELECT abs(error_ms) FROM score WHERE made_at_ms >= ? AND error_ms IS NOT NULL ORDER BY made_at_ms DESC ' +
        `LIMIT ${MAX_ROWS}`,
    )
    .pluck();
  const verdicts = db.prepare<[number], VerdictRow>(
    'SELECT kind, verdict, count(*) AS count FROM episode WHERE from_ms >= ? AND verdict IS NOT NULL GROUP BY kind, verdict',
  );
  const failures = db.prepare<[number], FailureRow>(
    'SELECT shown_lead_ms AS shownLeadMs, alarm_lead_ms AS alarmLeadMs, sudden FROM failure WHERE failed_at_ms >= ? ' +
      `ORDER BY failed_at_ms DESC LIMIT ${MAX_ROWS}`,
  );
  return (nowMs, dayCount = SUMMARY_DAYS) => {
    const sinceMs = Math.floor(nowMs / DAY_MS) * DAY_MS - (dayCount - 1) * DAY_MS;
    const sums = days.get(sinceMs) ?? { forecasts: 0, happened: 0, brier: 0, intervals: 0, held: 0 };
    const errorsMs = errors.all(sinceMs).sort((a, b) => a - b);
    const failureRows = failures.all(sinceMs);
    const verdictRows = verdicts.all(sinceMs);
    const countEpisodes = (kinds: EpisodeKind[], lead: 'shownLeadMs' | 'alarmLeadMs'): EpisodeCounts => {
      const leadsMs = failureRows.map((row) => row[lead]);
      return {
        ...countVerdicts(verdictRows.filter(({ kind }) => kinds.includes(kind))),
        missed: failureRows.filter((row) => row[lead] === 0 && row.sudden === 0).length,
        medianLeadMs: findQuantile(
          leadsMs.filter((leadMs) => leadMs > 0).sort((a, b) => a - b),
          0.5,
        ),
      };
    };
    return {
      days: dayCount,
      forecasts: sums.forecasts,
      baseRate: divideOrNull(sums.happened, sums.forecasts),
      brier: divideOrNull(sums.brier, sums.forecasts),
      errors: errorsMs.length,
      medianErrorMs: findQuantile(errorsMs, 0.5),
      p95ErrorMs: findQuantile(errorsMs, 0.95),
      intervals: sums.intervals,
      coverage: divideOrNull(sums.held, sums.intervals),
      failures: failureRows.length,
      sudden: failureRows.filter(({ sudden }) => sudden === 1).length,
      shown: countEpisodes(['shown'], 'shownLeadMs'),
      alarm: countEpisodes(['alarm', 'leak'], 'alarmLeadMs'),
    };
  };
}

/** While the database cannot be read, the summary stays as it was; before the first reading it is empty. */
export function cacheSummary(readSummary: ReadSummary, { clock, log }: { clock: Clock; log: Log }): () => ScoreSummary {
  let summary = EMPTY_SUMMARY;
  let readMs = -Infinity;
  return () => {
    const nowMs = clock.monotonicMs();
    if (nowMs - readMs < SUMMARY_KEPT_MS) return summary;
    readMs = nowMs;
    try {
      summary = readSummary(clock.wallMs());
    } catch (error) {
      log.warn({ err: error }, 'store: the score of the forecasts cannot be read');
    }
    return summary;
  };
}

function countVerdicts(rows: readonly VerdictRow[]) {
  const count = (verdict: string): number =>
    rows.filter((row) => row.verdict === verdict).reduce((sum, row) => sum + row.count, 0);
  return { fulfilled: count('fulfilled'), unfulfilled: count('unfulfilled'), unjustified: count('unjustified') };
}

function divideOrNull(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
