/** Reads the daemon's event stream and prints its pools and alerts, one JSON line (a Sighting) for each sample. */
import { get } from 'node:http';
import type { WireAlert } from '../../../daemon/wire/alert.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import type { WireSample } from '../../../daemon/wire/sample.js';

export type SeenPool = Pick<
  WirePool,
  | 'kind'
  | 'remoteAddress'
  | 'remotePort'
  | 'capacity'
  | 'used'
  | 'live'
  | 'timeWait'
  | 'reuse'
  | 'closeRate'
  | 'pressure'
  | 'exhaustsAt'
  | 'earliestAt'
  | 'latestAt'
  | 'probability'
  | 'mode'
  | 'sampledAt'
  | 'cause'
  | 'why'
>;
export type SeenAlert = Pick<WireAlert, 'id' | 'rule' | 'severity' | 'state' | 'mail' | 'firingAt' | 'summary'> & {
  /** The destination of its pool as "address:port"; null where it has none. */
  readonly destination: string | null;
};

export interface Sighting {
  /** When it arrived here, in epoch ms. */
  readonly atMs: number;
  readonly granularitySeconds: number;
  readonly granularityLearned: boolean;
  readonly dumpAgeSeconds: number | null;
  readonly pools: readonly SeenPool[];
  readonly alerts: readonly SeenAlert[];
}

const [url = ''] = process.argv.slice(2);

get(`${url}/api/v1/events`, (response) => {
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
      text = text.slice(end + 2);
      if (data !== undefined) process.stdout.write(`${JSON.stringify(sighting(JSON.parse(data) as WireSample))}\n`);
    }
  });
  response.on('end', () => process.exit(0));
}).on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});

function sighting({ status, pools }: WireSample): Sighting {
  return {
    atMs: Date.now(),
    granularitySeconds: status.host.granularitySeconds,
    granularityLearned: status.host.granularityLearned,
    dumpAgeSeconds: status.sampling.dumpAgeSeconds,
    pools: pools.map(seenPool),
    alerts: status.alerts.map(({ id, rule, severity, state, mail, firingAt, summary, pool }) => ({
      id,
      rule,
      severity,
      state,
      mail,
      firingAt,
      summary,
      destination: destinationOf(pool),
    })),
  };
}

function destinationOf(pool: WirePool | null): string | null {
  if (pool === null || pool.remoteAddress === null || pool.remotePort === null) return null;
  return `${pool.remoteAddress}:${pool.remotePort}`;
}

function seenPool(pool: WirePool): SeenPool {
  const { kind, remoteAddress, remotePort, capacity, used, live, timeWait, reuse, closeRate, pressure } = pool;
  const { exhaustsAt, earliestAt, latestAt, probability, mode, sampledAt, cause, why } = pool;
  return {
    kind,
    remoteAddress,
    remotePort,
    capacity,
    used,
    live,
    timeWait,
    reuse,
    closeRate,
    pressure,
    exhaustsAt,
    earliestAt,
    latestAt,
    probability,
    mode,
    sampledAt,
    cause,
    why,
  };
}
