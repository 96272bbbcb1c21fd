/** Requests below, beside and around the base path, sent byte by byte. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchange, startCanned, type TestApi } from '../../../builders/api-server.js';
import { createTestAuthority } from '../../../builders/accounts.js';

let open: TestApi;
let closed: TestApi;
beforeAll(async () => {
  open = await startCanned({}, { basePath: '/portcast/' });
  const authority = createTestAuthority({ isExposed: true });
  closed = await startCanned({}, { basePath: '/portcast/', authority, publicOrigins: ['https://Tools.example.org'] });
});
afterAll(async () => {
  await open.api.stop();
  await closed.api.stop();
});

async function send(
  { api }: TestApi,
  target: string,
  headers: readonly string[] = [],
  method = 'GET',
): Promise<string> {
  const host = headers.some((header) => /^host:/i.test(header)) ? [] : [`Host: 127.0.0.1:${api.port}`];
  return await exchange(api.port, [`${method} ${target} HTTP/1.1`, ...host, ...headers, 'Connection: close']);
}

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);

describe('the base path', () => {
  it.each<[string, number]>([
    ['/portcast/', 503],
    ['/portcast/healthz', 200],
    ['/portcast/api/v1/status', 200],
    ['/portcast/api/v1/status?x=1', 400],
    ['/portcast', 308],
    ['/portcast?x=1', 308],
    ['/', 308],
    ['/healthz', 404],
    ['/api/v1/status', 404],
    ['/portcastle/healthz', 404],
    ['/PORTCAST/healthz', 404],
    ['//portcast/healthz', 404],
    ['/portcast%2fhealthz', 404],
    ['/%70ortcast/healthz', 404],
    ['/x/../portcast/healthz', 404],
    ['/portcast/../portcast/healthz', 404],
    ['/portcast//healthz', 404],
    ['/portcast/portcast/healthz', 404],
    ['/portcast/%2e%2e/healthz', 404],
    ['http://evil.example/portcast/healthz', 400],
    ['*', 400],
  ])('answers %s with %i', async (target, status) => {
    expect(statusOf(await send(open, target))).toBe(status);
  });

  it('redirects to itself only, and only a read', async () => {
    expect(await send(open, '/', ['Host: evil.example'])).toContain('\r\nLocation: /portcast/\r\n');
    expect(await send(open, '/portcast')).toContain('\r\nLocation: /portcast/\r\n');
    expect(statusOf(await send(open, '/portcast', [], 'POST'))).toBe(404);
  });

  it.each([
    '//api/v1/status',
    '/api%2fv1/status',
    '/./api/v1/status',
    '/api/v1/../v1/status',
    '/API/V1/STATUS',
    '/metrics/',
  ])('lets nobody in by %s', async (path) => {
    expect(statusOf(await send(closed, `/portcast${path}`))).toBe(401);
  });
});

describe('the origins of a proxy', () => {
  const CHANGE = ['Content-Type: application/json', 'Content-Length: 2'];
  it.each<[string, string[], number]>([
    ['the name of the proxy', ['Host: tools.example.org', 'Origin: https://tools.example.org'], 401],
    ['capitals', ['Host: TOOLS.example.org', 'Origin: https://TOOLS.example.org'], 401],
    ['the port of https', ['Host: tools.example.org:443', 'Origin: https://tools.example.org'], 401],
    ['the own name of the server', ['Origin: https://tools.example.org'], 401],
    ['plain http', ['Host: tools.example.org', 'Origin: http://tools.example.org:80'], 403],
    ['another port', ['Host: tools.example.org', 'Origin: https://tools.example.org:8443'], 403],
    ['another name', ['Host: tools.example.org', 'Origin: https://tools.example.org.evil.example'], 403],
    ['no origin', ['Host: tools.example.org'], 403],
    ['no origin but a token', ['Host: tools.example.org', 'Authorization: Bearer x'], 401],
    ['a token and a foreign origin', ['Origin: https://evil.example', 'Authorization: Bearer x'], 403],
    ['another host', ['Host: evil.example', 'Origin: https://evil.example'], 421],
    ['two hosts', ['Host: tools.example.org', 'Host: evil.example'], 421],
  ])('take a change from %s: %s', async (_name, headers, status) => {
    const answer = await exchange(closed.api.port, [
      'POST /portcast/api/v1/silences HTTP/1.1',
      ...(headers.some((header) => header.startsWith('Host')) ? [] : [`Host: 127.0.0.1:${closed.api.port}`]),
      ...headers,
      ...CHANGE,
      'Connection: close',
      '',
      '{}',
    ]);
    // Node itself answers a request with two Host headers.
    expect([status, status === 421 ? 400 : status]).toContain(statusOf(answer));
  });
});
