/** A pool as the socket table shows it, and its timed ports. */
import type { Pool, TimedPorts } from '../../daemon/pool/pool.js';
import { STATE, STATE_COUNT } from '../../daemon/snapshot/snapshot.js';

const FIRST_PORT = 20_000;

/** Timed ports by what their timers have left, in ms. */
export function createTimedPorts(left: { timeWait?: readonly number[]; finWait2?: readonly number[] }): TimedPorts {
  const { timeWait = [], finWait2 = [] } = left;
  const states = [...timeWait.map(() => STATE.TIME_WAIT), ...finWait2.map(() => STATE.FIN_WAIT2)];
  return { state: Uint8Array.from(states), expiresMs: Int32Array.from([...timeWait, ...finWait2]) };
}

/** TIME_WAIT ports of these ages, in ms, where TIME_WAIT lasts 60 s. */
export function createTimeWaitPorts(agesMs: readonly number[]): TimedPorts {
  return createTimedPorts({ timeWait: agesMs.map((ageMs) => 60_000 - ageMs) });
}

/** A pool of 1,000 ports towards 10.0.0.2:443 that holds nothing but what the test states; its states agree with that. */
export function createPool(overrides: Partial<Omit<Pool, 'states'>> = {}): Pool {
  const { live = 0, timed = createTimedPorts({}) } = overrides;
  const states = new Uint32Array(STATE_COUNT);
  states[STATE.ESTABLISHED - 1] = live;
  for (const state of timed.state) states[state - 1] = (states[state - 1] ?? 0) + 1;
  const ports = {
    live: Uint16Array.from({ length: live }, (_, i) => FIRST_PORT + timed.state.length + i),
    liveState: new Uint8Array(live).fill(STATE.ESTABLISHED),
    retransmits: new Uint8Array(live),
    timerMs: new Int32Array(live),
    timed: Uint16Array.from(timed.state, (_, i) => FIRST_PORT + i),
  };
  return {
    id: 'connect_host_10.0.0.1_10.0.0.2_443',
    kind: 'connect',
    namespace: 'host',
    family: 'ipv4',
    localAddress: '10.0.0.1',
    remoteAddress: '10.0.0.2',
    remotePort: 443,
    capacity: 1000,
    capacityLow: overrides.capacity ?? 1000,
    states,
    live,
    timed,
    ports,
    reuse: 'none',
    ...overrides,
  };
}
