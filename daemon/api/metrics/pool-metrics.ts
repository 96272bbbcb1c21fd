/** The metrics of the pools: `portcast_pools` and `portcast_pool_*`. */
import { SECOND_MS } from '../../units.js';
import type { WirePool, WirePools } from '../../wire/pool.js';
import { createGauge, createLabelledGauge, MAX_LABELLED, type MetricFamily } from './metric-family.js';

const REST_LABELS = { pool: 'other', local_address: '', remote_address: '', remote_port: '', kind: '' };

/** What can be summed over several pools. */
type Sums = Pick<WirePool, 'capacity' | 'used' | 'available' | 'live' | 'timeWait' | 'closeRate' | 'failedConnects'>;

interface Metric {
  /** The metric is called `portcast_pool_` and this. */
  readonly name: string;
  readonly help: string;
}

/** `additive`: whether the sum over several pools has a meaning, so that the pools without labels have a sum too. */
type PoolQuantity =
  | (Metric & { readonly additive: true; readonly of: (pool: Sums) => number | null })
  | (Metric & { readonly additive: false; readonly of: (pool: WirePool, nowMs: number) => number | null });

const POOL_QUANTITIES: readonly PoolQuantity[] = [
  { name: 'capacity_ports', help: 'Ports that this pool can use.', of: (pool) => pool.capacity, additive: true },
  { name: 'used_ports', help: 'Ports in use, live and TIME_WAIT together.', of: (pool) => pool.used, additive: true },
  {
    name: 'available_ports',
    help: 'Ports that connect() can take now.',
    of: (pool) => pool.available,
    additive: true,
  },
  {
    name: 'live_ports',
    help: 'Ports held by connections that are not in TIME_WAIT.',
    of: (pool) => pool.live,
    additive: true,
  },
  {
    name: 'time_wait_ports',
    help: 'Ports held by TIME_WAIT and orphan FIN_WAIT2 mini-sockets.',
    of: (pool) => pool.timeWait,
    additive: true,
  },
  {
    name: 'close_rate',
    help: 'Sockets that enter TIME_WAIT per second; absent while unknown.',
    of: (pool) => pool.closeRate,
    additive: true,
  },
  {
    name: 'sustainable_close_rate',
    help: 'Close rate per second at which use settles exactly at the capacity.',
    of: (pool) => pool.sustainableRate,
    additive: false,
  },
  {
    name: 'pressure_ratio',
    help: 'Ports that the present close rate needs, divided by the capacity; absent while unknown.',
    of: (pool) => pool.pressure,
    additive: false,
  },
  {
    name: 'exhaustion_seconds',
    help: 'Seconds from this scrape until the pool is forecast to run out of ports; 0 when no port is left, +Inf when no exhaustion is forecast, absent while unknown.',
    of: exhaustionSeconds,
    additive: false,
  },
  {
    name: 'exhaustion_probability',
    help: 'Probability that the pool runs out of ports within 10 minutes of the sample; absent while unknown.',
    of: (pool) => pool.probability,
    additive: false,
  },
  {
    name: 'failed_connects',
    help: 'Connects that failed in the last minute because no local port was left; absent while failed connects are not counted.',
    of: (pool) => pool.failedConnects,
    additive: true,
  },
];

/**
 * The first fifty pools have labels of their own. The additive quantities of the other pools are summed under
 * `pool="other"`.
 * @param document null before the first sample; its pools are sorted, the worst first.
 */
export function listPoolFamilies(document: WirePools | null, nowMs: number): MetricFamily[] {
  const { pools, unlisted = null } = document ?? { pools: [] };
  const labelled = pools.slice(0, MAX_LABELLED);
  const rest: Sums[] = pools.slice(MAX_LABELLED);
  if (unlisted !== null) rest.push({ ...unlisted, failedConnects: null });
  const families = POOL_QUANTITIES.map((quantity) => {
    const points = labelled.map((pool) => ({ labels: poolLabels(pool), value: quantity.of(pool, nowMs) }));
    if (quantity.additive) points.push({ labels: REST_LABELS, value: sumWithoutNulls(rest.map(quantity.of)) });
    return createLabelledGauge(`portcast_pool_${quantity.name}`, quantity.help, points);
  });
  const count = pools.length + (unlisted?.count ?? 0);
  return [createGauge('portcast_pools', 'Pools with at least one port in use.', count), ...families];
}

function poolLabels(pool: WirePool): Record<string, string> {
  return {
    pool: pool.id,
    local_address: pool.localAddress,
    remote_address: pool.remoteAddress ?? '',
    remote_port: pool.remotePort === null ? '' : String(pool.remotePort),
    kind: pool.kind,
  };
}

/** Without a pressure nothing was forecast: the answer is null then, because +Inf would mean that the pool is safe. */
function exhaustionSeconds(pool: WirePool, nowMs: number): number | null {
  if (pool.mode === 'exhausted') return 0;
  if (pool.exhaustsAt !== null) return Math.max(0, (Date.parse(pool.exhaustsAt) - nowMs) / SECOND_MS);
  return pool.pressure === null ? null : Number.POSITIVE_INFINITY;
}

/** Null when there is no number to sum. */
function sumWithoutNulls(values: readonly (number | null)[]): number | null {
  const numbers = values.filter((value) => value !== null);
  return numbers.length === 0 ? null : numbers.reduce((sum, value) => sum + value, 0);
}
