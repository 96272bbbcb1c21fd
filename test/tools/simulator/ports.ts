/**
 * Which ports are held and which are available: for each destination, for each local address for bind(0), and on all
 * local addresses for bind(0) to the wildcard.
 */
import type { HostLimits, PortRange } from '../../../daemon/host/limits.js';
import { bindPort, createConnectPorts, type ConnectPorts } from './allocate.js';
import { createPortSet, type PortSet } from './port-set.js';
import { seededFor } from './random.js';
import type { Destination } from './world.js';

const PORTS = 65_536;

export interface Ports {
  /**
   * The port that connect() to the destination takes, or bind(0) at its local address or at the wildcard address; -1
   * where the call fails.
   */
  connect(group: number): number;
  bind(group: number, toWildcard: boolean): number;
  hold(group: number, port: number, explicit: boolean): void;
  letGo(group: number, port: number): void;
  /** Marks a held port as one that connect() may reuse. */
  ripen(group: number, port: number): void;
  /** Changes the range or its reserved ports. Held ports stay held, and none is reusable afterwards. */
  setLimits(limits: HostLimits): void;
  isUsable(port: number): boolean;
}

interface Group {
  readonly takeable: PortSet;
  readonly ports: ConnectPorts;
  readonly holds: Uint8Array;
  readonly bindPool: BindPool;
}

/** What bind(0) at one local address sees: a socket on a port blocks it, whatever its remote end. */
interface BindPool {
  readonly free: PortSet;
  readonly holders: Uint16Array;
}

export function createPorts(
  destinations: readonly Destination[],
  host: { readonly blocked: readonly number[]; readonly seed: number },
): Ports {
  const usable = new Uint8Array(PORTS);
  /** The number of sockets on a port, whatever their addresses: its bind bucket. */
  const holders = new Uint32Array(PORTS);
  /** Buckets that an explicit bind has used. connect() skips them until the last socket has left. */
  const explicitly = new Uint8Array(PORTS);
  const bindPools = new Map<string, BindPool>();
  /** Ports that no socket of any local address holds. */
  const freeEverywhere = createPortSet();
  const groups = destinations.map(({ local }, index): Group => {
    const bindPool = bindPools.get(local) ?? { free: createPortSet(), holders: new Uint16Array(PORTS) };
    bindPools.set(local, bindPool);
    const takeable = createPortSet();
    const ports = createConnectPorts(takeable, seededFor(host.seed, 1000 + index));
    return { takeable, ports, holds: new Uint8Array(PORTS), bindPool };
  });
  const bindRandom = seededFor(host.seed, 999);
  let range: PortRange = { first: 1, last: 1 };
  const group = (index: number): Group => {
    const found = groups[index];
    if (found === undefined) throw new Error(`destination ${index} of ${groups.length}`);
    return found;
  };
  const count = (of: Uint16Array | Uint32Array, port: number, by: 1 | -1): number => (of[port] = (of[port] ?? 0) + by);

  return {
    connect: (index) => group(index).ports.take(range),
    bind: (index, toWildcard) => bindPort(toWildcard ? freeEverywhere : group(index).bindPool.free, range, bindRandom),
    hold(index, port, explicit) {
      const { takeable, holds, bindPool } = group(index);
      takeable.remove(port);
      holds[port] = 1;
      count(holders, port, 1);
      freeEverywhere.remove(port);
      if (count(bindPool.holders, port, 1) === 1) bindPool.free.remove(port);
      if (!explicit || explicitly[port] === 1) return;
      explicitly[port] = 1;
      for (const other of groups) other.takeable.remove(port);
    },
    letGo(index, port) {
      const { takeable, holds, bindPool } = group(index);
      holds[port] = 0;
      const isUsable = usable[port] === 1;
      if (count(bindPool.holders, port, -1) === 0 && isUsable) bindPool.free.add(port);
      const left = count(holders, port, -1);
      if (left === 0 && isUsable) freeEverywhere.add(port);
      if (explicitly[port] === 0) {
        if (isUsable) takeable.add(port);
      } else if (left === 0) {
        explicitly[port] = 0;
        if (isUsable) for (const other of groups) other.takeable.add(port);
      }
    },
    ripen(index, port) {
      if (usable[port] === 1 && explicitly[port] === 0) group(index).takeable.add(port);
    },
    setLimits(limits) {
      range = limits.range;
      usable.fill(0).fill(1, range.first, range.last + 1);
      for (const { first, last } of limits.reservedPorts) usable.fill(0, first, last + 1);
      for (const port of host.blocked) usable[port] = 0;
      for (let port = 0; port < PORTS; port += 1) {
        const open = usable[port] === 1;
        for (const { takeable, holds } of groups) {
          if (open && holds[port] === 0 && explicitly[port] === 0) takeable.add(port);
          else takeable.remove(port);
        }
        if (open && holders[port] === 0) freeEverywhere.add(port);
        else freeEverywhere.remove(port);
        for (const { free, holders: held } of bindPools.values()) {
          if (open && held[port] === 0) free.add(port);
          else free.remove(port);
        }
      }
    },
    isUsable: (port) => usable[port] === 1,
  };
}
