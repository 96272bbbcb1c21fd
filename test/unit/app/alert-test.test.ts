/** `portcast alert test` while the daemon runs: the real parts, on a simulated host, against a real SMTP server. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer, type AddressInfo } from 'node:net';

import { describe, expect, it, onTestFinished } from 'vitest';
import { createApp } from '../../../daemon/app.js';
import { runCli } from '../../../daemon/cli/program.js';
import { loadConfig } from '../../../daemon/config/load.js';
import { fakeSource, testIo } from '../../builders/cli.js';
import { answerWith, startReceiver } from '../../builders/http-receiver.js';
import { startMailServer } from '../../builders/mail-server.js';
import { createTempFolder } from '../../builders/stores.js';
import { fakeClock, fakeHost, fakeLog } from '../../fakes.js';
import { createDemoClock } from '../../tools/dev/demo/clock.js';
import { openSimulatedHost } from '../../tools/dev/demo/host.js';
import { SCENES } from '../../tools/dev/demo/scenes.js';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Scene {
  readonly to: string;
  /** Without connections there is no pool. */
  readonly isQuiet?: boolean;
  readonly smtpPort?: number;
  /** Further lines of the configuration. */
  readonly more?: string;
}

async function startScene({ to, isQuiet = false, smtpPort, more = '' }: Scene) {
  const folder = createTempFolder();
  const mail = await startMailServer(onTestFinished);
  const file = join(folder, 'c.yaml');
  const smtp = `{ host: 127.0.0.1, port: ${smtpPort ?? mail.port}, security: none, timeout: 2s }`;
  writeFileSync(
    file,
    `host: { name: web-1 }\nhttp: { port: ${await freePort()} }\nsampling: { failures: off, glance: null }\nstore: { file: ${join(folder, 'portcast.db')} }\n` +
      `mail:\n  smtp: ${smtp}\n  from: portcast@example.org\n  to: ${to}\n${more}`,
  );
  const { config } = loadConfig({ file, env: {} });
  const clock = createDemoClock(SCENES.mixed.pastSeconds * 1000);
  clock.run();
  const simulated = openSimulatedHost(SCENES.mixed, clock);
  const app = createApp({
    config,
    version: 'test',
    log: fakeLog(),
    clock,
    openSource: () => Promise.resolve(isQuiet ? fakeSource(fakeHost(fakeClock(Date.now()))) : simulated.source),
    openGlances: () => simulated.glances,
  });
  await app.start();
  onTestFinished(() => app.stop());
  const test = async (...args: string[]) => {
    const io = testIo();
    return { code: await runCli(['alert', 'test', '--config', file, ...args], io), out: io.stdout(), err: io.stderr() };
  };
  const get = async (path: string) => (await fetch(`${app.address}/api/v1/${path}`)).json() as Promise<unknown>;
  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${app.address}/api/v1/alerts/test`, {
      method: 'POST',
      headers: { Origin: app.address, 'Content-Type': 'application/json', ...headers },
      body,
    });
  return { app, mails: mail.mails, test, get, post, folder };
}

describe('alert test, while the daemon runs', () => {
  it('gives Alertmanager an alert of its own, which resolves by itself', async () => {
    const receiver = await startReceiver();
    const { test } = await startScene({ to: '[a@example.org]', more: `alertmanager: { urls: ['${receiver.url}'] }\n` });
    const { code, out } = await test();
    expect(out).toContain(`${receiver.url}: accepted (alert PortcastTest accepted)`);
    expect(code).toBe(0);
    const pushes = receiver.requests.map(({ body }) => JSON.parse(body) as { labels: object }[]);
    const tests = pushes.flat().filter(({ labels }) => 'test' in labels);
    expect(tests).toMatchObject([{ labels: { alertname: 'PortcastTest', instance: 'web-1', test: 'true' } }]);
    receiver.answer = answerWith(401, 'who are you');
    const second = await test();
    expect(second).toMatchObject({ code: 1 });
    expect(second.out).toContain(`${receiver.url}: failed: ${receiver.url} answered 401 who are you`);
  });

  it('goes the whole way with the worst pool, is marked everywhere, and is counted nowhere', async () => {
    const { mails, test, get } = await startScene({ to: '[a@example.org, b@example.org]' });
    const { code, out, err } = await test();
    expect(err).toBe('');
    expect(out).toMatch(
      /^a@example\.org: accepted \(250.*\)\nb@example\.org: accepted \(250.*\)\nsent by the running daemon at /,
    );
    expect(out).toMatch(/with the pool 10\.0\.1\.\d:443: rule (imminent|use), incident, outbox and channel\n$/);
    expect(code).toBe(0);
    expect(mails.map(({ to }) => to[0]).sort()).toEqual(['a@example.org', 'b@example.org']);
    const [first] = mails;
    expect(first?.mail.subject).toMatch(/^\[portcast TEST, CRITICAL, .*\] web-1: ports to 10/);
    const notice = 'This is a test of the alerts of portcast, and nothing is wrong. The figures are those of 10.0.1.';
    expect(first?.mail.text).toContain(notice);
    expect(first?.mail.html).toContain(notice);
    expect(await get('incidents')).toEqual([]);
    expect(JSON.stringify(await get('alerts'))).not.toContain('test_');
    expect(await get('status')).toMatchObject({ mail: { pending: 0, failed: 0, lastSentAt: null } });
  });

  it('invents a pool from the documentation network where the host has none', async () => {
    const { mails, test } = await startScene({ to: '[a@example.org]', isQuiet: true });
    const { code, out } = await test('--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      by: 'daemon',
      rule: 'imminent',
      pool: { name: '192.0.2.2:7000', invented: true },
      results: [{ channel: 'mail', recipient: 'a@example.org', ok: true }],
    });
    expect(mails[0]?.mail.text).toContain('invented (192.0.2.x is for documentation)');
  });

  it('reports a refusal with the words of the server, exits 1, and is no problem of the daemon', async () => {
    const { test, get } = await startScene({ to: '[nobody@example.org, b@example.org]' });
    const { code, out } = await test();
    expect(out).toMatch(/^nobody@example\.org: failed: .*5\.1\.1 no such user.*\nb@example\.org: accepted/);
    expect(code).toBe(1);
    expect(await get('status')).toMatchObject({ mail: { failed: 0, pending: 0 }, problems: [] });
  });

  it('is limited: five within an hour, and only from the own origin with an empty object', async () => {
    const { app, post, mails } = await startScene({ to: '[a@example.org]' });
    expect((await post('{}', { Origin: 'http://evil.example' })).status).toBe(403);
    const readDetail = async (body: string): Promise<unknown> => (await post(body)).json();
    expect(await readDetail('{"pool":"x"}')).toMatchObject({
      status: 400,
      detail: 'unknown field "pool"; allowed: none',
    });
    expect(await readDetail('[]')).toMatchObject({ status: 400, detail: 'the body is []; allowed: {}' });
    expect(await readDetail('{')).toMatchObject({
      status: 400,
      detail: expect.stringMatching(/^the body "{" is no JSON: /) as string,
    });
    const read = await fetch(`${app.address}/api/v1/alerts/test`);
    expect([read.status, read.headers.get('allow')]).toEqual([405, 'POST']);
    const [one, other] = await Promise.all([post('{}'), post('{}')]);
    expect([one.status, other.status].sort()).toEqual([200, 429]);
    for (let count = 2; count <= 5; count += 1) expect((await post('{}')).status).toBe(200);
    const refused = await post('{}');
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({
      detail: '5 tests were sent within the last hour; no more are allowed',
    });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3000);
    expect(mails).toHaveLength(5);
  });
});
