/** Against real servers on loopback: portcast, another program, a portcast with an error, and none. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../daemon/cli/program.js';
import { formatStatus } from '../../../daemon/cli/status.js';
import { scoreToWire } from '../../../daemon/wire/score.js';
import type { WireStatus } from '../../../daemon/wire/status.js';
import { SCORED } from '../../builders/score-summary.js';
import { churningPool, testIo, wireHost } from '../../builders/cli.js';

const STATUS: WireStatus = {
  version: '0.1.0',
  startedAt: '2026-01-05T11:00:00.000Z',
  uptimeSeconds: 3600,
  health: 'degraded',
  problems: [{ part: 'mail', message: 'smtp.example.org refuses connections', since: '2026-01-05T11:59:00.000Z' }],
  host: wireHost(),
  sampling: {
    source: 'netlink',
    sourceWhy: 'the fastest, and it works here',
    schedule: '*/2 * * * * *',
    beatSeconds: 2,
    lastDumpAt: '2026-01-05T12:00:00.000Z',
    dumpAgeSeconds: 1.4,
    maxSampleAgeSeconds: 35,
    rows: 28_000,
    dumpCostSeconds: 0.011,
    dumpShare: 0.004,
    dumpShareBudget: 0.01,
    slowedBecause: null,
    dumps: 1700,
    beats: 1800,
    missedBeats: 0,
    scheduleRestarts: 0,
    glances: 0,
    looks: 0,
  },
  store: {
    path: '/var/lib/portcast/portcast.db',
    sizeBytes: 10 * 2 ** 20,
    capBytes: 512 * 2 ** 20,
    pendingRecords: 3,
    lastFlushAt: '2026-01-05T11:59:58.000Z',
    series: 12,
  },
  channels: [],
  mail: { configured: true, recipients: 2, pending: 1, failed: 0, lastSentAt: null, lastError: 'connect ECONNREFUSED' },
  delivery: [
    {
      channel: 'mail',
      server: 'smtp.example.org:587',
      lastTestAt: '2026-01-05T11:58:30.000Z',
      lastTestOk: true,
      lastTestError: null,
      lastSentAt: null,
      address: '192.0.2.25',
      addressAgeSeconds: 30,
      localPorts: '32704-32767',
      why: '32704-32767, below the ephemeral range 32768-60999',
    },
  ],
  incidents: { open: 0, quiet: 0 },
  tracing: {
    on: true,
    why: 'the kernel reports every connect that fails because no local port is left',
    failedConnects: 0,
    lost: 0,
  },
  score: scoreToWire(SCORED),
  process: { cpuRatio: 0.005, residentBytes: 90 * 2 ** 20, eventLoopDelayP99Seconds: 0.002 },
  worst: [churningPool(16)],
  poolCount: 7,
  alerts: [],
};

let folder: string;
let server: Server | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcast-status-'));
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = null;
  rmSync(folder, { recursive: true });
});

async function listen(handler: RequestListener): Promise<number> {
  const created = createServer(handler);
  server = created;
  await new Promise<void>((done) => created.listen(0, '127.0.0.1', done));
  return (created.address() as AddressInfo).port;
}

async function status(port: number, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const config = join(folder, 'c.yaml');
  writeFileSync(config, `http: { port: ${port} }\n`);
  const io = testIo();
  const code = await runCli(['status', '--config', config, ...args], io);
  return { code, out: io.stdout(), err: io.stderr() };
}

describe('status', () => {
  it('requests the status at the configured address and prints it', async () => {
    const paths: (string | undefined)[] = [];
    const port = await listen((request, response) => {
      paths.push(request.url);
      response.end(JSON.stringify(STATUS));
    });
    const json = await status(port, '--json');
    expect(json.code).toBe(0);
    expect(JSON.parse(json.out)).toEqual(STATUS);
    expect((await status(port)).out).toBe(`${formatStatus(STATUS)}\n`);
    expect(paths).toEqual(['/api/v1/status', '/api/v1/status']);
  });

  it('asks the address of --url in place of the configured one', async () => {
    const port = await listen((_request, response) => response.end(JSON.stringify(STATUS)));
    const io = testIo({ env: { PORTCAST_CONFIG: '/nonexistent.yaml' } });
    expect(await runCli(['status', '--json', '--url', `http://127.0.0.1:${port}/`], io)).toBe(0);
    expect(JSON.parse(io.stdout())).toEqual(STATUS);
  });

  it('is printed as text', async () => {
    await expect(formatStatus(STATUS)).toMatchFileSnapshot('../../golden/status.txt');
  });

  it('fails when nothing answers', async () => {
    const port = await listen(() => undefined);
    await new Promise((done) => server?.close(done));
    const { code, err } = await status(port);
    expect(code).toBe(1);
    expect(err).toBe(
      `portcast: portcast does not answer at http://127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}. ` +
        'Start it with: portcast run\n',
    );
  });

  it.each<[string, RequestListener, RegExp]>([
    [
      'another service',
      (_request, response) => response.setHeader('server', 'nginx').writeHead(404).end('<h1>404</h1>'),
      /the server at .* is not portcast \(HTTP 404, Server: "nginx"\)/,
    ],
    [
      'another service with JSON',
      (_request, response) => response.end('{"status":"ok"}'),
      /the server at .* is not portcast \(HTTP 200\)/,
    ],
    [
      'a redirect',
      (_request, response) => response.writeHead(302, { location: 'http://x/' }).end(),
      /is not portcast \(HTTP 302\)/,
    ],
    [
      'a portcast that answers with an error',
      (_request, response) =>
        response
          .writeHead(503)
          .end(JSON.stringify({ type: 'about:blank', title: 'x', status: 503, detail: 'no cycle yet' })),
      /portcast at .* answered 503: no cycle yet/,
    ],
    [
      'a server that closes the connection',
      (request) => request.socket.destroy(),
      /portcast does not answer at .*: (other side closed|socket hang up|read ECONNRESET)/,
    ],
  ])('fails for %s', async (_name, handler, text) => {
    const { code, out, err } = await status(await listen(handler));
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toMatch(text);
  });
});
