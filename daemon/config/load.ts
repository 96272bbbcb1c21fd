/** Finds, reads and checks the configuration file, reads its secrets, and fills in the defaults. */
import { closeSync, constants, existsSync, fstatSync, openSync, readSync, statSync, type Stats } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import { messageOf, PortcastError } from '../errors.js';
import { HIDDEN, mayBeSecret } from '../secrets.js';
import type { Config } from './config.js';
import type { ConfigDocument, Problem } from './document.js';
import { parseConfig } from './parse.js';
import type { RawConfig } from './schema.js';

const SYSTEM_CONFIG_FILE = '/etc/portcast/config.yaml';
const MAX_CONFIG_BYTES = 2 ** 20;
const MAX_SECRET_BYTES = 4096;
const MAX_SHOWN_PROBLEMS = 50;
const SMTP_PORTS = { starttls: 587, tls: 465, none: 25 } as const;
/** The permission bit of a file with which every user may read it. */
const OTHERS_READ_BIT = 0o004;

export interface LoadOptions {
  /** The file of `--config`. Without it: $PORTCAST_CONFIG, else the system file if it exists, else the defaults. */
  readonly file?: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** The system file; an argument for tests. */
  readonly systemFile?: string;
}

export interface LoadedConfig {
  readonly config: Config;
  /** The file that was read; null when there is none and all settings have their defaults. */
  readonly file: string | null;
  /** Settings that work but should be changed, for the log. */
  readonly warnings: readonly string[];
  readonly raw: RawConfig;
  readonly document: ConfigDocument;
}

/**
 * Loads the configuration.
 * @throws PortcastError CONFIG_INVALID with one line per error: `file:line: key: found X; allowed Y`.
 */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const cwd = options.cwd ?? process.cwd();
  const file = findConfigFile(options, cwd);
  const parsed = parseConfig(file === null ? '' : readText(file));
  if (!parsed.ok) throw invalidError(file, parsed.problems);
  const { raw, document } = parsed;
  const secret = readPassword(raw, options.env);
  if (secret.problem !== null) {
    throw invalidError(file, [{ ...secret.problem, line: document.lineOf((secret.problem.key ?? '').split('.')) }]);
  }
  const config = fillDefaults(raw, { env: options.env, cwd, password: secret.password });
  return { config, file, warnings: secret.warnings, raw, document };
}

/** One error as one line. `file` is null when there is no file. */
export function formatProblem(file: string | null, problem: Problem): string {
  const place = [file ?? 'defaults', ...(problem.line === null ? [] : [problem.line])].join(':');
  return `${place}: ${problem.key === null ? '' : `${problem.key}: `}found ${problem.found}; allowed ${problem.allowed}`;
}

function invalidError(file: string | null, problems: readonly Problem[]): PortcastError {
  const lines = problems.slice(0, MAX_SHOWN_PROBLEMS).map((problem) => formatProblem(file, problem));
  const more = problems.length - lines.length;
  if (more > 0) lines.push(`${file ?? 'defaults'}: and ${more} more errors`);
  return new PortcastError('CONFIG_INVALID', lines.join('\n'));
}

function findConfigFile(options: LoadOptions, cwd: string): string | null {
  const given = options.file ?? options.env['PORTCAST_CONFIG'];
  if (given !== undefined && given !== '') return resolve(cwd, given);
  const systemFile = options.systemFile ?? SYSTEM_CONFIG_FILE;
  return existsSync(systemFile) ? systemFile : null;
}

function readText(file: string): string {
  const { bytes } = readRegularFile(file, MAX_CONFIG_BYTES, file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new PortcastError('CONFIG_INVALID', `${file}: found bytes that are not UTF-8; allowed UTF-8 text`, { cause });
  }
}

/**
 * Reads a whole file. A pipe, a device or a socket is refused before it is read, because it may never end or never begin.
 * @param name stands for the file in errors.
 */
function readRegularFile(file: string, maxBytes: number, name: string): { bytes: Buffer; mode: number } {
  const invalid = (text: string, cause?: unknown) => new PortcastError('CONFIG_INVALID', `${name}: ${text}`, { cause });
  const tooLong = () => invalid(`found more than ${maxBytes} bytes; allowed at most ${maxBytes}`);
  let fd: number | null = null;
  try {
    // Opening some devices has an effect, so the kind is looked at before, and again on what was opened.
    refuseSpecial(statSync(file), invalid);
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    refuseSpecial(stat, invalid);
    if (stat.size > maxBytes) throw tooLong();
    // Files of /proc and /sys say that they are empty, so the length is what was read.
    const buffer = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length <= maxBytes; length += read) {
      read = readSync(fd, buffer, length, buffer.length - length, null);
    }
    if (length > maxBytes) throw tooLong();
    return { bytes: buffer.subarray(0, length), mode: stat.mode };
  } catch (cause) {
    if (cause instanceof PortcastError) throw cause;
    // The text of the system ends with the path, which may be a secret.
    throw invalid(`cannot be read: ${messageOf(cause).replace(/, \w+ '.*$/s, '')}`, cause);
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

function refuseSpecial(stat: Stats, invalid: (text: string) => PortcastError): void {
  if (stat.isFile()) return;
  const kind = stat.isDirectory() ? 'EISDIR: a folder' : stat.isFIFO() ? 'a pipe' : 'a device or a socket';
  throw invalid(`cannot be read: ${kind}; allowed a regular file`);
}

interface Secret {
  readonly password: string | null;
  readonly warnings: readonly string[];
  readonly problem: Problem | null;
}

function readPassword(raw: RawConfig, env: LoadOptions['env']): Secret {
  const { passwordFile = null, passwordEnv = null } = raw.mail.smtp ?? {};
  if (passwordFile !== null) return readPasswordFile(passwordFile);
  if (passwordEnv === null) return { password: null, warnings: [], problem: null };
  const password = env[passwordEnv];
  if (password !== undefined && password !== '') return checkPassword(password, 'mail.smtp.passwordEnv', []);
  const shown = mayBeSecret(passwordEnv) ? 'the name of a variable' : passwordEnv;
  const found = `${shown}, which is ${password === '' ? 'empty' : 'not set'}`;
  const allowed = 'an environment variable that holds the password';
  return { password: null, warnings: [], problem: { line: null, key: 'mail.smtp.passwordEnv', found, allowed } };
}

function readPasswordFile(file: string): Secret {
  const key = 'mail.smtp.passwordFile';
  try {
    const { bytes, mode } = readRegularFile(file, MAX_SECRET_BYTES, isPlausiblePath(file) ? file : HIDDEN);
    const warnings =
      (mode & OTHERS_READ_BIT) === 0
        ? []
        : [`${file} contains a password, and every user of this host can read it; run: chmod 0600 ${file}`];
    // Editors add a line break at the end of the file. It is not a part of the password.
    return checkPassword(bytes.toString('utf8').replace(/\r?\n$/, ''), key, warnings);
  } catch (error) {
    const allowed = `a regular file of at most ${MAX_SECRET_BYTES} bytes that this user may read`;
    return { password: null, warnings: [], problem: { line: null, key, found: messageOf(error), allowed } };
  }
}

/** Whether this is a path and not a password that begins with a slash. */
function isPlausiblePath(file: string): boolean {
  const folder = dirname(file);
  return folder !== '/' && (existsSync(folder) || !file.split('/').some(mayBeSecret));
}

function checkPassword(password: string, key: string, warnings: readonly string[]): Secret {
  // A file with several lines is the wrong file, and a line break would end the SMTP command with the password.
  const good = password !== '' && !/\p{Cc}/u.test(password);
  if (good) return { password, warnings, problem: null };
  const found = password === '' ? 'an empty password' : 'a password with control characters or line breaks';
  return { password: null, warnings, problem: { line: null, key, found, allowed: 'one line with the password' } };
}

interface FillContext {
  readonly env: LoadOptions['env'];
  readonly cwd: string;
  readonly password: string | null;
}

function fillDefaults(raw: RawConfig, context: FillContext): Config {
  const { store, mail, sampling } = raw;
  const name = raw.host.name ?? hostname();
  const { raw: rawMs, minute: minuteMs, hour: hourMs } = store.retention;
  return {
    host: { name, timeZone: raw.host.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone },
    sampling: {
      source: sampling.source,
      schedule: sampling.schedule,
      budget: sampling.budget,
      busyBudget: sampling.busyBudget,
      maxIntervalMs: sampling.maxInterval,
      glanceMs: sampling.glance,
      failures: sampling.failures,
    },
    http: raw.http,
    store: {
      file: findDatabaseFile(store.file, context),
      maxSizeBytes: store.maxSize,
      maxSeries: store.maxSeries,
      retention: { rawMs, minuteMs, hourMs },
    },
    alerts: createAlertSettings(raw.alerts),
    incidents: {
      quietForMs: raw.incidents.quietFor,
      remindAfterMs: raw.incidents.remindAfter,
      maxMessages: raw.incidents.maxMessages,
      maxPerHour: raw.incidents.maxPerHour,
      maintenance: raw.incidents.maintenance,
    },
    mail: { smtp: createSmtpConfig(mail, name, context.password), to: mail.to, dashboardUrl: mail.dashboardUrl },
    delivery: raw.delivery,
    log: raw.log,
  };
}

function findDatabaseFile(file: string | null, { env, cwd }: FillContext): string {
  if (file !== null) return resolve(cwd, file);
  // systemd separates several state directories by colons; portcast uses the first.
  const state = env['STATE_DIRECTORY']?.split(':')[0];
  return resolve(cwd, state !== undefined && state !== '' ? state : 'data', 'portcast.db');
}

function createSmtpConfig(mail: RawConfig['mail'], hostName: string, password: string | null): Config['mail']['smtp'] {
  if (mail.smtp === null || mail.from === null) return null;
  const { host, security, user, allowSelfSigned, name } = mail.smtp;
  const port = mail.smtp.port ?? SMTP_PORTS[security];
  const from = { name: `portcast on ${hostName}`, address: mail.from };
  return { host, port, security, user, password, from, allowSelfSigned, timeoutMs: mail.smtp.timeout, name };
}

function createAlertSettings(rules: RawConfig['alerts']): Config['alerts'] {
  const { failing, leak, empty, blind } = rules;
  const createLevel = (rule: RawConfig['alerts']['use']) => {
    const { mail, raise, clear } = rule;
    return { mail, raise, clear, forMs: rule.for, clearForMs: rule.clearFor };
  };
  return {
    failing: { mail: failing.mail, forMs: failing.for, clearForMs: failing.clearFor },
    imminent: createLevel(rules.imminent),
    pressure: createLevel(rules.pressure),
    use: createLevel(rules.use),
    leak: {
      mail: leak.mail,
      raiseWithinMs: leak.raiseWithin,
      clearBeyondMs: leak.clearBeyond,
      forMs: leak.for,
      clearForMs: leak.clearFor,
    },
    empty: { mail: empty.mail, forMs: empty.for, clearForMs: empty.clearFor },
    blind: { mail: blind.mail, raiseAfterMs: blind.raiseAfter, clearForMs: blind.clearFor },
  };
}
