/** `portcast run`: the daemon in the foreground, until a signal. */
import type { Command } from 'commander';
import type { App, AppOptions, StartReport } from '../app.js';
import { createLog, type Log } from '../log.js';
import { loadConfigFor, EXIT, withConfig, type CliContext, type CliIo } from './context.js';
import { formatHost } from './text.js';

/** A stop that takes longer is given up: what can be flushed is flushed within it. */
const STOP_LIMIT_MS = 5000;

export interface RunParts {
  readonly createApp: (options: AppOptions) => App;
  readonly version: string;
  /** Limit of a stop; an argument for tests. */
  readonly stopLimitMs?: number;
}

export function addRun(program: Command, context: CliContext): void {
  const command = program
    .command('run')
    .description('the daemon in the foreground; without a configuration file on defaults');
  withConfig(command).action(async (options: { config?: string }) => {
    const { createApp } = await import('../app.js');
    context.finish(await runCommand(context.io, options, { createApp, version: context.version }));
  });
}

/** Runs until the signal of `io`. @returns 0 after an orderly stop, 1 when it had to be given up. */
export async function runCommand(io: CliIo, options: { config?: string }, parts: RunParts): Promise<number> {
  const { config, warnings, file } = loadConfigFor(io, options.config);
  const journal = io.env['JOURNAL_STREAM'] !== undefined;
  const output = startOutput(io);
  const log = createLog({ level: config.log.level, journal, write: output.write });
  for (const warning of warnings) log.warn(warning);
  const app = parts.createApp({ config, version: parts.version, log });
  try {
    const report = await app.start();
    announce({ io, log, journal, lines: formatStartReport(report, file) });
  } finally {
    output.release();
  }
  await aborted(io.signal);
  log.info('stopping');
  return stopWithin(app, { io, limitMs: parts.stopLimitMs ?? STOP_LIMIT_MS });
}

/** What the daemon found, in a few lines. */
export function formatStartReport(report: StartReport, configFile: string | null): string[] {
  const { host, url, databaseFile, mail } = report;
  return [
    `portcast watches ${host.name}`,
    ...formatHost(host),
    `dashboard    ${url}`,
    `database     ${databaseFile}`,
    `mail         ${mail === null ? 'none: no SMTP server is configured, so alerts are only shown and logged' : `to ${mail}`}`,
    `config       ${configFile ?? 'defaults (portcast config example prints every setting)'}`,
  ];
}

/** For people as text; the journal takes only log lines. */
function announce(what: { io: CliIo; log: Log; journal: boolean; lines: readonly string[] }): void {
  if (what.journal) for (const line of what.lines) what.log.info(line);
  else what.io.out(`${what.lines.join('\n')}\n\n`);
}

/** Keeps log lines back until the report is out, so that what people read comes first and in one piece. */
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

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) {
      done();
      return;
    }
    signal.addEventListener('abort', () => done(), { once: true });
    // Nothing else may keep the process alive, should every part have lost its handles: waiting is the job.
    const alive = setInterval(() => undefined, 2 ** 30);
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
  io.err(`portcast: gave up stopping after ${limitMs / 1000} s; still open: ${open}\n`);
  return EXIT.failed;
}
