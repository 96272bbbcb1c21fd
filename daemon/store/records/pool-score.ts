/** What is stored of the score of one pool. */
import type { ScoredEpisode } from '../../score/types.js';
import type { Connection } from '../database.js';
import { EPISODE_COLUMNS, toEpisode, type EpisodeRow } from './score-rows.js';

/** Sums are made of at most so many rows of a pool: the newest. */
const MAX_FORECASTS = 2000;
const MAX_OUTAGES = 500;

export interface PoolScoreSums {
  /** Forecasts that were compared with what happened, and how many of them were followed by an exhaustion. */
  readonly forecasts: number;
  readonly happened: number;
  /** The sum of the squared errors of their probabilities. */
  readonly brier: number;
  /** 90% intervals that were compared, and how many of them held. */
  readonly intervals: number;
  readonly held: number;
  /** How long before each outage that was warned of the warning came. */
  readonly leadsMs: readonly number[];
  readonly outages: number;
}

export interface PoolScoreReader {
  /** Since `sinceMs`. */
  sums(poolId: string, sinceMs: number): PoolScoreSums;
  /** The newest first. */
  episodes(poolId: string, limit: number): ScoredEpisode[];
}

/** Its methods raise what SQLite raises. */
export function createPoolScoreReader(db: Connection): PoolScoreReader {
  const settled = db.prepare<[string, number], Omit<PoolScoreSums, 'leadsMs' | 'outages'>>(
    'SELECT count(happened) AS forecasts, coalesce(sum(happened), 0) AS happened, ' +
      'coalesce(sum((probability - happened) * (probability - happened)), 0) AS brier, ' +
      'count(held) AS intervals, coalesce(sum(held), 0) AS held FROM (SELECT probability, happened, held FROM score ' +
      'WHERE pool_id = ? AND made_at_ms >= ? AND happened IS NOT NULL AND probability IS NOT NULL ' +
      `ORDER BY made_at_ms DESC LIMIT ${MAX_FORECASTS})`,
  );
  const warned = db
    .prepare<[string, number], number | null>(
      `SELECT warned_ms FROM outage WHERE pool_id = ? AND from_ms >= ? ORDER BY from_ms DESC LIMIT ${MAX_OUTAGES}`,
    )
    .pluck();
  // One query for each kind, because the rows of a pool are sorted by kind before they are sorted by time.
  const newest = db.prepare<[string, string, number], EpisodeRow>(
    `SELECT ${EPISODE_COLUMNS} FROM episode WHERE pool_id = ? AND kind = ? ORDER BY from_ms DESC LIMIT ?`,
  );
  return {
    sums(poolId, sinceMs) {
      const sums = settled.get(poolId, sinceMs) ?? { forecasts: 0, happened: 0, brier: 0, intervals: 0, held: 0 };
      const leads = warned.all(poolId, sinceMs);
      return { ...sums, outages: leads.length, leadsMs: leads.filter((leadMs) => leadMs !== null) };
    },
    episodes: (poolId, limit) =>
      (['shown', 'alarm', 'leak'] as const)
        .flatMap((kind) => newest.all(poolId, kind, limit))
        .map(toEpisode)
        .sort((a, b) => b.fromMs - a.fromMs)
        .slice(0, limit),
  };
}
