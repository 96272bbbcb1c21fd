/**
 * Counts the sockets per state of each inbound port. A busy server takes one row of counts, however many clients it
 * has.
 */
import { STATE_COUNT, type InboundPorts } from './snapshot.js';
import { PORT_COUNT } from '../host/kernel-constants.js';

/** Space for this many ports at first; it doubles when it is used up. */
const FIRST_PORTS = 64;

interface InboundCounts {
  count(port: number, state: number): void;
  clear(): void;
  /** The counts of `ports`, which ascend. Ports without a socket are left out. */
  collect(ports: Uint16Array): InboundPorts;
}

export function createInboundCounts(): InboundCounts {
  /** The row of each port in `counts`, plus one; 0 for a port without a socket. */
  const places = new Uint32Array(PORT_COUNT);
  let counts = new Uint32Array(FIRST_PORTS * STATE_COUNT);
  let used = 0;
  return {
    count(port, state) {
      let place = places[port] ?? 0;
      if (place === 0) {
        place = places[port] = ++used;
        if (used * STATE_COUNT > counts.length) {
          const larger = new Uint32Array(counts.length * 2);
          larger.set(counts);
          counts = larger;
        }
      }
      const at = (place - 1) * STATE_COUNT + state - 1;
      counts[at] = (counts[at] ?? 0) + 1;
    },
    clear() {
      places.fill(0);
      counts.fill(0, 0, used * STATE_COUNT);
      used = 0;
    },
    collect(ports) {
      const localPort = ports.filter((port) => places[port] !== 0);
      const collected = new Uint32Array(localPort.length * STATE_COUNT);
      for (const [index, port] of localPort.entries()) {
        const from = ((places[port] ?? 0) - 1) * STATE_COUNT;
        collected.set(counts.subarray(from, from + STATE_COUNT), index * STATE_COUNT);
      }
      return { localPort, counts: collected };
    },
  };
}
