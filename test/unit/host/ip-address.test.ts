import fc from 'fast-check';
import { isIPv4, isIPv6 } from 'node:net';
import { describe, expect, it } from 'vitest';
import { formatAddress, isLoopback, parseAddress } from '../../../daemon/host/ip-address.js';

const word = fc.oneof(fc.integer(), fc.constantFrom(0, 0xffff, 1));
const words = fc.tuple(word, word, word, word);

describe('addresses', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['::ffff:10.0.0.2', '10.0.0.2'],
    ['::FFFF:a00:2', '10.0.0.2'],
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8:0:0:8:0:0:1', '2001:db8::8:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['fe80::', 'fe80::'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['0:0:0:0:0:0:10.0.0.2', '::a00:2'],
  ])('%s is written %s', (text, canonical) => {
    const parsed = parseAddress(text);
    expect(parsed && formatAddress(...parsed)).toBe(canonical);
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4.5',
    'host',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '12345::',
    '1:2:3:4:5:6:7:8:9',
    '::1.2.3',
    '1.2.3.4::',
    '1:2:3:4:5:6:7::8',
    'fe80::1%eth0',
  ])('%j is no address', (text) => expect(parseAddress(text)).toBeNull());

  it('formats unsigned words like signed ones', () => {
    expect(formatAddress(0xfe80_0000, 0, 0, 0xffff_ffff)).toBe('fe80::ffff:ffff');
    expect(formatAddress(0, 0, 0xffff, 0xc0a8_0101)).toBe('192.168.1.1');
  });

  it('reads back every address that it has written (property)', () => {
    fc.assert(
      fc.property(words, ([w0, w1, w2, w3]) => {
        const text = formatAddress(w0, w1, w2, w3);
        expect(parseAddress(text)).toEqual([w0, w1, w2, w3].map((word) => word | 0));
        expect(isIPv4(text) || isIPv6(text)).toBe(true);
        // The URL parser compresses as RFC 5952 does.
        if (isIPv6(text)) expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`);
      }),
    );
  });
});

describe('loopback', () => {
  it.each(['127.0.0.1', '127.255.255.254', '::1'])('%s is loopback', (text) => expect(isLoopback(text)).toBe(true));

  it.each(['128.0.0.1', '10.0.0.1', '::', '::2', 'localhost', '127.example.org', '127.0.0.1.5', ''])(
    '%j is not loopback',
    (text) => expect(isLoopback(text)).toBe(false),
  );
});
