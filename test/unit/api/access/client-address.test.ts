import { expect, it } from 'vitest';
import { findClientAddress } from '../../../../daemon/api/access/client-address.js';

const HERE = '127.0.0.1';
it.each<[string, string, string | undefined, boolean, string]>([
  [HERE, HERE, '192.0.2.1', true, '192.0.2.1'],
  [HERE, '127.0.0.9', '192.0.2.1', true, '192.0.2.1'],
  ['::1', '::1', '198.51.100.7, 2001:db8::1', true, '2001:db8::1'],
  ['::ffff:127.0.0.1', '::ffff:127.0.0.1', '192.0.2.1', true, '192.0.2.1'],
  ['198.51.100.5', '198.51.100.5', '192.0.2.1', true, '192.0.2.1'],
  // A client on another host, which could say another address with each attempt.
  ['203.0.113.9', '198.51.100.5', '192.0.2.1', true, '203.0.113.9'],
  ['::ffff:203.0.113.9', '::ffff:198.51.100.5', '192.0.2.1', true, '::ffff:203.0.113.9'],
  // No proxy, no note of it, or no address in it.
  [HERE, HERE, '192.0.2.1', false, HERE],
  [HERE, HERE, undefined, true, HERE],
  [HERE, HERE, '192.0.2.1:5000', true, HERE],
  [HERE, HERE, '192.0.2.1, unknown', true, HERE],
])(
  'a login from %s at %s that was forwarded for %s (proxy: %s) counts for %s',
  (peer, local, noted, proxy, address) => {
    expect(findClientAddress({ remoteAddress: peer, localAddress: local }, noted, proxy)).toBe(address);
  },
);
