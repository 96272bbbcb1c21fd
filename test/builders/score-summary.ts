/** Score summaries of a daemon that has scored nothing yet, and of one that has. */
import type { ScoreSummary } from '../../daemon/score/types.js';

const NO_EPISODES = { fulfilled: 0, unfulfilled: 0, unjustified: 0, missed: 0, medianLeadMs: null };

export const NOTHING_SCORED: ScoreSummary = {
  days: 30,
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

export const SCORED: ScoreSummary = {
  days: 30,
  forecasts: 1200,
  baseRate: 0.02,
  brier: 0.0042,
  errors: 40,
  medianErrorMs: 850,
  p95ErrorMs: 5200,
  intervals: 44,
  coverage: 0.909,
  failures: 5,
  sudden: 1,
  shown: { fulfilled: 4, unfulfilled: 2, unjustified: 1, missed: 0, medianLeadMs: 41_000 },
  alarm: { fulfilled: 3, unfulfilled: 1, unjustified: 0, missed: 1, medianLeadMs: 38_000 },
};
