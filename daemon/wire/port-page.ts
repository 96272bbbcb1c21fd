/** The documents of the page of one port series, and of the search for a port. */
import type { SampledEnds } from '../snapshot/port-ends.js';
import type { PortSeriesSample } from '../snapshot/port-series.js';
import { statesToWire, type WirePort } from './port.js';

/** A series of `GET /api/v1/ports?port=N`. One that is not in the latest sample has no sockets. */
export interface WireFoundPort extends WirePort {
  /** When it was last sampled; null where that is no longer stored. */
  lastSeenAt: string | null;
  /** The first sample that did not show it, or `lastSeenAt` where none followed; null while it is in the latest sample. */
  goneSince: string | null;
}

/** The answer of `GET /api/v1/ports/:id/ends`, the ends with the most sockets first. */
export interface WirePortEnds {
  sampledAt: string;
  direction: PortSeriesSample['direction'];
  /**
   * `remote`: the addresses that are connected to this port. `local`: the local addresses from which the one destination
   * of an outbound series is used.
   */
  side: 'remote' | 'local';
  ends: { address: string; states: Record<string, number>; total: number }[];
  /** The further ends, and their sockets. */
  others: { ends: number; sockets: number };
}

export function portEndsToWire(
  direction: PortSeriesSample['direction'],
  { sampledAtMs, ends, others }: SampledEnds,
  limit: number,
): WirePortEnds {
  const cut = ends.slice(limit);
  return {
    sampledAt: new Date(sampledAtMs).toISOString(),
    direction,
    side: direction === 'in' ? 'remote' : 'local',
    ends: ends.slice(0, limit).map(({ address, states, total }) => ({ address, states: statesToWire(states), total })),
    others: {
      ends: others.ends + cut.length,
      sockets: others.sockets + cut.reduce((sum, { total }) => sum + total, 0),
    },
  };
}
