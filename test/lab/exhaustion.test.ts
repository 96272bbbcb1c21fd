/**
 * The main promise as a reader of mail sees it: 1,000 ports, no reuse, real sockets, and a daemon whose config sets
 * nothing but the SMTP server. The truth is the client's errno. The forecasts themselves, and traffic that must raise
 * no alert, are in the league.
 */
import Database from 'better-sqlite3';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'vitest';
import { PACKAGE_ROOT } from '../../daemon/paths.js';
import type { ClientEvent, ClientOrder } from '../tools/league/client.js';
import { createLab, labScript, SERVER_ADDRESS, writeMailConfig } from './namespaces.js';

const RANGE: readonly [number, number] = [20_000, 20_999];
const LISTEN_PORT = 7000;
const SMTP_PORT = 2525;
/** The step of the timer wheel at HZ=100, the coarsest of the usual kernels. */
const MAX_GRANULARITY_MS = 5120;

interface Mail {
  readonly atMs: number;
  readonly subject: string;
  readonly text: string;
}

async function startScene(name: string, onTestFinished: TestContext['onTestFinished']) {
  const folder = mkdtempSync(join(tmpdir(), 'portcast-lab-'));
  const lab = createLab({ name, range: RANGE });
  onTestFinished(async () => {
    await lab.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const config = join(folder, 'config.yaml');
  writeMailConfig(config, SMTP_PORT);
  const smtp = lab.start('client', [...labScript('lab/mail-server.ts'), String(SMTP_PORT)]);
  const listener = lab.start('server', [...labScript('tools/league/server.ts'), String(LISTEN_PORT)]);
  await Promise.all([smtp.line(/listening/, 30_000), listener.line(/listening/, 30_000)]);
  const main = join(PACKAGE_ROOT, 'dist', 'daemon', 'main.js');
  const startDaemon = async () => {
    const started = lab.start('client', [process.execPath, main, 'run', '--config', config], {
      STATE_DIRECTORY: folder,
    });
    await started.line(/http:\/\/127\.0\.0\.1:9470/, 30_000);
    return started;
  };
  const daemon = await startDaemon();
  const runClient = (perSecond: number, seconds: number) => {
    const to = { address: SERVER_ADDRESS, port: LISTEN_PORT, by: 'ipv4', bindTo: null, ending: 'close' } as const;
    const order: ClientOrder = { streams: [{ ...to, phases: [{ perSecond, seconds }] }], lingerSeconds: 0 };
    return lab.start('client', [...labScript('tools/league/client.ts'), JSON.stringify(order)]);
  };
  const mails = (): Mail[] =>
    smtp.lines.filter((line) => line.includes('"mail"')).map((line) => JSON.parse(line) as Mail);
  return {
    daemon,
    startDaemon,
    runClient,
    mails,
    mailArrives: () => smtp.line(/"mail"/, 60_000),
    database: join(folder, 'portcast.db'),
  };
}

/** The instant that a mail states, in the time of this host with its offset. */
function statedInstantMs(text: string): number {
  const stated = /When:\s+(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) ([+-]\d\d:\d\d)/.exec(text);
  if (stated === null) throw new Error(`the mail states no instant:\n${text}`);
  const [, day = '', time = '', offset = ''] = stated;
  return Date.parse(`${day}T${time}${offset}`);
}

function describeStore(file: string): Record<string, number> {
  const database = new Database(file, { readonly: true });
  try {
    const tables = database
      .prepare<[], { name: string }>(`select name from sqlite_schema where type = 'table' and name not like 'sqlite%'`)
      .all();
    const counted = tables.map(({ name }): [string, number] => {
      const row = database.prepare<[], { n: number }>(`select count(*) as n from "${name}"`).get();
      return [name, row?.n ?? 0];
    });
    return Object.fromEntries(counted);
  } finally {
    database.close();
  }
}

describe.concurrent('a client that closes first, 1,000 ports, reuse off', () => {
  it('25 closes/s: the mail arrives 25 s before the first EADDRNOTAVAIL and states its instant', async ({
    expect,
    onTestFinished,
  }) => {
    const scene = await startScene('row1', onTestFinished);
    const client = scene.runClient(25, 80);
    const failed = JSON.parse(await client.line(/"failed"|"ended"/, 90_000)) as ClientEvent;
    expect(failed).toMatchObject({ event: 'failed', code: 'EADDRNOTAVAIL' });
    const first = scene.mails()[0];
    if (first === undefined) throw new Error(`no mail:\n${scene.daemon.lines.slice(-20).join('\n')}`);
    const leadMs = failed.atMs - first.atMs;
    const errorMs = statedInstantMs(first.text) - failed.atMs;
    expect(await scene.daemon.stop()).toBe(0);
    console.log(
      `row 1: first EADDRNOTAVAIL after ${(failed.afterMs / 1000).toFixed(2)} s; mail ${(leadMs / 1000).toFixed(2)} s ` +
        `before it; the instant it states is ${(errorMs / 1000).toFixed(2)} s off\n${first.subject}\n${first.text}`,
    );
    console.log('row 1 store:', describeStore(scene.database));
    expect(first.subject).toContain('10.99.0.2:7000');
    expect(leadMs).toBeGreaterThanOrEqual(25_000);
    expect(Math.abs(errorMs)).toBeLessThanOrEqual(2000 + MAX_GRANULARITY_MS);
  });

  it('a daemon that is killed after the mail does not send it again, and reports when the danger is over', async ({
    expect,
    onTestFinished,
  }) => {
    const scene = await startScene('kill', onTestFinished);
    // The traffic stops 10 s before the ports would run out.
    const client = scene.runClient(25, 30);
    await scene.mailArrives();
    await scene.daemon.stop('SIGKILL');
    const second = await scene.startDaemon();
    expect(JSON.parse(await client.line(/"failed"|"ended"/, 60_000))).toMatchObject({ event: 'ended' });
    // The alert is resolved after a minute below the clear line, which begins a few samples after the traffic has
    // stopped, and the incident after another minute.
    await expect.poll(() => scene.mails().length, { timeout: 180_000, interval: 1000 }).toBe(2);
    expect(await second.stop()).toBe(0);
    const subjects = scene.mails().map((mail) => mail.subject);
    console.log('killed and started again:', subjects);
    expect(subjects[0]).toContain('[portcast CRITICAL, full in ');
    expect(subjects[1]).toContain('[portcast RESOLVED, ');
  });
});
