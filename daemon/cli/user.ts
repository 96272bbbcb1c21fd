/** `portcast user add|list|role|password|remove`: who may log in on the dashboard. */
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { Role, User } from '../access/accounts.js';
import { hashPassword } from '../api/access/password.js';
import { formatUtcMinute } from '../units.js';
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
import { EXIT, type CliContext, type CliIo } from './context.js';
import { openSecretInput, readNewPassword, type SecretInput } from './password-input.js';

interface RoleOptions extends AccountOptions {
  readonly role: string;
}

export function addUser(program: Command, { io, finish }: CliContext): void {
  const user = program
    .command('user')
    .description('who may log in on the dashboard; with the first user a login is needed');
  const input = (): SecretInput => io.secretInput ?? openSecretInput(process.stdin, io.err);
  const command = (name: string, description: string): Command => addAccountCommand(user, name, description);
  addRoleOption(command('add <name>', 'add a user; the password is asked for, or read from standard input')).action(
    async (name: string, options: RoleOptions) => finish(await addCommand(io, name, options, input())),
  );
  command('list', 'list the users and what each may do').action(async (options: AccountOptions) =>
    finish(await list(io, options)),
  );
  command('password <name>', 'set another password, which ends the sessions of the user').action(
    async (name: string, options: AccountOptions) => {
      await find(io, checkName(name), options);
      const password = await hashPassword(await readNewPassword(input()));
      finish(
        await change(io, name, options, { password }, `the password of ${name} was changed, and every session ended`),
      );
    },
  );
  addRoleOption(command('role <name>', 'set what a user may do, which ends the sessions of the user')).action(
    async (name: string, options: RoleOptions) => {
      const role = checkRole(options.role);
      finish(await change(io, checkName(name), options, { role }, `${name} is ${role} now, and every session ended`));
    },
  );
  command('remove <name>', 'remove a user, which ends the sessions of the user').action(
    async (name: string, options: AccountOptions) => finish(await remove(io, checkName(name), options)),
  );
}

async function addCommand(io: CliIo, name: string, options: RoleOptions, input: SecretInput): Promise<number> {
  const role = checkRole(options.role);
  refuseAdding('users', await listAccounts(io, options), checkName(name));
  const password = await hashPassword(await readNewPassword(input));
  const user: User = { name, role, password, stamp: randomUUID(), createdAtMs: Date.now() };
  const isFirst = await changeAccountsOf(io, options, (rows) => {
    const before = rows.all();
    refuseAdding('users', before, name);
    rows.putUser(user);
    return before.users.length === 0;
  });
  const note = isFirst ? '. From now on a login is needed, on loopback too' : '';
  printDone(io, options, describe(user), `${name} can log in as ${role}${note}`);
  return EXIT.ok;
}

async function list(io: CliIo, options: AccountOptions): Promise<number> {
  const { users } = await listAccounts(io, options);
  const rows = users.map(({ name, role, createdAtMs }) => [name, role, `since ${formatUtcMinute(createdAtMs)}`]);
  const none = 'There is no user. On loopback no login is needed.';
  printDone(io, options, users.map(describe), rows.length === 0 ? none : formatTable(rows));
  return EXIT.ok;
}

async function find(io: CliIo, name: string, options: AccountOptions): Promise<void> {
  const { users } = await listAccounts(io, options);
  if (!users.some((user) => user.name === name)) throw missing(name);
}

type Changes = { readonly role: Role } | { readonly password: string };

async function change(
  io: CliIo,
  name: string,
  options: AccountOptions,
  changes: Changes,
  done: string,
): Promise<number> {
  await find(io, name, options);
  const user = await changeAccountsOf(io, options, (rows) => {
    const before = rows.all().users.find((one) => one.name === name);
    if (before === undefined) throw missing(name);
    const after = { ...before, ...changes, stamp: randomUUID() };
    rows.putUser(after);
    return after;
  });
  printDone(io, options, describe(user), done);
  return EXIT.ok;
}

async function remove(io: CliIo, name: string, options: AccountOptions): Promise<number> {
  await find(io, name, options);
  const left = await changeAccountsOf(io, options, (rows) => {
    if (!rows.removeUser(name)) throw missing(name);
    return rows.all().users.length;
  });
  const note = left === 0 ? '. There is no user any more, so on loopback no login is needed' : '';
  printDone(io, options, { removed: name }, `${name} was removed, and every session ended${note}`);
  return EXIT.ok;
}

function describe({ name, role, createdAtMs }: User): object {
  return { name, role, createdAt: toIso(createdAtMs) };
}

function missing(name: string): Error {
  return usage(`there is no user "${name}"; portcast user list shows them all`);
}
