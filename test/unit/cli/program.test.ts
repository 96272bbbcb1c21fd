import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../daemon/cli/program.js';
import { findNodeProblem } from '../../../daemon/cli/start-check.js';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import { testIo } from '../../builders/cli.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcast-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const COMMANDS = [
  ['run'],
  ['forecast'],
  ['check'],
  ['plan'],
  ['status'],
  ['config', 'check'],
  ['config', 'show'],
  ['config', 'example'],
  ['record'],
  ['replay'],
  ['backup'],
  ['alert', 'test'],
  ['service', 'install'],
  ['service', 'uninstall'],
  ['service', 'status'],
];

async function cli(args: string[], env: Record<string, string> = {}) {
  const io = testIo({ env, cwd: folder });
  const code = await runCli(args, io);
  return { code, out: io.stdout(), err: io.stderr() };
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

it.each(COMMANDS.map((command) => [command] as const))(
  '%j names an unknown option before anything that is missing',
  async (command) => {
    const { code, err } = await cli([...command, '--bogus']);
    expect(code).toBe(command[0] === 'check' ? 3 : 2);
    expect(err).toMatch(/^error: unknown option '--bogus'\n/);
  },
);

describe('the command line', () => {
  it.each(COMMANDS.map((words) => [words.join(' '), words] as const))(
    '%s has help and --config',
    async (_name, words) => {
      const { code, out, err } = await cli([...words, '--help']);
      expect(code).toBe(0);
      expect(err).toBe('');
      expect(out).toContain('--config <file>');
      expect(out).toMatch(new RegExp(`^Usage: portcast ${words.join(' ')}`));
    },
  );

  it.each([['-h'], ['help'], ['--help'], ['help', 'plan'], ['plan', '-h'], ['config', 'help', 'check']])(
    '%s %s prints help',
    async (...args) => {
      const { code, out, err } = await cli(args);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toMatch(/^Usage: portcast/);
      expect(out).toMatch(/-h, --help/);
    },
  );

  it('prints its version by -V, in front of a command or after it', async () => {
    const { out } = await cli(['--version']);
    for (const args of [['-V'], ['run', '-V'], ['plan', '--version']])
      expect(await cli(args)).toEqual({ code: 0, out, err: '' });
  });

  it.each([
    [['forcast'], 'portcast'],
    [['plan', '--rate', 'fast'], 'portcast plan'],
    [['run', '--port', '65536'], 'portcast run'],
    [['run', '--port', 'http'], 'portcast run'],
    [['status', '--url', 'ftp://x'], 'portcast status'],
    [['forecast', '--watch', '10ms'], 'portcast forecast'],
    [['config', 'check', '--bogus'], 'portcast config check'],
    [['config', 'bogus'], 'portcast config'],
    [['service', 'install', '--bogus'], 'portcast service install'],
  ])('wrong usage %j points to the help of %s', async (args, command) => {
    const { code, err } = await cli(args);
    expect(code).toBe(2);
    expect(err).toContain(`(${command} --help lists`);
  });

  it('prints nothing that a terminal obeys, and no secret that it quotes', async () => {
    const evil = '\u001b]0;x\u0007\u009b2J\u202e\u007f';
    const path = file('c.yaml', `host:\n  "name${evil.replaceAll('"', '')}": x\n`);
    for (const args of [
      [evil],
      ['plan', `--${evil}`],
      ['status', '--url', `http://u:hunter2@${evil}`],
      ['config', 'check', evil],
      ['config', 'check', 'smtp://u:hunter2@host'],
      ['config', 'check', path],
      ['backup', '--password=hunter2', 'x'],
      ['check', '--config', `${evil}smtp://u:hunter2@host`],
    ]) {
      const { out, err } = await cli(args);
      expect(out + err).not.toBe('');
      expect(out + err).not.toMatch(/[^\P{C}\n]/u);
      expect(out + err).not.toContain('hunter2');
    }
  });

  it('prints its version', async () => {
    const { version } = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(await cli(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  it.each([
    [[], /Usage: portcast/],
    [['forcast'], /unknown command 'forcast'[\s\S]*Did you mean forecast\?/],
    [['forecast', '--jsno'], /unknown option '--jsno'[\s\S]*Did you mean --json\?/],
    [
      ['forecast', '--source', 'ebpf'],
      /'ebpf' is invalid\. Allowed choices are auto, netlink, procfs, systeminformation/,
    ],
    [['forecast', 'extra'], /too many arguments/],
    [['record'], /missing required argument 'file'/],
    [['record', 'x', '--for', '10'], /found "10"; allowed a duration with its unit/],
    [['config'], /Usage: portcast config/],
    [['replay'], /missing required argument 'file'/],
  ])('wrong usage %j exits 2', async (args, text) => {
    const { code, out, err } = await cli(args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(text);
  });

  it('a wrong configuration exits 2, with one line for each error', async () => {
    const path = file('c.yaml', 'http:\n  port: 1.5\n  prot: 1\n');
    for (const args of [
      ['config', 'check', path],
      ['forecast', '--config', path],
      ['run', '--config', path],
    ]) {
      const { code, out, err } = await cli(args);
      expect(code).toBe(2);
      expect(out).toBe('');
      expect(err.trimEnd().split('\n')).toEqual([
        `portcast: ${path}:2: http.port: found 1.5; allowed a whole number from 0 to 65535`,
        `portcast: ${path}:3: http.prot: found an unknown key; allowed address, port, publicUrl, publicOrigins, basePath, tls, allowPlainText, embedFrom; did you mean http.port?`,
      ]);
    }
  });
});

describe('config', () => {
  it('check names the valid file', async () => {
    const path = file('c.yaml', '');
    expect(await cli(['config', 'check', path])).toEqual({ code: 0, out: `${path}: valid\n`, err: '' });
    expect((await cli(['config', 'check'], { PORTCAST_CONFIG: path })).out).toBe(`${path}: valid\n`);
  });

  it('example prints the committed file', async () => {
    expect((await cli(['config', 'example'])).out).toBe(
      readFileSync(join(PACKAGE_ROOT, 'config.example.yaml'), 'utf8'),
    );
  });

  it('show masks a login in a URL', async () => {
    const path = file('c.yaml', 'mail:\n  dashboardUrl: https://ops:hunter2@portcast.example.org/\n');
    for (const args of [[], ['--json']]) {
      const { out } = await cli(['config', 'show', '--config', path, ...args]);
      expect(out).toContain('https://***@portcast.example.org/');
      expect(out).not.toContain('hunter2');
    }
  });

  it('show prints where each value comes from, and no secret', async () => {
    const path = file(
      'c.yaml',
      'mail:\n  smtp: { host: smtp.example.org, user: u, passwordEnv: SMTP_PASSWORD }\n  from: a@b.org\n  to: [c@d.org]\n',
    );
    const env = { SMTP_PASSWORD: 'hunter2' };
    const text = await cli(['config', 'show', '--config', path], env);
    expect(text.out).toMatch(/^mail\.smtp\.host: smtp\.example\.org +# line 2$/m);
    expect(text.out).toMatch(/^mail\.to: \[ c@d\.org \] +# line 4$/m);
    expect(text.out).toMatch(/^http\.port: 9470 +# default$/m);
    expect(text.out).toMatch(/^mail\.smtp\.password: "\*\*\*"/m);
    const json = await cli(['config', 'show', '--json', '--config', path], env);
    expect(JSON.parse(json.out)).toMatchObject({ file: path, config: { mail: { smtp: { password: '***' } } } });
    expect(text.out + text.err + json.out + json.err).not.toContain('hunter2');
  });
});

describe('the version of Node.js', () => {
  it.each(['22.14.0', '22.23.3', '23.0.0', '24.1.0'])('accepts %s', (version) =>
    expect(findNodeProblem(version)).toBeNull(),
  );

  it.each(['22.13.1', '20.20.2', '18.20.0', '16.0.0'])('refuses %s in one line that says what to do', (version) => {
    const problem = findNodeProblem(version);
    expect(problem).toContain(`portcast needs Node.js 22.14 or later, and this is ${version}: start it by npm or npx`);
    expect(problem).not.toContain('\n');
  });

  it('is checked by a file that imports nothing, so that an older Node.js can load it', () => {
    const source = readFileSync(join(PACKAGE_ROOT, 'daemon', 'cli', 'start-check.ts'), 'utf8');
    expect(source).not.toMatch(/^import /m);
    expect(source).not.toContain('import(');
  });
});
