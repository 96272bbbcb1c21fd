/** `portcast service install|uninstall|status`. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { PACKAGE_ROOT } from '../paths.js';
import { runCommand } from '../service/commands.js';
import {
  installService,
  readServiceState,
  formatServiceState,
  uninstallService,
  type ServiceHost,
} from '../service/manager.js';
import { canNotify } from '../service/notify-native.js';
import { SERVICE_USER } from '../service/systemd-unit.js';
import { renderTracingScripts } from '../source/linux/tracing/prepared-instance.js';
import { loadConfigFor, EXIT, printJson, withConfig, type CliContext, type CliIo } from './context.js';

interface InstallOptions {
  readonly config?: string;
  readonly dryRun?: boolean;
  readonly nameOwners?: boolean;
  readonly countFailures?: boolean;
}

export function addService(program: Command, context: CliContext): void {
  const { io, finish } = context;
  const service = program.command('service').description('the system service (systemd)');
  const install = service
    .command('install')
    .description('install and start the service, and ask systemd whether it runs; again to update it')
    .option('--dry-run', 'print the files and commands, change nothing')
    .option('--name-owners', 'let it read the open files of every process, to name who holds the ports (close to root)')
    .option('--count-failures', 'hand it a tracing instance that shows the connects which failed for want of a port');
  withConfig(install).action(async (options: InstallOptions) => {
    finish(await installCommand(io, options, machine(io)));
  });
  const uninstall = service
    .command('uninstall')
    .description('stop and remove the service; the data stays, and it says where')
    .option('--dry-run', 'print the commands, change nothing');
  withConfig(uninstall).action(async (options: { dryRun?: boolean }) => {
    await uninstallService(machine(io), options.dryRun === true);
    finish(EXIT.ok);
  });
  const status = service.command('status').description('ask systemd where it runs; exit 1 when it does not');
  withConfig(status.option('--json', 'as JSON')).action(async (options: { json?: boolean }) => {
    finish(await serviceStatusCommand(io, options, machine(io)));
  });
}

async function installCommand(io: CliIo, options: InstallOptions, host: ServiceHost): Promise<number> {
  // A service that cannot load its configuration would only fail later and less plainly.
  const { file, config } = loadConfigFor(io, options.config);
  const unit = {
    nodePath: process.execPath,
    mainFile: join(PACKAGE_ROOT, 'dist', 'daemon', 'main.js'),
    configFile: options.config === undefined ? null : resolve(io.cwd, options.config),
    nameOwners: options.nameOwners === true,
    failureTracing: options.countFailures === true ? renderTracingScripts(SERVICE_USER) : null,
    notifiesItself: canNotify(),
  };
  await installService(host, unit, options.dryRun === true);
  if (options.dryRun !== true) {
    io.out(`dashboard: http://${config.http.address}:${config.http.port}/, configuration: ${file ?? 'defaults'}\n`);
  }
  return EXIT.ok;
}

async function serviceStatusCommand(io: CliIo, options: { json?: boolean }, host: ServiceHost): Promise<number> {
  const state = await readServiceState(host);
  if (options.json === true) printJson(io, state);
  else io.out(`${formatServiceState(state)}\n`);
  return state.active ? EXIT.ok : EXIT.failed;
}

function machine(io: CliIo): ServiceHost {
  return {
    platform: process.platform,
    isRoot: process.geteuid?.() === 0,
    // What sd_booted(3) looks at.
    hasSystemd: existsSync('/run/systemd/system'),
    run: runCommand,
    printLine: (line) => io.out(`${line}\n`),
    root: '',
  };
}
