/**
 * Aggregates a socket table while it is read: columns, no object per row. Everything but the snapshot itself is kept
 * and reused between dumps.
 */
import { createGroupTable } from './group-table.js';
import { createInboundCounts } from './inbound-counts.js';
import type { ListenerMemory } from './listener-memory.js';
import { createRowColumns } from './row-columns.js';
import { STATE, STATE_COUNT, type Snapshot } from './snapshot.js';
import { PORT_COUNT } from '../host/kernel-constants.js';

/** Where a codec puts the rows it reads. */
export interface RowSink {
  /** Starts a dump over: what came before is forgotten. */
  begin(): void;
  /**
   * One row. Numbers, because an object per row would cost more than the kernel's walk: addresses as four words in
   * network order (address.ts), the kernel's state and timer numbers, and the milliseconds left on that timer or
   * `EXPIRES_UNKNOWN`. A row with a state the kernel does not have is counted as malformed.
   */
  add(
    ...row: [
      l0: number,
      l1: number,
      l2: number,
      l3: number,
      localPort: number,
      r0: number,
      r1: number,
      r2: number,
      r3: number,
      remotePort: number,
      state: number,
      timer: number,
      expiresMs: number,
    ]
  ): void;
  /** Rows that could not be read and are left out. */
  addMalformed(count: number): void;
  /** Rows taken, and rows left out, since `begin`. */
  rows(): number;
  malformed(): number;
}

export type SnapshotMeta = Pick<
  Snapshot,
  'namespace' | 'takenAtMs' | 'monotonicMs' | 'interrupted' | 'hasTimers' | 'hasBoundInactive'
>;

export interface SnapshotBuilder extends RowSink {
  /** The snapshot of the rows since `begin`, in arrays of its own that may be transferred. */
  finish(meta: SnapshotMeta): Snapshot;
}

/** Marks of a local port. */
const LISTENS = 1;
const LISTENED = 2;
const BOUND = 4;

/**
 * A row whose local port listens, or did so lately by `memory`, is inbound: only its port's count grows, so a busy
 * server makes no groups. A listener may come after its connections (procfs lists IPv4 before IPv6 listeners), so rows
 * taken as outbound are looked at again in `finish`: the order of rows does not matter.
 */
export function createSnapshotBuilder(memory: ListenerMemory): SnapshotBuilder {
  const groups = createGroupTable();
  const inbound = createInboundCounts();
  const columns = createRowColumns();
  const marks = new Uint8Array(PORT_COUNT);
  let rows = 0;
  let malformed = 0;

  return {
    begin() {
      groups.clear();
      inbound.clear();
      columns.clear();
      marks.fill(0);
      for (const port of memory.ports()) marks[port] = LISTENED;
      rows = 0;
      malformed = 0;
    },
    add(l0, l1, l2, l3, localPort, r0, r1, r2, r3, remotePort, state, timer, expiresMs) {
      if (state < 1 || state > STATE_COUNT) {
        malformed++;
        return;
      }
      rows++;
      let mark = marks[localPort] ?? 0;
      if (state === STATE.LISTEN) marks[localPort] = mark |= LISTENS;
      else if (state === STATE.BOUND_INACTIVE) marks[localPort] = mark |= BOUND;
      if ((mark & (LISTENS | LISTENED)) !== 0 || state === STATE.BOUND_INACTIVE) {
        inbound.count(localPort, state);
        return;
      }
      const group = groups.intern(l0 | 0, l1 | 0, l2 | 0, l3 | 0, r0 | 0, r1 | 0, r2 | 0, r3 | 0, remotePort);
      columns.push(group, localPort, state, timer, expiresMs);
    },
    addMalformed(count) {
      malformed += count;
    },
    rows: () => rows,
    malformed: () => malformed,
    finish(meta) {
      const listeningPorts = portsMarked(marks, LISTENS);
      const outbound = columns.sortByGroup(groups, (localPort, state) => {
        if (((marks[localPort] ?? 0) & (LISTENS | LISTENED)) === 0) return false;
        inbound.count(localPort, state);
        return true;
      });
      memory.remember(listeningPorts, meta.monotonicMs);
      return {
        ...meta,
        rows,
        malformed,
        listeningPorts,
        boundPorts: portsMarked(marks, BOUND),
        inbound: inbound.collect(portsMarked(marks, LISTENS | LISTENED)),
        ...outbound,
      };
    },
  };
}

/** Ports with any of these marks, ascending. */
function portsMarked(marks: Uint8Array, mask: number): Uint16Array {
  const ports: number[] = [];
  for (let port = 0; port < PORT_COUNT; port++) if (((marks[port] ?? 0) & mask) !== 0) ports.push(port);
  return Uint16Array.from(ports);
}
