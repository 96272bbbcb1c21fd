/** The close rate of a pool that is far from its limit: cheap, since most pools are. */
import type { Pool } from '../../pool/pool.js';
import { STATE } from '../../snapshot/snapshot.js';
import { NORMAL_95, SECOND_MS } from '../../units.js';
import { computeHoldMs } from '../release.js';
import type { PoolInflow } from './pool-inflow.js';
import type { RateContext } from './rate-memory.js';

/** All closes may have come within this time: a faster rate cannot be seen. */
const AT_ONCE_MS = SECOND_MS / 2;
const NEWEST_MS = 10 * SECOND_MS;
/** Chance explains a difference between the newest closes and the others up to this many standard deviations. */
const MAX_CHANCE_SIGMAS = 3;

/**
 * The mean rate of the last minute, or that of the newest 10 s where chance does not explain the difference.
 * @param nearRatio a pool that may reach this share of its capacity is near its limit.
 * @returns null for a pool that may be near its limit, whatever its closes are doing.
 */
export function estimateFarInflow(pool: Pool, context: RateContext, nearRatio: number): PoolInflow | null {
  const { timings, timeWaitMs, hasTimers } = context;
  const { timed, capacity, live } = pool;
  if (!hasTimers || pool.reuse === 'after_delay' || pool.states[STATE.FIN_WAIT2 - 1] !== 0) return null;
  const total = timed.state.length;
  if (live + total * (1 + computeHoldMs(timings.timeWait) / AT_ONCE_MS) >= nearRatio * capacity) return null;
  let newest = 0;
  const youngMs = timeWaitMs - NEWEST_MS;
  for (let i = 0; i < total; i += 1) if ((timed.expiresMs[i] ?? 0) > youngMs) newest += 1;
  const expected = (total * NEWEST_MS) / timeWaitMs;
  const hasChanged = Math.abs(newest - expected) > MAX_CHANCE_SIGMAS * Math.sqrt(expected + 1);
  const [seen, overMs] = hasChanged ? [newest, NEWEST_MS] : [total, timeWaitMs];
  const rate = (SECOND_MS * seen) / overMs;
  const spread = (SECOND_MS * NORMAL_95 * Math.sqrt(seen + 1)) / overMs;
  const run = { weight: 1, rate, mean: rate, shape: seen + 0.5, seen, ageMs: overMs };
  return {
    basis: 'timers',
    rate,
    low: Math.max(0, rate - spread),
    high: rate + spread,
    phi: 1,
    evidence: 1,
    climb: null,
    seen,
    sinceMs: overMs,
    runRate: rate,
    runs: [run],
    splitByKind: (totalRate) => [{ rate: totalRate, timing: timings.timeWait }],
  };
}
