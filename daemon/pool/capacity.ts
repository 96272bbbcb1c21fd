/** Finds the ports of the ephemeral range that a pool could use (kernel rule 5). */
import type { Snapshot } from '../snapshot/snapshot.js';
import type { HostLimits } from '../host/limits.js';
import { PORT_COUNT } from '../host/kernel-constants.js';
import { formatCount } from '../units.js';

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

/**
 * Why a destination could use no port at all, so that every connect() fails: `the range 32768-60999 has no usable port
 * (28,232 reserved)`. A port that is blocked in several ways counts for the first. Null while a port is usable.
 */
export function explainNoUsablePort(snapshot: Snapshot | null, limits: HostLimits): string | null {
  if (countUnusedCapacity(snapshot, limits) > 0) return null;
  const { first, last } = limits.range;
  if (first > last) return `the range ${first}-${last} is empty`;
  const reserved = findUsablePorts(limits, findBlockedPorts(null, limits)).bitmap;
  const free = reserved.slice();
  const counted = [`${formatCount(last - first + 1 - reserved.reduce((sum, bit) => sum + bit, 0))} reserved`];
  const holders: [string, Uint16Array | undefined][] = [
    ['with a LISTEN socket', snapshot?.listeningPorts],
    ['bound without being connected', snapshot?.boundPorts],
  ];
  for (const [how, ports = []] of holders) {
    let count = 0;
    for (const port of ports) {
      count += free[port] ?? 0;
      free[port] = 0;
    }
    counted.push(`${formatCount(count)} ${how}`);
  }
  const causes = counted.filter((cause) => !cause.startsWith('0 '));
  return `the range ${first}-${last} has no usable port (${causes.join(', ')})`;
}
