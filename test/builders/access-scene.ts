/** The API with users, for tests of logins. To be opened within a test. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { type User } from '../../daemon/access/accounts.js';
import { hashPassword } from '../../daemon/api/access/password.js';
import type { ApiOptions } from '../../daemon/api/server.js';
import { createTestAuthority, memoryAccess, type MemoryAccess } from './accounts.js';
import { startCanned, type TestApi } from './api-server.js';
import { NOW_MS } from './wire-documents.js';
import { fakeClock, fakeLog, type FakeClock, type FakeLog } from '../fakes.js';

export const NOBODY = { user: null, role: null, authentication: true };

export const PASSWORD = 'correct horse battery';
let hashed: string | null = null;

export async function createUser(name: string, role: User['role'] = 'operator'): Promise<User> {
  hashed ??= await hashPassword(PASSWORD);
  return { name, role, password: hashed, stamp: 'first', createdAtMs: 0 };
}

export interface Scene extends TestApi {
  readonly store: MemoryAccess;
  readonly clock: FakeClock;
  readonly authLog: FakeLog;
  readonly databaseFile: string;
  readonly logIn: (body: unknown, headers?: Record<string, string>) => Promise<Response>;
  /** The Cookie header of a new session. */
  readonly enter: (user?: string) => Promise<string>;
  readonly whoAmI: (headers: Record<string, string>) => Promise<unknown>;
}

export async function openScene(options: Partial<ApiOptions> = {}): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'portcast-access-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const databaseFile = join(folder, 'portcast.db');
  writeFileSync(databaseFile, '');
  const store = memoryAccess({ users: [await createUser('alice'), await createUser('vera', 'viewer')] });
  const clock = fakeClock(NOW_MS);
  const authLog = fakeLog();
  const authority = createTestAuthority({ store, clock, log: authLog, databaseFile });
  const running = await startCanned({}, { authority, clock, ...options });
  onTestFinished(() => running.api.stop());
  const { url } = running.api;
  const logIn: Scene['logIn'] = (body, headers = {}) =>
    fetch(`${url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: new URL(url).origin, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const enter = async (user = 'alice'): Promise<string> => {
    const response = await logIn({ user, password: PASSWORD });
    expect(response.status).toBe(200);
    return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  };
  const whoAmI = async (headers: Record<string, string>): Promise<unknown> =>
    (await fetch(`${url}/api/v1/session`, { headers })).json();
  return { ...running, store, clock, authLog, databaseFile, logIn, enter, whoAmI };
}
