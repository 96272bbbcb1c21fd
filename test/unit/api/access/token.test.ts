/** Tokens and the secret for commands over HTTP. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import {
  findSecretFile,
  makeLocalSecret,
  readLocalSecret,
  signLocally,
} from '../../../../daemon/api/access/local-login.js';
import { createSecret, hashSecret } from '../../../../daemon/api/access/secret.js';
import { HOUR_MS, MINUTE_MS } from '../../../../daemon/units.js';
import { exchange, problemOf } from '../../../builders/api-server.js';
import { NOW_MS } from '../../../builders/wire-documents.js';
import { NOBODY, openScene } from '../../../builders/access-scene.js';

/** Passwords are hashed slowly on purpose, and the machine may be busy. */
vi.setConfig({ testTimeout: 120_000 });

describe('a bearer token', () => {
  const secret = createSecret('portcast_');
  const token = {
    name: 'prom',
    role: 'viewer' as const,
    hash: hashSecret(secret) ?? '',
    createdAtMs: 0,
    usedAtMs: null,
  };

  it('is good until it expires or is revoked, and its use is noted', async () => {
    const { clock, get, store } = await openScene();
    const read = async () => (await get('/metrics', { headers: { authorization: `Bearer ${secret}` } })).status;
    expect(await read()).toBe(401);
    store.set({ tokens: [{ ...token, expiresAtMs: NOW_MS + HOUR_MS }] });
    expect(await read()).toBe(200);
    expect(store.accounts()?.tokens).toMatchObject([{ usedAtMs: NOW_MS }]);
    clock.advance(HOUR_MS);
    expect(await read()).toBe(401);
  });

  it.each([
    ['another scheme', `Basic ${secret}`],
    ['no token', 'Bearer '],
    ['two tokens', `Bearer ${secret} ${secret}`],
    ['a token of 5,000 characters', `Bearer ${'x'.repeat(5000)}`],
    [
      'a local login of another secret',
      `Bearer ${signLocally('x'.repeat(43), { method: 'GET', path: '/metrics' }, NOW_MS)}`,
    ],
  ])('is refused with %s', async (_name, authorization) => {
    const { get, store } = await openScene();
    store.set({ tokens: [{ ...token, expiresAtMs: null }] });
    const response = await get('/metrics', { headers: { authorization } });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="portcast"']);
  });

  it('is refused in a URL, wherever that leads', async () => {
    const { get } = await openScene();
    for (const path of ['/metrics?token=x', '/api/v1/events?Access_Token=x', '/?api_key=x', '/nothing?%74oken=x']) {
      const response = await get(path);
      expect(response.status).toBe(400);
      expect((await problemOf(response)).detail).toContain('Authorization: Bearer');
    }
  });

  it('cannot add a header to the answer', async () => {
    const { api } = await openScene();
    const lines = [
      'GET /metrics HTTP/1.1',
      `Host: 127.0.0.1:${api.port}`,
      'Authorization: Bearer x',
      'Connection: close',
    ];
    const answer = await exchange(api.port, [...lines, 'Cookie: portcast_session=%0d%0aSet-Cookie:x=y']);
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer).not.toContain('x=y');
  });
});

describe('the secret for the commands on this host', () => {
  it('is made with the first user, for its owner only, and logs in for one request', async () => {
    const { get, databaseFile, clock, whoAmI } = await openScene();
    await whoAmI({});
    clock.advance(HOUR_MS);
    const file = findSecretFile(databaseFile);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const secret = makeLocalSecret(databaseFile);
    const login = signLocally(secret, { method: 'GET', path: '/api/v1/status' }, clock.wallMs());
    const status = async (path: string) => (await get(path, { headers: { authorization: `Bearer ${login}` } })).status;
    expect(await status('/api/v1/status')).toBe(200);
    expect(await status('/api/v1/pools')).toBe(401);
    clock.advance(MINUTE_MS + 1);
    expect(await status('/api/v1/status')).toBe(401);
  });

  it('says that a login is needed while the users cannot be read', async () => {
    const { databaseFile, store, whoAmI } = await openScene();
    await whoAmI({});
    store.set(null);
    expect(await whoAmI({})).toEqual(NOBODY);
    chmodSync(findSecretFile(databaseFile), 0o644);
    expect(await whoAmI({})).toEqual(NOBODY);
    rmSync(findSecretFile(databaseFile));
    expect(await whoAmI({})).toEqual({ user: null, role: 'operator', authentication: false });
  });

  it('refuses what was sent before the daemon started, since another program may have received it', async () => {
    const { get, databaseFile, clock } = await openScene();
    const secret = makeLocalSecret(databaseFile);
    const ask = async (atMs: number): Promise<number> => {
      const login = signLocally(secret, { method: 'GET', path: '/api/v1/status' }, atMs);
      return (await get('/api/v1/status', { headers: { authorization: `Bearer ${login}` } })).status;
    };
    const startedMs = clock.wallMs();
    expect(await ask(startedMs - 1)).toBe(401);
    expect(await ask(startedMs)).toBe(200);
    clock.advance(1000);
    expect(await ask(startedMs - 1)).toBe(401);
    expect(await ask(startedMs)).toBe(200);
    // The clock of the host may be set while the daemon runs.
    clock.stepWall(-HOUR_MS);
    expect(await ask(clock.wallMs())).toBe(200);
  });

  it.each<[string, (file: string) => void]>([
    ['can be read by others', (file) => chmodSync(file, 0o644)],
    ['can be read by a group', (file) => chmodSync(file, 0o640)],
    ['is a link', (file) => replaceBy(file, () => symlinkSync(`${file}.real`, file))],
    ['is a pipe', (file) => replaceBy(file, () => spawnSync('mkfifo', ['-m', '600', file]))],
    ['is a folder', (file) => replaceBy(file, () => mkdirSync(file, { mode: 0o600 }))],
    ['holds another text', (file) => writeFileSync(file, 'x')],
    ['is too long', (file) => writeFileSync(file, `${readFileSync(file, 'utf8')}${' '.repeat(1000)}`)],
  ])('is none where its file %s', async (_name, spoil) => {
    const { databaseFile } = await openScene();
    const secret = makeLocalSecret(databaseFile);
    const file = findSecretFile(databaseFile);
    writeFileSync(`${file}.real`, `${secret}\n`, { mode: 0o600 });
    expect(readLocalSecret(databaseFile)).toBe(secret);
    spoil(file);
    expect(readLocalSecret(databaseFile)).toBeNull();
    expect(() => makeLocalSecret(databaseFile)).toThrow(/portcast\.db\.access is no secret .*; remove it/);
  });

  // Only root can give a file to somebody else.
  it.runIf(process.getuid?.() === 0)('is none where its file belongs to neither the owner nor root', async () => {
    const { databaseFile } = await openScene();
    const secret = makeLocalSecret(databaseFile);
    chownSync(findSecretFile(databaseFile), 65_534, 65_534);
    expect(readLocalSecret(databaseFile)).toBeNull();
    chownSync(databaseFile, 65_534, 65_534);
    expect(readLocalSecret(databaseFile)).toBe(secret);
  });
});

function replaceBy(file: string, make: () => void): void {
  rmSync(file);
  make();
}
