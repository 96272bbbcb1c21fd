/** Reads the daemon's event stream and prints its pools and alerts, one JSON line (a Sighting) for each sample. */
import type { WireAlert } from '../../../daemon/wire/alert.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import type { WireSample } from '../../../daemon/wire/sample.js';
import { readSamples } from './samples.js';

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

readSamples(url, (sample) => process.stdout.write(`${JSON.stringify(sighting(sample))}\n`));

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
