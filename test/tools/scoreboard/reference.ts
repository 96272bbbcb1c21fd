/** Who knows the true rate of this moment and freezes it: the floor that no forecast can get below. */
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
import { intensityAt, type Case } from './case.js';

/**
 * And who knows when the rate changed, but has to measure it since: what no forecast can get below that is not told the rate.
 */
export interface OracleVerdict {
  readonly probability: number;
  /** Seconds after the start; null = never at this rate. */
  readonly exhaustsAt: number | null;
  readonly earliestAt: number | null;
  readonly latestAt: number | null;
  readonly measuredExhaustsAt: number | null;
}

const NEVER: OracleVerdict = {
  probability: 0,
  exhaustsAt: null,
  earliestAt: null,
  latestAt: null,
  measuredExhaustsAt: null,
};
/** As good as certain: known from outside. */
const KNOWN = 1e12;

/** Where nobody warned and nothing is measured. */
export const UNASKED = NEVER;

export interface Oracle {
  judge(atMs: number, snapshot: Snapshot, limits: HostLimits): OracleVerdict;
}

export function createOracle(of: Case): Oracle {
  return {
    judge(atMs, snapshot, limits) {
      const pools = buildPools(snapshot, limits, createPoolMemory());
      const { address, port } = of.targetEnd;
      const pool = pools.find((each) => each.remoteAddress === address && each.remotePort === port) ?? null;
      const { churn, kept } = intensityAt(of, atMs / 1000);
      if (pool === null) return NEVER;
      const { granularity } = of;
      const timings = createTimings(pool.reuse, limits, { granularity, monotonicMs: snapshot.monotonicMs });
      const releases = scheduleReleases(pool.timed, timings, { reuse: pool.reuse, timeWaitMs: limits.timeWaitMs });
      // Paced arrivals have none at all; a close more or less is left to chance all the same.
      const phi = Math.max(0.02, dispersionOf(of.scenario.arrivals, churn));
      const run = { weight: 1, rate: churn, mean: churn, shape: KNOWN, seen: KNOWN, ageMs: KNOWN };
      const queueAt = ({ rate, growth }: Pick<Flow, 'rate' | 'growth'>): Queue => ({
        capacity: pool.capacity,
        live: pool.live,
        growth,
        releases,
        inflows: [{ rate, timing: timings.timeWait }],
        timedCap: Infinity,
      });
      const found = foreseeExhaustion({
        inflow: {
          basis: 'timers',
          rate: churn,
          low: churn,
          high: churn,
          phi,
          evidence: KNOWN,
          climb: null,
          seen: KNOWN,
          sinceMs: KNOWN,
          runRate: churn,
          runs: [run],
          splitByKind: (rate) => [{ rate, timing: timings.timeWait }],
        },
        growth: { perSecond: kept, lastedMs: KNOWN, ports: KNOWN },
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
        measuredExhaustsAt: at(measuredAfter(pool, atMs - 1000 * (of.scenario.onsetS ?? 0), queueAt)),
      };
    },
  };
}

function measuredAfter(
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
