/**
 * Finds out by failed connects that connect() skips ports which look free, because they were bound before (see
 * pool/least-capacity.ts). No table shows such ports. But where connect() fails although ports look free, and those ports
 * may all be ones that it skips, then the ports in use were all that it could take.
 */
import type { Pool } from '../pool/pool.js';
import type { PoolFailures } from './failures.js';
import type { ArrivalInterval } from './rate/arrivals.js';

export interface SkippingMemory {
  /** `Pool.capacityLow` at the sample before; Infinity before the first one. */
  capacityLow: number;
  /** The ports that connect() could take when it last failed; null while no such failure is known. */
  takeable: number | null;
}

interface SkippingSighting {
  /** The time since the sample before; undefined at the first sample. */
  readonly since: ArrivalInterval | undefined;
  readonly failures: PoolFailures | null;
  /** Connections of the namespace that were opened since the sample before; null where that is not known. */
  readonly opens: number | null;
}

/**
 * With this share of its ports free or less, or one port, the pool may just have been full: a batch may have come free
 * between the failure and the sample, and a range of odd size may fail one port early.
 */
const NEARLY_FULL_SHARE = 0.05;

export function createSkippingMemory(): SkippingMemory {
  return { capacityLow: Infinity, takeable: null };
}

/**
 * The pool with the capacity that its failed connects show, where they show less than the table; else the pool as it is.
 * It is believed for the minute for which failures are counted, about as long as TIME_WAIT keeps such a port, and no longer
 * than the rows that may keep these ports are there, or until more ports are in use. Call it once per sample.
 */
export function leaveOutSkippedPorts(pool: Pool, memory: SkippingMemory, sighting: SkippingSighting): Pool {
  const { failures } = sighting;
  const least = Math.min(pool.capacityLow, memory.capacityLow);
  memory.capacityLow = pool.capacityLow;
  if (failures === null || failures.count === 0) {
    memory.takeable = null;
    return pool;
  }
  const used = countUsed(pool);
  if (memory.takeable !== null && used > memory.takeable) memory.takeable = null;
  if (failures.recent > 0) memory.takeable = findTakeable(pool, least, sighting) ?? memory.takeable;
  if (memory.takeable === null) return pool;
  const capacity = Math.max(memory.takeable, pool.capacityLow);
  return capacity >= pool.capacity ? pool : { ...pool, capacity, skippedPorts: pool.capacity - capacity };
}

/**
 * The ports that connect() could take when it failed since the sample before; null where the pool may have been full, or
 * where more ports were free than it may skip, so that the call failed for another reason.
 */
function findTakeable(pool: Pool, least: number, { since, opens }: SkippingSighting): number | null {
  if (since === undefined) return null;
  // Connections that ended without a TIME_WAIT of this host leave no row, so each that was opened may have been here.
  const opened = Math.max(opens ?? 0, since.closes + pool.live - since.live);
  const mostUsed = since.used + opened;
  if (mostUsed >= pool.capacity - Math.max(1, NEARLY_FULL_SHARE * pool.capacity)) return null;
  // Ports may have come free after the failure.
  const used = Math.max(countUsed(pool), since.used);
  return used >= least ? used : null;
}

function countUsed({ live, timed }: Pool): number {
  return live + timed.state.length;
}
