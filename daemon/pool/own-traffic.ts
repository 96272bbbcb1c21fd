/** Which pools hold nothing but portcast's own connections, or those of the viewers of its dashboard. */
import { isLoopback } from '../host/ip-address.js';

/** `portcast`: connections that portcast opened itself; `viewer`: connections from this host to its own HTTP server. */
export type OwnTraffic = 'portcast' | 'viewer';

export interface OwnEndpoints {
  /** Where the HTTP server listens; null while it does not. */
  readonly http: () => { readonly address: string; readonly port: number } | null;
  /** How many connections to an end point portcast itself has opened, of which a port may still be held. */
  countOpened(address: string, port: number): number;
}

interface PoolEnds {
  readonly kind: string;
  readonly namespace: string;
  readonly localAddress: string;
  readonly remoteAddress: string | null;
  readonly remotePort: number | null;
  readonly used: number;
}

/**
 * Null for every other pool. A pool to a server of portcast's channels counts as its own only while portcast has opened as
 * many connections to it as the pool holds ports: other programs of this host may use the same server.
 */
export function findOwnTraffic(pool: PoolEnds, own: OwnEndpoints): OwnTraffic | null {
  const { remoteAddress, remotePort } = pool;
  if (pool.kind !== 'connect' || pool.namespace !== 'host' || remoteAddress === null || remotePort === null)
    return null;
  if (isToOwnServer(pool, own.http())) return 'viewer';
  return pool.used > 0 && pool.used <= own.countOpened(remoteAddress, remotePort) ? 'portcast' : null;
}

/** A connection to an address of this host has the same address at both ends, or both are loopback addresses. */
function isToOwnServer(
  { localAddress, remoteAddress, remotePort }: PoolEnds,
  http: ReturnType<OwnEndpoints['http']>,
): boolean {
  if (http === null || remoteAddress === null || remotePort !== http.port) return false;
  const isLocal = remoteAddress === localAddress || (isLoopback(remoteAddress) && isLoopback(localAddress));
  return isLocal && (http.address === remoteAddress || http.address === '0.0.0.0' || http.address === '::');
}
