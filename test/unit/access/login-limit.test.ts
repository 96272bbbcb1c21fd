import { describe, expect, it } from 'vitest';
import { createLoginLimit } from '../../../daemon/access/login-limit.js';
import { SECOND_MS } from '../../../daemon/units.js';

const HOME = { user: 'alice', address: '192.0.2.1' };

/** Fails as often as it may, at one instant. */
function failAll(limit: ReturnType<typeof createLoginLimit>, attempt: typeof HOME, nowMs: number): number {
  let count = 0;
  while (limit.waitMs(attempt, nowMs) === 0 && count < 1000) {
    limit.begin(attempt, nowMs);
    count++;
  }
  return count;
}

describe('the limit of logins', () => {
  it('lets an address fail ten times, then once in 30 s', () => {
    const limit = createLoginLimit();
    expect(failAll(limit, HOME, 0)).toBe(10);
    expect(limit.waitMs(HOME, 0)).toBe(30 * SECOND_MS);
    expect(limit.waitMs({ ...HOME, user: 'bob' }, 0)).toBe(30 * SECOND_MS);
    expect(failAll(limit, HOME, 30 * SECOND_MS)).toBe(1);
    expect(failAll(limit, HOME, 3600 * SECOND_MS)).toBe(10);
  });

  it('counts a whole /64 of IPv6 as one address, and IPv4 in IPv6 as IPv4', () => {
    const limit = createLoginLimit();
    failAll(limit, { user: 'alice', address: '2001:db8::1' }, 0);
    expect(limit.waitMs({ user: 'bob', address: '2001:db8:0:0:ffff::2' }, 0)).toBeGreaterThan(0);
    expect(limit.waitMs({ user: 'bob', address: '2001:db8:0:1::1' }, 0)).toBe(0);
    expect(limit.waitMs({ user: 'bob', address: '2001:db8:1::' }, 0)).toBe(0);
    failAll(limit, { user: 'alice', address: 'fe80::1%eth0' }, 0);
    expect(limit.waitMs({ user: 'bob', address: 'fe80::2%eth1' }, 0)).toBeGreaterThan(0);
    failAll(limit, { user: 'alice', address: '::ffff:192.0.2.7' }, 0);
    expect(limit.waitMs({ user: 'bob', address: '192.0.2.7' }, 0)).toBeGreaterThan(0);
  });

  it('slows whoever tries one user from many addresses, and lets that user in from another one', () => {
    const limit = createLoginLimit();
    let tried = 0;
    for (let host = 1; host <= 200; host++)
      tried += failAll(limit, { user: 'alice', address: `198.51.100.${host}` }, 0);
    // Three addresses use up the 30 of the user; every later one has a single attempt.
    expect(tried).toBe(3 * 10 + 197);
    expect(limit.waitMs(HOME, 0)).toBe(0);
    expect(limit.waitMs({ user: 'bob', address: '198.51.100.250' }, 0)).toBe(0);
  });

  it('does not count a login that succeeds', () => {
    const limit = createLoginLimit();
    for (let count = 0; count < 100; count++) {
      expect(limit.waitMs(HOME, 0)).toBe(0);
      limit.begin(HOME, 0);
      limit.forgive(HOME);
    }
    expect(failAll(limit, HOME, 0)).toBe(10);
  });

  it('forgets the oldest of too many addresses', () => {
    const limit = createLoginLimit(30);
    failAll(limit, HOME, 0);
    for (let host = 0; host < 20; host++) limit.begin({ user: `u${host}`, address: `203.0.113.${host}` }, 0);
    expect(limit.waitMs(HOME, 0)).toBe(0);
  });
});
