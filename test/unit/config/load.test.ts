import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig, type LoadOptions } from '../../../daemon/config/load.js';
import { messageOf, PortcastError } from '../../../daemon/errors.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcast-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

/** Loads without a system file, so that the configuration of this machine does not matter. */
function load(options: Partial<LoadOptions> = {}) {
  return loadConfig({ env: {}, cwd: folder, systemFile: join(folder, 'none.yaml'), ...options });
}

function failure(options: Partial<LoadOptions>): string {
  try {
    load(options);
  } catch (error) {
    expect(error).toBeInstanceOf(PortcastError);
    expect((error as PortcastError).code).toBe('CONFIG_INVALID');
    return messageOf(error);
  }
  throw new Error('the configuration was accepted');
}

const mail = (smtp: string) =>
  `mail:\n  smtp: { host: smtp.example.org, ${smtp} }\n  from: portcast@example.org\n  to: [ops@example.org]\n`;

describe('the configuration file', () => {
  it('is that of --config, else $PORTCAST_CONFIG, else the system file, else none', () => {
    const asked = file('asked.yaml', 'http: { port: 1 }');
    const environment = file('env.yaml', 'http: { port: 2 }');
    const systemFile = file('system.yaml', 'http: { port: 3 }');
    const env = { PORTCAST_CONFIG: environment };
    expect(load({ file: asked, env, systemFile })).toMatchObject({ file: asked, config: { http: { port: 1 } } });
    expect(load({ env, systemFile })).toMatchObject({ file: environment, config: { http: { port: 2 } } });
    expect(load({ systemFile })).toMatchObject({ file: systemFile, config: { http: { port: 3 } } });
    expect(load()).toMatchObject({ file: null, config: { http: { port: 9470 } } });
  });

  it('is searched from the working directory', () => {
    file('here.yaml', 'http: { port: 4 }');
    expect(load({ file: 'here.yaml' }).config.http.port).toBe(4);
  });

  it.each([
    ['is absent', () => join(folder, 'absent.yaml'), /absent\.yaml: cannot be read: ENOENT/],
    ['is a folder', () => folder, /cannot be read: EISDIR/],
    [
      'is not UTF-8',
      () => file('latin.yaml', Uint8Array.of(0x68, 0xff, 0xfe)),
      /latin\.yaml: found bytes that are not UTF-8/,
    ],
    [
      'is huge',
      () => file('huge.yaml', `#${'x'.repeat(2 ** 20)}`),
      /huge\.yaml: found more than 1048576 bytes; allowed at most 1048576/,
    ],
  ])('when it %s, the error says so', (_name, make, text) => expect(failure({ file: make() })).toMatch(text));

  it('that is no regular file is refused at once', () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    for (const path of [fifo, '/dev/zero', '/dev/null', folder]) {
      expect(failure({ file: path })).toMatch(/: cannot be read: .*; allowed a regular file$/);
      expect(failure({ file: file('c.yaml', mail(`user: u, passwordFile: ${path}`)) })).toMatch(
        /passwordFile: found .*cannot be read: .*; allowed a regular file of at most 4096 bytes that this user may read$/,
      );
    }
  });

  it('with more errors than anyone reads lists the first of them', () => {
    const path = file('c.yaml', Array.from({ length: 20_000 }, (_, at) => `k${at}: 1\nk${at}: 2\n`).join(''));
    const lines = failure({ file: path }).split('\n');
    expect(lines).toHaveLength(51);
    expect(lines[50]).toBe(`${path}: and 19950 more errors`);
  });

  it.each(['0-999999999 * * * * *', '*/99999999 * * * * *', `0${',0'.repeat(300)} * * * * *`, '0-59-59 * * * * *'])(
    'is refused for a schedule that would take all memory: %s',
    (schedule) => {
      const path = file('c.yaml', `sampling: { schedule: "${schedule}" }`);
      expect(failure({ file: path })).toContain('allowed six cron fields');
    },
  );

  it('names file and line of every error', () => {
    const path = file('bad.yaml', 'http:\n  port: 0.5\nlog:\n  level: loud\n');
    expect(failure({ file: path }).split('\n')).toEqual([
      `${path}:2: http.port: found 0.5; allowed a whole number from 0 to 65535`,
      `${path}:4: log.level: found "loud"; allowed one of debug, info, warn, error`,
    ]);
  });
});

describe('the database file', () => {
  it.each([
    ['the configured one', 'store: { file: /srv/p.db }', {}, '/srv/p.db'],
    [
      'in the state directory of systemd',
      '',
      { STATE_DIRECTORY: '/var/lib/portcast' },
      '/var/lib/portcast/portcast.db',
    ],
    ['in the first of several state directories', '', { STATE_DIRECTORY: '/a:/b' }, '/a/portcast.db'],
  ])('%s', (_name, yaml, env, expected) => {
    expect(load({ file: file('c.yaml', yaml), env }).config.store.file).toBe(expected);
  });

  it('is in ./data otherwise', () => expect(load().config.store.file).toBe(join(folder, 'data', 'portcast.db')));
});

describe('values that depend on other settings or on the host', () => {
  it('the name is the host name unless it is configured', () => {
    expect(load().config.host.name).toBe(hostname());
    expect(load({ file: file('c.yaml', 'host: { name: web-1 }') }).config.host.name).toBe('web-1');
  });

  it.each([
    ['starttls', 587],
    ['tls', 465],
    ['none', 25],
  ])('the SMTP port with security %s is %i', (security, port) => {
    const { config } = load({ file: file('c.yaml', mail(`security: ${security}`)) });
    expect(config.mail.smtp).toMatchObject({ security, port, user: null, password: null, timeoutMs: 20_000 });
  });
});

describe('the password', () => {
  const withFile = (path: string) => file('c.yaml', mail(`user: u, passwordFile: ${path}`));

  it.each([
    ['that has no line break', 'correct horse', 'correct horse'],
    ['that ends with a line break', 'correct horse\n', 'correct horse'],
    ['that ends with a Windows line break', 'correct horse\r\n', 'correct horse'],
    ['that begins and ends with blanks', ' x \n', ' x '],
  ])('is read from a file %s', (_name, content, password) => {
    const loaded = load({ file: withFile(file('secret', content)) });
    expect(loaded.config.mail.smtp?.password).toBe(password);
    expect(loaded.warnings).toEqual([]);
  });

  it('is read from an environment variable', () => {
    const path = file('c.yaml', mail('user: u, passwordEnv: SMTP_PASSWORD'));
    expect(load({ file: path, env: { SMTP_PASSWORD: 's3cret' } }).config.mail.smtp?.password).toBe('s3cret');
    expect(failure({ file: path })).toMatch(/:2: mail\.smtp\.passwordEnv: found SMTP_PASSWORD, which is not set;/);
    expect(failure({ file: path, env: { SMTP_PASSWORD: '' } })).toMatch(/SMTP_PASSWORD, which is empty;/);
  });

  it('is not quoted where the path or the name of a variable belongs', () => {
    expect(failure({ file: withFile('/hunter2') })).not.toContain('hunter2');
    expect(failure({ file: withFile('/no/such/hunter2') })).not.toContain('hunter2');
    expect(failure({ file: withFile('/no/such/password') })).toContain(
      'found /no/such/password: cannot be read: ENOENT',
    );
    expect(failure({ file: file('c.yaml', mail('user: u, passwordEnv: HUNTER2')) })).not.toContain('HUNTER2');
  });

  it('gives a warning when every user can read the file', () => {
    const secret = file('secret', 'x', 0o644);
    expect(load({ file: withFile(secret) }).warnings).toEqual([
      `${secret} contains a password, and every user of this host can read it; run: chmod 0600 ${secret}`,
    ]);
    chmodSync(secret, 0o640);
    expect(load({ file: withFile(secret) }).warnings).toEqual([]);
  });

  it.each([
    ['is empty', '\n', /found an empty password;/],
    ['has several lines', 'hunter2\nhunter3\n', /found a password with control characters or line breaks;/],
    ['is huge', 'x'.repeat(5000), /found more than 4096 bytes; allowed at most 4096/],
  ])('is refused when the file %s, without being quoted', (_name, content, text) => {
    const message = failure({ file: withFile(file('secret', content)) });
    expect(message).toMatch(text);
    expect(message).not.toContain('hunter');
  });

  it('is refused with the reason when the file cannot be read', () => {
    expect(failure({ file: withFile(join(folder, 'gone')) })).toMatch(
      /c\.yaml:2: mail\.smtp\.passwordFile: found .*ENOENT/,
    );
    mkdirSync(join(folder, 'dir'));
    expect(failure({ file: withFile(join(folder, 'dir')) })).toMatch(/EISDIR/);
  });
});
