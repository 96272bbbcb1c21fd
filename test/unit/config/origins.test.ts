/** `http.embedFrom`. */
import { describe, expect, it } from 'vitest';
import { parseOrigins } from '../../../daemon/config/origins.js';

describe('parseOrigins', () => {
  it.each([
    [[]],
    [['https://wiki.example.org']],
    [['http://wiki:8080', 'https://10.0.0.1']],
    [['https://[2001:db8::1]']],
  ])('takes %j', (value) => {
    expect(parseOrigins(value)).toEqual({ ok: true, value });
  });
  it('names an origin once', () => {
    expect(parseOrigins(['https://a.example', 'https://a.example'])).toEqual({
      ok: true,
      value: ['https://a.example'],
    });
  });
  it.each([
    ['https://wiki.example.org'],
    [null],
    [[1]],
    [['https://wiki.example.org/']],
    [['https://wiki.example.org/page']],
    [['https://*.example.org']],
    [['*']],
    [["'self'"]],
    [['https://a.example; script-src *']],
    [['https://a;b']],
    [['https://a,b']],
    [['https://user@a.example']],
    [['https://A.example']],
    [['https://a.example:443']],
    [['https://a.example:99999']],
    [['ftp://a.example']],
    [['null']],
    [Array.from({ length: 21 }, (_, index) => `https://a${index}.example`)],
  ])('refuses %j', (value) => {
    const parsed = parseOrigins(value);
    expect(parsed.ok).toBe(false);
    expect(parsed).toMatchObject({ allowed: expect.stringMatching(/^a list of at most 20 origins such as/) as string });
  });
});
