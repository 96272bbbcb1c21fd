/** The server-sent event `sample`. */
import type { WirePool } from './pool.js';
import type { WirePort } from './port.js';
import type { WireStatus } from './status.js';

/** One server-sent event, named `sample`, after every cycle: what the dashboard shows. At most 50 pools and 100 ports. */
export interface WireSample {
  status: WireStatus;
  pools: WirePool[];
  ports: WirePort[];
}
