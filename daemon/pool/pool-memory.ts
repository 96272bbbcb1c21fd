/** What building pools must remember from one snapshot to the next. */
import type { Snapshot } from '../snapshot/snapshot.js';
import type { HostCounters } from '../host/counters.js';

/** New rows by parity of their port, as long as parity tells anything. */
export interface ParityTally {
  rows: number;
  /** Of these, rows whose port has not the parity of the range's first port. */
  opposite: number;
  /** Inferred: these ports come from explicit binds (kernel rule 7). */
  bound: boolean;
}

export interface PoolMemory {
  /** By group, and by local address. */
  readonly groupParity: Map<string, ParityTally>;
  readonly addressParity: Map<string, ParityTally>;
  /** Pools off loopback whose TIME_WAIT ports were seen to be reused, and when (monotonic ms) (kernel rule 17). */
  readonly reuseSeenAt: Map<string, number>;
  previous: Snapshot | null;
  /** Where each group of `previous` is. */
  previousGroups: ReadonlyMap<string, number>;
  /** TWRecycled before and at this snapshot; null where unknown. */
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

/** Tells the memory the counters that belong to the snapshot about to be built. */
export function observeCounters(memory: PoolMemory, counters: HostCounters): void {
  memory.recycledBefore = memory.recycledNow;
  memory.recycledNow = counters.twRecycled;
}
