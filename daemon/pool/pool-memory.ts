/** What building pools needs to keep from one snapshot to the next. There is one memory per network namespace. */
import type { HostCounters } from '../host/counters.js';
import type { Snapshot } from '../snapshot/snapshot.js';

/**
 * Counts new rows by the parity of their local port. Rows of a pool that is nearly half full or fuller are left out.
 */
export interface ParityTally {
  rows: number;
  /** Of these, the rows whose port does not have the parity of the range's first port. */
  opposite: number;
  /** Whether explicit binds were inferred from these counts (kernel rule 7). */
  bound: boolean;
}

export interface PoolMemory {
  /** By the key of the group. */
  readonly groupParity: Map<string, ParityTally>;
  /** By local address. */
  readonly addressParity: Map<string, ParityTally>;
  /**
   * By pool id: when TIME_WAIT ports of the pool were last seen to be reused, on the monotonic clock (kernel rule 17).
   * Only pools that are not on loopback are here.
   */
  readonly reuseSeenAt: Map<string, number>;
  previous: Snapshot | null;
  /** The number of each group in `previous`, by the key of the group. */
  previousGroups: ReadonlyMap<string, number>;
  /** The counter TWRecycled at the previous snapshot and at this one; null where it could not be read. */
  recycledBefore: number | null;
  recycledNow: number | null;
}

export function createPoolMemory(): PoolMemory {
  return {
    groupParity: new Map(),
    addressParity: new Map(),
    reuseSeenAt: new Map(),
    previous: null,
    previousGroups: new Map(),
    recycledBefore: null,
    recycledNow: null,
  };
}

/** Stores the counters that were read with the snapshot whose pools are about to be built. */
export function observeCounters(memory: PoolMemory, counters: HostCounters): void {
  memory.recycledBefore = memory.recycledNow;
  memory.recycledNow = counters.twRecycled;
}
