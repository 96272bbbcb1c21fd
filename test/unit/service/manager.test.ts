import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommandResult } from '../../../daemon/service/commands.js';
import {
  installService,
  readServiceState,
  formatServiceState,
  uninstallService,
  type ServiceHost,
} from '../../../daemon/service/manager.js';
import { UNIT_FILE, type UnitOptions, renderUnit } from '../../../daemon/service/systemd-unit.js';

/** /usr/bin/env stands in for node and the program, because every user may read it. */
const UNIT: UnitOptions = {
  nodePath: '/usr/bin/env',
  mainFile: '/usr/bin/env',
  configFile: null,
  nameOwners: false,
  failureTracing: null,
  notifiesItself: true,
};
const RUNNING =
  'LoadState=loaded\nActiveState=active\nSubState=running\nResult=success\nMainPID=42\nUser=portcast\n' +
  `ControlGroup=/system.slice/portcast.service\nFragmentPath=${UNIT_FILE}\nUnitFileState=enabled\nNRestarts=0\n`;

let root: string;
let commands: string[];
let said: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'portcast-service-'));
  commands = [];
  said = [];
});
afterEach(() => rmSync(root, { recursive: true }));

function host(overrides: Partial<ServiceHost> = {}, answers: Record<string, Partial<CommandResult>> = {}): ServiceHost {
  return {
    platform: 'linux',
    isRoot: true,
    hasSystemd: true,
    root,
    printLine: (line) => said.push(line),
    run(file, args) {
      const command = [file, ...args].join(' ');
      commands.push(command);
      const answer = Object.entries(answers).find(([start]) => command.startsWith(start))?.[1];
      const stdout = command.startsWith('systemctl show') ? RUNNING : '';
      return Promise.resolve({ exitCode: 0, stdout, stderr: '', ...answer });
    },
    ...overrides,
  };
}

describe('install', () => {
  it('writes user and unit, starts the service and checks with systemd that it runs', async () => {
    await installService(host(), UNIT, false);
    expect(readFileSync(root + UNIT_FILE, 'utf8')).toBe(renderUnit(UNIT));
    expect(commands.map((command) => command.split(' ').slice(0, 3).join(' '))).toEqual([
      'systemd-sysusers /etc/sysusers.d/portcast.conf',
      'systemctl daemon-reload',
      'systemctl enable portcast.service',
      'systemctl restart portcast.service',
      'systemctl show portcast.service',
    ]);
    expect(said.at(-1)).toBe(
      'portcast.service: active (running), process 42 of user portcast in /system.slice/portcast.service; enabled at boot',
    );
  });

  it('leaves the files unchanged when it is repeated, and prints that', async () => {
    await installService(host(), UNIT, false);
    said = [];
    await installService(host(), UNIT, false);
    expect(said.slice(0, 2)).toEqual(['unchanged /etc/sysusers.d/portcast.conf', `unchanged ${UNIT_FILE}`]);
    expect(commands).toContain('systemctl restart portcast.service');
    expect(commands).not.toContain('systemctl stop portcast.service');
  });

  it('stops a different unit before it replaces it, so that the old unit undoes what it prepared', async () => {
    await installService(host(), UNIT, false);
    commands = [];
    await installService(host(), { ...UNIT, nameOwners: true }, false);
    expect(commands.slice(0, 3)).toEqual([
      'systemctl stop portcast.service',
      'systemd-sysusers /etc/sysusers.d/portcast.conf',
      'systemctl daemon-reload',
    ]);
  });

  it('prints the plan in a dry run and changes nothing, without root and systemd', async () => {
    await installService(host({ isRoot: false, hasSystemd: false }), UNIT, true);
    expect(commands).toEqual([]);
    expect(existsSync(root + UNIT_FILE)).toBe(false);
    expect(said.join('\n')).toContain(renderUnit(UNIT));
    expect(said).toContain('systemctl restart portcast.service');
  });

  it.each([
    [
      'the start fails',
      { 'systemctl restart': { exitCode: 1, stderr: 'Job failed.' } },
      /^systemctl restart portcast\.service failed: Job failed\.$/,
    ],
    [
      'a command is missing',
      { 'systemd-sysusers': { exitCode: null, stderr: 'spawn ENOENT' } },
      /systemd-sysusers .* failed: spawn ENOENT/,
    ],
    [
      'systemd runs another unit file of that name',
      { 'systemctl show': { stdout: RUNNING.replace(UNIT_FILE, '/lib/systemd/system/portcast.service') } },
      /systemd does not run it from \/etc\/systemd\/system\/portcast\.service \(result success\)/,
    ],
    [
      'the daemon ends at once',
      { 'systemctl show': { stdout: RUNNING.replace('=active', '=failed').replace('=success', '=exit-code') } },
      /result exit-code\): journalctl -u portcast/,
    ],
  ])('fails when %s', async (_name, answers, text) => {
    await expect(installService(host({}, answers), UNIT, false)).rejects.toThrow(text);
  });

  it.each([
    ['not root', { isRoot: false }, 'service install writes to /etc and needs root: run it with sudo'],
    [
      'not systemd',
      { hasSystemd: false },
      'systemd does not run this host: start `portcast run` from its own service manager',
    ],
    [
      'not Linux',
      { platform: 'darwin' as const },
      'a service on darwin is not yet supported: only systemd on Linux is',
    ],
  ])('is refused on a host that is %s', async (_name, overrides, text) => {
    await expect(installService(host(overrides), UNIT, false)).rejects.toThrow(text);
    expect(commands).toEqual([]);
  });

  it('is refused for a program that the service user could not read', async () => {
    // Under /tmp, which PrivateTmp hides.
    const mainFile = join(root, 'main.js');
    writeFileSync(mainFile, '');
    await expect(installService(host(), { ...UNIT, mainFile }, false)).rejects.toThrow(
      `the service user could not read ${mainFile}: ${mainFile} is in /tmp, which the service does not see`,
    );
    expect(commands).toEqual([]);
  });
});

describe('a program that others could change', () => {
  it('is refused, and a dry run says so before the plan', async () => {
    const folder = join(root, 'portcast');
    const mainFile = join(folder, 'dist/daemon/main.js');
    mkdirSync(join(folder, 'dist/daemon'), { recursive: true });
    writeFileSync(mainFile, '');
    writeFileSync(join(folder, 'lib.js'), '');
    chmodSync(join(folder, 'lib.js'), 0o666);
    const unit = { ...UNIT, mainFile, nameOwners: true };
    const refusal = /another user than root could change what the service runs: .*: run ch(mod|own) /;
    await expect(installService(host(), unit, false)).rejects.toThrow(refusal);
    expect(commands).toEqual([]);
    expect(await installService(host(), unit, true)).toBe(false);
    expect(said[0]).toMatch(/^would be refused: /);
    expect(said.findIndex((line) => refusal.test(line))).toBeLessThan(said.indexOf('# run'));
    expect(await installService(host(), UNIT, true)).toBe(true);
  });
});

describe('uninstall', () => {
  it('removes what install wrote, keeps the data and says where the data is', async () => {
    await installService(host(), UNIT, false);
    commands = [];
    said = [];
    await uninstallService(host(), false);
    expect(existsSync(root + UNIT_FILE)).toBe(false);
    expect(commands).toEqual(['systemctl disable --now portcast.service', 'systemctl daemon-reload']);
    expect(said.join('\n')).toMatch(/kept: the data in \/var\/lib\/portcast/);
  });

  it('succeeds when no service is installed', async () => {
    await uninstallService(host(), false);
    expect(commands).toEqual([]);
    expect(said[0]).toBe('no service was installed');
  });

  it('removes data, configuration and user only with --purge', async () => {
    await installService(host(), UNIT, false);
    for (const path of ['/var/lib/portcast', '/etc/portcast']) mkdirSync(root + path, { recursive: true });
    writeFileSync(`${root}/var/lib/portcast/portcast.db`, 'x');
    await uninstallService(host({ isRoot: false }), true, true);
    expect(said).toEqual(
      expect.arrayContaining(['rm -r /var/lib/portcast', 'rm -r /etc/portcast', 'userdel portcast']),
    );
    await uninstallService(host(), false);
    expect(existsSync(`${root}/var/lib/portcast/portcast.db`)).toBe(true);
    expect(commands.join('\n')).not.toContain('userdel');
    await uninstallService(host(), false, true);
    expect(existsSync(`${root}/var/lib/portcast`)).toBe(false);
    expect(existsSync(`${root}/etc/portcast`)).toBe(false);
    expect(commands.at(-1)).toBe('userdel portcast');
    commands = [];
    await uninstallService(host({}, { getent: { exitCode: 2 } }), false, true);
    expect(commands).toEqual(['getent passwd portcast']);
  });

  it('prints the commands in a dry run and changes nothing', async () => {
    await uninstallService(host({ isRoot: false }), true);
    expect(commands).toEqual([]);
    expect(said).toContain(`rm ${UNIT_FILE}`);
  });
});

describe('status', () => {
  it('says that a unit which systemd does not find is not installed', async () => {
    const state = await readServiceState(
      host({}, { 'systemctl show': { stdout: 'LoadState=not-found\nActiveState=inactive\n' } }),
    );
    expect(state).toMatchObject({ loaded: false, active: false });
    expect(formatServiceState(state)).toBe('portcast is not installed as a service');
  });

  it('says that a unit has failed', async () => {
    const stdout = RUNNING.replace('=active', '=failed')
      .replace('SubState=running', 'SubState=failed')
      .replace('=42', '=0');
    const state = await readServiceState(host({}, { 'systemctl show': { stdout } }));
    expect(state.active).toBe(false);
    expect(formatServiceState(state)).toBe('portcast.service: failed (failed); enabled at boot');
  });
});
