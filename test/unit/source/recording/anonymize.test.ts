import fc from 'fast-check';
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { formatAddress } from '../../../../daemon/host/ip-address.js';
import { createAnonymizer } from '../../../../daemon/source/recording/anonymize.js';
import { snapshotOf } from '../../../builders/socket-rows.js';

describe('the anonymizer', () => {
  const create = (key: string) => createAnonymizer((text) => createHmac('sha256', key).update(text).digest());

  it.each(['127.0.0.1', '127.9.9.9', '0.0.0.0', '::', '::1'])('keeps %s', (address) => {
    expect(create('k').address(address)).toBe(address);
  });

  it('gives each address one stand-in of its family, and no two addresses the same', () => {
    const v4 = fc.integer().map((word) => formatAddress(0, 0, 0xffff, word));
    const v6 = fc.tuple(fc.integer(), fc.integer()).map(([high, low]) => formatAddress(high, 0, 0, low));
    fc.assert(
      fc.property(fc.uniqueArray(fc.oneof(v4, v6), { maxLength: 50 }), (addresses) => {
        const { address } = create('k');
        const standIns = addresses.map(address);
        expect(new Set(standIns).size).toBe(addresses.length);
        expect(addresses.map(address)).toEqual(standIns);
        expect(standIns.map((text) => text.includes(':'))).toEqual(addresses.map((text) => text.includes(':')));
      }),
    );
  });

  it('takes another digest when two addresses get the same stand-in', () => {
    const { address } = createAnonymizer((text) => new Uint8Array(32).fill(text.startsWith('0 ') ? 1 : 2));
    expect([address('192.0.2.1'), address('192.0.2.2')]).toEqual(['10.1.1.1', '10.2.2.2']);
  });

  it('gives other stand-ins with another key', () =>
    expect(create('a').address('192.0.2.1')).not.toBe(create('b').address('192.0.2.1')));

  it('replaces the name of a network namespace, always by the same stand-in, and keeps `host`', () => {
    const { table } = create('k');
    const anonymizeNamespace = (namespace: string): string => {
      const source = { name: 'netlink', why: 'asked for' } as const;
      return table({ snapshot: snapshotOf([], { namespace }), source, costMs: 1 }).snapshot.namespace;
    };
    expect(anonymizeNamespace('payments')).toMatch(/^[0-9a-f]{8}$/);
    expect(anonymizeNamespace('payments')).toBe(anonymizeNamespace('payments'));
    expect(anonymizeNamespace('host')).toBe('host');
  });
});
