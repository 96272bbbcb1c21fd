/** `portcast backup`: copies the live database to a file. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { PortcastError } from '../errors.js';
import { formatCount } from '../units.js';
import { loadConfigFor, EXIT, addConfigOption, type CliContext, type CliIo } from './context.js';

type BackupDatabase = (file: string, target: string) => unknown;

export function addBackup(program: Command, context: CliContext): void {
  const command = program
    .command('backup')
    .description('copy the database to a file; the copy is consistent even while the daemon runs')
    .argument('<file>', 'the file to create');
  addConfigOption(command).action(async (file: string, options: { config?: string }) => {
    const { backupDatabase } = await import('../store/backup.js');
    context.finish(await backupCommand(context.io, { ...options, file }, backupDatabase));
  });
}

async function backupCommand(io: CliIo, options: { config?: string; file: string }, backup: BackupDatabase) {
  const { config } = loadConfigFor(io, options.config);
  const target = resolve(io.cwd, options.file);
  if (!existsSync(config.store.file)) {
    throw new PortcastError(
      'USAGE',
      `there is no database at ${config.store.file}; give the daemon's configuration with --config`,
    );
  }
  await backup(config.store.file, target);
  io.out(`${target}: ${formatCount(statSync(target).size)} bytes, copied from ${config.store.file}\n`);
  return EXIT.ok;
}
