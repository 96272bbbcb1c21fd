/** The rows that were bound explicitly, as far as they are inferred, and their ports. */
import { STATE, type Snapshot } from '../snapshot/snapshot.js';
import type { UsablePorts } from './capacity.js';
import { findGroupRows } from './group-key.js';

/** Which rows of a group were bound explicitly. */
export const BOUND = {
  NONE: 0,
  ALL: 1,
  /** Those with the parity of bind(0). The others are plain connects of another program. */
  OPPOSITE: 2,
} as const;

/**
 * The states that hold no port of a pool: a listener or a bound socket blocks its port for all pools, and a closed
 * socket has freed its port.
 */
const PORTLESS_STATES: ReadonlySet<number> = new Set([STATE.CLOSE, STATE.LISTEN, STATE.BOUND_INACTIVE]);
/** 1 for each of these states: an array is quicker to read than a set, and it is read for every row. */
export const HOLDS_NO_PORT = Uint8Array.from({ length: 256 }, (_, state) => (PORTLESS_STATES.has(state) ? 1 : 0));

export interface BoundRows {
  readonly snapshot: Snapshot;
  readonly usable: UsablePorts;
  /** The parity of the range's first port, which plain connect() takes first. */
  readonly firstParity: number;
  /** One value of `BOUND` per group. */
  readonly bound: Uint8Array;
}

/** The parity of the range's first port, which connect() takes first, or the other one, which bind(0) does. */
export type PortParity = 'first' | 'opposite';

/** The usable ports that a group holds, in the order of its rows: all of them, or those of one parity. */
export function listHeldPorts(
  { snapshot, usable, firstParity }: BoundRows,
  group: number,
  which: 'all' | PortParity,
): number[] {
  const { localPort, state } = snapshot.outboundRows;
  const ports: number[] = [];
  const [from, to] = findGroupRows(snapshot, group);
  for (let row = from; row < to; row += 1) {
    const port = localPort[row] ?? 0;
    if (usable.bitmap[port] !== 1 || HOLDS_NO_PORT[state[row] ?? 0] === 1) continue;
    if (which === 'all' || (port % 2 === firstParity) === (which === 'first')) ports.push(port);
  }
  return ports;
}

/** The usable ports that the bound rows of a group hold. */
export function listBoundPorts(rows: BoundRows, group: number): number[] {
  const bound = rows.bound[group] ?? BOUND.NONE;
  return bound === BOUND.NONE ? [] : listHeldPorts(rows, group, bound === BOUND.ALL ? 'all' : 'opposite');
}
