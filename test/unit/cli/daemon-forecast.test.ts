/** The forecast of the daemon, from real servers on loopback: portcast in every state, and other programs. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { askDaemon, type DaemonQuestion } from '../../../daemon/cli/daemon-forecast.js';
import type { WirePools } from '../../../daemon/wire/pool.js';
import type { WireStatus } from '../../../daemon/wire/status.js';
import { churningPool, wireHost } from '../../builders/cli.js';
import { cannedStatus } from '../../builders/wire-documents.js';

const SAMPLED_AT_MS = Date.parse(wireHost().sampledAt ?? '');
const FORECAST: WirePools = { host: wireHost(), pools: [churningPool(16)] };
const STATUS: WireStatus = { ...cannedStatus(), version: '1.2.3', host: wireHost(), health: 'ok' };

async function listen(handler: RequestListener): Promise<string> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A daemon with these documents; a string is sent as it is. */
function daemon(status: unknown, forecast: unknown = FORECAST): Promise<string> {
  const print = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body));
  return listen((request, response) => {
    response.end(print(request.url === '/api/v1/status' ? status : forecast));
  });
}

const ask = (base: string, changes: Partial<DaemonQuestion> = {}, timeoutMs = 1000) =>
  askDaemon({
    address: { base, timeoutMs, signal: new AbortController().signal },
    version: '1.2.3',
    hostName: 'web-1',
    range: { first: 32_768, last: 60_999 },
    nowMs: () => SAMPLED_AT_MS + 800,
    ...changes,
  });

describe('the forecast of the daemon', () => {
  it('is its document as it stands, with the age of the sample', async () => {
    expect(await ask(await daemon(STATUS))).toEqual({ kind: 'forecast', forecast: FORECAST, ageMs: 800 });
  });

  it('is used while the daemon has a problem that does not concern its samples', async () => {
    const degraded = { ...STATUS, health: 'degraded' };
    expect(await ask(await daemon(degraded))).toMatchObject({ kind: 'forecast' });
  });

  it('is absent where nothing listens', async () => {
    const server = createTcpServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    expect(await ask(`http://127.0.0.1:${port}`)).toEqual({ kind: 'absent' });
  });

  it.each<[string, Partial<DaemonQuestion>, unknown, unknown, RegExp]>([
    [
      'of another version',
      {},
      { ...STATUS, version: '1.2.4' },
      FORECAST,
      /is version 1\.2\.4, and this command is version/,
    ],
    ['of another host', { hostName: 'web-2' }, STATUS, FORECAST, /watches web-1, not web-2$/],
    [
      'of a host with another range',
      { range: { first: 1024, last: 5000 } },
      STATUS,
      FORECAST,
      /has the port range 32768-60999, and this host has 1024-5000$/,
    ],
    [
      'of a simulated host',
      {},
      { ...STATUS, host: { ...wireHost(), source: 'recording' } },
      FORECAST,
      /watches a recorded or simulated host$/,
    ],
    [
      'that is blind',
      {},
      { ...STATUS, health: 'blind', problems: [{ part: 'source', message: 'no \u001bnetlink', since: '' }] },
      FORECAST,
      /has no good sample: no \\u001bnetlink$/,
    ],
    ['without a sample', {}, STATUS, { ...FORECAST, host: { ...wireHost(), sampledAt: null } }, /has no sample yet$/],
    [
      'with a sample that is out of date',
      { nowMs: () => SAMPLED_AT_MS + 36_000 },
      STATUS,
      FORECAST,
      /is 36 s old, and 35 s is the most$/,
    ],
    [
      'with a sample from the future',
      { nowMs: () => SAMPLED_AT_MS - 3_600_000 },
      STATUS,
      FORECAST,
      /is 1 h in the future, and 35 s is the most$/,
    ],
    ['without JSON', {}, '<h1>It works</h1>', FORECAST, /is not portcast \(HTTP 200\)$/],
    ['with other JSON', {}, { health: 'ok', sampling: {}, host: {}, version: '1.2.3' }, FORECAST, /lacks fields$/],
    ['with a pool that lacks a field', {}, STATUS, { ...FORECAST, pools: [{ mode: 'idle' }] }, /is not portcast/],
    ['with pools that are no list', {}, STATUS, { ...FORECAST, pools: 'many' }, /is not portcast/],
  ])('is not used of a daemon %s', async (_name, changes, status, forecast, why) => {
    const answer = await ask(await daemon(status, forecast), changes);
    expect(answer).toEqual({ kind: 'unusable', why: expect.stringMatching(why) as string });
  });

  it.each<[string, RequestListener, RegExp]>([
    ['never answers', () => undefined, /no answer within 0\.2 s$/],
    ['never ends its answer', (_request, response) => void response.write('{"health":'), /no answer within 0\.2 s$/],
    ['closes the connection', (request) => request.socket.destroy(), /does not answer/],
    ['redirects', (_request, response) => response.writeHead(302, { location: 'http://x/' }).end(), /HTTP 302/],
    [
      'answers with an error',
      (_request, response) =>
        response.writeHead(503).end(JSON.stringify({ title: 'x', status: 503, detail: 'no sample\u009b yet' })),
      /answered 503: no sample\\u009b yet$/,
    ],
  ])('is not used of a server that %s', async (_name, handler, why) => {
    const answer = await ask(await listen(handler), {}, 200);
    expect(answer).toEqual({ kind: 'unusable', why: expect.stringMatching(why) as string });
  });

  it('is not used when the daemon answers only the first request in time', async () => {
    const base = await listen((request, response) => {
      if (request.url === '/api/v1/status') response.end(JSON.stringify(STATUS));
    });
    expect(await ask(base, {}, 200)).toEqual({ kind: 'unusable', why: expect.stringMatching(/no answer/) as string });
  });
});
