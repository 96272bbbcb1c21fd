import fc from 'fast-check';
import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isClientName, isHost, isMailAddress } from '../../daemon/mail-address.js';

describe('isMailAddress', () => {
  it.each([
    'ops@example.org',
    "o'neill+alerts@mail.example.org",
    'a.b_c-d@host',
    'root@10.0.0.1',
    `${'x'.repeat(64)}@example.org`,
  ])('takes %j', (address) => {
    expect(isMailAddress(address)).toBe(true);
  });

  it.each([
    '',
    '@',
    'nobody',
    '@example.org',
    'a@',
    'a@b@c',
    'a b@example.org',
    '.a@example.org',
    'a..b@example.org',
    '<a@b.org>',
    'A <a@b.org>',
    'a@b.org, c@d.org',
    '"a"@b.org',
    'a@b.org\r\nBcc: evil@x.y',
    'a@b.org\n',
    'a@1.2.3.999',
    'ä@b.org',
    'a@b\u202e.org',
    `${'x'.repeat(65)}@example.org`,
    `a@${'x.'.repeat(127)}y`,
  ])('refuses %j', (address) => {
    expect(isMailAddress(address)).toBe(false);
  });

  it('takes nothing that holds a space, a quote, a bracket, a comma or a control character', () => {
    const part = fc.constantFrom(
      'a',
      '.',
      '@',
      'b.org',
      ' ',
      '"',
      '<',
      '>',
      ',',
      ';',
      ':',
      '(',
      '\r\n',
      '\0',
      '\u2028',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const text = parts.join('');
        if (/[\s"<>,;()\p{C}]/u.test(text)) expect(isMailAddress(text)).toBe(false);
      }),
    );
  });
});

describe('isHost', () => {
  it.each(['localhost', 'smtp.example.org', 'smtp.example.org.', 'a_b.example', '127.0.0.1', '::1', 'fe80::1%eth0'])(
    'takes %j',
    (host) => {
      expect(isHost(host)).toBe(true);
    },
  );

  it.each([
    '',
    '.',
    'a..b',
    '-a',
    'a-',
    'smtp.example.org:25',
    '1.2.3.999',
    '1.2.3',
    '1::2::3',
    '10.0.0.1%eth0',
    'a b',
  ])('refuses %j', (host) => {
    expect(isHost(host)).toBe(false);
  });

  it('takes every address that the operating system takes', () => {
    const address = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.ipV6().map((text) => `${text}%eth0`),
    );
    fc.assert(
      fc.property(address, (text) => {
        expect(isIP(text)).toBeGreaterThan(0);
        expect(isHost(text)).toBe(true);
      }),
    );
  });
});

describe('isClientName', () => {
  it.each(['web-1.example.org', 'a.b', '3com.example', '[192.0.2.1]', '[IPv6:2001:db8::1]', '[ipv6:::1]'])(
    'takes %j',
    (name) => expect(isClientName(name)).toBe(true),
  );

  it.each([
    '',
    'web-1',
    'localhost',
    'web_1.example.org',
    '-a.example.org',
    'example.org.',
    '.example.org',
    'a..b',
    '192.0.2.1',
    '2001:db8::1',
    '[192.0.2.999]',
    '[2001:db8::1]',
    '[IPv6:192.0.2.1]',
    '[fe80::1%eth0]',
    '[web-1.example.org]',
    'a.b\r\nMAIL FROM:<x@y.z>',
    'bücher.example',
    `${'x'.repeat(64)}.example.org`,
    `${'x.'.repeat(127)}y`,
  ])('refuses %j', (name) => expect(isClientName(name)).toBe(false));
});
