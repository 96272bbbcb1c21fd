/**
 * Finds the binds to the wildcard address, 0.0.0.0 or ::, among the explicit binds of several local addresses.
 *
 * A socket that was bound to the wildcard address has the local address of its route once it is connected, so its row
 * looks like that of a bind to this address. But a port can be bound to the wildcard address only while no socket of any
 * local address holds it, so no port of such rows stands under two local addresses. Ports of binds to two addresses do,
 * by chance. What shares ports with what, measured on Linux 6.18 with ranges of 8 ports that were filled by live sockets
 * and by TIME_WAIT (A and B are local IPv4 addresses; "-" is no port left, "all" is all of them):
 *
 * | full by \ asks for                  | A, 0 | B, 0 | 0.0.0.0, 0 | ::, 0 | :: v6only, 0 | ::1, 0 | connect from A | from ::1 |
 * |-------------------------------------|------|------|------------|-------|--------------|--------|----------------|----------|
 * | bind to A, or to ::ffff:A           | -    | all  | -          | -     | all          | all    | -              | -        |
 * | bind to 0.0.0.0 or ::, routed by A  | -    | all  | -          | -     | all          | all    | -              | -        |
 * | bind to ::, routed by ::1           | all  | all  | -          | -     | -            | -      | -              | -        |
 * | bind to ::1, or to :: with v6only   | all  | all  | all        | -     | -            | -      | -              | -        |
 * | connect() from A                    | -    | all  | -          | -     | all          | all    | -              | all      |
 * | connect() from ::1                  | all  | all  | -          | -     | -            | -      | all            | -        |
 *
 * So a bind to the wildcard fails by every row of the host, plain connects included, while a bind to one address fails
 * by the rows of this address only, binds to the wildcard included. SO_REUSEADDR changes none of it.
 */
import { PORT_COUNT } from '../host/kernel-constants.js';
import { BOUND, listBoundPorts, listHeldPorts, type BoundRows } from './bound-rows.js';
import type { PoolMemory } from './pool-memory.js';

/** With so many shared ports expected by chance, none at all means one pool: e^-4 is 2%. */
const MIN_EXPECTED_SHARED = 4;
/** The same for one address against those already found, because the test is made for every address. */
const MIN_EXPECTED_EACH = 6;

/** The search for addresses that share a pool begins with each of so many. */
const MAX_SEEDS = 8;

export interface WildcardBinds {
  /** `0.0.0.0`, or `::` where binds of IPv6 addresses belong to it. */
  readonly localAddress: '0.0.0.0' | '::';
  readonly members: ReadonlySet<string>;
  /** The groups whose rows hold ports that these binds cannot take. */
  readonly groups: readonly number[];
}

/** The ports of the bound rows of one local address, by parity. */
interface BoundAddress {
  readonly address: string;
  readonly ports: readonly number[];
  readonly odd: number;
}

/** @param addresses the local addresses with bound rows. The members found before are read from the memory and updated. */
export function findWildcardBinds(
  rows: BoundRows,
  addresses: ReadonlySet<string>,
  memory: PoolMemory,
): WildcardBinds | null {
  const known = memory.wildcardMembers;
  memory.wildcardMembers = new Set();
  const isKnown = [...addresses].some((address) => known.has(address));
  if (addresses.size < 2 && !isKnown) return null;
  const members = findMembers(listBoundAddresses(rows, addresses), {
    known,
    placesPerParity: rows.usable.capacity / 2,
  });
  if (members.length === 0) return null;
  memory.wildcardMembers = new Set(members.map(({ address }) => address));
  return createWildcardBinds(rows, members);
}

function findMembers(
  all: readonly BoundAddress[],
  { known, placesPerParity }: { known: ReadonlySet<string>; placesPerParity: number },
): readonly BoundAddress[] {
  // All together first: where there are many addresses, no two of them may have enough rows to tell.
  const together = createCluster(placesPerParity);
  let expected = 0;
  const shareNone = all.every((each) => {
    expected += together.expectShared(each);
    return together.add(each);
  });
  const wasFound = all.some(({ address }) => known.has(address));
  if (shareNone) return wasFound || expected >= MIN_EXPECTED_SHARED ? together.members : [];
  // Some bind to one address. Those found before stay, unless they share a port by now. Each further address is a test
  // that may succeed by chance.
  const extend = (cluster: Cluster, leastExpected: number): readonly BoundAddress[] => {
    for (const each of all) {
      if (!cluster.members.includes(each) && cluster.expectShared(each) >= leastExpected) cluster.add(each);
    }
    return cluster.members;
  };
  const before = createCluster(placesPerParity);
  const found = all.filter(({ address }) => known.has(address));
  if (found.length > 0 && found.every((each) => before.add(each))) {
    return extend(before, MIN_EXPECTED_EACH + Math.log(all.length));
  }
  const seeds = all.slice(0, MAX_SEEDS);
  for (const seed of seeds) {
    const cluster = createCluster(placesPerParity);
    cluster.add(seed);
    const members = extend(cluster, MIN_EXPECTED_EACH + Math.log(seeds.length * all.length));
    if (members.length > 1) return members;
  }
  return [];
}

interface Cluster {
  readonly members: readonly BoundAddress[];
  /** How many ports an address would share with the members if each had taken its own at random. */
  expectShared(of: BoundAddress): number;
  /** Adds an address, unless it shares a port with a member. @returns whether it was added */
  add(of: BoundAddress): boolean;
}

function createCluster(placesPerParity: number): Cluster {
  const isHeld = new Uint8Array(PORT_COUNT);
  const members: BoundAddress[] = [];
  let odd = 0;
  let even = 0;
  return {
    members,
    expectShared: (of) =>
      placesPerParity === 0 ? 0 : (of.odd * odd + (of.ports.length - of.odd) * even) / placesPerParity,
    add(of) {
      if (of.ports.some((port) => isHeld[port] === 1)) return false;
      for (const port of of.ports) isHeld[port] = 1;
      odd += of.odd;
      even += of.ports.length - of.odd;
      members.push(of);
      return true;
    },
  };
}

/** The address with the most bound ports first. */
function listBoundAddresses(rows: BoundRows, addresses: ReadonlySet<string>): BoundAddress[] {
  const portsOf = new Map([...addresses].map((address): [string, number[]] => [address, []]));
  rows.snapshot.outbound.localAddress.forEach((address, group) => {
    portsOf.get(address)?.push(...listBoundPorts(rows, group));
  });
  return [...portsOf]
    .map(([address, ports]) => ({ address, ports, odd: ports.filter((port) => port % 2 === 1).length }))
    .sort((a, b) => b.ports.length - a.ports.length);
}

function createWildcardBinds(rows: BoundRows, members: readonly BoundAddress[]): WildcardBinds {
  const { snapshot, bound } = rows;
  const { localAddress, family } = snapshot.outbound;
  const members4 = members.filter(({ address }) => !address.includes(':'));
  const isDual = members4.length < members.length;
  const isV6Only = members4.length === 0 && sharesWithV4(rows, members);
  const groups = localAddress.flatMap((_, group) => {
    const isV6 = family[group] === 6;
    if (isDual) return isV6 || !isV6Only ? [group] : [];
    // A plain connect() over IPv6 blocks 0.0.0.0, while a bind to an IPv6 address does not.
    return isV6 && bound[group] === BOUND.ALL ? [] : [group];
  });
  return { localAddress: isDual ? '::' : '0.0.0.0', members: new Set(members.map(({ address }) => address)), groups };
}

/** Binds to :: with IPV6_V6ONLY share ports with IPv4 rows, while the others do not. */
function sharesWithV4(rows: BoundRows, members: readonly BoundAddress[]): boolean {
  const isHeld = new Uint8Array(PORT_COUNT);
  for (const { ports } of members) for (const port of ports) isHeld[port] = 1;
  return [...rows.snapshot.outbound.family].some(
    (family, group) => family === 4 && listHeldPorts(rows, group, 'all').some((port) => isHeld[port] === 1),
  );
}
