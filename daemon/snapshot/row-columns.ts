/** The outbound rows of a dump as they come, in columns that are kept between dumps; sorted by group at its end. */
import type { GroupTable } from './group-table.js';
import type { OutboundGroups, OutboundRows } from './snapshot.js';

export interface RowColumns {
  push(...row: [group: number, localPort: number, state: number, timer: number, expiresMs: number]): void;
  clear(): void;
  /**
   * The rows in arrays of their own, sorted by group: groups without a row are dropped, the others keep their order,
   * and so do the rows in them. `takeInbound` is asked once per row whether it turned out to be inbound.
   */
  sortByGroup(
    groups: GroupTable,
    takeInbound: (localPort: number, state: number) => boolean,
  ): { outbound: OutboundGroups; outboundRows: OutboundRows };
}

const LARGEST_INT32 = 0x7fff_ffff;
const INBOUND = -1;

export function createRowColumns(): RowColumns {
  let kept = createColumns(1024);
  let groupOf = new Int32Array(1024);
  let length = 0;
  const grow = (): void => {
    const [larger, largerGroupOf] = [createColumns(length * 2), new Int32Array(length * 2)];
    larger.localPort.set(kept.localPort);
    larger.state.set(kept.state);
    larger.timer.set(kept.timer);
    larger.expiresMs.set(kept.expiresMs);
    largerGroupOf.set(groupOf);
    kept = larger;
    groupOf = largerGroupOf;
  };
  return {
    push(group, localPort, state, timer, expiresMs) {
      if (length === groupOf.length) grow();
      groupOf[length] = group;
      kept.localPort[length] = localPort;
      kept.state[length] = state;
      kept.timer[length] = timer;
      kept.expiresMs[length] = expiresMs > LARGEST_INT32 ? LARGEST_INT32 : expiresMs;
      length++;
    },
    clear() {
      length = 0;
    },
    sortByGroup(groups, takeInbound) {
      const perGroup = new Uint32Array(groups.size());
      for (let row = 0; row < length; row++) {
        const group = groupOf[row] ?? INBOUND;
        if (takeInbound(kept.localPort[row] ?? 0, kept.state[row] ?? 0)) groupOf[row] = INBOUND;
        else perGroup[group] = (perGroup[group] ?? 0) + 1;
      }
      const outbound = describeGroups(groups, perGroup);
      return { outbound, outboundRows: scatter(kept, groupOf.subarray(0, length), placesOf(perGroup)) };
    },
  };
}

function createColumns(length: number): OutboundRows {
  return {
    localPort: new Uint16Array(length),
    state: new Uint8Array(length),
    timer: new Uint8Array(length),
    expiresMs: new Int32Array(length),
  };
}

function describeGroups(groups: GroupTable, perGroup: Uint32Array): OutboundGroups {
  const used = [...perGroup.keys()].filter((group) => perGroup[group] !== 0);
  const rowStart = new Uint32Array(used.length + 1);
  for (const [index, group] of used.entries()) rowStart[index + 1] = (rowStart[index] ?? 0) + (perGroup[group] ?? 0);
  return {
    family: Uint8Array.from(used, (group) => groups.family(group)),
    localAddress: used.map((group) => groups.localAddress(group)),
    remoteAddress: used.map((group) => groups.remoteAddress(group)),
    remotePort: Uint16Array.from(used, (group) => groups.remotePort(group)),
    rowStart,
  };
}

/** Where the first row of each group goes, and how many rows there are in all. */
function placesOf(perGroup: Uint32Array): { next: Uint32Array; total: number } {
  const next = new Uint32Array(perGroup.length);
  let total = 0;
  for (const [group, count] of perGroup.entries()) {
    next[group] = total;
    total += count;
  }
  return { next, total };
}

function scatter(from: OutboundRows, groupOf: Int32Array, places: { next: Uint32Array; total: number }): OutboundRows {
  const to = createColumns(places.total);
  // An index, not entries(): this runs once per row.
  for (let row = 0; row < groupOf.length; row++) {
    const group = groupOf[row] ?? INBOUND;
    if (group === INBOUND) continue;
    const place = places.next[group] ?? 0;
    places.next[group] = place + 1;
    to.localPort[place] = from.localPort[row] ?? 0;
    to.state[place] = from.state[row] ?? 0;
    to.timer[place] = from.timer[row] ?? 0;
    to.expiresMs[place] = from.expiresMs[row] ?? 0;
  }
  return to;
}
