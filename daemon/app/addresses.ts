/** The URLs of the daemon: for the commands on its host, and for the readers of messages. */
import type { Config, HttpConfig } from '../config/config.js';
import { formatEndpoint, isWildcard } from '../host/endpoint.js';

/** The URL of the daemon for the commands on this host, without a slash at the end. */
export function findLocalUrl({ address, port, tls, basePath }: HttpConfig): string {
  const local = isWildcard(address) ? (address === '::' ? '::1' : '127.0.0.1') : address;
  return `${tls === null ? 'http' : 'https'}://${formatEndpoint(local, port)}${basePath.slice(0, -1)}`;
}

/** @param apiUrl that of the server, without a slash at the end; null before it has started. */
export function findDashboardUrl({ mail, http }: Pick<Config, 'mail' | 'http'>, apiUrl: string | null): string {
  if (mail.dashboardUrl !== null) return mail.dashboardUrl;
  const [origin] = http.publicOrigins;
  if (origin !== undefined) return origin + http.basePath;
  const url = apiUrl ?? findLocalUrl(http);
  return http.basePath === '/' ? url : `${url}/`;
}
