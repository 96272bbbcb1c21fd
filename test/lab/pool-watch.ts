/**
 * Reads a daemon's event stream and prints its pools and alerts, one JSON line (a PoolSighting) for each sample. Its own
 * connection has a local port outside the ephemeral range, because a port of its own may be the one that is missing.
 *
 *   node --import tsx pool-watch.ts URL LOCAL_PORT
 */
import { get } from 'node:http';
import type { WireAlert } from '../../daemon/wire/alert.js';
import type { WirePool } from '../../daemon/wire/pool.js';
import type { WireSample } from '../../daemon/wire/sample.js';

export interface PoolSighting {
  readonly atMs: number;
  readonly pools: readonly Pick<WirePool, 'id' | 'capacity' | 'used' | 'reuse' | 'mode' | 'closeRate' | 'exhaustsAt'>[];
  readonly alerts: readonly Pick<WireAlert, 'rule' | 'poolId' | 'firingAt'>[];
}

const [url = '', localPort = ''] = process.argv.slice(2);

get(`${url}/api/v1/events`, { localPort: Number(localPort) }, (response) => {
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
      text = text.slice(end + 2);
      if (data !== undefined) process.stdout.write(`${JSON.stringify(describe(JSON.parse(data) as WireSample))}\n`);
    }
  });
  response.on('end', () => process.exit(0));
});

function describe({ status, pools }: WireSample): PoolSighting {
  return {
    atMs: Date.now(),
    pools: pools.map(({ id, capacity, used, reuse, mode, closeRate, exhaustsAt }) => {
      return { id, capacity, used, reuse, mode, closeRate, exhaustsAt };
    }),
    alerts: status.alerts.map(({ rule, poolId, firingAt }) => ({ rule, poolId, firingAt })),
  };
}
