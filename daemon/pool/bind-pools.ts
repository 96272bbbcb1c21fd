/**
 * Infers which rows come from `bind(address, 0)` before `connect()` (kernel rule 7). A connected socket that was bound
 * looks like any other row. But a plain connect() takes ports with the parity of the range's first port until half of
 * them are used, while bind(0) takes ports of the other parity, so the parity of new rows shows which of the two the
 * clients call. Rows that are not new show nothing: once a pool was more than half full both parities hold rows, and
 * the rows of the second parity may outlast those of the first.
 */
import { PORT_COUNT } from '../host/kernel-constants.js';
import type { HostLimits } from '../host/limits.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import type { UsablePorts } from './capacity.js';
import { findGroupRows } from './group-key.js';
import type { ParityTally, PoolMemory } from './pool-memory.js';

/** With fewer new rows than this nothing is inferred. */
const MIN_ROWS = 10;
/** Explicit binds are inferred when at least this share of the new rows has the parity of bind(0). */
const INFER_SHARE = 0.8;
/** The inference is dropped when at most this share has it: the new rows follow the parity of connect() again. */
const DROP_SHARE = 0.2;
/** Above this share of capacity connect() takes ports of both parities, so new rows are not counted. */
const READABLE_SHARE = 0.45;
/**
 * With more counted rows than this the counts are halved, so that they follow a client that changes its way to connect.
 */
const MAX_ROWS = 200;

export interface InferredBinds {
  /** 1 for each group whose rows were bound explicitly, else 0. */
  readonly groups: Uint8Array;
  /** The local addresses that have such a group. */
  readonly addresses: ReadonlySet<string>;
}

interface BindContext {
  readonly limits: HostLimits;
  readonly usable: UsablePorts;
  readonly memory: PoolMemory;
  /** The key of every group of the snapshot. */
  readonly keys: readonly string[];
}

type NewRows = Pick<ParityTally, 'rows' | 'opposite'>;

/**
 * Infers the explicit binds of a snapshot and adds its new rows to the memory. `memory.previous` must still be the
 * snapshot before it.
 */
export function inferBinds(snapshot: Snapshot, context: BindContext): InferredBinds {
  const { limits, usable, memory, keys } = context;
  const { localAddress, remotePort } = snapshot.outbound;
  const groups = new Uint8Array(localAddress.length);
  const addresses = new Set<string>();
  // The parity rule holds on Linux only, and a system without tcp_tw_reuse is not Linux.
  if (limits.twReuse === null) return { groups, addresses };

  countNewRows(snapshot, context).forEach((newRows, group) => {
    addToTally(memory.groupParity, keys[group] ?? '', newRows);
    // Rows towards a port of the ephemeral range are mostly left by a server that is gone: the remote port is a
    // client's.
    if (!isInRange(remotePort[group] ?? 0, limits)) {
      addToTally(memory.addressParity, localAddress[group] ?? '', newRows);
    }
  });
  for (const tally of memory.groupParity.values()) updateInference(tally);
  for (const tally of memory.addressParity.values()) updateInference(tally);
  forgetMissing(memory.groupParity, new Set(keys));
  forgetMissing(memory.addressParity, new Set(localAddress));

  keys.forEach((key, group) => {
    const address = localAddress[group] ?? '';
    const ofGroup = memory.groupParity.get(key);
    const ofAddress = memory.addressParity.get(address);
    const isBound = ofGroup?.bound === true || (ofAddress?.bound === true && leansOpposite(ofGroup));
    if (!isBound || !holdsUsablePort(snapshot, group, usable)) return;
    groups[group] = 1;
    addresses.add(address);
  });
  return { groups, addresses };
}

/** Counts, for each group, the rows on usable ports that the group did not hold in the previous snapshot. */
function countNewRows(snapshot: Snapshot, context: BindContext): NewRows[] {
  const { previous, previousGroups } = context.memory;
  const { usable } = context;
  const firstParity = context.limits.range.first % 2;
  // A port was held by the group before when it has the group's stamp.
  const stampOfPort = new Int32Array(PORT_COUNT);
  return snapshot.outbound.localAddress.map((_, group) => {
    const stamp = group + 1;
    const previousGroup = previousGroups.get(context.keys[group] ?? '');
    if (previous !== null && previousGroup !== undefined) stampPorts(previous, previousGroup, { stampOfPort, stamp });
    const newRows = { rows: 0, opposite: 0 };
    let allRows = 0;
    const [from, to] = findGroupRows(snapshot, group);
    for (let row = from; row < to; row += 1) {
      const port = snapshot.outboundRows.localPort[row] ?? 0;
      if (usable.bitmap[port] !== 1) continue;
      allRows += 1;
      if (stampOfPort[port] === stamp) continue;
      newRows.rows += 1;
      if (port % 2 !== firstParity) newRows.opposite += 1;
    }
    return allRows < READABLE_SHARE * usable.capacity ? newRows : { rows: 0, opposite: 0 };
  });
}

function stampPorts(snapshot: Snapshot, group: number, by: { stampOfPort: Int32Array; stamp: number }): void {
  const [from, to] = findGroupRows(snapshot, group);
  for (let row = from; row < to; row += 1) by.stampOfPort[snapshot.outboundRows.localPort[row] ?? 0] = by.stamp;
}

function addToTally(tallies: Map<string, ParityTally>, key: string, newRows: NewRows): void {
  const tally = tallies.get(key);
  if (tally === undefined) {
    tallies.set(key, { ...newRows, bound: false });
    return;
  }
  tally.rows += newRows.rows;
  tally.opposite += newRows.opposite;
}

function updateInference(tally: ParityTally): void {
  if (tally.rows >= MIN_ROWS) {
    if (tally.opposite >= INFER_SHARE * tally.rows) tally.bound = true;
    else if (tally.opposite <= DROP_SHARE * tally.rows) tally.bound = false;
  }
  while (tally.rows > MAX_ROWS) {
    tally.rows /= 2;
    tally.opposite /= 2;
  }
}

function isInRange(port: number, { range }: HostLimits): boolean {
  return port >= range.first && port <= range.last;
}

/**
 * Whether the rows of a group have the parity of bind(0). Explicit binds of the other groups of its address prove
 * nothing for a group whose own rows follow the parity of connect().
 */
function leansOpposite(tally: ParityTally | undefined): boolean {
  return tally !== undefined && tally.rows > 0 && tally.opposite >= INFER_SHARE * tally.rows;
}

function holdsUsablePort(snapshot: Snapshot, group: number, usable: UsablePorts): boolean {
  const [from, to] = findGroupRows(snapshot, group);
  for (let row = from; row < to; row += 1) {
    if (usable.bitmap[snapshot.outboundRows.localPort[row] ?? 0] === 1) return true;
  }
  return false;
}

function forgetMissing(tallies: Map<string, ParityTally>, present: ReadonlySet<string>): void {
  for (const key of tallies.keys()) if (!present.has(key)) tallies.delete(key);
}
