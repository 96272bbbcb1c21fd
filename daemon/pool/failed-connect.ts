/** Connects and binds that failed because no port was free, and the pools to which they belong (kernel rule 19). */
import { isWildcard } from '../host/endpoint.js';
import type { Pool } from './pool.js';

/** A bind whose address is not known counts for a pool only at this ratio of use or above. */
const NEARLY_FULL_RATIO = 0.95;

/** One connect() or bind(0) that failed because no port was free (kernel rule 19). */
export interface FailedConnect {
  /** Epoch ms. */
  readonly atMs: number;
  readonly kind: 'connect' | 'bind';
  /** Canonical text; null for a bind whose address is not known. */
  readonly localAddress: string | null;
  readonly remoteAddress: string | null;
  readonly remotePort: number | null;
  readonly pid: number;
  readonly name: string;
}

type PoolUse = Pick<Pool, 'kind' | 'localAddress' | 'remoteAddress' | 'remotePort' | 'capacity' | 'heldLately'> & {
  readonly used: number;
};

/**
 * Whether the call failed because this pool had no free port, decided by those of its addresses that are known.
 *
 * The tracepoint of failing binds shows no address, and a bind also fails when it names a port that is in use, while the
 * pool has free ports. So a failure without a local address counts only for a pool that is nearly full, or was since the
 * snapshot before: a batch of ports may have come free between the failure and this snapshot. Where several pools were,
 * it counts for each of them. A bind to the wildcard address counts for the pool of the wildcard, under either name
 * because :: and 0.0.0.0 share their ports, and for a nearly full pool of one address: the wildcard pool is known only
 * once its clients use two addresses.
 */
export function isFailureOf(pool: PoolUse, failure: FailedConnect): boolean {
  const { kind, localAddress, remoteAddress, remotePort } = failure;
  if (pool.kind === 'bind') {
    if (kind !== 'bind') return false;
    if (localAddress === pool.localAddress) return true;
    if (localAddress === null) return isNearlyFull(pool);
    return isWildcard(localAddress) && (isWildcard(pool.localAddress) || isNearlyFull(pool));
  }
  if (localAddress === null ? !isNearlyFull(pool) : localAddress !== pool.localAddress) return false;
  return kind === 'connect' && remoteAddress === pool.remoteAddress && remotePort === pool.remotePort;
}

function isNearlyFull({ used, heldLately = 0, capacity }: PoolUse): boolean {
  return Math.max(used, heldLately) >= NEARLY_FULL_RATIO * capacity;
}
