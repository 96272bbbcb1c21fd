/** Every route that the server has, without a login and with each role. */
import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashSecret } from '../../../../daemon/api/access/secret.js';
import { findNeed, ROLE_TABLE } from '../../../../daemon/api/access/role-table.js';
import type { Role, Token } from '../../../../daemon/access/accounts.js';
import { createTestAuthority, memoryAccess } from '../../../builders/accounts.js';
import { startCanned, type TestApi } from '../../../builders/api-server.js';

const SECRETS: Readonly<Record<Role, string>> = {
  viewer: `portcast_${'v'.repeat(43)}`,
  operator: `portcast_${'o'.repeat(43)}`,
};
const TOKENS = (['viewer', 'operator'] as const).map((role): Token => {
  const hash = hashSecret(SECRETS[role]) ?? '';
  return { name: role, role, hash, createdAtMs: 0, expiresAtMs: null, usedAtMs: null };
});

interface Mounted {
  readonly path: string;
  readonly router: object;
}

/** Records what is mounted on which router, as express does not tell afterwards. */
function watchRouters() {
  const prototype = express.Router.prototype as unknown as {
    use: (this: object, ...given: unknown[]) => unknown;
    route: (this: object, path: string | RegExp) => { methods: Record<string, boolean> };
  };
  const { use, route } = prototype;
  const mounts = new Map<object, Mounted[]>();
  const routes = new Map<object, { path: string | RegExp; route: { methods: Record<string, boolean> } }[]>();
  prototype.use = function (...given) {
    const paths = typeof given[0] === 'string' || Array.isArray(given[0]) ? [given[0]].flat() : ['/'];
    const routers = given.flat(2).filter((one): one is object => typeof one === 'function' && 'stack' in one);
    const added = paths.flatMap((path) => routers.map((router) => ({ path: String(path), router })));
    mounts.set(this, [...(mounts.get(this) ?? []), ...added]);
    return use.apply(this, given);
  };
  prototype.route = function (path) {
    const made = route.call(this, path);
    routes.set(this, [...(routes.get(this) ?? []), { path, route: made }]);
    return made;
  };
  const list = (router: object, prefix: string): string[] => [
    ...(routes.get(router) ?? []).flatMap(({ path, route: { methods } }) =>
      Object.keys(methods)
        .filter((method) => method !== '_all')
        .map((method) => `${method.toUpperCase()} ${join(prefix, path)}`),
    ),
    ...(mounts.get(router) ?? []).flatMap(({ path, router: inner }) => list(inner, join(prefix, path))),
  ];
  return {
    /** The routes of the outermost routers: of each app. */
    list(): string[] {
      const inner = new Set([...mounts.values()].flat().map(({ router }) => router));
      return [...mounts.keys()].filter((router) => !inner.has(router)).flatMap((router) => list(router, ''));
    },
    restore(): void {
      Object.assign(prototype, { use, route });
    },
  };
}

function join(prefix: string, path: string | RegExp): string {
  const text = typeof path === 'string' ? path : String(path);
  return `${prefix.replace(/\/$/, '')}/${text.replace(/^\//, '')}`.replace(/(.)\/$/, '$1');
}

let running: TestApi;
let open: TestApi;
let found: string[];

beforeAll(async () => {
  const routers = watchRouters();
  const store = memoryAccess({
    users: [{ name: 'alice', role: 'operator', password: 'x', stamp: 's', createdAtMs: 0 }],
    tokens: TOKENS,
  });
  const testAlerts = () => Promise.resolve({ refused: { status: 409 as const, detail: 'x', retryAfterSeconds: null } });
  const buildReport = () => Promise.reject(new Error('not asked for'));
  running = await startCanned({}, { authority: createTestAuthority({ store }), testAlerts, buildReport });
  found = routers.list();
  routers.restore();
  open = await startCanned({}, { testAlerts, buildReport });
});
afterAll(async () => {
  await running.api.stop();
  await open.api.stop();
});

const STATIC = ['GET /index.html', 'GET /favicon.svg', 'GET /assets/:file'];

describe('the role table', () => {
  it('has every route that the server has, and no other', () => {
    expect(found.length).toBeGreaterThan(20);
    expect(found.filter((route) => !(route in ROLE_TABLE))).toEqual([]);
    const known = Object.keys(ROLE_TABLE).filter((route) => !STATIC.includes(route));
    expect(known.filter((route) => !found.includes(route))).toEqual([]);
  });

  it('gives changes to operators, and nothing but the session to everybody', () => {
    for (const [route, need] of Object.entries(ROLE_TABLE)) {
      if (!route.startsWith('GET ') && !route.endsWith('/api/v1/session'))
        expect([route, need]).toEqual([route, 'operator']);
    }
  });

  it.each([
    ['GET', '/nothing', 'viewer'],
    ['POST', '/nothing', 'operator'],
    ['OPTIONS', '/api/v1/status', 'operator'],
    ['HEAD', '/metrics', 'viewer'],
    ['GET', '/METRICS/', 'viewer'],
    ['GET', '/HealthZ/', 'open'],
    ['GET', '/healthz/x', 'viewer'],
    ['GET', '//healthz', 'viewer'],
    ['GET', '/healthz%2f', 'viewer'],
    ['GET', '/assets/..%2fapi', 'open'],
    ['GET', '/assets/x/y', 'viewer'],
    ['POST', '/API/V1/Silences/', 'operator'],
    ['DELETE', '/api/v1/silences/', 'operator'],
  ])('%s %s needs %s', (method, path, need) => expect(findNeed(method, path)).toBe(need));
});

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** The status of a request with a body that is refused where it is read, so that it changes nothing. */
async function ask({ api }: TestApi, method: string, path: string, token: string | null): Promise<number> {
  const isRead = method === 'GET' || method === 'HEAD';
  const response = await fetch(`${api.url}${path.replace(/:\w+/g, 'x')}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(isRead ? {} : { 'content-type': 'application/json', origin: api.url }),
    },
    ...(isRead || method === 'DELETE' ? {} : { body: '"wrong"' }),
  });
  await response.body?.cancel();
  return response.status;
}

describe('every route and method', () => {
  const paths = [...new Set(Object.keys(ROLE_TABLE).map((route) => route.split(' ')[1] ?? ''))];

  it.each(paths)('%s', async (path) => {
    for (const method of METHODS) {
      const need = findNeed(method, path);
      const free = await ask(open, method, path, null);
      const statuses = {
        nobody: await ask(running, method, path, null),
        wrong: await ask(running, method, path, 'x'.repeat(43)),
        viewer: await ask(running, method, path, SECRETS.viewer),
        operator: await ask(running, method, path, SECRETS.operator),
      };
      // Who may send it gets the same answer as where no login is needed: the role decides nothing else.
      const expected = {
        nobody: need === 'open' ? free : 401,
        wrong: need === 'open' ? free : 401,
        viewer: need === 'operator' ? 403 : free,
        operator: free,
      };
      expect([method, path, statuses]).toEqual([method, path, expected]);
      expect([401, 403]).not.toContain(free);
    }
  });
});
