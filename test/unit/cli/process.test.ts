/** The commands as real processes: the compiled main.js, its signals, its exit codes, its output when nobody reads it. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import type { WirePools } from '../../../daemon/wire/pool.js';
import type { WireStatus } from '../../../daemon/wire/status.js';

const run = promisify(execFile);
const MAIN = join(PACKAGE_ROOT, 'dist', 'daemon', 'main.js');

let folder: string;
let child: ChildProcess | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcast-process-'));
});
afterEach(async () => {
  if (child !== null && child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  child = null;
  rmSync(folder, { recursive: true });
});

const portcast = (...args: string[]) =>
  run(process.execPath, [MAIN, ...args], { cwd: folder, env: { PATH: process.env['PATH'] }, timeout: 30_000 });

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function startDaemon(): Promise<{ config: string; output: () => string; exit: Promise<unknown[]> }> {
  const config = join(folder, 'c.yaml');
  writeFileSync(config, `http: { port: ${await freePort()} }\n`);
  const args = [MAIN, 'run', '--config', config];
  const started = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  child = started;
  let output = '';
  started.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exit = once(started, 'exit');
  await expect.poll(() => output, { timeout: 15_000 }).toContain('\ndashboard ');
  return { config, output: () => output, exit };
}

describe('one-shot commands', () => {
  it('forecast --json is this host, and ends', async () => {
    const { stdout, stderr } = await portcast('forecast', '--json');
    const { host, pools } = JSON.parse(stdout) as WirePools;
    expect(host.range[0]).toBeLessThan(host.range[1]);
    expect(Array.isArray(pools)).toBe(true);
    expect(stderr).toBe('');
  });

  it('a reader that has seen enough is no error', async () => {
    const { stdout, stderr } = await run('sh', [
      '-c',
      `"$0" "$1" config example | head -1; echo`,
      process.execPath,
      MAIN,
    ]);
    expect(stdout).toMatch(/^# portcast configuration/);
    expect(stderr).toBe('');
  });

  it('record and replay: what was recorded of this host comes back', async () => {
    const file = join(folder, 'host.rec');
    await portcast('record', file, '--for', '1s', '--anonymize');
    const { stdout, stderr } = await portcast('replay', file, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ file, kind: 'recording', host: null, samples: 1 });
    expect(stderr).toBe('');
  });

  it('on an older Node.js it exits 1 with one line, before anything else is loaded', async () => {
    const pretend = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })";
    const args = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, MAIN, 'forecast'];
    await expect(run(process.execPath, args)).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^portcast needs Node\.js 22\.14 or later, and this is 20\.20\.2: .+\n$/) as string,
    });
  });

  it('wrong usage exits 2', async () => {
    await expect(portcast('forcast')).rejects.toMatchObject({ code: 2, stdout: '' });
  });
});

describe('run', () => {
  it('starts on a new folder, answers status and backup, and stops at SIGTERM with exit code 0', async () => {
    const { config, output, exit } = await startDaemon();
    expect(output()).toMatch(/^portcast watches /);
    const status = JSON.parse((await portcast('status', '--json', '--config', config)).stdout) as WireStatus;
    expect(status.store.path).toBe(join(folder, 'data', 'portcast.db'));
    expect(statSync(status.store.path).mode & 0o777).toBe(0o600);

    const history = await portcast('replay', status.store.path, '--config', config);
    expect(history.stdout).toMatch(/^history: .*portcast\.db\n/);

    const backup = join(folder, 'copy.db');
    expect((await portcast('backup', backup, '--config', config)).stdout).toMatch(
      /copy\.db: [\d,]+ bytes, copied from/,
    );
    await expect(portcast('backup', backup, '--config', config)).rejects.toMatchObject({ code: 1 });

    child?.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
    // A database that was closed in order leaves no log beside it.
    expect(existsSync(`${status.store.path}-wal`)).toBe(false);
    await expect(portcast('status', '--config', config)).rejects.toMatchObject({ code: 1 });
  });

  it('fails with a reason when its port is taken', async () => {
    const { config } = await startDaemon();
    await expect(portcast('run', '--config', config)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^portcast: .*127\.0\.0\.1.*/) as string,
    });
  });

  it('says that there is no database to back up', async () => {
    await expect(portcast('backup', join(folder, 'x.db'))).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no database at') as string,
    });
  });
});
