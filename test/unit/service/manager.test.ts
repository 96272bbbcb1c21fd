import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommandResult } from '../../../daemon/service/commands.js';
import { runCommand } from '../../../daemon/service/commands.js';
import {
  installService,
  readServiceState,
  formatServiceState,
  uninstallService,
  type ServiceHost,
} from '../../../daemon/service/manager.js';
import { explainUnreadable } from '../../../daemon/service/placement.js';
import { UNIT_FILE, type UnitOptions, renderUnit } from '../../../daemon/service/systemd-unit.js';

/** /usr/bin/env stands in for node and the program: any file that everybody may read will do. */
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
  it('writes user and unit, starts the service and asks systemd', async () => {
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

  it('is the same when done again, and says what it left alone', async () => {
    await installService(host(), UNIT, false);
    said = [];
    await installService(host(), UNIT, false);
    expect(said.slice(0, 2)).toEqual(['unchanged /etc/sysusers.d/portcast.conf', `unchanged ${UNIT_FILE}`]);
    expect(commands).not.toContain('systemctl stop portcast.service');
  });

  it('has the unit that it replaces stop first, and so undo what it prepared', async () => {
    await installService(host(), UNIT, false);
    commands = [];
    await installService(host(), { ...UNIT, nameOwners: true }, false);
    expect(commands.slice(0, 3)).toEqual([
      'systemctl stop portcast.service',
      'systemd-sysusers /etc/sysusers.d/portcast.conf',
      'systemctl daemon-reload',
    ]);
  });

  it('changes nothing in a dry run, which needs neither root nor systemd', async () => {
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
      'systemd runs something else under the name',
      { 'systemctl show': { stdout: RUNNING.replace(UNIT_FILE, '/lib/systemd/system/portcast.service') } },
      /systemd does not run it from \/etc\/systemd\/system\/portcast\.service \(result success\)/,
    ],
    [
      'it dies at once',
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

describe('uninstall', () => {
  it('removes what install wrote, keeps the data and says where it is', async () => {
    await installService(host(), UNIT, false);
    commands = [];
    said = [];
    await uninstallService(host(), false);
    expect(existsSync(root + UNIT_FILE)).toBe(false);
    expect(commands).toEqual(['systemctl disable --now portcast.service', 'systemctl daemon-reload']);
    expect(said.join('\n')).toMatch(/kept: the data in \/var\/lib\/portcast/);
  });

  it('of nothing is no failure', async () => {
    await uninstallService(host(), false);
    expect(commands).toEqual([]);
    expect(said[0]).toBe('no service was installed');
  });

  it('changes nothing in a dry run', async () => {
    await uninstallService(host({ isRoot: false }), true);
    expect(commands).toEqual([]);
    expect(said).toContain(`rm ${UNIT_FILE}`);
  });
});

describe('status', () => {
  it('knows a unit that is not there', async () => {
    const state = await readServiceState(
      host({}, { 'systemctl show': { stdout: 'LoadState=not-found\nActiveState=inactive\n' } }),
    );
    expect(state).toMatchObject({ loaded: false, active: false });
    expect(formatServiceState(state)).toBe('portcast is not installed as a service');
  });

  it('knows one that failed', async () => {
    const stdout = RUNNING.replace('=active', '=failed')
      .replace('SubState=running', 'SubState=failed')
      .replace('=42', '=0');
    const state = await readServiceState(host({}, { 'systemctl show': { stdout } }));
    expect(state.active).toBe(false);
    expect(formatServiceState(state)).toBe('portcast.service: failed (failed); enabled at boot');
  });
});

describe('where a service user can read', () => {
  it('is anywhere that others may', () => expect(explainUnreadable('/usr/bin/env')).toBeNull());

  it.each(['/root/.nvm/node', '/home/me/portcast/main.js', '/tmp/x', '/var/tmp/x', '/run/user/0/x'])(
    'is not %s',
    (path) => expect(explainUnreadable(path)).toMatch(/which the service does not see$/),
  );

  it('is not behind a folder that others may not enter, nor a file they may not read', () => {
    const base = realpathSync(root);
    const file = join(base, 'sub', 'main.js');
    mkdirSync(dirname(file));
    writeFileSync(file, '');
    chmodSync(base, 0o755);
    chmodSync(dirname(file), 0o755);
    chmodSync(file, 0o644);
    expect(explainUnreadable(file, [])).toBeNull();
    chmodSync(file, 0o640);
    expect(explainUnreadable(file, [])).toBe(`${file} is closed to other users`);
    chmodSync(file, 0o644);
    chmodSync(dirname(file), 0o750);
    expect(explainUnreadable(file, [])).toBe(`${dirname(file)} is closed to other users`);
  });

  it('is not where nothing is', () => expect(explainUnreadable('/usr/bin/no-such-file')).toMatch(/ENOENT/));
});

describe('commands', () => {
  it('give output and exit code', async () => {
    expect(await runCommand('sh', ['-c', 'echo out; echo err >&2; exit 3'])).toEqual({
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('are never parsed by a shell', async () => {
    expect((await runCommand('echo', ['$HOME; id'])).stdout).toBe('$HOME; id\n');
  });

  it('that do not exist are a result', async () => {
    expect(await runCommand('portcast-no-such-command', [])).toMatchObject({
      exitCode: null,
      // EACCES where a folder of $PATH may not be searched.
      stderr: expect.stringMatching(/ENOENT|EACCES/) as string,
    });
  });
});
