/** How many ports two kinds of rows share, and how many they would share if each had taken its ports at random. */
import { PORT_COUNT } from '../host/kernel-constants.js';
import { listHeldPorts, type BoundRows, type PortParity } from './bound-rows.js';

export interface Sharing {
  readonly shared: number;
  readonly expected: number;
}

/**
 * Compares the ports of these groups, which belong to one local address, with each other and with those of every other
 * group of the address, on the ports of one parity.
 */
export function compareWithOtherGroups(rows: BoundRows, groups: readonly number[], parity: PortParity): Sharing {
  const { localAddress } = rows.snapshot.outbound;
  const address = localAddress[groups[0] ?? -1];
  const isCandidate = new Set(groups);
  const holders = new Uint16Array(PORT_COUNT);
  let ports = 0;
  let squares = 0;
  let shared = 0;
  for (const group of groups) {
    const held = listHeldPorts(rows, group, parity);
    ports += held.length;
    squares += held.length ** 2;
    for (const port of held) {
      if ((holders[port] ?? 0) > 0) shared += 1;
      holders[port] = (holders[port] ?? 0) + 1;
    }
  }
  let others = 0;
  localAddress.forEach((each, group) => {
    if (each !== address || isCandidate.has(group)) return;
    const held = listHeldPorts(rows, group, parity);
    others += held.length;
    for (const port of held) if ((holders[port] ?? 0) > 0) shared += 1;
  });
  const places = countPorts(rows, parity);
  return { shared, expected: places === 0 ? 0 : ((ports ** 2 - squares) / 2 + ports * others) / places };
}

/** The usable ports of one parity. */
function countPorts({ usable, firstParity }: BoundRows, parity: PortParity): number {
  let count = 0;
  for (let port = parity === 'first' ? firstParity : 1 - firstParity; port < PORT_COUNT; port += 2)
    count += usable.bitmap[port] ?? 0;
  return count;
}
