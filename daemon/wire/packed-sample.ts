/**
 * A sample in the form in which its changes are found and sent: what would be in it twice is in it once, and what changes
 * with every sample in every pool is in it once too.
 */
import type { WireAlert } from './alert.js';
import { applyChange, findChange, type JsonObject } from './document-change.js';
import { packAhead, unpackAhead, type PackedAhead } from './packed-ahead.js';
import type { WirePool } from './pool.js';
import type { WirePort } from './port.js';
import type { WireSample } from './sample.js';
import type { WireStatus } from './status.js';

/** `sampledAt` is absent where it is that of the host. */
type PackedPool = Omit<WirePool, 'sampledAt' | 'ahead'> & {
  sampledAt?: string;
  ahead: PackedAhead | WirePool['ahead'];
};
/** The id of the pool in the list, or the pool where the list has none that is equal. */
type PoolReference = string | WirePool;

export interface PackedSample {
  readonly status: Omit<WireStatus, 'worst' | 'alerts'> & {
    readonly worst: readonly PoolReference[];
    readonly alerts: readonly (Omit<WireAlert, 'pool'> & { readonly pool: PoolReference | null })[];
  };
  readonly pools: readonly PackedPool[];
  readonly ports: readonly WirePort[];
}

/** @param before the sample that was packed last: of it the projections are kept that still show the newest ones */
export function packSample(sample: WireSample, before: PackedSample | null): PackedSample {
  const { status, pools, ports } = sample;
  const { sampledAt } = status.host;
  const listed = new Map(pools.map((pool) => [pool.id, pool]));
  const earlier = new Map(before?.pools.map(({ id, ahead }) => [id, ahead]));
  const refer = (pool: WirePool): PoolReference => {
    const same = listed.get(pool.id);
    return same !== undefined && isSame(same, pool) ? pool.id : pool;
  };
  return {
    status: {
      ...status,
      worst: status.worst.map(refer),
      alerts: status.alerts.map((alert) => ({ ...alert, pool: alert.pool === null ? null : refer(alert.pool) })),
    },
    pools: pools.map(({ sampledAt: ownAt, ahead, ...pool }, rank) => ({
      ...pool,
      ahead: packAhead(ahead, earlier.get(pool.id), rank === 0 ? 'drawn' : 'listed'),
      ...(ownAt === sampledAt ? {} : { sampledAt: ownAt }),
    })),
    ports,
  };
}

/** The sample of which this is the packed form; only the projections are rounded. */
export function unpackSample({ status, pools, ports }: PackedSample): WireSample {
  const commonAt = status.host.sampledAt ?? '';
  const unpacked = pools.map((pool) => unpackPool(pool, commonAt));
  const listed = new Map(unpacked.map((pool) => [pool.id, pool]));
  const find = (reference: PoolReference): WirePool => {
    const pool = typeof reference === 'string' ? listed.get(reference) : reference;
    if (pool === undefined) throw new Error('the sample refers to a pool that it does not list');
    return pool;
  };
  return {
    status: {
      ...status,
      worst: status.worst.map(find),
      alerts: status.alerts.map((alert) => ({ ...alert, pool: alert.pool === null ? null : find(alert.pool) })),
    },
    pools: unpacked,
    ports: [...ports],
  };
}

/** The points of the projection are made when they are first read: of 500 pools the page draws those of a few. */
function unpackPool(packed: PackedPool, commonAt: string): WirePool {
  const { sampledAt = commonAt } = packed;
  let ahead: WirePool['ahead'] | null = null;
  return {
    ...packed,
    sampledAt,
    get ahead() {
      return (ahead ??= unpackAhead(packed.ahead, Date.parse(sampledAt)));
    },
  };
}

function isSame(a: WirePool, b: WirePool): boolean {
  return a === b || findChange(a as unknown as JsonObject, b as unknown as JsonObject) === null;
}

/** The data of the event `sample` of a stream of changes. */
export interface WireStreamStart {
  readonly seq: number;
  readonly packed: PackedSample;
}

/** The data of the event `change`. */
export interface WireStreamChange {
  readonly seq: number;
  /** The number of the sample that this changes. Where the client has another one, it has lost an event. */
  readonly after: number;
  /** Null where only time has passed. */
  readonly change: ReturnType<typeof findChange>;
}

export function diffPacked(before: PackedSample, after: PackedSample): WireStreamChange['change'] {
  return findChange(before as unknown as JsonObject, after as unknown as JsonObject);
}

export function changePacked(before: PackedSample, { change }: Pick<WireStreamChange, 'change'>): PackedSample {
  return change === null ? before : applyChange(before, change);
}
