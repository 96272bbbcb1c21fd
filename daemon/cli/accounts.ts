/** What `portcast user` and `portcast token` have in common: the database, which they change beside a running daemon. */
import type { Command } from 'commander';
import {
  ALLOWED_NAME,
  isAccountName,
  MAX_TOKENS,
  MAX_USERS,
  ROLES,
  type Accounts,
  type Role,
} from '../access/accounts.js';
import { makeLocalSecret } from '../api/access/local-login.js';
import { PortcastError } from '../errors.js';
import { MIGRATIONS_DIR } from '../paths.js';
import type { UserTokenRows } from '../store/records/user-token-rows.js';
import { addConfigOption, loadConfigFor, printJson, type CliIo } from './context.js';
import { escapeControls } from './terminal.js';

const MOST = { users: MAX_USERS, tokens: MAX_TOKENS } as const;

export interface AccountOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** @throws PortcastError STORE_* */
export async function listAccounts(io: CliIo, { config }: AccountOptions): Promise<Accounts> {
  const { readAccounts } = await import('../store/account-file.js');
  const { file } = loadConfigFor(io, config).config.store;
  return readAccounts({ file, migrationsDir: MIGRATIONS_DIR });
}

/** A running daemon sees the change with its next request. @throws PortcastError STORE_*, and what `act` raises */
export async function changeAccountsOf<T>(
  io: CliIo,
  { config }: AccountOptions,
  act: (rows: UserTokenRows) => T,
): Promise<T> {
  const { changeAccounts } = await import('../store/account-file.js');
  const { file } = loadConfigFor(io, config).config.store;
  const changed = changeAccounts({ file, migrationsDir: MIGRATIONS_DIR, nowMs: Date.now() }, act);
  try {
    makeLocalSecret(file);
  } catch (error) {
    io.err(`portcast: warning: the secret for commands on this host cannot be made: ${String(error)}\n`);
  }
  return changed;
}

/**
 * Whether one more user or token of this name may be added. Both share their names, because the author of a change is known by
 * one.
 * @throws PortcastError USAGE
 */
export function refuseAdding(kind: 'users' | 'tokens', accounts: Accounts, name: string): void {
  const { users, tokens } = accounts;
  if (users.some((user) => user.name === name)) throw usage(`there is a user "${name}" already`);
  if (tokens.some((token) => token.name === name)) throw usage(`there is a token "${name}" already`);
  if (accounts[kind].length >= MOST[kind]) throw usage(`there are ${MOST[kind]} ${kind}, which is the most`);
}

/** A command of `portcast user` or `portcast token`. */
export function addAccountCommand(parent: Command, name: string, description: string): Command {
  return addConfigOption(parent.command(name).description(description).option('--json', 'as JSON'));
}

/** @throws PortcastError USAGE that quotes the name */
export function checkName(name: string): string {
  if (isAccountName(name)) return name;
  throw usage(`found the name "${escapeControls(name.slice(0, 80))}"; allowed ${ALLOWED_NAME}`);
}

export function addRoleOption(command: Command): Command {
  return command.requiredOption(
    '--role <role>',
    `what it may do: ${ROLES.join(' (read everything) or ')} (change too)`,
  );
}

/** @throws PortcastError USAGE */
export function checkRole(text: string): Role {
  const role = ROLES.find((each) => each === text);
  if (role !== undefined) return role;
  throw usage(`found the role "${escapeControls(text.slice(0, 80))}"; allowed ${ROLES.join(' or ')}`);
}

export function usage(message: string): PortcastError {
  return new PortcastError('USAGE', message);
}

export function toIso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** Prints what was done, as text or as JSON. */
export function printDone(io: CliIo, { json }: AccountOptions, document: object, text: string): void {
  if (json === true) printJson(io, document);
  else io.out(`${text}\n`);
}

/** Rows of a table, each column as wide as its longest text. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>((most, row) => row.map((text, at) => Math.max(text.length, most[at] ?? 0)), []);
  return rows
    .map((row) =>
      row
        .map((text, at) => text.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
