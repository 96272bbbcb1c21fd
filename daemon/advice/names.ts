/** How texts name a pool. */
import type { PoolForecast } from '../forecast/types.js';
import { formatEndpoint, isWildcard } from '../host/endpoint.js';

/** The time within which a new close rate shows. */
export const SHOWS_WITHIN = 'within 60 s';

/** `to 10.0.0.2:443`; `from 10.0.0.1`, `of these clients` for clients that bind first; `to one destination` for any one. */
export function namePath({ kind, remoteAddress, remotePort, localAddress }: PoolForecast): string {
  if (remoteAddress === null && kind === 'connect') return 'to one destination';
  if (remoteAddress === null) return isWildcard(localAddress) ? 'of these clients' : `from ${localAddress}`;
  return `to ${formatEndpoint(remoteAddress, remotePort ?? 0)}`;
}
