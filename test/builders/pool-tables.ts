/** Socket tables that hold given ports, for tests of pools. */
import { STATE, type Snapshot } from '../../daemon/snapshot/snapshot.js';
import { toSnapshot } from '../tools/simulator/snapshot.js';
import { SERVER, type Destination } from '../tools/simulator/world.js';

export interface HeldPort {
  readonly port: number;
  /** TIME_WAIT unless given. */
  readonly state?: number;
  /** SERVER unless given. */
  readonly to?: Destination;
  /** Milliseconds left on the timer; 30 s unless given. */
  readonly expiresMs?: number;
}

interface TableOptions {
  /** When the table is read, in ms after the start of the simulation. */
  readonly now?: number;
  readonly listeners?: readonly number[];
  readonly bound?: readonly number[];
}

/** A table with one row per held port. Rows that are not in TIME_WAIT have no timer. */
export function tableOf(
  held: readonly HeldPort[],
  { now = 0, listeners = [], bound = [] }: TableOptions = {},
): Snapshot {
  const rows = held.map(({ port, state = STATE.TIME_WAIT, to = SERVER, expiresMs = 30_000 }) => ({
    to,
    localPort: port,
    state,
    expiresAt: now + expiresMs,
    releasedAt: state === STATE.TIME_WAIT ? now + expiresMs : Infinity,
  }));
  return { ...toSnapshot(rows, now, listeners), boundPorts: Uint16Array.from(bound) };
}

/** One TIME_WAIT socket on each of the ports. */
export function timeWaitsOn(ports: readonly number[], to: Destination = SERVER): HeldPort[] {
  return ports.map((port) => ({ port, to }));
}

/** `count` numbers from `first` on, `step` apart. */
export function countFrom(first: number, count: number, step = 1): number[] {
  return Array.from({ length: count }, (_, index) => first + index * step);
}
