/** `portcast run`: runs the daemon in the foreground until a signal. */
import type { Command } from 'commander';
import type { App, StartReport } from '../app.js';
import type { AppOptions } from '../app/options.js';
import { createLog, type Log } from '../log.js';
import { loadConfigFor, EXIT, addConfigOption, parsePortArgument, type CliContext, type CliIo } from './context.js';
import { SECOND_MS } from '../units.js';
import { escapeControls } from './terminal.js';
import { formatHost } from './text.js';

/** A stop that takes longer is given up. Everything in memory is written well within this time. */
const STOP_LIMIT_MS = 5 * SECOND_MS;
/** The longest delay of a timer, about 12 days. */
const KEEP_ALIVE_MS = 2 ** 30;
const NO_CHANNEL = 'none: no SMTP server is configured, so alerts are only shown and logged';

interface RunOptions {
  readonly config?: string;
  readonly port?: number;
}

interface RunParts {
  readonly createApp: (options: AppOptions) => App;
  readonly version: string;
  /** An argument for tests. */
  readonly stopLimitMs?: number;
}

export function addRun(program: Command, context: CliContext): void {
  const command = program
    .command('run')
    .description('run the daemon in the foreground; without a configuration file it uses the defaults');
  command.option('--port <port>', 'listen on this port in place of the configured one', parsePortArgument);
  addConfigOption(command).action(async (options: RunOptions) => {
    const { createApp } = await import('../app.js');
    context.finish(await runCommand(context.io, options, { createApp, version: context.version }));
  });
}

/** Runs until the signal of `io`. @returns 0 after a complete stop, 1 when the stop took too long. */
export async function runCommand(io: CliIo, options: RunOptions, parts: RunParts): Promise<number> {
  const { config: configured, warnings, file } = loadConfigFor(io, options.config);
  const { http } = configured;
  const config = { ...configured, http: { ...http, port: options.port ?? http.port } };
  const isTerminal = io.isTerminal?.out === true;
  // A shell at a terminal may have inherited the variable.
  const journal = !isTerminal && io.env['JOURNAL_STREAM'] !== undefined;
  const output = startOutput(io);
  const format = journal ? 'journal' : isTerminal ? 'text' : 'json';
  const log = createLog({ level: config.log.level, format, write: output.write });
  for (const warning of warnings) log.warn(warning);
  const app = parts.createApp({ config, version: parts.version, log });
  try {
    const report = await app.start();
    printReport({ io, log, journal, lines: formatStartReport(report, file).map(escapeControls) });
  } finally {
    output.release();
  }
  await waitForAbort(io.signal);
  log.info('stopping');
  const exitCode = await stopWithin(app, { io, limitMs: parts.stopLimitMs ?? STOP_LIMIT_MS });
  if (exitCode === EXIT.ok) log.info('stopped, everything written');
  return exitCode;
}

/** The lines that `run` prints after the start. */
export function formatStartReport(report: StartReport, configFile: string | null): string[] {
  const { host, url, databaseFile, mail, channels } = report;
  const none = channels.length > 0 ? 'none: no SMTP server is configured' : NO_CHANNEL;
  return [
    `portcast watches ${host.name}`,
    ...formatHost(host),
    `dashboard    ${url}`,
    `database     ${databaseFile}`,
    `mail         ${mail === null ? none : `to ${mail}`}`,
    ...(channels.length === 0 ? [] : [`channels     ${channels.join(', ')}`]),
    `config       ${configFile ?? 'defaults (portcast config example prints every setting)'}`,
  ];
}

/** The journal gets the report as log lines, a terminal as text. */
function printReport(options: { io: CliIo; log: Log; journal: boolean; lines: readonly string[] }): void {
  const { io, log, journal, lines } = options;
  if (journal) for (const line of lines) log.info(line);
  else io.out(`${lines.join('\n')}\n\n`);
}

/** Holds log lines back until the report is printed, so that the report is the first output and in one piece. */
function startOutput(io: CliIo): { write: (line: string) => void; release: () => void } {
  let held: string[] | null = [];
  return {
    write(line) {
      if (held === null) io.out(line);
      else held.push(line);
    },
    release() {
      const lines = held ?? [];
      held = null;
      for (const line of lines) io.out(line);
    },
  };
}

function waitForAbort(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) {
      done();
      return;
    }
    signal.addEventListener('abort', () => done(), { once: true });
    // The process must not end before the signal, even if no part has an open handle.
    const alive = setInterval(() => undefined, KEEP_ALIVE_MS);
    signal.addEventListener('abort', () => clearInterval(alive), { once: true });
  });
}

async function stopWithin(app: App, { io, limitMs }: { io: CliIo; limitMs: number }): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<'late'>((done) => {
    timer = setTimeout(() => done('late'), limitMs);
  });
  const outcome = await Promise.race([app.stop(), limit]);
  clearTimeout(timer);
  if (outcome !== 'late') return EXIT.ok;
  const open = [...new Set(process.getActiveResourcesInfo())].join(', ');
  io.err(`portcast: the stop was given up after ${limitMs / SECOND_MS} s; still open: ${open}\n`);
  return EXIT.failed;
}
