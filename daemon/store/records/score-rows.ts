/** Settled forecasts, episodes and failures as rows, and the sums of the last 30 days. */
import type { Clock } from '../../contracts.js';
import { SETTLE_WITHIN_MS } from '../../score/settle.js';
import type {
  EpisodeCounts,
  EpisodeKind,
  KeptForecast,
  ScoredEpisode,
  ScoredFailure,
  ScoreOutcome,
  ScoreSummary,
  SettledForecast,
} from '../../score/types.js';
import type { Unsettled } from '../../score/scorer.js';
import type { Log } from '../../log.js';
import { DAY_MS, MINUTE_MS, findQuantile } from '../../units.js';
import type { Connection } from '../database.js';

const SUMMARY_DAYS = 30;
/** Errors and failures that are looked at for a quantile: the newest. */
const NEWEST = 1000;

/** Inserts what one sample settled, inside the transaction of its batch. */
export function createScoreInserter(db: Connection): (outcome: ScoreOutcome) => void {
  const settle = settledInserter(db);
  const putEpisode = db.prepare(
    'INSERT INTO episode (pool_id, kind, from_ms, to_ms, failed_at_ms, oracle, lead_ms, verdict, start) VALUES (@poolId, ' +
      '@kind, @fromMs, @toMs, @failedAtMs, @reference, @leadMs, @verdict, @start) ON CONFLICT (pool_id, kind, from_ms) DO ' +
      'UPDATE SET to_ms = excluded.to_ms, failed_at_ms = excluded.failed_at_ms, oracle = excluded.oracle, ' +
      'lead_ms = excluded.lead_ms, verdict = excluded.verdict',
  );
  const addFailure = db.prepare(
    'INSERT INTO failure (pool_id, failed_at_ms, after_ms, before_ms, seen_by, shown_lead_ms, alarm_lead_ms, sudden) ' +
      'VALUES (@poolId, @failedAtMs, @afterAtMs, @beforeAtMs, @seenBy, @shownLeadMs, @alarmLeadMs, @sudden)',
  );
  return ({ settled, episodes, failures }) => {
    for (const forecast of settled) settle(forecast);
    for (const episode of episodes) putEpisode.run({ ...episode, start: JSON.stringify(episode.start) });
    for (const failure of failures) {
      // Of one that was there when portcast came, nobody could have warned.
      if (failure.afterAtMs !== null) addFailure.run({ ...failure, sudden: flag(failure.sudden) });
    }
  };
}

function settledInserter(db: Connection): (forecast: SettledForecast) => void {
  const insert = db.prepare(
    'INSERT INTO score (pool_id, made_at_ms, settled_at_ms, failed_at_ms, probability, happened, error_ms, held) VALUES ' +
      '(@poolId, @madeAtMs, @settledAtMs, @failedAtMs, @probability, @happened, @errorMs, @held) ON CONFLICT DO NOTHING',
  );
  const addToDay = db.prepare(
    'INSERT INTO score_day (day_ms, forecasts, happened, brier_sum, intervals, held) VALUES (@dayMs, @forecasts, ' +
      '@happened, @brier, @intervals, @held) ON CONFLICT (day_ms) DO UPDATE SET forecasts = forecasts + ' +
      'excluded.forecasts, happened = happened + excluded.happened, brier_sum = brier_sum + excluded.brier_sum, ' +
      'intervals = intervals + excluded.intervals, held = held + excluded.held',
  );
  return (forecast) => {
    const { madeAtMs, probability, happened, held } = forecast;
    const { changes } = insert.run({ ...forecast, happened: flag(happened) });
    // A clock that went back may bring the same instant twice: it counts once.
    if (changes === 0 || happened === null || probability === null) return;
    addToDay.run({
      dayMs: Math.floor(madeAtMs / DAY_MS) * DAY_MS,
      forecasts: 1,
      happened: Number(happened),
      brier: (probability - Number(happened)) ** 2,
      intervals: held === null ? 0 : 1,
      held: held ?? 0,
    });
  };
}

/** What was open when the daemon last stopped. */
export function readUnsettled(db: Connection): Unsettled {
  const lastAtMs = db
    .prepare<[], number | null>(
      'SELECT max(to_ms) FROM (SELECT max(to_ms) AS to_ms FROM raw_tail UNION ALL SELECT max(to_ms) FROM raw_chunk)',
    )
    .pluck()
    .get();
  // Of a forecast kept long before, the time to be settled is over.
  const sinceMs = (lastAtMs ?? 0) - SETTLE_WITHIN_MS - MINUTE_MS;
  const kept = db
    .prepare<[number], KeptForecast & { readonly settled: number }>(
      'SELECT pool_id AS poolId, made_at_ms AS madeAtMs, mode, close_rate AS closeRate, live, exhausts_at_ms AS exhaustsAtMs, ' +
        'earliest_at_ms AS earliestAtMs, latest_at_ms AS latestAtMs, forecast.probability, settled_at_ms IS NOT NULL AS ' +
        'settled FROM forecast LEFT JOIN score USING (pool_id, made_at_ms) WHERE made_at_ms >= ? ORDER BY forecast.id',
    )
    .all(sinceMs);
  const modes = new Map(kept.map(({ poolId, mode }) => [poolId, mode]));
  const failing = [...modes].filter(([, mode]) => mode === 'exhausted').map(([id]) => id);
  const open = db.prepare<[], EpisodeRow>(`SELECT ${EPISODE_COLUMNS} FROM episode WHERE verdict IS NULL`).all();
  return {
    lastAtMs: lastAtMs ?? null,
    forecasts: kept.filter(({ settled, mode }) => settled === 0 && mode !== 'exhausted'),
    episodes: open.map(episodeOf),
    failing,
  };
}

export interface ScoreReader {
  summary(nowMs: number): ScoreSummary;
  /** Newest first, those that are on included. */
  episodes(limit: number): ScoredEpisode[];
}

interface DaySums {
  readonly forecasts: number;
  readonly happened: number;
  readonly brier: number;
  readonly intervals: number;
  readonly held: number;
}

export function createScoreReader(db: Connection): ScoreReader {
  const days = db.prepare<[number], DaySums>(
    'SELECT coalesce(sum(forecasts), 0) AS forecasts, coalesce(sum(happened), 0) AS happened, coalesce(sum(brier_sum), 0) ' +
      'AS brier, coalesce(sum(intervals), 0) AS intervals, coalesce(sum(held), 0) AS held FROM score_day WHERE day_ms >= ?',
  );
  const errors = db
    .prepare<[number], number>(
      'SELECT abs(error_ms) FROM score WHERE made_at_ms >= ? AND error_ms IS NOT NULL ORDER BY made_at_ms DESC ' +
        `LIMIT ${NEWEST}`,
    )
    .pluck();
  const verdicts = db.prepare<[number], { kind: EpisodeKind; verdict: string; count: number }>(
    'SELECT kind, verdict, count(*) AS count FROM episode WHERE from_ms >= ? AND verdict IS NOT NULL GROUP BY kind, verdict',
  );
  const failures = db.prepare<[number], Pick<ScoredFailure, 'shownLeadMs' | 'alarmLeadMs'> & { sudden: number }>(
    'SELECT shown_lead_ms AS shownLeadMs, alarm_lead_ms AS alarmLeadMs, sudden FROM failure WHERE failed_at_ms >= ? ' +
      `ORDER BY failed_at_ms DESC LIMIT ${NEWEST}`,
  );
  const newest = db.prepare<[number], EpisodeRow>(
    `SELECT ${EPISODE_COLUMNS} FROM episode ORDER BY from_ms DESC, pool_id, kind LIMIT ?`,
  );
  return {
    summary(nowMs) {
      const sinceMs = Math.floor(nowMs / DAY_MS) * DAY_MS - (SUMMARY_DAYS - 1) * DAY_MS;
      const sums = days.get(sinceMs) ?? { forecasts: 0, happened: 0, brier: 0, intervals: 0, held: 0 };
      const sorted = errors.all(sinceMs).sort((a, b) => a - b);
      const failed = failures.all(sinceMs);
      const counted = verdicts.all(sinceMs);
      const counts = (kinds: EpisodeKind[], lead: 'shownLeadMs' | 'alarmLeadMs'): EpisodeCounts => ({
        ...verdictCounts(counted.filter((row) => kinds.includes(row.kind))),
        missed: failed.filter((row) => row[lead] === 0 && row.sudden === 0).length,
        medianLeadMs: findQuantile(leadsOf(failed.map((row) => row[lead])), 0.5),
      });
      return {
        days: SUMMARY_DAYS,
        forecasts: sums.forecasts,
        baseRate: ratio(sums.happened, sums.forecasts),
        brier: ratio(sums.brier, sums.forecasts),
        errors: sorted.length,
        medianErrorMs: findQuantile(sorted, 0.5),
        p95ErrorMs: findQuantile(sorted, 0.95),
        intervals: sums.intervals,
        coverage: ratio(sums.held, sums.intervals),
        failures: failed.length,
        sudden: failed.filter(({ sudden }) => sudden === 1).length,
        shown: counts(['shown'], 'shownLeadMs'),
        alarm: counts(['alarm', 'leak'], 'alarmLeadMs'),
      };
    },
    episodes: (limit) => newest.all(limit).map(episodeOf),
  };
}

/** Every status asks for the sums, with each sample: they are added up once a minute. */
const SUMMARY_KEPT_MS = MINUTE_MS;

/** Never throws: while the database cannot be read, the sums stay as they were. */
export function cacheSummary(reader: ScoreReader, { clock, log }: { clock: Clock; log: Log }): () => ScoreSummary {
  let summary = reader.summary(clock.wallMs());
  let readMs = clock.monotonicMs();
  return () => {
    const nowMs = clock.monotonicMs();
    if (nowMs - readMs < SUMMARY_KEPT_MS) return summary;
    readMs = nowMs;
    try {
      summary = reader.summary(clock.wallMs());
    } catch (error) {
      log.warn({ err: error }, 'store: the score of the forecasts cannot be read');
    }
    return summary;
  };
}

const EPISODE_COLUMNS =
  'pool_id AS poolId, kind, from_ms AS fromMs, to_ms AS toMs, failed_at_ms AS failedAtMs, oracle AS reference, lead_ms AS leadMs, ' +
  'verdict, start';

interface EpisodeRow extends Omit<ScoredEpisode, 'start'> {
  readonly start: string;
}

function episodeOf(row: EpisodeRow): ScoredEpisode {
  return { ...row, start: JSON.parse(row.start) as ScoredEpisode['start'] };
}

function verdictCounts(rows: readonly { verdict: string; count: number }[]) {
  const of = (verdict: string): number =>
    rows.filter((row) => row.verdict === verdict).reduce((sum, { count }) => sum + count, 0);
  return { fulfilled: of('fulfilled'), unfulfilled: of('unfulfilled'), unjustified: of('unjustified') };
}

function leadsOf(leads: readonly number[]): number[] {
  return leads.filter((lead) => lead > 0).sort((a, b) => a - b);
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function flag(value: boolean | null): number | null {
  return value === null ? null : Number(value);
}
