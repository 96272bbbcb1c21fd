/** The sentence that explains a forecast, for tests that state only what differs. */
import type { PoolForecast } from '../../daemon/forecast/types.js';
import { explainForecast, type WhyContext } from '../../daemon/forecast/why.js';
import { createInflow } from './pool-facts.js';
import { createPoolForecast } from './pool-forecast.js';

export const SAMPLED_AT_MS = createPoolForecast().sampledAtMs;

/** A pool that runs out by its closes in 23 s. */
export const CHURN: Partial<PoolForecast> = {
  mode: 'churn',
  closeRate: 25,
  exhaustsAtMs: SAMPLED_AT_MS + 23_000,
  earliestAtMs: SAMPLED_AT_MS + 20_000,
  latestAtMs: SAMPLED_AT_MS + 26_000,
};

export function explain(forecast: Partial<PoolForecast>, context: Partial<WhyContext> = {}): string {
  return explainForecast(createPoolForecast(forecast), {
    inflow: createInflow(forecast.closeRate ?? 0),
    granularityLearned: true,
    timeWaitAssumed: false,
    cappedAt: null,
    unanswered: null,
    unlikelyAfterMs: null,
    ...context,
  });
}
