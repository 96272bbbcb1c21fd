/** What holds the ports of a pool: which row counts for each port, and the rows by state, timer and port. */
import { PORT_COUNT } from '../host/kernel-constants.js';
import { STATE, STATE_COUNT, TIMER_TIME_WAIT, type OutboundRows, type Snapshot } from '../snapshot/snapshot.js';
import { HOLDS_NO_PORT } from './bound-rows.js';
import type { UsablePorts } from './capacity.js';
import { findGroupRows } from './group-key.js';
import type { HeldPorts, Pool } from './pool.js';

type Holdings = Pick<Pool, 'states' | 'live' | 'timed' | 'ports'>;

/**
 * The row that counts for a port where several rows hold it: a live one, else the one that is released last. An entry
 * is valid only while `roundOfPort` holds the current round, so the arrays need not be cleared for every pool.
 */
const rowOfPort = new Int32Array(PORT_COUNT);
const roundOfPort = new Uint32Array(PORT_COUNT);
let round = 0;

/** Most pools of a busy host hold no live port, so those share the empty arrays. */
const NOTHING_LIVE: Omit<HeldPorts, 'timed'> = {
  live: new Uint16Array(0),
  liveState: new Uint8Array(0),
  retransmits: new Uint8Array(0),
  timerMs: new Int32Array(0),
};

/**
 * Counts what holds the usable ports of these groups; a port that several rows hold counts once. This runs over every
 * row of the table in every sample, so it makes two passes over the rows and builds no list of them.
 */
export function measureHoldings(
  snapshot: Snapshot,
  groups: readonly number[],
  usable: UsablePorts,
): { portCount: number; holdings: Holdings } {
  const { held, timed } = countHoldings(snapshot, groups, usable);
  return { portCount: held, holdings: collectHoldings(snapshot, groups, { live: held - timed, timed }) };
}

/** Chooses the row of each port, and counts the ports that are held and those of timed mini-sockets. */
export function countHoldings(
  snapshot: Snapshot,
  groups: readonly number[],
  usable: UsablePorts,
): { held: number; timed: number } {
  const { outboundRows } = snapshot;
  const { localPort, state } = outboundRows;
  round += 1;
  let held = 0;
  let timed = 0;
  for (const group of groups) {
    const [from, to] = findGroupRows(snapshot, group);
    for (let row = from; row < to; row += 1) {
      const port = localPort[row] ?? 0;
      if (usable.bitmap[port] !== 1 || HOLDS_NO_PORT[state[row] ?? 0] === 1) continue;
      if (roundOfPort[port] !== round) {
        roundOfPort[port] = round;
        rowOfPort[port] = row;
        held += 1;
        if (isTimed(outboundRows, row)) timed += 1;
        continue;
      }
      if (!outlives(outboundRows, row, rowOfPort[port] ?? 0)) continue;
      rowOfPort[port] = row;
      if (!isTimed(outboundRows, row)) timed -= 1;
    }
  }
  return { held, timed };
}

/** Collects the rows that were chosen. */
function collectHoldings(
  snapshot: Snapshot,
  groups: readonly number[],
  count: { live: number; timed: number },
): Holdings {
  const { outboundRows } = snapshot;
  const { localPort, state, expiresMs, retransmits } = outboundRows;
  const states = new Uint32Array(STATE_COUNT);
  const timed = { state: new Uint8Array(count.timed), expiresMs: new Int32Array(count.timed) };
  const ports = createHeldPorts(count);
  let nextTimed = 0;
  let nextLive = 0;
  for (const group of groups) {
    const [from, to] = findGroupRows(snapshot, group);
    for (let row = from; row < to; row += 1) {
      const port = localPort[row] ?? 0;
      if (roundOfPort[port] !== round || rowOfPort[port] !== row) continue;
      const stateOfRow = state[row] ?? 0;
      states[stateOfRow - 1] = (states[stateOfRow - 1] ?? 0) + 1;
      if (isTimed(outboundRows, row)) {
        timed.state[nextTimed] = stateOfRow;
        timed.expiresMs[nextTimed] = expiresMs[row] ?? 0;
        ports.timed[nextTimed] = port;
        nextTimed += 1;
      } else {
        ports.live[nextLive] = port;
        ports.liveState[nextLive] = stateOfRow;
        ports.retransmits[nextLive] = retransmits[row] ?? 0;
        ports.timerMs[nextLive] = expiresMs[row] ?? 0;
        nextLive += 1;
      }
    }
  }
  return { states, live: count.live, timed, ports };
}

function createHeldPorts({ live, timed }: { live: number; timed: number }): HeldPorts {
  if (live === 0) return { ...NOTHING_LIVE, timed: new Uint16Array(timed) };
  return {
    live: new Uint16Array(live),
    liveState: new Uint8Array(live),
    retransmits: new Uint8Array(live),
    timerMs: new Int32Array(live),
    timed: new Uint16Array(timed),
  };
}

function isTimed({ state, timer }: OutboundRows, row: number): boolean {
  return state[row] === STATE.TIME_WAIT || (state[row] === STATE.FIN_WAIT2 && timer[row] === TIMER_TIME_WAIT);
}

function outlives(rows: OutboundRows, row: number, other: number): boolean {
  return isTimed(rows, other) && (!isTimed(rows, row) || (rows.expiresMs[row] ?? 0) > (rows.expiresMs[other] ?? 0));
}
