/** The table of measured traffic: what real sockets did, each row as a world of the simulator. */
import { steps } from '../tools/simulator/plan.js';
import { LEARNED, limitsOf, LOCAL, SERVER, type Destination, type World } from '../tools/simulator/world.js';

export interface Row {
  readonly name: string;
  readonly world: World;
  /** The first failed connect or bind, in seconds after the start; null = none. */
  readonly truth: number | null;
  /** From this second on the forecast must be right. Before, the traffic is different or cannot be known yet. */
  readonly from: number;
  /** How long to watch, in seconds. */
  readonly watch: number;
}

const LOOPBACK: Destination = { local: '127.0.0.1', remote: '127.0.0.1', port: 443 };
const OWN: Destination = { local: LOCAL, remote: LOCAL, port: 443 };
const OTHER: Destination = { ...SERVER, remote: '10.0.0.3' };

const world = (streams: World['streams'], changes: Partial<Omit<World, 'streams'>> = {}): World => ({
  limits: limitsOf(),
  granularity: LEARNED,
  streams,
  ...changes,
});
const churn = (rate: number, to: readonly Destination[] = [SERVER]) => ({ to, rate, fate: 'time_wait' }) as const;
/** 900 closes within 10 ms, which is at once, as in the measurement. */
const burst = (thenRate: number) =>
  ({ to: [SERVER], rate: steps([0, 90_000], [10, thenRate]), fate: 'time_wait' }) as const;
const bySecond = { range: { first: 20_000, last: 20_099 }, twReuse: 1, twReuseBySecond: true } as const;
const hundred = { range: { first: 20_000, last: 20_099 } };

const row = (name: string, truth: number | null, of: World, more: { from?: number; watch?: number } = {}): Row => ({
  name,
  world: of,
  truth,
  from: more.from ?? 4,
  watch: more.watch ?? 180,
});

export const ROWS: readonly [Row, ...Row[]] = [
  row('25/s closes', 40.0, world([churn(25)])),
  row('12/s', null, world([churn(12)])),
  row('16.1/s', null, world([churn(16.1)])),
  // So near the limit an exhaustion is not worth saying before the rate is known to a few hundredths.
  row('16.2/s', 63.15, world([churn(16.2)]), { from: 8 }),
  row('16.5/s', 60.67, world([churn(16.5)]), { from: 8 }),
  row(
    '25/s for 20 s, then 5/s',
    null,
    world([{ to: [SERVER], rate: steps([0, 25], [20_000, 5]), fate: 'time_wait' }]),
    { from: 23 },
  ),
  row('burst of 900, then 1.4/s', null, world([burst(1.4)])),
  row('burst of 900, then 2.5/s', 40.4, world([burst(2.5)]), { from: 8 }),
  row(
    'ramp 2 + 0.3 t',
    78.2,
    world([{ to: [SERVER], rate: [{ atMs: 0, rate: 2, slopePerMs: 0.0003 }], fate: 'time_wait' }]),
    {
      from: Infinity,
    },
  ),
  row('6/s kept open + 6/s closed', 105.3, world([churn(6), { to: [SERVER], rate: 6, fate: 'kept' }]), {
    from: 30,
  }),
  row('two destinations, 12/s each', null, world([churn(24, [SERVER, OTHER])])),
  row('two destinations by bind(src, 0), 12/s each', 41.7, world([{ ...churn(24, [SERVER, OTHER]), binds: true }])),
  row('100 ports, reuse 1, 95/s', null, world([churn(95)], { limits: limitsOf({ ...hundred, twReuse: 1 }) })),
  row('100 ports, reuse 1, 110/s', 0.92, world([churn(110)], { limits: limitsOf({ ...hundred, twReuse: 1 }) }), {
    from: Infinity,
  }),
  row('100 ports, reuse 1 by whole seconds, 99/s', null, world([churn(99)], { limits: limitsOf(bySecond) })),
  row('reuse 2 on loopback, 25/s', null, world([churn(25, [LOOPBACK])], { limits: limitsOf({ twReuse: 2 }) })),
  row('reuse 2, own address, 25/s', 40.0, world([churn(25, [OWN])], { limits: limitsOf({ twReuse: 2 }) })),
  row('server closes first, 100/s', null, world([{ ...churn(100), fate: 'server_closes' }])),
  row('tcp_max_tw_buckets 500, 25/s', null, world([churn(25)], { limits: limitsOf({ maxTwBuckets: 500 }) })),
  row(
    '100 reserved, 25/s',
    36.0,
    world([churn(25)], { limits: limitsOf({ reservedPorts: [{ first: 20_100, last: 20_199 }] }) }),
  ),
  row(
    '100 listeners in the range, 25/s',
    36.0,
    world([churn(25)], { listeners: Array.from({ length: 100 }, (_, i) => 20_300 + i) }),
  ),
  // The snapshot folds ::ffff: into IPv4, so both halves are rows of one group here.
  row('half IPv4, half ::ffff:, 25/s in all', 40.0, world([churn(12.5), churn(12.5)])),
  row('orphan FIN_WAIT2, fin_timeout 60, 25/s', 40.0, world([{ ...churn(25), fate: 'fin_wait2' }])),
  row(
    'orphan FIN_WAIT2, fin_timeout 10, 25/s',
    null,
    world([{ ...churn(25), fate: 'fin_wait2' }], { limits: limitsOf({ finTimeoutMs: 10_000 }) }),
  ),
  row('reset closes, 100/s', null, world([{ ...churn(100), fate: 'reset' }])),
];
