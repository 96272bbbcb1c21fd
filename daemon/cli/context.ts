/** The input and output of a command, and helpers that all commands share. */
import { InvalidArgumentError, type Command } from 'commander';
import { loadConfig, type LoadedConfig } from '../config/load.js';
import { LAST_PORT } from '../host/kernel-constants.js';
import { parseDecimal, parseDuration, parseRatio, parseWholeNumber, type Parsed } from '../quantities.js';
import { createLog, type Log } from '../log.js';
import { maskSecrets } from '../secrets.js';
import type { SecretInput } from './password-input.js';
import { escapeControls, escapeLines } from './terminal.js';

export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

export interface CliIo {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Whether a person reads the output: then a log line is short text, else it is JSON. */
  readonly isTerminal?: { readonly out: boolean; readonly err: boolean };
  /** Where a password is read from; without it from standard input. */
  readonly secretInput?: SecretInput;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

export interface CliContext {
  readonly io: CliIo;
  readonly version: string;
  /** Takes the exit code of the command that ran. */
  readonly finish: (exitCode: number) => void;
}

/**
 * What a command prints comes from files, processes and servers too, so no character of it may reach the terminal that a
 * terminal obeys, and no secret that an error quotes.
 */
export function guardOutput(io: CliIo): CliIo {
  return {
    ...io,
    out: (text) => io.out(escapeLines(text)),
    err: (text) => io.err(escapeLines(maskSecrets(text))),
  };
}

/** Adds `--config`, which every command takes. */
export function addConfigOption(command: Command): Command {
  return command.option('--config <file>', 'configuration file (default: $PORTCAST_CONFIG, /etc/portcast/config.yaml)');
}

/** Commander parser of a port to listen on; 0 means any free one. */
export function parsePortArgument(text: string): number {
  return takeParsed(text, parseWholeNumber(text, { min: 0, max: LAST_PORT }));
}

/** Loads the configuration and prints its warnings to standard error. */
export function loadConfigFor(io: CliIo, file: string | undefined): LoadedConfig {
  const loaded = loadConfig({ file: file ?? null, env: io.env, cwd: io.cwd });
  for (const warning of loaded.warnings) io.err(`portcast: warning: ${warning}\n`);
  return loaded;
}

/** The log of a command other than `run`: only warnings and errors, on standard error. */
export function createCommandLog(io: CliIo): Log {
  return createLog({ level: 'warn', format: io.isTerminal?.err === true ? 'text' : 'json', write: io.err });
}

export function printJson(io: CliIo, value: unknown): void {
  io.out(`${escapeLines(JSON.stringify(value, null, 2))}\n`);
}

/** Commander parser of a duration, in ms. */
export function parseDurationArgument(text: string): number {
  return takeParsed(text, parseDuration(text));
}

/** Commander parser of a ratio: `0.9` or `90%`. */
export function parseRatioArgument(text: string): number {
  return takeParsed(text, parseRatio(text));
}

/** Commander parser of a number of at least 0. */
export function parseNumberArgument(text: string): number {
  return takeParsed(text, parseDecimal(text));
}

/** @throws InvalidArgumentError that quotes the text and says what is allowed. */
export function takeParsed<T>(text: string, parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  throw new InvalidArgumentError(`found "${escapeControls(text)}"; allowed ${parsed.allowed}.`);
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
