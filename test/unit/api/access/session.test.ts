/** Logins, sessions and tokens over HTTP. */
import { describe, expect, it, vi } from 'vitest';
import { SESSION_IDLE_MS, SESSION_LIFE_MS } from '../../../../daemon/access/accounts.js';
import { checkPassword } from '../../../../daemon/api/access/password.js';
import { createSecret, hashSecret } from '../../../../daemon/api/access/secret.js';
import type { ApiOptions } from '../../../../daemon/api/server.js';
import { HOUR_MS, MINUTE_MS } from '../../../../daemon/units.js';
import { problemOf } from '../../../builders/api-server.js';
import { NOW_MS } from '../../../builders/wire-documents.js';
import { createUser, NOBODY, openScene, PASSWORD, type Scene } from '../../../builders/access-scene.js';

/** Passwords are hashed slowly on purpose, and the machine may be busy. */
vi.setConfig({ testTimeout: 120_000 });

describe('a login', () => {
  it('answers who it is, with a cookie for this path and no script', async () => {
    const { api, logIn, whoAmI } = await openScene();
    expect(await whoAmI({})).toEqual(NOBODY);
    const response = await logIn({ user: 'alice', password: PASSWORD });
    expect(await response.json()).toEqual({ user: 'alice', role: 'operator', authentication: true });
    const cookie = response.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(new RegExp(`^portcast_session_${api.port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`));
    expect(await whoAmI({ cookie: cookie.split(';')[0] ?? '' })).toMatchObject({ user: 'alice' });
  });

  it('stores the hash of the session only', async () => {
    const { store, enter } = await openScene();
    const id = (await enter()).split('=')[1] ?? '';
    expect(JSON.stringify(store.accounts())).not.toContain(id);
    expect(store.accounts()?.sessions).toMatchObject([{ hash: hashSecret(id), userName: 'alice', stamp: 'first' }]);
  });

  it.each<[string, unknown, number]>([
    ['a wrong password', { user: 'alice', password: 'x' }, 401],
    ['an unknown user', { user: 'mallory', password: PASSWORD }, 401],
    ['a name in capitals', { user: 'Alice', password: PASSWORD }, 401],
    ['a name that looks alike', { user: '\u0430lice', password: PASSWORD }, 401],
    ['an empty password', { user: 'alice', password: '' }, 401],
    ['a password with a NUL', { user: 'alice', password: `${PASSWORD}\0` }, 401],
    ['a password of 2 KiB', { user: 'alice', password: 'x'.repeat(2048) }, 401],
    ['a password of 5,000 characters', { user: 'alice', password: 'x'.repeat(5000) }, 400],
    ['a body of 70,000 bytes', { user: 'alice', password: 'x'.repeat(70_000) }, 413],
    ['a password that is a list', { user: 'alice', password: [PASSWORD] }, 400],
    ['no user', { password: PASSWORD }, 400],
    ['another field', { user: 'alice', password: PASSWORD, role: 'operator' }, 400],
    ['no JSON', `{"user":"alice","password":"${PASSWORD}`, 400],
  ])('refuses %s, and quotes no password', async (_name, body, status) => {
    const { logIn, authLog, log } = await openScene();
    const response = await logIn(body);
    expect(response.status).toBe(status);
    expect(response.headers.get('set-cookie')).toBeNull();
    const { detail } = await problemOf(response);
    if (status !== 400 || typeof body !== 'string') expect(detail).not.toContain('horse');
    expect(JSON.stringify([authLog, log])).not.toContain('horse');
  });

  it('says the same of a wrong password and of an unknown user, and does the same work', async () => {
    const { logIn } = await openScene();
    const [wrong, unknown] = [
      await problemOf(await logIn({ user: 'alice', password: 'x' })),
      await problemOf(await logIn({ user: 'mallory', password: 'x' })),
    ];
    expect(wrong).toEqual(unknown);
    const cpuOf = async (stored: string | null): Promise<number> => {
      const before = process.cpuUsage();
      for (let count = 0; count < 3; count++) await checkPassword('x', stored);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const [known, none] = [await cpuOf((await createUser('alice')).password), await cpuOf(null)];
    expect(Math.max(known, none) / Math.min(known, none)).toBeLessThan(3);
  });

  it('needs the origin of the page and JSON', async () => {
    const { logIn } = await openScene();
    const good = { user: 'alice', password: PASSWORD };
    expect((await logIn(good, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await logIn(good, { 'content-type': 'text/plain' })).status).toBe(415);
  });

  it('has to wait after ten failures, at other addresses not', async () => {
    const { logIn, clock } = await openScene({ publicOrigins: ['https://tools.example.org'] });
    const from = (address: string) => ({ 'x-forwarded-for': `1.2.3.4, ${address}` });
    for (let count = 0; count < 10; count++) {
      expect((await logIn({ user: 'alice', password: 'x' }, from('192.0.2.1'))).status).toBe(401);
    }
    const refused = await logIn({ user: 'alice', password: PASSWORD }, from('192.0.2.1'));
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30']);
    expect((await logIn({ user: 'alice', password: PASSWORD }, from('192.0.2.2'))).status).toBe(200);
    clock.advance(30_000);
    expect((await logIn({ user: 'alice', password: PASSWORD }, from('192.0.2.1'))).status).toBe(200);
  });

  it('is marked Secure where the browser uses TLS, and belongs to the base path', async () => {
    const { logIn } = await openScene({ publicOrigins: ['https://tools.example.org'], basePath: '/portcast/' });
    const response = await logIn({ user: 'alice', password: PASSWORD }, { origin: 'https://tools.example.org' });
    expect(response.headers.get('set-cookie')).toMatch(/; Path=\/portcast\/; HttpOnly; SameSite=Strict; Secure$/);
  });
});

describe('a session', () => {
  const change = async ({ api }: Scene, cookie: string, body: object = {}): Promise<Response> =>
    await fetch(`${api.url}/api/v1/incidents/incident_1/acknowledge`, {
      method: 'POST',
      headers: { cookie, origin: api.url, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it.each<[string, (scene: Scene) => void | Promise<void>]>([
    ['12 hours without use', ({ clock }) => clock.advance(SESSION_IDLE_MS)],
    [
      'a new password or role',
      async ({ store }) => store.set({ users: [{ ...(await createUser('alice')), stamp: 'second' }] }),
    ],
    ['the removal of its user', async ({ store }) => store.set({ users: [await createUser('vera')] })],
  ])('ends with %s', async (_name, end) => {
    const scene = await openScene();
    const cookie = await scene.enter();
    await end(scene);
    expect(await scene.whoAmI({ cookie })).toEqual(NOBODY);
  });

  it('goes on while it is used, for seven days at most', async () => {
    const { clock, enter, whoAmI } = await openScene();
    const cookie = await enter();
    const beganMs = clock.wallMs();
    while (clock.wallMs() - beganMs < SESSION_LIFE_MS - HOUR_MS) {
      clock.advance(HOUR_MS);
      expect(await whoAmI({ cookie })).toMatchObject({ user: 'alice' });
    }
    clock.advance(HOUR_MS);
    expect(await whoAmI({ cookie })).toEqual(NOBODY);
  });

  it('ends with the logout, and the cookie goes', async () => {
    const { api, store, enter, whoAmI } = await openScene();
    const cookie = await enter();
    const response = await fetch(`${api.url}/api/v1/session`, {
      method: 'DELETE',
      headers: { cookie, origin: api.url, 'content-type': 'application/json' },
    });
    expect(await response.json()).toEqual(NOBODY);
    expect(response.headers.get('set-cookie')).toMatch(/=; Max-Age=0; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(await whoAmI({ cookie })).toEqual(NOBODY);
    expect(store.accounts()?.sessions).toEqual([]);
  });

  it('begins anew with each login, and the user keeps the newest 20', async () => {
    const { api, clock, enter, store, whoAmI } = await openScene();
    const ids = Array.from({ length: 20 }, () => createSecret());
    const sessions = ids.map((id, at) => {
      const usedAtMs = NOW_MS + at;
      return { hash: hashSecret(id) ?? '', userName: 'alice', stamp: 'first', createdAtMs: NOW_MS, usedAtMs };
    });
    store.set({ sessions: sessions.toReversed() });
    clock.advance(MINUTE_MS);
    const cookies = [await enter(), await enter()];
    expect(cookies[0]).not.toBe(cookies[1]);
    expect(store.accounts()?.sessions).toHaveLength(20);
    const old = (at: number) => ({ cookie: `portcast_session_${api.port}=${ids[at] ?? ''}` });
    expect(await whoAmI(old(1))).toEqual(NOBODY);
    expect(await whoAmI(old(2))).toMatchObject({ user: 'alice' });
  });

  it.each([
    ['no value', '='],
    ['another value', `=${'x'.repeat(43)}`],
    ['a value of 5,000 characters', `=${'x'.repeat(5000)}`],
    ['bytes that are no text', '=%ff%00\u00ff'],
    ['quotes', '="x"; ="'],
  ])('is not that of a cookie with %s', async (_name, value) => {
    const { api, whoAmI } = await openScene();
    expect(await whoAmI({ cookie: `portcast_session_${api.port}${value}` })).toEqual(NOBODY);
  });

  it('is found beside cookies of other programs', async () => {
    const { api, enter, whoAmI } = await openScene();
    const cookie = await enter();
    const others = `a=b; portcast_session_${api.port}=old;; =; ${cookie}`;
    expect(await whoAmI({ cookie: others })).toMatchObject({ user: 'alice' });
  });

  it('of a viewer cannot change anything, and says which role it has', async () => {
    const scene = await openScene();
    const response = await change(scene, await scene.enter('vera'));
    expect(response.status).toBe(403);
    expect((await problemOf(response)).detail).toBe('POST needs the role operator; user "vera" has the role viewer');
  });

  it('gives its name to what its user does, whatever the request says', async () => {
    const authors: unknown[] = [];
    const commands = noCommands((author) => authors.push(author));
    const scene = await openScene({ commands });
    const cookie = await scene.enter();
    await change(scene, cookie, { author: 'bob' });
    await change(scene, cookie, {});
    expect(authors).toEqual(['alice', 'alice']);
  });

  it('ends its event stream when it ends', async () => {
    const { api, store, enter } = await openScene();
    const response = await fetch(`${api.url}/api/v1/events`, { headers: { cookie: await enter() } });
    expect(response.status).toBe(200);
    store.set({ users: [await createUser('vera')] });
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk);
    expect(text).toMatch(/^retry: /);
  });
});

function noCommands(note: (author: string | null) => void): ApiOptions['commands'] {
  return {
    acknowledge(_target, { author }) {
      note(author);
      return null;
    },
    withdraw: () => null,
    comment: () => null,
    listSilences: () => [],
    addSilence: () => expect.unreachable(),
    endSilence: () => null,
    findLink: () => null,
    useLink: () => null,
  };
}
