/** The command line: the list of commands, and the exit codes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { messageOf, PortcastError } from '../errors.js';
import { PACKAGE_ROOT } from '../paths.js';
import { addAdvice } from './advice.js';
import { addAlert } from './alert-test.js';
import { addBackup } from './backup.js';
import { addChanges } from './changes.js';
import { addCheck, reportUnknown } from './check.js';
import { addConfig } from './config.js';
import { EXIT, guardOutput, type CliIo } from './context.js';
import { addDrill } from './drill.js';
import { addForecast } from './forecast.js';
import { addIncidents } from './incidents.js';
import { addPlan } from './plan.js';
import { addRecord } from './record.js';
import { addAcknowledge, addComment } from './remarks.js';
import { addReplay } from './replay.js';
import { addReport } from './report.js';
import { addRun } from './run.js';
import { addService } from './service.js';
import { addSettings } from './settings.js';
import { addSilence } from './silence.js';
import { addStatus } from './status.js';
import { addToken } from './token.js';
import { addUser } from './user.js';

/**
 * Runs one command.
 * @param args the arguments after `node` and the script.
 * @returns the exit code: 0 ok, 1 failed, 2 usage or configuration; `check` has the exit codes of a monitoring plug-in.
 */
export async function runCli(args: readonly string[], bareIo: CliIo): Promise<number> {
  const io = guardOutput(bareIo);
  let exitCode: number = EXIT.ok;
  const program = createProgram(io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    const code = exitCodeOf(error, io);
    if (args[0] !== 'check' || code === EXIT.ok) return code;
    // For a plug-in 1 and 2 mean warning and critical, so an error must be 3, on the output that the monitor reads.
    return reportUnknown(io, messageOf(error));
  }
}

function createProgram(io: CliIo, finish: (exitCode: number) => void): Command {
  const { version } = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as { version: string };
  const program = new Command('portcast')
    .description('Forecasts TCP port exhaustion on this host and warns before connect() starts to fail.')
    .version(version, '-V, --version', 'the version')
    .helpOption('-h, --help', 'this help')
    .helpCommand('help [command]', 'help for a command')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err });
  const context = { io, version, finish };
  const add = [
    addRun,
    addForecast,
    addCheck,
    addPlan,
    addAdvice,
    addStatus,
    addIncidents,
    addChanges,
    addSettings,
    addAcknowledge,
    addComment,
    addSilence,
    addReport,
    addConfig,
    addRecord,
    addReplay,
    addBackup,
    addUser,
    addToken,
    addAlert,
    addDrill,
    addService,
  ];
  for (const addTo of add) addTo(program, context);
  pointToHelp(program, program.name());
  return program;
}

/** After wrong usage every command points to its own help. @param path the words that call the command */
function pointToHelp(command: Command, path: string): void {
  const listed = command.commands.length > 0 ? 'the commands and their options' : 'the arguments and options';
  command.showHelpAfterError(`(${path} --help lists ${listed})`);
  for (const child of command.commands) pointToHelp(child, `${path} ${child.name()}`);
}

function exitCodeOf(error: unknown, io: CliIo): number {
  if (error instanceof CommanderError) return commanderCode(error);
  if (error instanceof PortcastError) {
    io.err(`portcast: ${error.message.replaceAll('\n', '\nportcast: ')}\n`);
    return error.code === 'CONFIG_INVALID' || error.code === 'USAGE' ? EXIT.usage : EXIT.failed;
  }
  // A bug: print the stack, which a bug report needs.
  io.err(`portcast: unexpected error: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}\n`);
  return EXIT.failed;
}

/** Commander has already printed its text. Printing the help or the version is no error. */
function commanderCode(error: CommanderError): number {
  return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
}
