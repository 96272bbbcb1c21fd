/**
 * Collects the outbound rows of a dump in the order in which they arrive, and sorts them by group at the end of the
 * dump. The columns are reused from dump to dump.
 */
import type { GroupTable } from './group-table.js';
import type { OutboundGroups, OutboundRows } from './snapshot.js';

const LARGEST_INT32 = 0x7fff_ffff;
const LARGEST_UINT8 = 0xff;
/** Stands in the place of a group's number for a row that turned out to be inbound. */
const INBOUND = -1;
/** Space for this many rows at first; it doubles when it is used up. */
const FIRST_ROWS = 1024;

interface RowColumns {
  push(
    ...row: [group: number, localPort: number, state: number, timer: number, expiresMs: number, retransmits: number]
  ): void;
  clear(): void;
  /**
   * Copies the rows into new arrays, sorted by group. Groups without a row are left out; the other groups keep their
   * order, and so do the rows of each group. `takeInbound` is called once per row and returns whether the row turned
   * out to be inbound; such a row is left out.
   */
  sortByGroup(
    groups: GroupTable,
    takeInbound: (localPort: number, state: number) => boolean,
  ): { outbound: OutboundGroups; outboundRows: OutboundRows };
}

export function createRowColumns(): RowColumns {
  let columns = createColumns(FIRST_ROWS);
  let groupOf = new Int32Array(FIRST_ROWS);
  let length = 0;
  const grow = (): void => {
    const [larger, largerGroupOf] = [createColumns(length * 2), new Int32Array(length * 2)];
    larger.localPort.set(columns.localPort);
    larger.state.set(columns.state);
    larger.timer.set(columns.timer);
    larger.expiresMs.set(columns.expiresMs);
    larger.retransmits.set(columns.retransmits);
    largerGroupOf.set(groupOf);
    columns = larger;
    groupOf = largerGroupOf;
  };
  return {
    push(group, localPort, state, timer, expiresMs, retransmits) {
      if (length === groupOf.length) grow();
      groupOf[length] = group;
      columns.localPort[length] = localPort;
      columns.state[length] = state;
      columns.timer[length] = timer;
      columns.expiresMs[length] = expiresMs > LARGEST_INT32 ? LARGEST_INT32 : expiresMs;
      columns.retransmits[length] = retransmits > LARGEST_UINT8 ? LARGEST_UINT8 : retransmits;
      length++;
    },
    clear() {
      length = 0;
    },
    sortByGroup(groups, takeInbound) {
      const perGroup = new Uint32Array(groups.size());
      for (let row = 0; row < length; row++) {
        const group = groupOf[row] ?? INBOUND;
        if (takeInbound(columns.localPort[row] ?? 0, columns.state[row] ?? 0)) groupOf[row] = INBOUND;
        else perGroup[group] = (perGroup[group] ?? 0) + 1;
      }
      const outbound = describeGroups(groups, perGroup);
      return { outbound, outboundRows: copySorted(columns, groupOf.subarray(0, length), findPlaces(perGroup)) };
    },
  };
}

function createColumns(length: number): OutboundRows {
  return {
    localPort: new Uint16Array(length),
    state: new Uint8Array(length),
    timer: new Uint8Array(length),
    expiresMs: new Int32Array(length),
    retransmits: new Uint8Array(length),
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

/** The index of the first row of each group in the sorted columns, and the number of all rows. */
function findPlaces(perGroup: Uint32Array): { next: Uint32Array; total: number } {
  const next = new Uint32Array(perGroup.length);
  let total = 0;
  for (const [group, count] of perGroup.entries()) {
    next[group] = total;
    total += count;
  }
  return { next, total };
}

/** Copies each outbound row to the next free place of its group. */
function copySorted(
  from: OutboundRows,
  groupOf: Int32Array,
  places: { next: Uint32Array; total: number },
): OutboundRows {
  const to = createColumns(places.total);
  // An index is used here because `entries()` would allocate once per row.
  for (let row = 0; row < groupOf.length; row++) {
    const group = groupOf[row] ?? INBOUND;
    if (group === INBOUND) continue;
    const place = places.next[group] ?? 0;
    places.next[group] = place + 1;
    to.localPort[place] = from.localPort[row] ?? 0;
    to.state[place] = from.state[row] ?? 0;
    to.timer[place] = from.timer[row] ?? 0;
    to.expiresMs[place] = from.expiresMs[row] ?? 0;
    to.retransmits[place] = from.retransmits[row] ?? 0;
  }
  return to;
}
