/** The simulated table as a source with timers would deliver it. */
import { STATE, STATE_COUNT, TIMER_TIME_WAIT, type Snapshot } from '../../../daemon/snapshot/snapshot.js';
import { findSynTimer } from './behaviour.js';
import type { Rows } from './rows.js';
import type { Wheel } from './wheel.js';
import { MONOTONIC_START, WALL_START, type Destination } from './world.js';

interface TableRow {
  readonly to: Destination;
  readonly localPort: number;
  readonly state: number;
  readonly expiresAt: number;
  /** `Infinity` where the row has no timer. */
  readonly releasedAt: number;
}

const TICK_MS = 4;
/** `idiag_timer` of a row whose SYN or data is repeated when the timer expires. */
const TIMER_RETRANSMIT = 1;

/** A snapshot of rows written by hand, on a kernel of 250 Hz. */
export function toSnapshot(rows: readonly TableRow[], now: number, listeners: readonly number[] = []): Snapshot {
  const groups = new Map<string, TableRow[]>();
  for (const row of rows) {
    const key = `${row.to.local} ${row.to.remote} ${row.to.port}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  const sorted = [...groups.values()];
  const flat = sorted.flat();
  const isTimed = (row: TableRow): boolean => row.releasedAt < Infinity;
  return assemble({
    now,
    listeners,
    bound: [],
    groups: sorted.flatMap(([first]) => (first === undefined ? [] : [first.to])),
    sizes: sorted.map((group) => group.length),
    outboundRows: {
      localPort: Uint16Array.from(flat, (row) => row.localPort),
      state: Uint8Array.from(flat, (row) => row.state),
      timer: Uint8Array.from(flat, (row) => (isTimed(row) ? TIMER_TIME_WAIT : 0)),
      expiresMs: Int32Array.from(flat, (row) =>
        isTimed(row) ? Math.max(0, row.expiresAt - Math.floor(now / TICK_MS) * TICK_MS) : 0,
      ),
      retransmits: new Uint8Array(flat.length),
    },
  });
}

interface TableView {
  readonly rows: Rows;
  readonly destinations: readonly Destination[];
  /** The number of rows of each destination. */
  readonly held: Uint32Array;
  readonly wheel: Wheel;
  readonly listeners: readonly number[];
  readonly bound: readonly number[];
}

/** The rows of the table, sorted by destination in one pass. */
export function snapshotOf({ rows, destinations, held, wheel, listeners, bound }: TableView, now: number): Snapshot {
  const present = destinations.flatMap((_, index) => (held[index] === 0 ? [] : [index]));
  const place = new Uint32Array(destinations.length);
  let total = 0;
  for (const index of present) {
    place[index] = total;
    total += held[index] ?? 0;
  }
  const localPort = new Uint16Array(total);
  const state = new Uint8Array(total);
  const timer = new Uint8Array(total);
  const expiresMs = new Int32Array(total);
  const retransmits = new Uint8Array(total);
  const tick = wheel.tickAt(now);
  // Local copies, because this loop takes most of the time of a simulation.
  const { state: states, group: groups, port: ports, timer: timers, expiryTick, enteredAt } = rows;
  for (let row = 0; row < rows.end; row += 1) {
    const rowState = states[row] ?? 0;
    if (rowState === 0) continue;
    const group = groups[row] ?? 0;
    const to = place[group] ?? 0;
    place[group] = to + 1;
    localPort[to] = ports[row] ?? 0;
    state[to] = rowState;
    if (rowState === STATE.SYN_SENT) {
      timer[to] = TIMER_RETRANSMIT;
      const { retransmits: sent, leftMs } = findSynTimer(now - (enteredAt[row] ?? 0));
      expiresMs[to] = leftMs;
      retransmits[to] = sent;
      continue;
    }
    const rowTimer = timers[row] ?? 0;
    if (rowTimer === 0) continue;
    timer[to] = rowTimer;
    const left = (expiryTick[row] ?? 0) - tick;
    if (left > 0) expiresMs[to] = wheel.msOf(left);
  }
  return assemble({
    now,
    listeners,
    bound,
    groups: present.flatMap((index) => destinations[index] ?? []),
    sizes: present.map((index) => held[index] ?? 0),
    outboundRows: { localPort, state, timer, expiresMs, retransmits },
  });
}

function assemble(of: {
  readonly now: number;
  readonly listeners: readonly number[];
  readonly bound: readonly number[];
  readonly groups: readonly Destination[];
  readonly sizes: readonly number[];
  readonly outboundRows: Snapshot['outboundRows'];
}): Snapshot {
  const { now, groups, sizes, outboundRows } = of;
  const rowStart = new Uint32Array(sizes.length + 1);
  sizes.forEach((size, index) => (rowStart[index + 1] = (rowStart[index] ?? 0) + size));
  return {
    namespace: 'host',
    takenAtMs: WALL_START + now,
    monotonicMs: MONOTONIC_START + now,
    rows: outboundRows.state.length,
    malformed: 0,
    interrupted: false,
    hasTimers: true,
    hasBoundInactive: true,
    listeningPorts: Uint16Array.from(of.listeners).sort(),
    boundPorts: Uint16Array.from(of.bound).sort(),
    inbound: { localPort: new Uint16Array(0), counts: new Uint32Array(0 * STATE_COUNT) },
    outbound: {
      family: Uint8Array.from(groups, ({ local }) => (local.includes(':') ? 6 : 4)),
      localAddress: groups.map(({ local }) => local),
      remoteAddress: groups.map(({ remote }) => remote),
      remotePort: Uint16Array.from(groups, ({ port }) => port),
      rowStart,
    },
    outboundRows,
  };
}
