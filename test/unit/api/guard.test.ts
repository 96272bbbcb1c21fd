import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  isOwnAddress,
  listAllowedHosts,
  findRequestProblem,
  resolveListenAddress,
  type GuardedRequest,
  type Reach,
} from '../../../daemon/api/guard.js';
import type { PortcastError } from '../../../daemon/errors.js';
import { exchange, startCanned, type TestApi } from '../../builders/api-server.js';

const REACH: Reach = { address: '127.0.0.9', scheme: 'http', publicOrigins: [] };

describe('resolveListenAddress', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.8.9.10', '127.8.9.10'],
    ['::1', '::1'],
    ['localhost', '127.0.0.1'],
  ])('accepts %s', (address, literal) => expect(resolveListenAddress(address, false)).toBe(literal));

  it.each(['0.0.0.0', '::', '10.0.0.1', '', '127.1', '127.0.0.1.evil.example', 'example.org', '::ffff:127.0.0.1'])(
    'refuses %j and gives the reason',
    (address) => {
      let caught: unknown;
      try {
        resolveListenAddress(address, false);
      } catch (error) {
        caught = error;
      }
      expect((caught as PortcastError).code).toBe('CONFIG_INVALID');
      expect((caught as PortcastError).message).toContain(JSON.stringify(address));
      expect((caught as PortcastError).message).toContain('while no login is needed');
      expect((caught as PortcastError).message).toContain('127.0.0.0/8, ::1 or localhost');
    },
  );
});

describe('isOwnAddress', () => {
  it.each<[string, number, Partial<Reach>, boolean]>([
    ['127.0.0.1:9470', 9470, {}, true],
    ['127.0.0.1:9471', 9470, {}, false],
    ['127.0.0.1', 9470, {}, false],
    ['127.0.0.1', 443, { scheme: 'https' }, true],
    ['127.0.0.1:443', 443, { scheme: 'https' }, true],
    ['127.0.0.1', 443, {}, false],
    ['127.0.0.1', 80, {}, true],
    ['192.0.2.77:9470', 9470, {}, false],
    ['127.0.0.1:9470', 9470, { address: '127.0.0.9' }, false],
  ])('takes Host %s at port %i of %j: %s', (host, port, changes, isOwn) => {
    expect(isOwnAddress(host, port, { ...REACH, address: '0.0.0.0', ...changes })).toBe(isOwn);
  });
});

describe('findRequestProblem', () => {
  const good: GuardedRequest = {
    method: 'GET',
    target: '/',
    hosts: ['127.0.0.1:9470'],
    origin: undefined,
    contentType: undefined,
    contentLength: undefined,
  };
  const change = { method: 'POST', origin: 'http://127.0.0.1:9470', contentType: 'application/json' };
  it.each<[string, Partial<GuardedRequest>, number | null]>([
    ['the address itself', {}, null],
    ['localhost', { hosts: ['localhost:9470'] }, null],
    ['localhost in capitals', { hosts: ['LOCALHOST:9470'] }, null],
    ['IPv6 loopback', { hosts: ['[::1]:9470'] }, null],
    ['the configured address', { hosts: ['127.0.0.9:9470'] }, null],
    ['another loopback address', { hosts: ['127.0.0.2:9470'] }, 421],
    ['another port', { hosts: ['127.0.0.1:80'] }, 421],
    ['no port', { hosts: ['127.0.0.1'] }, 421],
    ['a foreign name', { hosts: ['evil.example:9470'] }, 421],
    ['a foreign name that begins with localhost', { hosts: ['localhost.evil.example:9470'] }, 421],
    ['a user part', { hosts: ['localhost:9470@evil.example'] }, 421],
    ['no Host', { hosts: [] }, 421],
    ['two Hosts', { hosts: ['localhost:9470', 'localhost:9470'] }, 421],
    ['an absolute target', { target: 'http://evil.example/' }, 400],
    ['an asterisk target', { method: 'OPTIONS', target: '*' }, 400],
    ['a read from the own page', { origin: 'http://127.0.0.1:9470' }, null],
    ['a read from another site', { origin: 'http://evil.example' }, 403],
    ['a read from a file', { origin: 'null' }, 403],
    ['a change from the own page', change, null],
    ['a change with a charset', { ...change, contentType: 'Application/JSON; charset=utf-8' }, null],
    ['a change without Origin', { ...change, origin: undefined }, 403],
    ['a change from another port', { ...change, origin: 'http://127.0.0.1:3000' }, 403],
    ['a change over https', { ...change, origin: 'https://127.0.0.1:9470' }, 403],
    ['a change from the other name', { ...change, origin: 'http://localhost:9470' }, 403],
    ['a change as a form', { ...change, contentType: 'application/x-www-form-urlencoded' }, 415],
    ['a change as text', { ...change, contentType: 'text/plain; application/json' }, 415],
    ['a change without a type', { ...change, contentType: undefined }, 415],
    ['a preflight', { method: 'OPTIONS', origin: 'http://evil.example' }, 403],
    ['a deletion without a type', { ...change, method: 'DELETE', contentType: undefined }, 415],
    ['a body of 64 KiB', { ...change, contentLength: '65536' }, null],
    ['a larger body', { ...change, contentLength: '65537' }, 413],
    ['a read with a large body', { contentLength: '99999999999' }, 413],
  ])('%s', (_name, changes, status) => {
    const problem = findRequestProblem({ ...good, ...changes }, listAllowedHosts(9470, REACH), REACH);
    expect(problem?.status ?? null).toBe(status);
  });

  it('accepts hosts without a port on port 80 only', () => {
    expect(listAllowedHosts(80, { ...REACH, address: '127.0.0.1' })).toContain('localhost');
    expect(listAllowedHosts(9470, { ...REACH, address: '127.0.0.1' })).toEqual([
      '127.0.0.1:9470',
      'localhost:9470',
      '[::1]:9470',
    ]);
  });
});

describe('the guard in front of every route', () => {
  let running: TestApi;
  let port = 0;
  beforeAll(async () => {
    running = await startCanned();
    port = running.api.port;
  });
  afterAll(async () => await running.api.stop());

  it.each(['/', '/healthz', '/readyz', '/metrics', '/api/v1/status', '/api/v1/events', '/assets/x.js', '/nothing'])(
    'refuses a foreign Host at %s',
    async (path) => {
      const answer = await exchange(port, [`GET ${path} HTTP/1.1`, `Host: evil.example:${port}`, 'Connection: close']);
      expect(answer).toMatch(/^HTTP\/1\.1 421 Misdirected Request\r\n/);
      expect(answer).toContain('Content-Type: application/problem+json');
      expect(answer).toContain(`Host \\"evil.example:${port}\\" is not this portcast; allowed: 127.0.0.1:${port}`);
    },
  );

  it.each([
    ['two Hosts', [`Host: 127.0.0.1:0`, `Host: evil.example`], /^HTTP\/1\.1 4(00|21) /],
    ['no Host in HTTP/1.1', [], /^HTTP\/1\.1 400 /],
    ['header smuggling', ['Host: localhost', 'Content-Length: 1', 'Transfer-Encoding: chunked'], /^HTTP\/1\.1 400 /],
    ['headers above 8 KiB', ['Host: localhost', `X: ${'x'.repeat(9000)}`], /^HTTP\/1\.1 431 /],
  ])('refuses %s', async (_name, headers, status) => {
    expect(await exchange(port, ['GET /healthz HTTP/1.1', ...headers, 'Connection: close'])).toMatch(status);
  });

  it('refuses an HTTP/1.0 request without a Host, and a request to a proxy', async () => {
    expect(await exchange(port, ['GET /healthz HTTP/1.0'])).toMatch(/^HTTP\/1\.1 421 /);
    const proxied = [`GET http://evil.example/healthz HTTP/1.1`, `Host: 127.0.0.1:${port}`, 'Connection: close'];
    expect(await exchange(port, proxied)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('closes the connection of a request whose body no route reads', async () => {
    // The client sends neither the end of the body nor `Connection: close`, so only the server can end the exchange.
    const answer = await exchange(port, [
      'POST /api/v1/nothing HTTP/1.1',
      `Host: 127.0.0.1:${port}`,
      `Origin: http://127.0.0.1:${port}`,
      'Content-Type: application/json',
      'Transfer-Encoding: chunked',
    ]);
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer).toContain('Connection: close');
  });

  it.each([
    ['a cross-site form', { Origin: 'http://evil.example', 'Content-Type': 'text/plain' }, 403],
    ['no Origin', { 'Content-Type': 'application/json' }, 403],
    ['a form type', { Origin: 'own', 'Content-Type': 'text/plain' }, 415],
  ])('refuses a change with %s on every path', async (_name, headers, status) => {
    for (const path of ['/api/v1/silences', '/api/v1/status', '/nothing']) {
      const own = headers as Record<string, string>;
      const sent = { ...own, ...(own.Origin === 'own' ? { Origin: running.api.url } : {}) };
      const response = await running.get(path, { method: 'POST', headers: sent, body: '{}' });
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
    }
  });

  it.each(['/', '/api/v1/status', '/nothing', '/metrics', '/healthz'])(
    'sends the security headers with %s',
    async (path) => {
      const { headers } = await running.get(path);
      const policy: Record<string, string> = {};
      for (const rule of (headers.get('content-security-policy') ?? '').split(';')) {
        const [name = '', ...values] = rule.trim().split(' ');
        policy[name] = values.join(' ');
      }
      expect(policy).toEqual({
        'default-src': "'none'",
        'script-src': "'self'",
        'style-src': "'self'",
        'img-src': "'self' data:",
        'connect-src': "'self'",
        'font-src': "'self'",
        'base-uri': "'none'",
        'form-action': "'none'",
        'frame-ancestors': "'none'",
      });
      expect(headers.get('strict-transport-security')).toBeNull();
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    },
  );
});
