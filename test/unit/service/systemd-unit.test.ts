import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { tracingScripts } from '../../../daemon/source/linux/tracefs.js';
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
  it('as it is installed', async () => {
    await expect(renderUnit(OPTIONS)).toMatchFileSnapshot('../../golden/portcast.service');
  });

  it('as it is installed to name the owners of connections', async () => {
    await expect(renderUnit({ ...OPTIONS, nameOwners: true })).toMatchFileSnapshot(
      '../../golden/portcast-owners.service',
    );
  });

  it('as it is installed to count failures', async () => {
    const text = renderUnit({ ...OPTIONS, failureTracing: tracingScripts('portcast') });
    await expect(text).toMatchFileSnapshot('../../golden/portcast-failures.service');
  });

  it('has none of the settings that would blind or kill it', () => {
    for (const nameOwners of [true, false]) {
      const text = renderUnit({ ...OPTIONS, nameOwners });
      expect(text).not.toMatch(/^(PrivateNetwork|ProcSubset|MemoryDenyWriteExecute|PrivateUsers|IPAddressDeny)=/m);
      expect(text).toMatch(/^SystemCallFilter=.*@pkey/m);
    }
  });

  it('lets a helper notify where the daemon cannot', () => {
    expect(line({}, 'NotifyAccess')).toBe('NotifyAccess=main');
    expect(line({ notifiesItself: false }, 'NotifyAccess')).toBe('NotifyAccess=all');
  });

  it.each([
    [
      '/opt/port cast/main.js',
      'ExecStart=/usr/bin/node --max-semi-space-size=2 --v8-pool-size=1 "/opt/port cast/main.js" run',
    ],
    ['/opt/100%/main.js', 'ExecStart=/usr/bin/node --max-semi-space-size=2 --v8-pool-size=1 /opt/100%%/main.js run'],
    [
      '/opt/$HOME/main.js',
      'ExecStart=/usr/bin/node --max-semi-space-size=2 --v8-pool-size=1 "/opt/$$HOME/main.js" run',
    ],
    [
      '/opt/"q"\\b/main.js',
      'ExecStart=/usr/bin/node --max-semi-space-size=2 --v8-pool-size=1 "/opt/\\"q\\"\\\\b/main.js" run',
    ],
  ])('quotes %s', (mainFile, expected) => expect(line({ mainFile }, 'ExecStart')).toBe(expected));

  it('refuses a path that would start another line', () => {
    expect(() => renderUnit({ ...OPTIONS, mainFile: '/opt/x\nExecStartPre=/bin/sh' })).toThrow(
      'a unit file cannot hold the path "/opt/x\\nExecStartPre=/bin/sh"',
    );
  });

  it('hands a configuration file on', () => {
    expect(line({ configFile: '/etc/portcast/b.yaml' }, 'ExecStart')).toMatch(
      / run --config \/etc\/portcast\/b\.yaml$/,
    );
  });
});

it('the user is one that systemd-sysusers accepts', ({ skip }) => {
  try {
    execFileSync('systemd-sysusers', ['--version'], { stdio: 'ignore' });
  } catch {
    skip('systemd-sysusers is not on this system');
  }
  const input = renderSysusers();
  expect(input).toBe('u portcast - "portcast, forecasts TCP port exhaustion" /var/lib/portcast\n');
  // An empty root has no users yet: the dry run must plan to create this one, and complain of nothing.
  const output = execFileSync('systemd-sysusers', ['--dry-run', '-'], { input, encoding: 'utf8' });
  expect(output).not.toMatch(/error|invalid|failed/i);
});
