/** One port series of `GET /api/v1/ports`. */
import { countSockets, type PortSeriesSample, type UnlistedSeries } from '../snapshot/port-series.js';
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

/** Port series that are not listed, because there are very many and these have the fewest sockets, taken together. */
export interface WireUnlistedPorts {
  count: number;
  /** Sockets by state, as in a port series. */
  states: Record<string, number>;
}

export function portToWire(port: PortSeriesSample): WirePort {
  const { id, direction, namespace, address } = port;
  return {
    id,
    direction,
    namespace,
    address,
    port: port.port,
    states: statesToWire(port.states),
    total: countSockets(port),
  };
}

export function unlistedPortsToWire({ count, states }: UnlistedSeries): WireUnlistedPorts {
  return { count, states: statesToWire(states) };
}

export function statesToWire(counts: Uint32Array): Record<string, number> {
  const states: Record<string, number> = {};
  counts.forEach((count, index) => {
    const name = STATE_NAMES[index];
    if (count > 0 && name !== undefined) states[name] = count;
  });
  return states;
}
