/** `portcast token add|list|revoke`: tokens for programs, such as Prometheus. */
import type { Command } from 'commander';
import { isExpired, type Token } from '../access/accounts.js';
import { createSecret, hashSecret } from '../api/access/secret.js';
import { formatDurationValue } from '../quantities.js';
import { DAY_MS, formatUtcMinute, SECOND_MS } from '../units.js';
import {
  addAccountCommand,
  addRoleOption,
  changeAccountsOf,
  checkName,
  checkRole,
  formatTable,
  listAccounts,
  printDone,
  refuseAdding,
  toIso,
  usage,
  type AccountOptions,
} from './accounts.js';
import { EXIT, parseDurationArgument, type CliContext, type CliIo } from './context.js';

const MAX_LIFE_MS = 3660 * DAY_MS;

interface AddOptions extends AccountOptions {
  readonly role: string;
  /** In ms. */
  readonly expires?: number;
}

export function addToken(program: Command, { io, finish }: CliContext): void {
  const token = program
    .command('token')
    .description('tokens for programs, which send them as "Authorization: Bearer TOKEN"');
  const command = (name: string, description: string): Command => addAccountCommand(token, name, description);
  addRoleOption(command('add <name>', 'make a token and print it; it is shown this once'))
    .option(
      '--expires <duration>',
      'how long it may be used, such as 90d (default: until it is revoked)',
      parseDurationArgument,
    )
    .action(async (name: string, options: AddOptions) => finish(await add(io, checkName(name), options)));
  command('list', 'list the tokens: what each may do, and when it was last used').action(
    async (options: AccountOptions) => finish(await list(io, options)),
  );
  command('revoke <name>', 'end a token at once').action(async (name: string, options: AccountOptions) =>
    finish(await revoke(io, checkName(name), options)),
  );
}

async function add(io: CliIo, name: string, options: AddOptions): Promise<number> {
  const role = checkRole(options.role);
  const { expires } = options;
  if (expires !== undefined && (expires < SECOND_MS || expires > MAX_LIFE_MS)) {
    throw usage(`found --expires of ${formatDurationValue(expires)}; allowed 1s to ${MAX_LIFE_MS / DAY_MS}d`);
  }
  const secret = createSecret('portcast_');
  const nowMs = Date.now();
  const expiresAtMs = expires === undefined ? null : nowMs + expires;
  const token: Token = { name, role, hash: hashSecret(secret) ?? '', createdAtMs: nowMs, expiresAtMs, usedAtMs: null };
  refuseAdding('tokens', await listAccounts(io, options), name);
  await changeAccountsOf(io, options, (rows) => {
    refuseAdding('tokens', rows.all(), name);
    rows.putToken(token);
  });
  if (options.json !== true) {
    const until = expiresAtMs === null ? '' : `, until ${formatUtcMinute(expiresAtMs)}`;
    io.err(`${name} (${role}${until}); the token is shown this once:\n`);
  }
  printDone(io, options, { ...describe(token), token: secret }, secret);
  return EXIT.ok;
}

async function list(io: CliIo, options: AccountOptions): Promise<number> {
  const { tokens } = await listAccounts(io, options);
  const nowMs = Date.now();
  const rows = tokens.map((token) => [
    token.name,
    token.role,
    `since ${formatUtcMinute(token.createdAtMs)}`,
    token.usedAtMs === null ? 'never used' : `last used ${formatUtcMinute(token.usedAtMs)}`,
    describeEnd(token, nowMs),
  ]);
  printDone(io, options, tokens.map(describe), rows.length === 0 ? 'There is no token.' : formatTable(rows));
  return EXIT.ok;
}

function describeEnd(token: Token, nowMs: number): string {
  if (token.expiresAtMs === null) return 'does not expire';
  return `${isExpired(token, nowMs) ? 'expired' : 'expires'} ${formatUtcMinute(token.expiresAtMs)}`;
}

async function revoke(io: CliIo, name: string, options: AccountOptions): Promise<number> {
  const missing = () => usage(`there is no token "${name}"; portcast token list shows them all`);
  if (!(await listAccounts(io, options)).tokens.some((token) => token.name === name)) throw missing();
  await changeAccountsOf(io, options, (rows) => {
    if (!rows.removeToken(name)) throw missing();
  });
  printDone(io, options, { revoked: name }, `${name} was revoked`);
  return EXIT.ok;
}

function describe({ name, role, createdAtMs, expiresAtMs, usedAtMs }: Token): object {
  return { name, role, createdAt: toIso(createdAtMs), expiresAt: toIso(expiresAtMs), lastUsedAt: toIso(usedAtMs) };
}
