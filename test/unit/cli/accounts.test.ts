/** `portcast user` and `portcast token` on a real database, and what a daemon makes of it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Accounts } from '../../../daemon/access/accounts.js';
import { hashSecret } from '../../../daemon/api/access/secret.js';
import { checkPassword } from '../../../daemon/api/access/password.js';
import { refuseAdding } from '../../../daemon/cli/accounts.js';
import { runCli } from '../../../daemon/cli/program.js';
import { openSecretInput, type SecretInput } from '../../../daemon/cli/password-input.js';
import { MIGRATIONS_DIR } from '../../../daemon/paths.js';
import { readAccounts } from '../../../daemon/store/account-file.js';

const PASSWORD = 'correct horse battery';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcast-accounts-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** @param answers to the questions for a password; a terminal asks twice. */
async function run(args: readonly string[], answers: readonly string[] = [], isTerminal = false): Promise<Ran> {
  let [out, err] = ['', ''];
  const left = [...answers];
  const secretInput: SecretInput = { isTerminal, ask: () => Promise.resolve(left.shift() ?? '') };
  const code = await runCli(args, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    env: { STATE_DIRECTORY: folder },
    cwd: folder,
    secretInput,
    signal: new AbortController().signal,
  });
  return { code, out, err };
}

const stored = () => readAccounts({ file: join(folder, 'portcast.db'), migrationsDir: MIGRATIONS_DIR });

describe('portcast user', () => {
  it('adds, lists, changes and removes a user', async () => {
    expect(await run(['user', 'list'])).toMatchObject({
      code: 0,
      out: 'There is no user. On loopback no login is needed.\n',
    });
    const added = await run(['user', 'add', 'alice', '--role', 'operator'], [PASSWORD]);
    expect(added).toEqual({
      code: 0,
      out: 'alice can log in as operator. From now on a login is needed, on loopback too\n',
      err: '',
    });
    const [alice] = stored().users;
    expect(await checkPassword(PASSWORD, alice?.password ?? null)).toBe(true);
    expect(alice?.password).toMatch(/^scrypt\$16384\$8\$5\$[\w-]{22}\$[\w-]{43}$/);
    expect(readFileSync(join(folder, 'portcast.db.access'), 'utf8')).toMatch(/^[\w-]{43}\n$/);
    expect((await run(['user', 'role', 'alice', '--role', 'viewer'])).code).toBe(0);
    expect((await run(['user', 'password', 'alice'], ['another long password'])).code).toBe(0);
    const [changed] = stored().users;
    expect(changed).toMatchObject({ name: 'alice', role: 'viewer', createdAtMs: alice?.createdAtMs });
    expect([changed?.stamp, changed?.password]).not.toContain(alice?.stamp);
    expect(await checkPassword('another long password', changed?.password ?? null)).toBe(true);
    expect((await run(['user', 'list'])).out).toMatch(/^alice {2}viewer {2}since \d{4}-\d\d-\d\d \d\d:\d\d UTC\n$/);
    expect(JSON.parse((await run(['user', 'list', '--json'])).out)).toMatchObject([{ name: 'alice', role: 'viewer' }]);
    expect((await run(['user', 'remove', 'alice'])).out).toContain('no user any more');
    expect(stored().users).toEqual([]);
  });

  it.each<[string, string[], string[], RegExp]>([
    [
      'a short password',
      ['add', 'bob', '--role', 'viewer'],
      ['short'],
      /found a password of 5 characters; allowed 12 char/,
    ],
    ['a huge password', ['add', 'bob', '--role', 'viewer'], ['x'.repeat(2000)], /found a password of 2000 characters/],
    ['a password with NUL', ['add', 'bob', '--role', 'viewer'], [`${PASSWORD}\0`], /without control characters/],
    ['a capital', ['add', 'Bob', '--role', 'viewer'], [PASSWORD], /found the name "Bob"; allowed 1 to 64 of a-z/],
    ['a name that looks alike', ['add', '\u0430lice', '--role', 'viewer'], [PASSWORD], /allowed 1 to 64 of a-z/],
    ['a name with a line break', ['add', 'a\nb', '--role', 'viewer'], [PASSWORD], /found the name "a\\u000ab"/],
    ['a long name', ['add', 'a'.repeat(65), '--role', 'viewer'], [PASSWORD], /allowed 1 to 64/],
    [
      'another role',
      ['add', 'bob', '--role', 'admin'],
      [PASSWORD],
      /found the role "admin"; allowed viewer or operator/,
    ],
    ['no role', ['add', 'bob'], [PASSWORD], /--role/],
    ['a password as an argument', ['add', 'bob', PASSWORD, '--role', 'viewer'], [], /too many arguments/],
    ['a user who is there', ['add', 'alice', '--role', 'viewer'], [PASSWORD], /there is a user "alice" already/],
    ['the name of a token', ['add', 'prom', '--role', 'viewer'], [PASSWORD], /there is a token "prom" already/],
    ['an unknown user', ['remove', 'mallory'], [], /there is no user "mallory"/],
    ['an unknown user', ['password', 'mallory'], [PASSWORD], /there is no user "mallory"/],
  ])('refuses %s', async (_name, args, answers, text) => {
    await run(['user', 'add', 'alice', '--role', 'operator'], [PASSWORD]);
    await run(['token', 'add', 'prom', '--role', 'viewer']);
    const { code, out, err } = await run(['user', ...args], answers);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(text);
    if (args.includes(PASSWORD)) return;
    expect(err).not.toContain('horse');
    expect(stored().users.map(({ name }) => name)).toEqual(['alice']);
  });

  it('asks twice at a terminal', async () => {
    const args = ['user', 'add', 'alice', '--role', 'operator'];
    expect((await run(args, [PASSWORD, 'another password'], true)).err).toContain('the two passwords differ');
    expect((await run(args, [PASSWORD, PASSWORD], true)).code).toBe(0);
  });
});

describe('the input of a password', () => {
  it.each([
    ['a line', `${PASSWORD}\nmore`, PASSWORD],
    ['a line of Windows', `${PASSWORD}\r\n`, PASSWORD],
    ['no line break', PASSWORD, PASSWORD],
    ['spaces around it', ` ${PASSWORD} `, ` ${PASSWORD} `],
    ['nothing', '', ''],
  ])('is %s of standard input', async (_name, text, password) => {
    const input = new PassThrough();
    input.end(text);
    const secret = openSecretInput(input as unknown as NodeJS.ReadStream, () => undefined);
    expect([secret.isTerminal, await secret.ask('?')]).toEqual([false, password]);
  });

  it('shows nothing at a terminal, and obeys its keys', async () => {
    const modes: boolean[] = [];
    const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (raw: boolean) => void modes.push(raw) });
    let shown = '';
    const secret = openSecretInput(input as unknown as NodeJS.ReadStream, (text) => (shown += text));
    const asked = secret.ask('Password: ');
    input.write('wrong\u0015p\u00e4\u007f\u007fpass\u0008s\r');
    expect(await asked).toBe('pass');
    expect([modes, shown]).toEqual([[true, false], 'Password: \n']);
    const given = secret.ask('Password: ');
    input.write('x\u0003');
    await expect(given).rejects.toThrow('no password was given');
  });
});

describe('portcast token', () => {
  it('prints a token once, stores its hash, and revokes it', async () => {
    const added = await run(['token', 'add', 'prom', '--role', 'viewer', '--expires', '90d']);
    expect(added.code).toBe(0);
    expect(added.out).toMatch(/^portcast_[\w-]{43}\n$/);
    expect(added.err).toMatch(/^prom \(viewer, until .* UTC\); the token is shown this once:\n$/);
    const [token] = stored().tokens;
    expect(token?.hash).toBe(hashSecret(added.out.trim()));
    expect((token?.expiresAtMs ?? 0) - (token?.createdAtMs ?? 0)).toBe(90 * 86_400_000);
    expect(readFileSync(join(folder, 'portcast.db'), 'latin1')).not.toContain(added.out.trim());
    expect((await run(['token', 'list'])).out).toMatch(/^prom {2}viewer {2}since .* {2}never used {2}expires .*\n$/);
    const json = JSON.parse((await run(['token', 'add', 'bot', '--role', 'operator', '--json'])).out) as {
      token: string;
    };
    expect(json).toMatchObject({ name: 'bot', role: 'operator', expiresAt: null, lastUsedAt: null });
    expect(stored().tokens.map(({ hash }) => hash)).toContain(hashSecret(json.token));
    expect(await run(['token', 'revoke', 'prom'])).toMatchObject({ code: 0, out: 'prom was revoked\n' });
    expect(stored().tokens.map(({ name }) => name)).toEqual(['bot']);
  });

  it.each<[string, string[], RegExp]>([
    ['a name that is there', ['add', 'prom', '--role', 'viewer'], /there is a token "prom" already/],
    ['no time', ['add', 'x', '--role', 'viewer', '--expires', 'soon'], /found "soon"; allowed/],
    ['no time at all', ['add', 'x', '--role', 'viewer', '--expires', '0s'], /allowed 1s to 3660d/],
    ['a time without end', ['add', 'x', '--role', 'viewer', '--expires', '99999d'], /allowed/],
    ['a name with a slash', ['add', '../x', '--role', 'viewer'], /found the name "\.\.\/x"/],
    ['an unknown token', ['revoke', 'other'], /there is no token "other"/],
  ])('refuses %s', async (_name, args, text) => {
    await run(['token', 'add', 'prom', '--role', 'viewer']);
    const { code, err } = await run(['token', ...args]);
    expect(code).toBe(2);
    expect(err).toMatch(text);
    expect(stored().tokens.map(({ name }) => name)).toEqual(['prom']);
  });
});

describe('an API that others can reach', () => {
  const check = async (yaml: string): Promise<Ran> => {
    writeFileSync(join(folder, 'c.yaml'), yaml);
    return await run(['config', 'check', 'c.yaml']);
  };
  const PLAIN = 'http: { address: 0.0.0.0, allowPlainText: true }\n';

  it('needs an operator, and says how to make one', async () => {
    const text = /http\.address: found 0\.0\.0\.0, .* allowed with a login: portcast user add NAME --role operator/;
    expect(await check(PLAIN)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(text) as string });
    await run(['user', 'add', 'vera', '--role', 'viewer'], [PASSWORD]);
    expect((await check(PLAIN)).code).toBe(2);
    await run(['token', 'add', 'bot', '--role', 'operator']);
    const passed = await check(PLAIN);
    expect([passed.code, passed.out]).toEqual([
      0,
      expect.stringContaining('passwords and tokens are sent unencrypted'),
    ]);
    await run(['token', 'revoke', 'bot']);
    expect((await check('http: { publicOrigins: ["https://tools.example.org"] }')).err).toContain(
      'http.publicOrigins: found',
    );
  });

  it.each([
    ['http: { address: 0.0.0.0 }', /http\.address: found "0\.0\.0\.0"; allowed a loopback address .* http\.tls/],
    ['http: { address: "10.0.0.300" }', /http\.address: .*allowed an IP address/],
    [
      'http: { tls: { cert: /nowhere/cert.pem, key: /nowhere/key.pem } }',
      /http\.tls\.cert: \/nowhere\/cert\.pem cannot be read: ENOENT/,
    ],
    [
      'http: { tls: { cert: cert.pem, key: /key.pem } }',
      /http\.tls\.cert: found "cert\.pem"; allowed the absolute path/,
    ],
    ['http: { basePath: portcast }', /http\.basePath: .*allowed a path that begins and ends with "\/"/],
    ['http: { basePath: /a//b/ }', /http\.basePath/],
    ['http: { basePath: /../ }', /http\.basePath/],
    ['http: { basePath: "/p%2f/" }', /http\.basePath/],
    ['http: { basePath: "/p\\r\\nX: y/" }', /http\.basePath/],
    ['http: { publicOrigins: ["https://x.example/path"] }', /http\.publicOrigins: .*allowed a list/],
    ['http: { publicOrigins: ["https://user@x.example"] }', /http\.publicOrigins/],
    ['http: { publicOrigins: ["*"] }', /http\.publicOrigins/],
    ['http: { publicOrigins: "https://x.example" }', /http\.publicOrigins/],
  ])('is refused with %s', async (yaml, text) => {
    const { code, err } = await check(yaml);
    expect(code).toBe(2);
    expect(err).toMatch(text);
  });
});

it('allows another user beside the most tokens, and another token beside the most users', () => {
  const list = (length: number) => Array.from({ length }, (_, at) => ({ name: `name${at}` }));
  const accounts = (users: number, tokens: number): Accounts =>
    ({ users: list(users), tokens: list(tokens), sessions: [] }) as unknown as Accounts;
  refuseAdding('users', accounts(199, 200), 'bob');
  refuseAdding('tokens', accounts(200, 199), 'bob');
  expect(() => refuseAdding('users', accounts(200, 0), 'bob')).toThrow('there are 200 users, which is the most');
  expect(() => refuseAdding('tokens', accounts(0, 200), 'bob')).toThrow('there are 200 tokens, which is the most');
});
