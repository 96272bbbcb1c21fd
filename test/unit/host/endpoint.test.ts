import { expect, it } from 'vitest';
import { bracketAddress, formatEndpoint } from '../../../daemon/host/endpoint.js';

it.each([
  ['10.0.0.1', 443, '10.0.0.1:443'],
  ['fe80::1', 443, '[fe80::1]:443'],
  ['web-1.example.org', '8443', 'web-1.example.org:8443'],
])('the end point of %s and %s is %s', (address, port, text) => expect(formatEndpoint(address, port)).toBe(text));

it('puts only IPv6 addresses in brackets', () => {
  expect(['::1', '127.0.0.1', 'localhost'].map(bracketAddress)).toEqual(['[::1]', '127.0.0.1', 'localhost']);
});
