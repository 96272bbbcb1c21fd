/** Logins at the authority itself: many at the same time. */
import { expect, it, vi } from 'vitest';
import { createTestAuthority } from '../../../builders/accounts.js';

/** Passwords are hashed slowly on purpose, and the machine may be busy. */
vi.setConfig({ testTimeout: 120_000 });

it('bounds how many passwords are checked at the same time, and counts no failure where none was checked', async () => {
  const authority = createTestAuthority();
  const attempt = async (host: number): Promise<string> => {
    const given = { user: `user${host}`, password: 'x', address: `192.0.2.${host}` };
    return (await authority.logIn(given)).kind;
  };
  const checked = Array.from({ length: 32 }, (_, host) => attempt(host));
  // An address may fail ten times.
  for (let count = 0; count < 20; count++) expect(await attempt(100)).toBe('busy');
  expect(await Promise.all(checked)).toEqual(Array.from({ length: 32 }, () => 'wrong'));
});
