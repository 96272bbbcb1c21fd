import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CONNECTION_LIMITS } from '../../../daemon/api/server.js';
import type { PortcastError } from '../../../daemon/errors.js';
import { exchange, startCanned } from '../../builders/api-server.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const BULKY = {
  id: `out_host_${'x'.repeat(200)}`,
  direction: 'out' as const,
  namespace: 'host',
  address: null,
  port: 1,
  states: {},
  total: 0,
};

async function occupy(): Promise<number> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

describe('startApi', () => {
  it('names the key to change when the port is in use', async () => {
    const port = await occupy();
    const error = await startCanned({}, { port }).then(
      () => null,
      (reason: unknown) => reason as PortcastError,
    );
    expect(error?.code).toBe('HTTP_LISTEN');
    expect(error?.message).toBe(
      `cannot listen on 127.0.0.1:${port}: the port is in use. Is another portcast running? ` +
        'Set `http.port` in the configuration to another port',
    );
    expect((error?.cause as NodeJS.ErrnoException).code).toBe('EADDRINUSE');
  });

  it('refuses an address that is not loopback', async () => {
    await expect(startCanned({}, { address: '0.0.0.0' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it.each([
    ['localhost', /^http:\/\/127\.0\.0\.1:\d+$/],
    ['127.0.0.7', /^http:\/\/127\.0\.0\.7:\d+$/],
  ])('listens on %s', async (address, url) => {
    const { api, get } = await startCanned({}, { address });
    cleanups.push(() => api.stop());
    expect(api.url).toMatch(url);
    expect(api.url.endsWith(`:${api.port}`)).toBe(true);
    expect((await get('/healthz')).status).toBe(200);
  });

  it('limits the headers to 5 s and the whole request to 10 s', () => {
    expect(CONNECTION_LIMITS).toMatchObject({ headersTimeout: 5000, requestTimeout: 10_000 });
  });

  it('closes a connection whose headers never end', async () => {
    const limits = { ...CONNECTION_LIMITS, headersTimeout: 100, connectionsCheckingInterval: 20 };
    const { api } = await startCanned({}, { limits });
    cleanups.push(() => api.stop());
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(api.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: '));
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  it.each([
    ['send nothing', ''],
    ['never end their headers', 'GET /healthz HTTP/1.1\r\nHost: x\r\n'],
    ['wait for a second request', 'GET /healthz HTTP/1.1\r\nHost: HOST\r\n\r\n'],
  ])('answers others while one client holds 600 connections that %s', async (_name, text) => {
    const { api, get } = await startCanned();
    cleanups.push(() => api.stop());
    const stream = connect(api.port, '127.0.0.1').on('error', () => undefined);
    stream.write(`GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:${api.port}\r\n\r\n`);
    await once(stream, 'data');
    const sockets = Array.from({ length: 600 }, () => {
      const socket = connect(api.port, '127.0.0.1')
        .on('error', () => undefined)
        .pause();
      socket.write(text.replaceAll('HOST', `127.0.0.1:${api.port}`));
      return socket;
    });
    cleanups.push(() => [stream, ...sockets].forEach((socket) => socket.destroy()));
    await Promise.all(sockets.map((socket) => once(socket, 'connect').catch(() => undefined)));
    for (let round = 0; round < 3; round += 1) expect((await get('/healthz')).status).toBe(200);
    // An event stream is in use, so it is not closed in place of the others.
    expect(stream.closed).toBe(false);
  });

  it('closes idle connections, half-sent requests and unread answers at stop', async () => {
    const { api } = await startCanned({ ports: () => Array.from({ length: 50_000 }, () => BULKY) });
    const sockets = await Promise.all([
      client(api.port, ''),
      client(api.port, 'GET /api/v1/status HTTP/1.1\r\nHost: '),
      client(api.port, `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${api.port}\r\n\r\n`),
      client(api.port, `GET /api/v1/ports HTTP/1.1\r\nHost: 127.0.0.1:${api.port}\r\n\r\n`, 'unread'),
    ]);
    // The server has accepted all of them once it has answered a request that came later.
    expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
    const closed = sockets.map((socket) => new Promise<void>((resolve) => socket.on('close', () => resolve())));
    await api.stop();
    for (const socket of sockets) socket.resume();
    await Promise.all(closed);
  });
});

async function client(port: number, text: string, mode: 'read' | 'unread' = 'read'): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => socket.destroy());
  if (mode === 'read') socket.resume();
  await new Promise<void>((resolve) => socket.on('connect', () => resolve()));
  socket.write(text);
  return socket;
}

describe('the dashboard', () => {
  function build(): string {
    const folder = mkdtempSync(join(tmpdir(), 'portcast-dashboard-'));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, 'assets'));
    writeFileSync(join(folder, 'index.html'), '<!doctype html><title>portcast</title>');
    writeFileSync(join(folder, 'assets', 'index-3f2a.js'), 'export {};');
    writeFileSync(join(folder, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    writeFileSync(join(folder, '.secret'), 'no');
    return folder;
  }

  it.each([
    ['/', 'text/html; charset=utf-8', 'no-cache'],
    ['/index.html', 'text/html; charset=utf-8', 'no-cache'],
    ['/favicon.svg', 'image/svg+xml', 'no-cache'],
    ['/assets/index-3f2a.js', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
  ])('serves %s', async (path, type, cache) => {
    const { api, get } = await startCanned({}, { dashboardDir: build() });
    cleanups.push(() => api.stop());
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(type);
    expect(response.headers.get('cache-control')).toBe(cache);
    expect((await response.text()).length).toBeGreaterThan(0);
    const tag = response.headers.get('etag') ?? '';
    // fetch cannot be used here: it adds `Cache-Control: no-cache`, which requests the whole file.
    const again = await exchange(api.port, [
      `GET ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${api.port}`,
      `If-None-Match: ${tag}`,
      'Connection: close',
    ]);
    expect(again).toMatch(/^HTTP\/1\.1 304 /);
    expect(await (await get(path, { method: 'HEAD' })).text()).toBe('');
  });

  it.each(['/.secret', '/assets', '/assets/', '/assets/%2e%2e/%2e%2e/etc/passwd', '/assets/none.js', '/%00'])(
    'refuses %s',
    async (path) => {
      const { api, get } = await startCanned({}, { dashboardDir: build() });
      cleanups.push(() => api.stop());
      const response = await get(path);
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
    },
  );

  it('is answered with a page that says how to build it, until it is built', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'portcast-dashboard-'));
    cleanups.push(() => rmSync(parent, { recursive: true }));
    const dashboardDir = join(parent, 'dashboard');
    const { api, get } = await startCanned({}, { dashboardDir });
    cleanups.push(() => api.stop());
    const missing = await get('/');
    expect(missing.status).toBe(503);
    expect(missing.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(missing.headers.get('cache-control')).toBe('no-store');
    expect(await missing.text()).toContain('npm run build');
    mkdirSync(dashboardDir);
    writeFileSync(join(dashboardDir, 'index.html'), '<!doctype html>');
    expect((await get('/')).status).toBe(200);
  });
});
