/**
 * Infers which rows come from `bind(address, 0)` before `connect()` (kernel rule 7). Connected sockets that were bound look
 * like any other row, but connect() takes the ports with the parity of the range's first port until half of them are
 * used, and bind(0) the other parity. Only new rows tell: once a pool was more than half full both parities hold rows,
 * and those of the second may outlast the first.
 */
import type { Snapshot } from '../snapshot/snapshot.js';
import type { UsablePorts } from './capacity.js';
import { groupRows } from './group-key.js';
import type { HostLimits } from '../host/limits.js';
import type { ParityTally, PoolMemory } from './pool-memory.js';
import { PORT_COUNT } from '../host/kernel-constants.js';

const MIN_ROWS = 10;
const INFER_SHARE = 0.8;
/** An inference is dropped when new rows plainly follow connect()'s parity again. */
const DROP_SHARE = 0.2;
/** Above this share of capacity new rows tell nothing. */
const READABLE_SHARE = 0.45;
/** Evidence is halved beyond so many rows, so that it follows a change of habit. */
const MAX_ROWS = 200;

/** `groups[i]` = 1: the rows of group i were bound explicitly. `addresses`: local addresses with such a group. */
export interface InferredBinds {
  readonly groups: Uint8Array;
  readonly addresses: ReadonlySet<string>;
}

interface BindContext {
  readonly limits: HostLimits;
  readonly usable: UsablePorts;
  readonly memory: PoolMemory;
  /** `groupKey` of every group of the snapshot. */
  readonly keys: readonly string[];
}

/** Updates the memory with this snapshot's new rows; `memory.previous` must still be the snapshot before it. */
export function inferBinds(snapshot: Snapshot, context: BindContext): InferredBinds {
  const { limits, usable, memory } = context;
  const count = snapshot.outbound.localAddress.length;
  const groups = new Uint8Array(count);
  const addresses = new Set<string>();
  // The parity rule is Linux's; a system without tcp_tw_reuse is not Linux.
  if (limits.twReuse === null) return { groups, addresses };

  const { keys } = context;
  const fresh = newRows(snapshot, context);
  fresh.forEach((news, group) => {
    add(memory.groupParity, keys[group] ?? '', news);
    // Rows towards a port of the range are mostly what a server that is gone has left: the peer's end is a client's.
    if (!isInRange(snapshot.outbound.remotePort[group] ?? 0, limits)) {
      add(memory.addressParity, snapshot.outbound.localAddress[group] ?? '', news);
    }
  });
  for (const tally of memory.groupParity.values()) settle(tally);
  for (const tally of memory.addressParity.values()) settle(tally);
  forgetMissing(memory.groupParity, new Set(keys));
  forgetMissing(memory.addressParity, new Set(snapshot.outbound.localAddress));

  keys.forEach((key, group) => {
    const address = snapshot.outbound.localAddress[group] ?? '';
    const own = memory.groupParity.get(key);
    const shared = memory.addressParity.get(address);
    if (own?.bound !== true && !(shared?.bound === true && leansOpposite(own))) return;
    if (!holdsUsable(snapshot, group, usable)) return;
    groups[group] = 1;
    addresses.add(address);
  });
  return { groups, addresses };
}

interface NewRows {
  rows: number;
  opposite: number;
}

/** Rows per group whose port was not there in the previous snapshot. */
function newRows(snapshot: Snapshot, context: BindContext): NewRows[] {
  const { previous } = context.memory;
  const { usable } = context;
  const firstParity = context.limits.range.first % 2;
  const seenIn = new Int32Array(PORT_COUNT);
  return snapshot.outbound.localAddress.map((_, group) => {
    const stamp = group + 1;
    const old = context.memory.previousGroups.get(context.keys[group] ?? '');
    if (previous !== null && old !== undefined) stampPorts(previous, old, { seenIn, stamp });
    const news = { rows: 0, opposite: 0 };
    let all = 0;
    const [from, to] = groupRows(snapshot, group);
    for (let row = from; row < to; row += 1) {
      const port = snapshot.outboundRows.localPort[row] ?? 0;
      if (usable.bitmap[port] !== 1) continue;
      all += 1;
      if (seenIn[port] === stamp) continue;
      news.rows += 1;
      if (port % 2 !== firstParity) news.opposite += 1;
    }
    return all < READABLE_SHARE * usable.capacity ? news : { rows: 0, opposite: 0 };
  });
}

function stampPorts(snapshot: Snapshot, group: number, by: { seenIn: Int32Array; stamp: number }): void {
  const [from, to] = groupRows(snapshot, group);
  for (let row = from; row < to; row += 1) by.seenIn[snapshot.outboundRows.localPort[row] ?? 0] = by.stamp;
}

function add(tallies: Map<string, ParityTally>, key: string, news: NewRows): void {
  const tally = tallies.get(key);
  if (tally === undefined) {
    tallies.set(key, { ...news, bound: false });
    return;
  }
  tally.rows += news.rows;
  tally.opposite += news.opposite;
}

function settle(tally: ParityTally): void {
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

/** What most groups of an address do is no proof for one whose own rows follow connect()'s parity. */
function leansOpposite(tally: ParityTally | undefined): boolean {
  return tally !== undefined && tally.rows > 0 && tally.opposite >= INFER_SHARE * tally.rows;
}

function holdsUsable(snapshot: Snapshot, group: number, usable: UsablePorts): boolean {
  const [from, to] = groupRows(snapshot, group);
  for (let row = from; row < to; row += 1) {
    if (usable.bitmap[snapshot.outboundRows.localPort[row] ?? 0] === 1) return true;
  }
  return false;
}

function forgetMissing(tallies: Map<string, ParityTally>, seen: ReadonlySet<string>): void {
  for (const key of tallies.keys()) if (!seen.has(key)) tallies.delete(key);
}
