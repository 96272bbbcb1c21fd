/** Scores as rows: settled forecasts and their sums by day, episodes and failures. */
import type { Unsettled } from '../../score/scorer.js';
import { SETTLE_WITHIN_MS } from '../../score/settle.js';
import type { KeptForecast, ScoredEpisode, ScoreOutcome, SettledForecast } from '../../score/types.js';
import { DAY_MS, MINUTE_MS } from '../../units.js';
import type { Connection } from '../database.js';

export const EPISODE_COLUMNS =
  'pool_id AS poolId, kind, from_ms AS fromMs, to_ms AS toMs, failed_at_ms AS failedAtMs, oracle AS reference, ' +
  'lead_ms AS leadMs, verdict, start';

/** Inserts what one sample settled inside the transaction of its batch. */
export function createScoreInserter(db: Connection): (outcome: ScoreOutcome) => void {
  const insertSettled = createSettledInserter(db);
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
    for (const forecast of settled) insertSettled(forecast);
    for (const episode of episodes) putEpisode.run({ ...episode, start: JSON.stringify(episode.start) });
    for (const failure of failures) {
      // A pool that was failing already at the first sample could not be warned of, so it is not stored.
      if (failure.afterAtMs !== null) addFailure.run({ ...failure, sudden: toFlag(failure.sudden) });
    }
  };
}

function createSettledInserter(db: Connection): (forecast: SettledForecast) => void {
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
    const { changes } = insert.run({ ...forecast, happened: toFlag(happened) });
    // After the clock went back, two forecasts may have the same instant: only the first counts.
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

/** What was not settled yet when the daemon last stopped. */
export function readUnsettled(db: Connection): Unsettled {
  const lastAtMs = db
    .prepare<[], number | null>(
      'SELECT max(to_ms) FROM (SELECT max(to_ms) AS to_ms FROM raw_tail UNION ALL SELECT max(to_ms) FROM raw_chunk)',
    )
    .pluck()
    .get();
  // An older forecast can no longer be settled: its time is over.
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
  const episodes = db.prepare<[], EpisodeRow>(`SELECT ${EPISODE_COLUMNS} FROM episode WHERE verdict IS NULL`).all();
  return {
    lastAtMs: lastAtMs ?? null,
    forecasts: kept.filter(({ settled, mode }) => settled === 0 && mode !== 'exhausted'),
    episodes: episodes.map(toEpisode),
    failing,
  };
}

/** Reads episodes, the newest first, those that are not over included. */
export function createEpisodeReader(db: Connection): (limit: number) => ScoredEpisode[] {
  const newest = db.prepare<[number], EpisodeRow>(
    `SELECT ${EPISODE_COLUMNS} FROM episode ORDER BY from_ms DESC, pool_id, kind LIMIT ?`,
  );
  return (limit) => newest.all(limit).map(toEpisode);
}

export interface EpisodeRow extends Omit<ScoredEpisode, 'start'> {
  readonly start: string;
}

export function toEpisode(row: EpisodeRow): ScoredEpisode {
  return { ...row, start: JSON.parse(row.start) as ScoredEpisode['start'] };
}

function toFlag(value: boolean | null): number | null {
  return value === null ? null : Number(value);
}
