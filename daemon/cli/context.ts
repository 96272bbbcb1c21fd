/** The input and output of a command, and helpers that all commands share. */
import { InvalidArgumentError, type Command } from 'commander';
import { loadConfig, type LoadedConfig } from '../config/load.js';
import { parseDecimal, parseDuration, parseRatio } from '../quantities.js';
import { createLog, type Log } from '../log.js';
import { escapeJsonText } from './terminal.js';

export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

export interface CliIo {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

export interface CliContext {
  readonly io: CliIo;
  readonly version: string;
  /** Takes the exit code of the command that ran. */
  readonly finish: (exitCode: number) => void;
}

/** Adds `--config`, which every command takes. */
export function addConfigOption(command: Command): Command {
  return command.option('--config <file>', 'configuration file (default: $PORTCAST_CONFIG, /etc/portcast/config.yaml)');
}

/** Loads the configuration and prints its warnings to standard error. */
export function loadConfigFor(io: CliIo, file: string | undefined): LoadedConfig {
  const loaded = loadConfig({ file: file ?? null, env: io.env, cwd: io.cwd });
  for (const warning of loaded.warnings) io.err(`portcast: warning: ${warning}\n`);
  return loaded;
}

/** The log of a command other than `run`: only warnings and errors, on standard error. */
export function createCommandLog(io: CliIo): Log {
  return createLog({ level: 'warn', journal: false, write: io.err });
}

export function printJson(io: CliIo, value: unknown): void {
  io.out(`${escapeJsonText(JSON.stringify(value, null, 2))}\n`);
}

/** Commander parser of a duration, in ms. */
export function parseDurationArgument(text: string): number {
  const parsed = parseDuration(text);
  if (!parsed.ok) throw new InvalidArgumentError(`found "${text}"; allowed ${parsed.allowed}.`);
  return parsed.value;
}

/** Commander parser of a ratio: `0.9` or `90%`. */
export function parseRatioArgument(text: string): number {
  const parsed = parseRatio(text);
  if (!parsed.ok) throw new InvalidArgumentError(`found "${text}"; allowed ${parsed.allowed}.`);
  return parsed.value;
}

/** Commander parser of a number of at least 0. */
export function parseNumberArgument(text: string): number {
  const parsed = parseDecimal(text);
  if (!parsed.ok) throw new InvalidArgumentError(`found "${text}"; allowed ${parsed.allowed}.`);
  return parsed.value;
}

/** Waits for a time, or until the signal. Never rejects. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) {
      done();
      return;
    }
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      done();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
