import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../daemon/cli/program.js';
import { explainBindingError, findNodeProblem } from '../../../daemon/cli/start-check.js';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import { testIo } from '../../builders/cli.js';

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

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcast-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

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
        `portcast: ${path}:3: http.prot: found an unknown key; allowed address, port; did you mean http.port?`,
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

describe('what Node must be', () => {
  it.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0'])('%s will do', (version) =>
    expect(findNodeProblem(version)).toBeNull(),
  );

  it.each(['20.18.3', '18.20.0', '16.0.0'])('%s will not', (version) => {
    expect(findNodeProblem(version)).toContain(`portcast needs Node.js 20.19 or newer; this is ${version}.`);
  });

  it.each([
    [
      'Could not locate the bindings file. Tried: ...',
      /is not built\. In the folder of portcast run:\n {2}npm rebuild better-sqlite3/,
    ],
    [
      'was compiled against a different Node.js version using NODE_MODULE_VERSION 115',
      /was built for another Node\.js than this 24\.0\.0/,
    ],
  ])('the native part is missing: %s', (message, text) => expect(explainBindingError(message, '24.0.0')).toMatch(text));

  it('another error is not about it', () => expect(explainBindingError('disk full', '24.0.0')).toBeNull());
});
