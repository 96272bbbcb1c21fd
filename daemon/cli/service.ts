/** `portcast service install|uninstall|status`: the systemd service. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { findLocalUrl } from '../app/addresses.js';
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
import { loadConfigFor, EXIT, printJson, addConfigOption, type CliContext, type CliIo } from './context.js';

interface InstallOptions {
  readonly config?: string;
  readonly dryRun?: boolean;
  readonly nameOwners?: boolean;
  readonly countFailures?: boolean;
}

export function addService(program: Command, context: CliContext): void {
  const { io, finish } = context;
  const service = program
    .command('service')
    .description('install or remove the systemd service, or show whether it runs');
  const install = service
    .command('install')
    .description('install and start the service, then check that it runs; run it again after an update')
    .option('--dry-run', 'print the files and commands without changing anything; exit 1 when it would be refused')
    .option(
      '--name-owners',
      'let the service read the open files of all processes, to name the owners of ports (almost as strong as root)',
    )
    .option(
      '--count-failures',
      'give the service a tracing instance, to count connects that fail because no port is left',
    );
  addConfigOption(install).action(async (options: InstallOptions) => {
    finish(await installCommand(io, options, describeMachine(io)));
  });
  const uninstall = service
    .command('uninstall')
    .description('stop and remove the service; without --purge the data stays, and its folder is printed')
    .option('--purge', 'remove the data, the configuration in /etc/portcast and the user too')
    .option('--dry-run', 'print the commands without changing anything');
  addConfigOption(uninstall).action(async (options: { dryRun?: boolean; purge?: boolean }) => {
    await uninstallService(describeMachine(io), options.dryRun === true, options.purge === true);
    finish(EXIT.ok);
  });
  const status = service.command('status').description('show whether the service runs; exit 1 when it does not');
  addConfigOption(status.option('--json', 'as JSON')).action(async (options: { json?: boolean }) => {
    finish(await serviceStatusCommand(io, options, describeMachine(io)));
  });
}

async function installCommand(io: CliIo, options: InstallOptions, host: ServiceHost): Promise<number> {
  // A wrong configuration must fail here, with its error text, and not later when systemd starts the service.
  const { file, config } = loadConfigFor(io, options.config);
  const unit = {
    nodePath: process.execPath,
    mainFile: join(PACKAGE_ROOT, 'dist', 'daemon', 'main.js'),
    configFile: options.config === undefined ? null : resolve(io.cwd, options.config),
    nameOwners: options.nameOwners === true,
    failureTracing: options.countFailures === true ? renderTracingScripts(SERVICE_USER) : null,
    notifiesItself: canNotify(),
  };
  const isPossible = await installService(host, unit, options.dryRun === true);
  if (options.dryRun !== true) {
    io.out(`dashboard: ${findLocalUrl(config.http)}/, configuration: ${file ?? 'defaults'}\n`);
  }
  return isPossible ? EXIT.ok : EXIT.failed;
}

async function serviceStatusCommand(io: CliIo, options: { json?: boolean }, host: ServiceHost): Promise<number> {
  const state = await readServiceState(host);
  if (options.json === true) printJson(io, state);
  else io.out(`${formatServiceState(state)}\n`);
  return state.active ? EXIT.ok : EXIT.failed;
}

function describeMachine(io: CliIo): ServiceHost {
  return {
    platform: process.platform,
    isRoot: process.geteuid?.() === 0,
    // The test that sd_booted(3) uses.
    hasSystemd: existsSync('/run/systemd/system'),
    run: runCommand,
    printLine: (line) => io.out(`${line}\n`),
    root: '',
  };
}
