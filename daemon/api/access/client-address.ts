/** Where a login comes from, also behind a reverse proxy. */
import { isIP } from 'node:net';
import { isLoopback } from '../../host/ip-address.js';

interface Connected {
  readonly remoteAddress?: string | undefined;
  readonly localAddress?: string | undefined;
}

/**
 * The address of a client. Behind a proxy on this host it is the last one that the proxy has noted. What a client on another
 * host says of itself does not count: it could say another address with each attempt.
 */
export function findClientAddress(
  { remoteAddress: peer = '', localAddress }: Connected,
  forwardedFor: string | undefined,
  isBehindProxy: boolean,
): string {
  const last = forwardedFor?.split(',').at(-1)?.trim() ?? '';
  const isOnThisHost = isLoopback(peer) || peer === localAddress;
  return isBehindProxy && isOnThisHost && isIP(last) !== 0 ? last : peer;
}
