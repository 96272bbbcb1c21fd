/** One port series of `GET /api/v1/ports`. */
import type { PortSeriesSample } from '../snapshot/port-series.js';
import { TCP_STATES } from '../snapshot/snapshot.js';

export interface WirePort {
  id: string;
  direction: 'in' | 'out';
  namespace: string;
  address: string | null;
  port: number;
  /** Sockets by state in lower snake case; a state without sockets is left out. */
  states: Record<string, number>;
  total: number;
}

/** The spelling of the states in JSON, metrics and database, in the order of TCP_STATES. */
const STATE_NAMES: readonly string[] = TCP_STATES.map((state) => state.toLowerCase());

export function portToWire(port: PortSeriesSample): WirePort {
  const states: Record<string, number> = {};
  let total = 0;
  port.states.forEach((count, index) => {
    const name = STATE_NAMES[index];
    if (count > 0 && name !== undefined) states[name] = count;
    total += count;
  });
  const { id, direction, namespace, address } = port;
  return { id, direction, namespace, address, port: port.port, states, total };
}
