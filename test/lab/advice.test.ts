/**
 * What the advice tells people to run: the samples that choose the local end point, compiled and run, and the commands, made
 * and undone on the settings of a network namespace. The programs come from Debian (.ci/run); one that is missing fails.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adviseOnPool } from '../../daemon/advice/advise.js';
import { NO_CONTEXT } from '../../daemon/advice/context.js';
import type { PoolForecast } from '../../daemon/forecast/types.js';
import { SAMPLES_DIR } from '../../daemon/paths.js';
import { poolForecast } from '../builders/forecasts.js';
import { runSample } from '../builders/sample-run.js';
import { limitsOf } from '../tools/simulator/world.js';

describe('the samples that choose the local end point', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'portcast-samples-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('Go: is built, and connects from the chosen address and port', async () => {
    const program = join(folder, 'sample-go');
    execFileSync('go', ['build', '-o', program, join(SAMPLES_DIR, 'local_end_point.go')], {
      env: { ...process.env, GOCACHE: join(folder, 'go-cache'), GOFLAGS: '-mod=mod', CGO_ENABLED: '0' },
    });
    await runSample([program]);
  });

  it('Java: is compiled, and connects from the chosen address and port', async () => {
    execFileSync('javac', ['-d', folder, join(SAMPLES_DIR, 'LocalEndPoint.java')]);
    await runSample(['java', '-cp', folder, 'LocalEndPoint']);
  });

  it('C#: is compiled, and connects from the chosen address and port, by a socket and by HttpWebRequest', async () => {
    const program = join(folder, 'sample.exe');
    execFileSync('mcs', [`-out:${program}`, join(SAMPLES_DIR, 'LocalEndPoint.cs')]);
    await runSample(['mono', program]);
    await runSample(['mono', program], ['http']);
  });

  it('Python and Node.js: connect from the chosen address and port', async () => {
    await runSample(['python3', join(SAMPLES_DIR, 'local_end_point.py')]);
    await runSample([process.execPath, join(SAMPLES_DIR, 'local-end-point.mjs')]);
  });
});

describe('the commands', () => {
  const name = `pc-${process.pid}-advice`;
  const KEYS = ['ip_local_port_range', 'ip_local_reserved_ports', 'tcp_tw_reuse', 'tcp_fin_timeout', 'tcp_syn_retries'];
  const shell = (command: string): string =>
    execFileSync('ip', ['netns', 'exec', name, 'sh', '-ec', command], { encoding: 'utf8' });
  const readAll = (): string[] => KEYS.map((key) => shell(`sysctl -n net.ipv4.${key}`).trim().replace(/\s+/g, ' '));
  const BEFORE = ['20000 20999', '9000-9010', '0', '60', '6'];

  beforeAll(() => {
    execFileSync('ip', ['netns', 'add', name]);
    KEYS.forEach((key, index) => shell(`sysctl -qw net.ipv4.${key}="${BEFORE[index] ?? ''}"`));
  });
  afterAll(() => {
    execFileSync('ip', ['netns', 'delete', name]);
  });

  const UNANSWERED: Partial<PoolForecast> = { cause: 'unanswered', synSent: 300, live: 310, closeRate: 0, pressure: 3 };
  it.each<[string, Partial<PoolForecast>, string[]]>([
    ['tw_reuse', {}, ['20000 20999', '9000-9010', '1', '60', '6']],
    ['wider_range', {}, ['1024 65535', '8080,9000-9010,50000', '0', '60', '6']],
    ['fin_timeout', { orphanFinWait2: 300 }, ['20000 20999', '9000-9010', '0', '10', '6']],
    ['syn_retries', UNANSWERED, ['20000 20999', '9000-9010', '0', '60', '2']],
  ])(
    '%s: sets what it says, is kept by its file, shows what is expected, and is undone',
    (remedyName, changes, after) => {
      expect(readAll()).toEqual(BEFORE);
      const limits = limitsOf({ reservedPorts: [{ first: 9000, last: 9010 }] });
      const context = { ...NO_CONTEXT, listeners: [8080, 20_500, 50_000] };
      const { remedies } = adviseOnPool(poolForecast(changes), limits, context);
      const remedy = remedies.find((one) => one.name === remedyName) ?? expect.unreachable(remedyName);
      const { commands = [], persist = [], undo = [], verify } = remedy;
      shell(commands.join(' && '));
      expect(readAll()).toEqual(after);
      if (verify.command?.startsWith('sysctl') === true) {
        expect(shell(verify.command).trim().replace(/\s+/g, ' ')).toBe(verify.expected);
      }
      const settings = undo.filter((command) => command.startsWith('sysctl'));
      shell(settings.join(' && '));
      expect(readAll()).toEqual(BEFORE);
      const folder = mkdtempSync(join(tmpdir(), 'portcast-sysctl-'));
      try {
        for (const command of persist) shell(command.replaceAll('/etc/sysctl.d', folder));
        shell(`sysctl -qp ${folder}/*.conf`);
        expect(readAll()).toEqual(after);
      } finally {
        rmSync(folder, { recursive: true });
        shell(settings.join(' && '));
      }
    },
  );
});
