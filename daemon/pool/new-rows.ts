/**
 * Counts the rows of every group by the parity of their port and by the half of the range in which it lies: those that
 * the group held at the previous snapshot, and those that are new since.
 */
import { PORT_COUNT } from '../host/kernel-constants.js';
import type { HostLimits } from '../host/limits.js';
import { STATE, type Snapshot } from '../snapshot/snapshot.js';
import type { UsablePorts } from './capacity.js';
import { findGroupRows } from './group-key.js';
import type { PoolMemory } from './pool-memory.js';

/**
 * The class of a port: `OPPOSITE` where it does not have the parity of the range's first port, `UPPER` in the upper half
 * of the range.
 */
const OPPOSITE = 1;
const UPPER = 2;
const CLASSES = 4;

/** Where the counts of one group stand in `NewRows.counts`, after `group * COUNTS_PER_GROUP`. */
export const COUNTS_PER_GROUP = 2 * CLASSES;
export const HELD = {
  firstLower: 0,
  oppositeLower: OPPOSITE,
  firstUpper: UPPER,
  oppositeUpper: OPPOSITE | UPPER,
} as const;
export const NEW = {
  firstLower: CLASSES,
  oppositeLower: CLASSES | OPPOSITE,
  firstUpper: CLASSES | UPPER,
  oppositeUpper: CLASSES | OPPOSITE | UPPER,
} as const;

export interface NewRows {
  readonly counts: Uint32Array;
  /** The usable ports of the range that have the parity of its first port, and those that have the other one. */
  readonly firstPorts: number;
  readonly oppositePorts: { readonly lower: number; readonly upper: number };
  /** The number of new rows of all groups. */
  readonly total: number;
}

interface RowContext {
  readonly limits: HostLimits;
  readonly usable: UsablePorts;
  readonly memory: PoolMemory;
  /** The key of every group of the snapshot. */
  readonly keys: readonly string[];
}

/** A port was held by a group at the previous snapshot when it has the group's stamp. Stamps are never used again. */
const stampOfPort = new Float64Array(PORT_COUNT);
let stamp = 0;

export function countNewRows(snapshot: Snapshot, { limits, usable, memory, keys }: RowContext): NewRows {
  const { previous, previousGroups } = memory;
  const { localPort, state, expiresMs } = snapshot.outboundRows;
  const { classOf, portsOfClass } = classifyPorts(usable, limits);
  const counts = new Uint32Array(keys.length * COUNTS_PER_GROUP);
  const halfTimeWaitMs = limits.timeWaitMs / 2;
  let total = 0;
  for (let group = 0; group < keys.length; group += 1) {
    stamp += 1;
    const at = group * COUNTS_PER_GROUP - 1;
    const previousGroup = previousGroups.get(keys[group] ?? '');
    if (previous !== null && previousGroup !== undefined) {
      countHeldRows(previous, previousGroup, { classOf, counts, at });
    }
    const [from, to] = findGroupRows(snapshot, group);
    for (let row = from; row < to; row += 1) {
      const port = localPort[row] ?? 0;
      const portClass = classOf[port] ?? 0;
      if (portClass === 0 || stampOfPort[port] === stamp) continue;
      // Rows of a first snapshot may be what a burst beyond half of the range has left. Such rows are old by then.
      const expires = expiresMs[row] ?? 0;
      const isOld = state[row] === STATE.TIME_WAIT && expires >= 0 && expires < halfTimeWaitMs;
      const index = at + portClass + (isOld ? 0 : CLASSES);
      counts[index] = (counts[index] ?? 0) + 1;
      total += 1;
    }
  }
  const [firstLower = 0, lower = 0, firstUpper = 0, upper = 0] = portsOfClass;
  return { counts, firstPorts: firstLower + firstUpper, oppositePorts: { lower, upper }, total };
}

function countHeldRows(
  previous: Snapshot,
  group: number,
  into: { classOf: Uint8Array; counts: Uint32Array; at: number },
): void {
  const { classOf, counts, at } = into;
  const { localPort } = previous.outboundRows;
  const [from, to] = findGroupRows(previous, group);
  for (let row = from; row < to; row += 1) {
    const port = localPort[row] ?? 0;
    const portClass = classOf[port] ?? 0;
    if (portClass === 0) continue;
    stampOfPort[port] = stamp;
    counts[at + portClass] = (counts[at + portClass] ?? 0) + 1;
  }
}

/** `classOf` holds one more than the class of each usable port, and 0 for all other ports. */
function classifyPorts({ bitmap }: UsablePorts, { range }: HostLimits) {
  const classOf = new Uint8Array(PORT_COUNT);
  const portsOfClass = new Uint32Array(CLASSES);
  // As `inet_csk_find_open_port` computes it: with SO_REUSEADDR, bind(0) fills the ports below before those above.
  const half = range.first + (((range.last + 1 - range.first) >> 2) << 1);
  for (let port = Math.max(1, range.first); port <= Math.min(PORT_COUNT - 1, range.last); port += 1) {
    if (bitmap[port] !== 1) continue;
    const portClass = ((port - range.first) & 1) | (port < half ? 0 : UPPER);
    classOf[port] = portClass + 1;
    portsOfClass[portClass] = (portsOfClass[portClass] ?? 0) + 1;
  }
  return { classOf, portsOfClass };
}
