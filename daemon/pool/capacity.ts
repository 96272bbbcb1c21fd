/** Finds the ports of the ephemeral range that a pool could use (kernel rule 5). */
import type { Snapshot } from '../snapshot/snapshot.js';
import type { HostLimits } from '../host/limits.js';
import { PORT_COUNT } from '../host/kernel-constants.js';

/** One byte per port number: 1 for a port that is in the set, else 0. */
type PortBitmap = Uint8Array;

export interface UsablePorts {
  readonly bitmap: PortBitmap;
  readonly capacity: number;
}

/**
 * The ports that no plain connect() can take, for any address and family: ports that are reserved, that have a LISTEN
 * socket, or that are bound without being connected. Ports of explicit binds are not here; `inferBinds` finds them.
 * @param snapshot null while no table has been read: then only the reserved ports are blocked.
 */
export function findBlockedPorts(snapshot: Snapshot | null, limits: HostLimits): PortBitmap {
  const blocked = new Uint8Array(PORT_COUNT);
  for (const { first, last } of limits.reservedPorts) {
    blocked.fill(1, Math.max(0, first), Math.min(PORT_COUNT, last + 1));
  }
  if (snapshot === null) return blocked;
  for (const port of snapshot.listeningPorts) blocked[port] = 1;
  for (const port of snapshot.boundPorts) blocked[port] = 1;
  return blocked;
}

/**
 * The ports of the range that are in none of the blocked sets. A range whose first port is above its last has no ports.
 */
export function findUsablePorts(limits: HostLimits, ...blockedSets: readonly PortBitmap[]): UsablePorts {
  const bitmap = new Uint8Array(PORT_COUNT);
  const { first, last } = limits.range;
  const start = Math.max(1, first);
  const end = Math.min(PORT_COUNT - 1, last);
  let capacity = 0;
  for (let port = start; port <= end; port += 1) {
    let blocked = 0;
    for (const set of blockedSets) blocked |= set[port] ?? 0;
    if (blocked !== 0) continue;
    bitmap[port] = 1;
    capacity += 1;
  }
  return { bitmap, capacity };
}

/** How many ports a destination without connections could use now. */
export function countUnusedCapacity(snapshot: Snapshot | null, limits: HostLimits): number {
  return findUsablePorts(limits, findBlockedPorts(snapshot, limits)).capacity;
}
