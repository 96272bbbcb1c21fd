/** The advice on the whole host: its pools at risk, what raises the limit of every destination, and what is harmless. */
import type { PoolForecast } from '../forecast/types.js';
import { UNFORESEEN } from '../forecast/unforeseen.js';
import type { HostLimits } from '../host/limits.js';
import { countSockets, type PortSeriesSample } from '../snapshot/port-series.js';
import { STATE } from '../snapshot/snapshot.js';
import { formatCount, formatRate, SECOND_MS } from '../units.js';
import { adviseOnPool, isAtRisk, type PoolAdvice } from './advise.js';
import type { AdviceContext, Holders } from './context.js';
import type { Remedy } from './effect.js';
import { sortRemedies } from './remedies.js';
import type { Signature } from './signatures.js';

interface HostFacts {
  readonly limits: HostLimits;
  /** The pools, worst first. */
  readonly pools: readonly PoolForecast[];
  readonly ports: readonly PortSeriesSample[];
  readonly sampledAtMs: number | null;
  /** Ports that a destination not in use yet could take, and how long each is held after its close. */
  readonly unusedCapacity: number;
  readonly holdMs: number;
}

export interface HostAdvice {
  readonly summary: string;
  readonly sampledAtMs: number | null;
  readonly newDestination: { readonly ports: number; readonly sustainableRate: number };
  readonly pools: readonly PoolAdvice[];
  readonly poolsAtRisk: number;
  readonly signatures: readonly Signature[];
  readonly general: readonly Remedy[];
}

/** Pools that are advised on at most. */
const MAX_POOLS = 10;
/** A service with so many TIME_WAIT sockets is named. */
const NOTABLE_TIME_WAIT = 1000;
const NAMED_SERVICES = 5;

/** A destination that nothing is known of but its ports. */
const NEW_POOL: PoolForecast = {
  ...UNFORESEEN,
  id: '',
  kind: 'connect',
  namespace: 'host',
  family: 'ipv4',
  localAddress: '0.0.0.0',
  remoteAddress: null,
  remotePort: null,
  sampledAtMs: 0,
  capacity: 0,
  used: 0,
  reusable: 0,
  available: 0,
  live: 0,
  closeWait: 0,
  timeWait: 0,
  holdMs: 0,
  reuse: 'none',
  closeRate: 0,
  sustainableRate: 0,
  pressure: null,
  mode: 'idle',
  why: '',
};

/** @param findHolders the processes that hold connections of a pool. */
export function adviseOnHost(
  facts: HostFacts,
  context: AdviceContext,
  findHolders: (poolId: string) => Holders,
): HostAdvice {
  const { limits, pools, sampledAtMs, unusedCapacity, holdMs } = facts;
  const risky = pools.filter(isAtRisk);
  const sustainableRate = (unusedCapacity * SECOND_MS) / holdMs;
  return {
    summary: sumUp(risky.length, unusedCapacity, sustainableRate),
    sampledAtMs,
    newDestination: { ports: unusedCapacity, sustainableRate },
    pools: risky.slice(0, MAX_POOLS).map((pool) => adviseOnPool(pool, limits, { ...context, ...findHolders(pool.id) })),
    poolsAtRisk: risky.length,
    signatures: findServerCloses(facts.ports),
    general: listGeneral(facts, context, sustainableRate),
  };
}

function sumUp(risky: number, ports: number, rate: number): string {
  const limit = `A new destination could take ${formatCount(ports)} ports and sustain ${formatRate(rate)} closes per second.`;
  if (risky === 0) return `No pool is at risk. ${limit}`;
  return `${risky === 1 ? 'One pool is' : `${formatCount(risky)} pools are`} at risk. ${limit}`;
}

/** What would hold for a destination whose closes just exceed what its ports sustain. */
function listGeneral(
  { limits, unusedCapacity, holdMs }: HostFacts,
  context: AdviceContext,
  sustained: number,
): Remedy[] {
  const full: PoolForecast = {
    ...NEW_POOL,
    capacity: unusedCapacity,
    available: unusedCapacity,
    holdMs,
    closeRate: sustained,
  };
  return [...sortRemedies(full, limits, { ...context, owners: [] }).remedies];
}

/** A service of this host that closes first has its TIME_WAIT sockets on its own port, which takes none of the range. */
function findServerCloses(ports: readonly PortSeriesSample[]): Signature[] {
  const services = ports
    .filter(({ direction }) => direction === 'in')
    .map((series) => ({ series, timeWait: series.states[STATE.TIME_WAIT - 1] ?? 0 }))
    .filter(({ series, timeWait }) => timeWait >= NOTABLE_TIME_WAIT && timeWait > countSockets(series) / 2)
    .sort((a, b) => b.timeWait - a.timeWait)
    .slice(0, NAMED_SERVICES);
  if (services.length === 0) return [];
  const named = services.map(({ series, timeWait }) => `:${series.port} has ${formatCount(timeWait)}`).join(', ');
  return [
    {
      name: 'server_closes_first',
      seen: `services of this host have TIME_WAIT sockets: ${named}`,
      cause:
        'These services close first. Their TIME_WAIT sockets stand on the listening port and take no port of the range.',
      remedies: [],
      check: 'Nothing needs to be done for ports.',
    },
  ];
}
