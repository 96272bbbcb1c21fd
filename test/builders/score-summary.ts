/** Score summaries of a daemon that has scored nothing yet, and of one that has. */
import type { ScoreSummary } from '../../daemon/score/types.js';

export { EMPTY_SUMMARY as NOTHING_SCORED } from '../../daemon/store/records/score-summary.js';

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
