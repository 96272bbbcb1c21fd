import type { Pool } from './pool.js';

/** One connect() or bind(0) that failed for want of a port (kernel rule 19). */
export interface FailedConnect {
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

/** A bind that shows no address fails for want of a port only where few are left: else it asked for a port in use. */
const NEARLY_FULL = 0.95;

/** Whether it failed for want of a port of this pool, by its addresses, as far as it shows them. */
export function isFailureOf(pool: PoolUse, failure: FailedConnect): boolean {
  const { kind, localAddress, remoteAddress, remotePort } = failure;
  if (localAddress === null && pool.used < NEARLY_FULL * pool.capacity) return false;
  if (localAddress !== null && localAddress !== pool.localAddress) return false;
  if (pool.kind === 'bind') return kind === 'bind';
  return kind === 'connect' && remoteAddress === pool.remoteAddress && remotePort === pool.remotePort;
}
