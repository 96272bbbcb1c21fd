/** What building pools needs to keep from one snapshot to the next. There is one memory per network namespace. */
import type { HostCounters } from '../host/counters.js';
import type { PortRange } from '../host/limits.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import type { UnlistedPools } from './pool-choice.js';

/**
 * How the clients of a group take their ports: by plain connect(), by bind(0) before connect(), or both parities in a
 * way that neither explains (two programs, or ports that the application chooses itself).
 */
export type PortTaking = 'connect' | 'bind' | 'mixed';

/**
 * New rows of a group whose port tells how it was taken: connect() had ports of its own parity left, or bind(0) had.
 * Rows of a pool in which neither had any tell nothing and are not counted.
 */
export interface ParityTally {
  /** Rows with the parity of bind(0) that a plain connect() would not have taken. */
  byBind: number;
  /** Rows with the parity of connect() that bind(0) would not have taken. */
  byConnect: number;
  /** In how many snapshots rows were added to `byBind`. */
  samplesByBind: number;
  taking: PortTaking;
}

export interface PoolMemory {
  /** By the key of the group. */
  readonly groupParity: Map<string, ParityTally>;
  /** The local addresses at which the rows of all groups together show bind(0); `*` where those of all addresses do. */
  boundAddresses: ReadonlySet<string>;
  /** The local addresses that share the ports of binds to the wildcard address; empty while there are none. */
  wildcardMembers: ReadonlySet<string>;
  /** How many ports of connect()'s parity the explicit binds of the previous snapshot held. */
  bindsOnConnectParity: number;
  /** The ephemeral range at the previous snapshot. */
  range: PortRange | null;
  /**
   * By pool id: when TIME_WAIT ports of the pool were last seen to be reused, on the monotonic clock (kernel rule 17).
   * Only pools that are not on loopback are here.
   */
  readonly reuseSeenAt: Map<string, number>;
  previous: Snapshot | null;
  /** The number of each group in `previous`, by the key of the group. */
  previousGroups: ReadonlyMap<string, number>;
  /** The keys of the groups whose pools were built from `previous`; null where those of all groups were. */
  chosenGroups: ReadonlySet<string> | null;
  /** The pools of `previous` that were not built; null where all were. */
  unlisted: UnlistedPools | null;
  /** The counter TWRecycled at the previous snapshot and at this one; null where it could not be read. */
  recycledBefore: number | null;
  recycledNow: number | null;
  /** The same of the counter ActiveOpens. */
  opensBefore: number | null;
  opensNow: number | null;
}

export function createPoolMemory(): PoolMemory {
  return {
    groupParity: new Map(),
    boundAddresses: new Set(),
    wildcardMembers: new Set(),
    bindsOnConnectParity: 0,
    range: null,
    reuseSeenAt: new Map(),
    previous: null,
    previousGroups: new Map(),
    chosenGroups: null,
    unlisted: null,
    recycledBefore: null,
    recycledNow: null,
    opensBefore: null,
    opensNow: null,
  };
}

/** Stores the counters that were read with the snapshot whose pools are about to be built. */
export function observeCounters(memory: PoolMemory, counters: HostCounters): void {
  memory.recycledBefore = memory.recycledNow;
  memory.recycledNow = counters.twRecycled;
  memory.opensBefore = memory.opensNow;
  memory.opensNow = counters.activeOpens;
}

/** The connections of the namespace that were opened since the previous snapshot; null where that is not known. */
export function countOpens({ opensBefore, opensNow }: PoolMemory): number | null {
  return opensBefore === null || opensNow === null ? null : Math.max(0, opensNow - opensBefore);
}
