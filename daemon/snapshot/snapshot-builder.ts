/**
 * Aggregates a socket table while it is read, into columns: no object is made per row. All memory except that of the
 * snapshot itself is reused from dump to dump.
 */
import { createGroupTable } from './group-table.js';
import { createInboundCounts } from './inbound-counts.js';
import type { EndCounter } from './port-ends.js';
import type { ListenerMemory } from './listener-memory.js';
import { createRowColumns } from './row-columns.js';
import { EXPIRES_UNKNOWN, STATE, STATE_COUNT, TIMER_TIME_WAIT, type Snapshot } from './snapshot.js';
import { PORT_COUNT } from '../host/kernel-constants.js';

/** Marks of a local port; a port may have several. */
const LISTENS = 1;
const LISTENED_BEFORE = 2;
const BOUND = 4;

/** Takes the rows that a codec reads. */
export interface RowSink {
  /** Begins a dump. The rows of a dump that was not finished are forgotten. */
  begin(): void;
  /**
   * Adds one row. It is passed as numbers, because an object per row would take longer than the kernel needs to walk
   * its table: each address as four words (see host/ip-address.ts), the kernel's numbers of the state and of the timer,
   * the milliseconds left on that timer or `EXPIRES_UNKNOWN`, and the number of retransmissions. A row whose state no
   * kernel has is counted as malformed.
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
      retransmits: number,
    ]
  ): void;
  /** Counts rows that the codec could not read and left out. */
  addMalformed(count: number): void;
  /** The number of rows added since `begin`, and the number of malformed rows. */
  rows(): number;
  malformed(): number;
}

export type SnapshotMeta = Pick<
  Snapshot,
  'namespace' | 'takenAtMs' | 'monotonicMs' | 'interrupted' | 'hasTimers' | 'hasBoundInactive'
>;

export interface SnapshotBuilder extends RowSink {
  /**
   * The snapshot of the rows added since `begin`. Its arrays are its own, so they may be transferred to another thread.
   */
  finish(meta: SnapshotMeta): Snapshot;
}

/**
 * Creates a builder. A row is inbound when its local port has a LISTEN socket, or had one lately according to `memory`.
 * An inbound row only raises a count of its port, so a busy server makes no groups. A listener may come after its
 * connections (procfs lists IPv4 sockets before IPv6 listeners), so `finish` checks the rows that were added as
 * outbound once more: the order of the rows does not matter.
 * @param ends counts the other ends of ports that are known as listening when their rows come: a port is asked for only
 * after a dump has shown it.
 */
export function createSnapshotBuilder(memory: ListenerMemory, ends: EndCounter | null = null): SnapshotBuilder {
  const groups = createGroupTable();
  const inbound = createInboundCounts();
  const columns = createRowColumns();
  const timers = createTimerJudge();
  const marks = new Uint8Array(PORT_COUNT);
  let rows = 0;
  let malformed = 0;

  return {
    begin() {
      groups.clear();
      inbound.clear();
      columns.clear();
      marks.fill(0);
      for (const port of memory.ports()) marks[port] = LISTENED_BEFORE;
      rows = malformed = 0;
      timers.clear();
    },
    add(l0, l1, l2, l3, localPort, r0, r1, r2, r3, remotePort, state, timer, expiresMs, retransmits) {
      if (state < 1 || state > STATE_COUNT) {
        malformed++;
        return;
      }
      rows++;
      if (state === STATE.TIME_WAIT) timers.count(timer);
      const mark = markPort(marks, localPort, state);
      if ((mark & (LISTENS | LISTENED_BEFORE)) !== 0 || state === STATE.BOUND_INACTIVE) {
        inbound.count(localPort, state);
        if (ends?.counts(localPort) === true) ends.count(localPort, r0, r1, r2, r3, state);
        return;
      }
      const group = groups.intern(l0 | 0, l1 | 0, l2 | 0, l3 | 0, r0 | 0, r1 | 0, r2 | 0, r3 | 0, remotePort);
      columns.push(group, localPort, state, timer, expiresMs, retransmits);
    },
    addMalformed: (count) => void (malformed += count),
    rows: () => rows,
    malformed: () => malformed,
    finish(meta) {
      const listeningPorts = listMarkedPorts(marks, LISTENS);
      const outbound = columns.sortByGroup(groups, (localPort, state) => {
        if (((marks[localPort] ?? 0) & (LISTENS | LISTENED_BEFORE)) === 0) return false;
        inbound.count(localPort, state);
        return true;
      });
      memory.remember(listeningPorts, meta.monotonicMs);
      const hasTimers = meta.hasTimers && timers.judge();
      if (!hasTimers) outbound.outboundRows.expiresMs.fill(EXPIRES_UNKNOWN);
      return {
        ...meta,
        hasTimers,
        rows,
        malformed,
        listeningPorts,
        boundPorts: listMarkedPorts(marks, BOUND),
        inbound: inbound.collect(listMarkedPorts(marks, LISTENS | LISTENED_BEFORE)),
        ...outbound,
      };
    },
  };
}

/** Marks the local port of a row by the state of the row. @returns all marks of that port. */
function markPort(marks: Uint8Array, localPort: number, state: number): number {
  let mark = marks[localPort] ?? 0;
  if (state === STATE.LISTEN) marks[localPort] = mark |= LISTENS;
  else if (state === STATE.BOUND_INACTIVE) marks[localPort] = mark |= BOUND;
  return mark;
}

interface TimerJudge {
  clear(): void;
  /** Counts a TIME_WAIT row, with the number of its timer. */
  count(timer: number): void;
  judge(): boolean;
}

/**
 * Judges whether a table has timers. On Linux each TIME_WAIT row has one. Some systems print the same table without
 * them (gVisor: `00:00000000` on every row), so the majority of the TIME_WAIT rows decides, whatever the source says. A
 * table without such rows is judged as the one before it.
 */
function createTimerJudge(): TimerJudge {
  let timeWaits = 0;
  let timed = 0;
  let hadTimers = true;
  return {
    clear() {
      timeWaits = 0;
      timed = 0;
    },
    count(timer) {
      timeWaits++;
      if (timer === TIMER_TIME_WAIT) timed++;
    },
    judge() {
      if (timeWaits > 0) hadTimers = 2 * timed >= timeWaits;
      return hadTimers;
    },
  };
}

/** The ports with at least one of the marks in `mask`, ascending. */
function listMarkedPorts(marks: Uint8Array, mask: number): Uint16Array {
  const ports: number[] = [];
  for (let port = 0; port < PORT_COUNT; port++) if (((marks[port] ?? 0) & mask) !== 0) ports.push(port);
  return Uint16Array.from(ports);
}
