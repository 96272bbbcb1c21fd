/** The failures of one pool: each settles the forecasts of the pool and judges its warnings. */
import { settleForecasts } from './pool-forecasts.js';
import { isFailing, type PoolState, type Step } from './pool-state.js';
import { fulfilWarnings, measureLeadOf } from './pool-warnings.js';
import { findMiddle } from './settle.js';
import type { ObservedExhaustion } from './types.js';

/** Notes that the pool has no port left. A failure begins unless the pool was failing less than a minute ago. */
export function observeExhaustion(id: string, state: PoolState, exhaustion: ObservedExhaustion, step: Step): void {
  if (!isFailing(state, step.sample)) beginFailure(id, state, exhaustion, step);
  state.failedMs = step.sample.monotonicMs;
  step.outcome.failing.push(id);
}

function beginFailure(id: string, state: PoolState, exhaustion: ObservedExhaustion, step: Step): void {
  const { sample, previous, outcome } = step;
  const { beforeMs, seenBy } = exhaustion;
  const toWallMs = (monotonicMs: number): number => Math.round(sample.atMs - (sample.monotonicMs - monotonicMs));
  const beforeAtMs = toWallMs(beforeMs);
  if (previous === null) {
    // The ports may have run out long before this sample. No warning of that was possible, so nothing is scored.
    outcome.failures.push({
      poolId: id,
      failedAtMs: beforeAtMs,
      afterAtMs: null,
      beforeAtMs,
      seenBy,
      shownLeadMs: 0,
      alarmLeadMs: 0,
      sudden: false,
    });
    return;
  }
  const afterMs = Math.min(beforeMs, Math.max(exhaustion.afterMs ?? previous.monotonicMs, state.failedMs));
  const bounds = { afterMs, beforeMs };
  const shownLeadMs = measureLeadOf(state, 'shown', bounds, previous);
  const alarmLeadMs = measureLeadOf(state, 'alarm', bounds, previous);
  const sudden = state.unsettled.length === 0 && state.warnings.size === 0;
  fulfilWarnings(id, state, { ...bounds, leads: { shown: shownLeadMs, alarm: alarmLeadMs } }, step);
  settleForecasts(state, bounds, step);
  outcome.failures.push({
    poolId: id,
    failedAtMs: toWallMs(findMiddle(bounds)),
    afterAtMs: toWallMs(afterMs),
    beforeAtMs,
    seenBy,
    shownLeadMs,
    alarmLeadMs,
    sudden,
  });
}
