/**
 * The reference: a forecast that is given the true rate of the moment, and assumes that the rate stays. No forecast can
 * be better.
 */
import type { Flow } from '../../../daemon/forecast/exhaustion-input.js';
import { foreseeExhaustion } from '../../../daemon/forecast/exhaustion.js';
import { findExhaustion, type Queue } from '../../../daemon/forecast/queue.js';
import { scheduleReleases, createTimings } from '../../../daemon/forecast/release.js';
import { buildPools } from '../../../daemon/pool/build-pools.js';
import { createPoolMemory } from '../../../daemon/pool/pool-memory.js';
import type { HostLimits } from '../../../daemon/host/limits.js';
import type { Pool } from '../../../daemon/pool/pool.js';
import type { Snapshot } from '../../../daemon/snapshot/snapshot.js';
import { dispersionOf } from '../simulator/arrivals.js';
import { findTrueRates, type Case } from './case.js';

/**
 * `measuredExhaustsAt` is the instant by a second reference, which is given the onset only and counts the closes since.
 * A forecast that has to measure the rate cannot be better.
 */
export interface ReferenceVerdict {
  readonly probability: number;
  /** In seconds after the start; null when the pool does not run out at this rate. */
  readonly exhaustsAt: number | null;
  readonly earliestAt: number | null;
  readonly latestAt: number | null;
  readonly measuredExhaustsAt: number | null;
}

const NO_EXHAUSTION: ReferenceVerdict = {
  probability: 0,
  exhaustsAt: null,
  earliestAt: null,
  latestAt: null,
  measuredExhaustsAt: null,
};
/** The evidence of a value that is given instead of measured: so large that its uncertainty vanishes. */
const CERTAIN = 1e12;

/** The verdict where the reference is not evaluated, because nothing is compared with it. */
export const NOT_EVALUATED = NO_EXHAUSTION;

interface Reference {
  judge(atMs: number, snapshot: Snapshot, limits: HostLimits): ReferenceVerdict;
}

export function createReference(of: Case): Reference {
  return {
    judge(atMs, snapshot, limits) {
      const pools = buildPools(snapshot, limits, createPoolMemory());
      const { address, port } = of.targetEnd;
      const pool = pools.find((each) => each.remoteAddress === address && each.remotePort === port) ?? null;
      const { churn, kept } = findTrueRates(of, atMs / 1000);
      if (pool === null) return NO_EXHAUSTION;
      const { granularity } = of;
      const timings = createTimings(pool.reuse, limits, { granularity, monotonicMs: snapshot.monotonicMs });
      const releases = scheduleReleases(pool.timed, timings, { reuse: pool.reuse, timeWaitMs: limits.timeWaitMs });
      // Paced arrivals have no dispersion at all. A little of it stands for the one close more or less at the limit.
      const phi = Math.max(0.02, dispersionOf(of.scenario.arrivals, churn));
      const run = { weight: 1, rate: churn, mean: churn, shape: CERTAIN, seen: CERTAIN, ageMs: CERTAIN };
      const queueAt = ({ rate, growth }: Pick<Flow, 'rate' | 'growth'>): Queue => ({
        capacity: pool.capacity,
        live: pool.live,
        growth,
        releases,
        inflows: [{ rate, timing: timings.timeWait }],
        timedCap: Infinity,
      });
      const found = foreseeExhaustion({
        unanswered: null,
        growthToLast: null,
        inflow: {
          basis: 'timers',
          rate: churn,
          low: churn,
          high: churn,
          phi,
          evidence: CERTAIN,
          climb: null,
          seen: CERTAIN,
          sinceMs: CERTAIN,
          runRate: churn,
          runs: [run],
          splitByKind: (rate) => [{ rate, timing: timings.timeWait }],
        },
        growth: { perSecond: kept, lastedMs: CERTAIN, ports: CERTAIN },
        buildQueue: queueAt,
        intervalMs: 0,
        roundingMs: 0,
        probabilityToLast: null,
      });
      const at = (afterMs: number | null): number | null => (afterMs === null ? null : (atMs + afterMs) / 1000);
      return {
        probability: found.probability,
        exhaustsAt: at(found.afterMs),
        earliestAt: at(found.earliestMs),
        latestAt: at(found.latestMs),
        measuredExhaustsAt: at(findMeasuredExhaustion(pool, atMs - 1000 * (of.scenario.onsetS ?? 0), queueAt)),
      };
    },
  };
}

function findMeasuredExhaustion(
  { timed }: Pool,
  sinceMs: number,
  queueAt: (flow: Pick<Flow, 'rate' | 'growth'>) => Queue,
): number | null {
  if (sinceMs <= 0) return null;
  const windowMs = Math.min(60_000, sinceMs);
  let closes = 0;
  for (const expiresMs of timed.expiresMs) if (60_000 - expiresMs <= windowMs) closes += 1;
  return findExhaustion(queueAt({ rate: (1000 * closes) / windowMs, growth: 0 }));
}
