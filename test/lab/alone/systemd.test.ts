/**
 * The unit under a real systemd: checked by systemd-analyze, and installed, started, watched, killed and removed in a
 * container that shares the files of this host, but none of its processes, its network or its changes. Needs root, the
 * packages systemd and systemd-container, a cgroup2 mount and the build in dist/.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import { renderUnit } from '../../../daemon/service/systemd-unit.js';
import { renderTracingScripts } from '../../../daemon/source/linux/tracing/prepared-instance.js';
import type { WireStatus } from '../../../daemon/wire/status.js';
import { bootContainer, type Container } from '../systemd-container.js';

const run = promisify(execFile);

describe('systemd-analyze', () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcast-unit-'));
  const file = join(folder, 'portcast.service');
  afterAll(() => rmSync(folder, { recursive: true }));
  const mainFile = join(PACKAGE_ROOT, 'dist', 'daemon', 'main.js');

  const tracing = renderTracingScripts('portcast');
  describe.each([
    ['as installed', false, null, 15],
    ['with the right to name owners', true, null, 35],
    ['with the means to count failures', false, tracing, 15],
  ])('%s', (_name, nameOwners, failureTracing, threshold) => {
    beforeAll(() => {
      const options = { nameOwners, failureTracing, configFile: null, notifiesItself: true };
      writeFileSync(file, renderUnit({ nodePath: process.execPath, mainFile, ...options }));
    });

    it('passes systemd-analyze verify', async () => {
      // systemd-analyze exits with 0 on unknown keys and bad values, so its output must be empty too.
      expect(await run('systemd-analyze', ['verify', file], { timeout: 60_000 })).toEqual({ stdout: '', stderr: '' });
    });

    it(`has an exposure of at most ${threshold} of 100`, async () => {
      const args = ['security', '--offline=true', `--threshold=${threshold}`, '--no-pager', file];
      const { stdout } = await run('systemd-analyze', args, { timeout: 60_000 });
      expect(stdout).toMatch(/Overall exposure level/);
    });
  });

  it('fails systemd-analyze verify where the unit has an error', async () => {
    writeFileSync(file, '[Service]\nType=notify\nExecStart=/usr/bin/env\nProtectSystme=strict\n');
    const { stderr } = await run('systemd-analyze', ['verify', file], { timeout: 60_000 });
    expect(stderr).toContain('ProtectSystme');
  });
});

describe('a real systemd', () => {
  let container: Container | null = null;
  beforeAll(async () => {
    container = await bootContainer();
  }, 60_000);
  afterAll(() => container?.destroy(), 60_000);

  const inside = (...command: string[]): Promise<string> => {
    if (container === null) throw new Error('the container did not boot');
    return container.run(...command);
  };
  const portcast = (...args: string[]) => inside('/opt/node', '/opt/portcast/dist/daemon/main.js', ...args);
  const property = async (name: string) =>
    (await inside('systemctl', 'show', 'portcast', '--value', `--property=${name}`)).trim();

  it('installs the service, which is active only when the first sample has been taken', async () => {
    const said = await portcast('service', 'install');
    expect(said).toMatch(/portcast\.service: active \(running\), process \d+ of user portcast in \/system\.slice\//);
    expect(await property('Type')).toBe('notify');
    expect(await property('ActiveState')).toBe('active');
    const status = JSON.parse(await portcast('status', '--json')) as WireStatus;
    expect(status.sampling).toMatchObject({ source: 'netlink' });
    expect(status.health).not.toBe('blind');
    expect(status.sampling.lastDumpAt).not.toBeNull();
  });

  it('keeps its state directory private', async () => {
    const files = await inside('stat', '-c', '%U %a', '/var/lib/portcast', '/var/lib/portcast/portcast.db');
    expect(files).toBe('portcast 700\nportcast 600\n');
  });

  it('installs it again without harm', async () => {
    const said = await portcast('service', 'install');
    expect(said).toContain('unchanged /etc/systemd/system/portcast.service');
    expect(await portcast('service', 'status')).toMatch(/active \(running\)/);
  });

  it('runs with the right to name owners, and without it after the next install', async () => {
    await portcast('service', 'install', '--name-owners');
    const capabilities = async () => inside('grep', 'CapEff', `/proc/${await property('MainPID')}/status`);
    // CAP_DAC_READ_SEARCH is bit 2, CAP_SYS_PTRACE bit 19.
    expect(await capabilities()).toBe('CapEff:\t0000000000080004\n');
    await portcast('service', 'install');
    expect(await capabilities()).toBe('CapEff:\t0000000000000000\n');
  });

  it('counts failed connects without any right, where the unit hands over the tracing instance', async () => {
    // On a real host systemd mounts tracefs at boot.
    await inside('mount', '-t', 'tracefs', 'nodev', '/sys/kernel/tracing');
    await portcast('service', 'install', '--count-failures');
    const tracing = async () => (JSON.parse(await portcast('status', '--json')) as WireStatus).tracing;
    expect(await tracing()).toMatchObject({ on: true, failedConnects: 0, lost: 0 });
    expect(await inside('grep', 'CapEff', `/proc/${await property('MainPID')}/status`)).toMatch(/0{16}$/m);
    const instance = '/sys/kernel/tracing/instances/portcast';
    const granted = await inside('find', instance, '-user', 'portcast', '-printf', '%P\\n');
    expect(granted.split('\n').sort()).toEqual([
      '',
      '',
      ...['', '/syscalls', '/syscalls/sys_exit_bind', '/syscalls/sys_exit_bind/enable'].map((at) => `events${at}`),
      'trace_pipe',
    ]);

    await inside('sh', '-c', 'echo 20000 20049 > /proc/sys/net/ipv4/ip_local_port_range');
    const codes = JSON.parse(await inside('/opt/node', '-e', OPEN_60)) as Record<string, number>;
    expect(codes).toEqual({ connected: 50, EADDRNOTAVAIL: 10 });
    await expect.poll(tracing, { timeout: 20_000, interval: 500 }).toMatchObject({ failedConnects: 10, lost: 0 });

    await portcast('service', 'install');
    expect((await tracing()).why).toContain('portcast service install --count-failures');
    expect(await inside('ls', '/sys/kernel/tracing/instances')).not.toMatch(/^portcast$/m);
  });

  it('starts it again when it was killed', async () => {
    const before = await property('MainPID');
    await inside('kill', '-KILL', before);
    await expect.poll(() => property('NRestarts'), { timeout: 30_000, interval: 500 }).toBe('1');
    await expect.poll(() => property('ActiveState'), { timeout: 30_000, interval: 500 }).toBe('active');
    expect(await property('MainPID')).not.toBe(before);
  });

  it('keeps it running while cycles come, and the watchdog restarts it when they stop', async () => {
    const dropIn = '[Service]\\nWatchdogSec=6\\nTimeoutAbortSec=2\\nRestartSec=1\\n';
    const folder = '/etc/systemd/system/portcast.service.d';
    await inside('sh', '-c', `mkdir -p ${folder} && printf '${dropIn}' > ${folder}/watchdog.conf`);
    await inside('systemctl', 'daemon-reload');
    await inside('systemctl', 'restart', 'portcast');
    const pid = await property('MainPID');
    // After twice the limit with cycles it is still the same process.
    await new Promise((done) => setTimeout(done, 12_000));
    expect(await property('MainPID')).toBe(pid);
    await inside('kill', '-STOP', pid);
    await expect.poll(() => property('MainPID'), { timeout: 30_000, interval: 500 }).not.toBe(pid);
    await expect.poll(() => property('ActiveState'), { timeout: 30_000, interval: 500 }).toBe('active');
    expect(await inside('journalctl', '-u', 'portcast', '--no-pager')).toContain('Watchdog timeout');
  });

  it('stops it on SIGTERM, in order and in time', async () => {
    await inside('systemctl', 'stop', 'portcast');
    expect(await property('Result')).toBe('success');
    // The limit of a stop is 5 s. Beyond it the daemon exits with code 1.
    expect(await property('ExecMainStatus')).toBe('0');
    await expect(portcast('service', 'status')).rejects.toMatchObject({ code: 1 });
  });

  it('fails once on a wrong configuration, and does not restart', async () => {
    await inside('sh', '-c', 'printf "http: { prot: 1 }\\n" > /etc/portcast/config.yaml');
    await expect(inside('systemctl', 'restart', 'portcast')).rejects.toMatchObject({ code: 1 });
    expect(await property('ActiveState')).toBe('failed');
    expect(await property('ExecMainStatus')).toBe('2');
    await expect(portcast('service', 'install')).rejects.toMatchObject({
      code: 2,
      stderr: /did you mean http\.port\?/,
    });
    await inside('rm', '/etc/portcast/config.yaml');
  });

  it('removes the service and keeps its data', async () => {
    const said = await portcast('service', 'uninstall');
    expect(said).toContain('kept: the data in /var/lib/portcast');
    expect(await property('LoadState')).toBe('not-found');
    expect(await inside('ls', '/var/lib/portcast')).toContain('portcast.db');
  });
});

/** A client on 50 ports, slow enough that the pool is seen in the table. */
const OPEN_60 = `
const { connect, createServer } = require('node:net');
const codes = {};
const settle = (code) => { codes[code] = (codes[code] ?? 0) + 1; };
createServer().listen(7000, '127.0.0.1', () => {
  for (let i = 0; i < 60; i += 1) {
    connect(7000, '127.0.0.1').once('connect', () => settle('connected')).once('error', ({ code }) => settle(code));
  }
});
setTimeout(() => { console.log(JSON.stringify(codes)); process.exit(); }, 5000);
`;
