/** The commands as real processes of the compiled main.js: signals, exit codes, a closed output. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import type { WirePools } from '../../../daemon/wire/pool.js';
import type { WireStatus } from '../../../daemon/wire/status.js';

const run = promisify(execFile);
const MAIN = join(PACKAGE_ROOT, 'dist', 'daemon', 'main.js');

const START_TIMEOUT_MS = 15_000;
/** The forecast of a host with thousands of destinations takes megabytes. */
const MAX_OUTPUT = 64 * 1024 ** 2;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcast-process-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const portcast = (...args: string[]) =>
  run(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] },
    timeout: 30_000,
    maxBuffer: MAX_OUTPUT,
  });

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe.concurrent('one-shot commands', () => {
  it('forecast --json prints this host and ends', async ({ expect }) => {
    const { stdout, stderr } = await portcast('forecast', '--json');
    const { host, pools } = JSON.parse(stdout) as WirePools;
    expect(host.range[0]).toBeLessThan(host.range[1]);
    expect(Array.isArray(pools)).toBe(true);
    expect(stderr).toBe('');
  });

  it('a closed pipe, as of `head`, is no error', async ({ expect }) => {
    const { stdout, stderr } = await run('sh', [
      '-c',
      `"$0" "$1" config example | head -1; echo`,
      process.execPath,
      MAIN,
    ]);
    expect(stdout).toMatch(/^# portcast configuration/);
    expect(stderr).toBe('');
  });

  it('record and replay: a recording of this host can be replayed', async ({ expect }) => {
    const file = join(folder, 'host.rec');
    await portcast('record', file, '--for', '1s', '--anonymize');
    const { stdout, stderr } = await portcast('replay', file, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ file, kind: 'recording', host: null, samples: 1 });
    expect(stderr).toBe('');
  });

  it('on an older Node.js it exits 1 with one line, before anything else is loaded', async ({ expect }) => {
    const pretend = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })";
    const args = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, MAIN, 'forecast'];
    await expect(run(process.execPath, args)).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^portcast needs Node\.js 22\.14 or later, and this is 20\.20\.2: .+\n$/) as string,
    });
  });

  it('wrong usage exits 2', async ({ expect }) => {
    await expect(portcast('forcast')).rejects.toMatchObject({ code: 2, stdout: '' });
  });

  it('backup fails when there is no database', async ({ expect }) => {
    await expect(portcast('backup', join(folder, 'x.db'))).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no database at') as string,
    });
  });
});

describe('run', () => {
  let config: string;
  let child: ChildProcess;
  let output = '';
  let exit: Promise<unknown[]>;

  beforeAll(async () => {
    config = join(folder, 'c.yaml');
    writeFileSync(config, `http: { port: ${await freePort()} }\n`);
    const args = [MAIN, 'run', '--config', config];
    const started = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    child = started;
    started.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    exit = once(started, 'exit');
    await vi.waitFor(() => expect(output).toContain('\ndashboard '), { timeout: START_TIMEOUT_MS });
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    child.kill('SIGKILL');
    await exit;
  });

  it('prints its report on a new folder', () => {
    expect(output).toMatch(/^portcast watches /);
  });

  it('fails with the reason when another daemon has its database, and when its port is in use', async () => {
    await expect(portcast('run', '--config', config)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`is in use by another portcast daemon (pid ${child.pid}, since `) as string,
    });
    const other = join(folder, 'other.yaml');
    writeFileSync(other, `${readFileSync(config, 'utf8')}store: { file: other.db }\n`);
    await expect(portcast('run', '--config', other)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^portcast: .*127\.0\.0\.1.*/) as string,
    });
  });

  it('serves status, replay and backup, and stops at SIGTERM with exit code 0', async () => {
    const status = JSON.parse((await portcast('status', '--json', '--config', config)).stdout) as WireStatus;
    expect(status.store.path).toBe(join(folder, 'data', 'portcast.db'));
    expect(statSync(status.store.path).mode & 0o777).toBe(0o600);

    const backup = join(folder, 'copy.db');
    const [history, copied] = await Promise.all([
      portcast('replay', status.store.path, '--config', config),
      portcast('backup', backup, '--config', config),
    ]);
    expect(history.stdout).toMatch(/^history: .*portcast\.db\n/);
    expect(copied.stdout).toMatch(/copy\.db: [\d,]+ bytes, copied from/);
    await expect(portcast('backup', backup, '--config', config)).rejects.toMatchObject({ code: 1 });

    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
    // A database that was closed correctly has no WAL beside it.
    expect(existsSync(`${status.store.path}-wal`)).toBe(false);
    await expect(portcast('status', '--config', config)).rejects.toMatchObject({ code: 1 });
  });
});
