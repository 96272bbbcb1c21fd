/** Connects and binds that failed because no port was free, and the pools to which they belong (kernel rule 19). */
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

type PoolUse = Pick<Pool, 'kind' | 'localAddress' | 'remoteAddress' | 'remotePort' | 'capacity'> & {
  readonly used: number;
};

/**
 * Whether the call failed because this pool had no free port, decided by those of its addresses that are known. A failure
 * without a local address counts only for a pool that is nearly full: a bind also fails when it names a port that is in
 * use, and then the pool may still have free ports.
 */
export function isFailureOf(pool: PoolUse, failure: FailedConnect): boolean {
  const { kind, localAddress, remoteAddress, remotePort } = failure;
  if (localAddress === null && pool.used < NEARLY_FULL_RATIO * pool.capacity) return false;
  if (localAddress !== null && localAddress !== pool.localAddress) return false;
  if (pool.kind === 'bind') return kind === 'bind';
  return kind === 'connect' && remoteAddress === pool.remoteAddress && remotePort === pool.remotePort;
}
