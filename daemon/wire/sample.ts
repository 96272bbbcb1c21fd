/** The server-sent event `sample`. */
import type { WirePool } from './pool.js';
import type { WirePort } from './port.js';
import type { WireStatus } from './status.js';

/**
 * Sent after every cycle; the dashboard shows it. At most 500 pools, worst first, and 100 port series, largest first. The
 * whole sample as one event has the 50 worst pools.
 */
export interface WireSample {
  status: WireStatus;
  pools: WirePool[];
  ports: WirePort[];
}
