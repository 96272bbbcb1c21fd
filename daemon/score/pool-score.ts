/**
 * Scores one pool, sample by sample: its failures, its forecasts and its warnings, in the order in which they depend on
 * each other. Instants are monotonic ms.
 */
import type { PoolForecast } from '../forecast/types.js';
import { observeExhaustion } from './pool-failures.js';
import { abandonForecasts, followForecasts, followKept, settleExpired } from './pool-forecasts.js';
import { createPoolState, type PoolState, type Step } from './pool-state.js';
import {
  abandonWarnings,
  beginAlarms,
  continueAlarms,
  endWarnings,
  updateReferences,
  warnByForecast,
} from './pool-warnings.js';
import { referenceWindowMs } from './reference.js';
import { isShown, type Traffic } from './settle.js';
import type { CountedCloses } from './types.js';

/** Whether this sample may change the score of the pool. For most pools, most of the time, it does not. */
export function isEventful(pool: PoolForecast, { sample, kept, alarmed }: Step): boolean {
  return sample.evidence.has(pool.id) || kept.has(pool.id) || alarmed.has(pool.id) || isShown(pool);
}

/** Scores a pool by a sample that shows it. */
export function observePool(state: PoolState, pool: PoolForecast, step: Step): void {
  const { id, live, holdMs } = pool;
  const { sample } = step;
  const { counted, ranOut } = sample.evidence.get(id) ?? { counted: [], ranOut: null };
  if (ranOut === 'unknown') {
    abandonPool(id, state, step);
    return;
  }
  const traffic = addCloses(state, counted, { nowMs: sample.monotonicMs, live, holdMs });
  continueAlarms(id, state, step);
  beginAlarms(pool, state, step);
  updateReferences(id, state, traffic, step);
  followForecasts(state, traffic);
  if (ranOut !== null) observeExhaustion(id, state, ranOut, step);
  settleExpired(state, step);
  followKept(id, state, step);
  warnByForecast(pool, state, step);
  endWarnings(id, state, step);
  state.latest = pool;
}

/** Scores a pool by a sample that does not show it: then it holds no port, so it neither fails nor closes nor warns. */
export function observeAbsent(id: string, state: PoolState, step: Step): void {
  const nowMs = step.sample.monotonicMs;
  const fromMs = state.counted.at(-1)?.toMs ?? step.previous?.monotonicMs ?? nowMs;
  const noCloses = fromMs < nowMs ? [{ fromMs, toMs: nowMs, closes: 0 }] : [];
  const traffic = addCloses(state, noCloses, { nowMs, live: 0, holdMs: state.latest?.holdMs ?? 0 });
  continueAlarms(id, state, step);
  updateReferences(id, state, traffic, step);
  followForecasts(state, traffic);
  settleExpired(state, step);
  endWarnings(id, state, step);
}

/** Settles and judges everything about the pool as unknown, and starts anew. */
export function abandonPool(id: string, state: PoolState, step: Step): void {
  abandonForecasts(state, step);
  abandonWarnings(id, state, step);
  Object.assign(state, createPoolState());
}

/** Adds the new closes, and forgets those that the reference of a warning that begins now would not need. */
function addCloses(
  state: PoolState,
  newCloses: readonly CountedCloses[],
  { nowMs, live, holdMs }: { nowMs: number; live: number; holdMs: number },
): Traffic {
  const keepSinceMs = nowMs - holdMs - referenceWindowMs(true);
  state.counted = [...state.counted, ...newCloses].filter(({ toMs }) => toMs > keepSinceMs);
  return { nowMs, live, newCloses, counted: state.counted };
}
