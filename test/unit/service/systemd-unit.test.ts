import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { renderTracingScripts } from '../../../daemon/source/linux/tracing/prepared-instance.js';
import { renderSysusers, renderUnit, type UnitOptions } from '../../../daemon/service/systemd-unit.js';

const OPTIONS: UnitOptions = {
  nodePath: '/usr/bin/node',
  mainFile: '/opt/portcast/dist/daemon/main.js',
  configFile: null,
  nameOwners: false,
  failureTracing: null,
  notifiesItself: true,
};
const line = (options: Partial<UnitOptions>, key: string) =>
  renderUnit({ ...OPTIONS, ...options })
    .split('\n')
    .find((text) => text.startsWith(`${key}=`));

describe('the unit', () => {
  it('is the golden file for the default installation', async () => {
    await expect(renderUnit(OPTIONS)).toMatchFileSnapshot('../../golden/portcast.service');
  });

  it('is the golden file for an installation with --name-owners', async () => {
    await expect(renderUnit({ ...OPTIONS, nameOwners: true })).toMatchFileSnapshot(
      '../../golden/portcast-owners.service',
    );
  });

  it('is the golden file for an installation with --count-failures', async () => {
    const text = renderUnit({ ...OPTIONS, failureTracing: renderTracingScripts('portcast') });
    await expect(text).toMatchFileSnapshot('../../golden/portcast-failures.service');
  });

  it('has none of the settings that would hide the sockets or kill V8', () => {
    for (const nameOwners of [true, false]) {
      const text = renderUnit({ ...OPTIONS, nameOwners });
      expect(text).not.toMatch(/^(PrivateNetwork|ProcSubset|MemoryDenyWriteExecute|PrivateUsers|IPAddressDeny)=/m);
      expect(text).toMatch(/^SystemCallFilter=.*@pkey/m);
    }
  });

  it('lets another process notify where the daemon cannot', () => {
    expect(line({}, 'NotifyAccess')).toBe('NotifyAccess=main');
    expect(line({ notifiesItself: false }, 'NotifyAccess')).toBe('NotifyAccess=all');
  });

  it.each([
    [
      '/opt/port cast/main.js',
      'ExecStart=/usr/bin/node --max-old-space-size=256 --max-semi-space-size=2 --v8-pool-size=1 "/opt/port cast/main.js" run',
    ],
    [
      '/opt/100%/main.js',
      'ExecStart=/usr/bin/node --max-old-space-size=256 --max-semi-space-size=2 --v8-pool-size=1 /opt/100%%/main.js run',
    ],
    [
      '/opt/$HOME/main.js',
      'ExecStart=/usr/bin/node --max-old-space-size=256 --max-semi-space-size=2 --v8-pool-size=1 "/opt/$$HOME/main.js" run',
    ],
    [
      '/opt/"q"\\b/main.js',
      'ExecStart=/usr/bin/node --max-old-space-size=256 --max-semi-space-size=2 --v8-pool-size=1 "/opt/\\"q\\"\\\\b/main.js" run',
    ],
  ])('quotes %s', (mainFile, expected) => expect(line({ mainFile }, 'ExecStart')).toBe(expected));

  it('refuses a path with a newline, which would add a setting', () => {
    expect(() => renderUnit({ ...OPTIONS, mainFile: '/opt/x\nExecStartPre=/bin/sh' })).toThrow(
      'a unit file cannot hold the path "/opt/x\\nExecStartPre=/bin/sh"',
    );
  });

  it('passes the configuration file to the daemon', () => {
    expect(line({ configFile: '/etc/portcast/b.yaml' }, 'ExecStart')).toMatch(
      / run --config \/etc\/portcast\/b\.yaml$/,
    );
  });
});

it('systemd-sysusers accepts the user', ({ skip }) => {
  try {
    execFileSync('systemd-sysusers', ['--version'], { stdio: 'ignore' });
  } catch {
    skip('systemd-sysusers is not on this system');
  }
  const input = renderSysusers();
  expect(input).toBe('u portcast - "portcast, forecasts TCP port exhaustion" /var/lib/portcast\n');
  const { stdout, stderr, status } = spawnSync('systemd-sysusers', ['--dry-run', '-'], { input, encoding: 'utf8' });
  expect(status).toBe(0);
  expect(`${stdout}${stderr}`).not.toMatch(/error|invalid|failed/i);
});
