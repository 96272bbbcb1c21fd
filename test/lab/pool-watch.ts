/**
 * Reads a daemon's event stream and prints its pools and alerts, one JSON line (a PoolSighting) for each sample. Its own
 * connection has a local port outside the ephemeral range, because a port of its own may be the one that is missing.
 *
 *   node --import tsx pool-watch.ts URL LOCAL_PORT
 */
import type { WireAlert } from '../../daemon/wire/alert.js';
import type { WirePool } from '../../daemon/wire/pool.js';
import type { WireSample } from '../../daemon/wire/sample.js';
import { readSamples } from '../tools/league/samples.js';

export interface PoolSighting {
  readonly atMs: number;
  readonly pools: readonly Pick<WirePool, 'id' | 'capacity' | 'used' | 'reuse' | 'mode' | 'closeRate' | 'exhaustsAt'>[];
  readonly alerts: readonly Pick<WireAlert, 'rule' | 'poolId' | 'firingAt'>[];
}

const [url = '', localPort = ''] = process.argv.slice(2);

readSamples(url, (sample) => process.stdout.write(`${JSON.stringify(describe(sample))}\n`), Number(localPort));

function describe({ status, pools }: WireSample): PoolSighting {
  return {
    atMs: Date.now(),
    pools: pools.map(({ id, capacity, used, reuse, mode, closeRate, exhaustsAt }) => {
      return { id, capacity, used, reuse, mode, closeRate, exhaustsAt };
    }),
    alerts: status.alerts.map(({ rule, poolId, firingAt }) => ({ rule, poolId, firingAt })),
  };
}
