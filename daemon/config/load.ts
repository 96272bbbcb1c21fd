/** Finds, reads and checks the configuration file; reads the secrets it points to; makes the defaults concrete. */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { messageOf, PortcastError } from '../errors.js';
import type { Config } from './config.js';
import type { ConfigDocument, Problem } from './document.js';
import { parseConfig } from './parse.js';
import type { RawConfig } from './schema.js';

const SYSTEM_CONFIG_FILE = '/etc/portcast/config.yaml';
const MAX_CONFIG_BYTES = 2 ** 20;
const MAX_SECRET_BYTES = 4096;

export interface LoadOptions {
  /** `--config`; null or absent falls back to $PORTCAST_CONFIG, then the system file if present, then defaults. */
  readonly file?: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** The system-wide file; an argument for tests. */
  readonly systemFile?: string;
}

export interface LoadedConfig {
  readonly config: Config;
  /** The file it came from; null when there is none and everything is default. */
  readonly file: string | null;
  /** What works but should not stay so, for the log. */
  readonly warnings: readonly string[];
  readonly raw: RawConfig;
  readonly document: ConfigDocument;
}

const SMTP_PORTS = { starttls: 587, tls: 465, none: 25 } as const;

/**
 * Loads the configuration.
 * @throws PortcastError CONFIG_INVALID whose message has one line per problem: `file:line: key: found X; allowed Y`.
 */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const cwd = options.cwd ?? process.cwd();
  const file = configFile(options, cwd);
  const parsed = parseConfig(file === null ? '' : readText(file));
  if (!parsed.ok) throw invalid(file, parsed.problems);
  const { raw, document } = parsed;
  const secret = readPassword(raw, options.env);
  if (secret.problem !== null) {
    throw invalid(file, [{ ...secret.problem, line: document.lineOf((secret.problem.key ?? '').split('.')) }]);
  }
  const config = concrete(raw, { env: options.env, cwd, password: secret.password });
  return { config, file, warnings: secret.warnings, raw, document };
}

/** One problem as one line; `file` null stands for the defaults. */
export function formatProblem(file: string | null, problem: Problem): string {
  const place = [file ?? 'defaults', ...(problem.line === null ? [] : [problem.line])].join(':');
  return `${place}: ${problem.key === null ? '' : `${problem.key}: `}found ${problem.found}; allowed ${problem.allowed}`;
}

function invalid(file: string | null, problems: readonly Problem[]): PortcastError {
  return new PortcastError('CONFIG_INVALID', problems.map((problem) => formatProblem(file, problem)).join('\n'));
}

function configFile(options: LoadOptions, cwd: string): string | null {
  const asked = options.file ?? options.env['PORTCAST_CONFIG'];
  if (asked !== undefined && asked !== '') return resolve(cwd, asked);
  const systemFile = options.systemFile ?? SYSTEM_CONFIG_FILE;
  return existsSync(systemFile) ? systemFile : null;
}

function readText(file: string): string {
  const bytes = readBounded(file, MAX_CONFIG_BYTES);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new PortcastError('CONFIG_INVALID', `${file}: found bytes that are not UTF-8; allowed UTF-8 text`, { cause });
  }
}

/** Reads a whole file, or a pipe, but never more than `maxBytes`. */
function readBounded(file: string, maxBytes: number): Buffer {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (cause) {
    throw new PortcastError('CONFIG_INVALID', `${file}: cannot be read: ${messageOf(cause)}`, { cause });
  }
  try {
    const buffer = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length <= maxBytes; length += read) {
      read = readSync(fd, buffer, length, buffer.length - length, null);
    }
    if (length > maxBytes) {
      throw new PortcastError('CONFIG_INVALID', `${file}: found more than ${maxBytes} bytes; allowed at most that`);
    }
    return buffer.subarray(0, length);
  } catch (cause) {
    if (cause instanceof PortcastError) throw cause;
    throw new PortcastError('CONFIG_INVALID', `${file}: cannot be read: ${messageOf(cause)}`, { cause });
  } finally {
    closeSync(fd);
  }
}

interface Secret {
  readonly password: string | null;
  readonly warnings: readonly string[];
  readonly problem: Problem | null;
}

function readPassword(raw: RawConfig, env: LoadOptions['env']): Secret {
  const { passwordFile = null, passwordEnv = null } = raw.mail.smtp ?? {};
  if (passwordFile !== null) return passwordFromFile(passwordFile);
  if (passwordEnv === null) return { password: null, warnings: [], problem: null };
  const password = env[passwordEnv];
  if (password !== undefined && password !== '') return checked(password, 'mail.smtp.passwordEnv', []);
  const found = `${passwordEnv}, which is ${password === '' ? 'empty' : 'not set'}`;
  const allowed = 'an environment variable that holds the password';
  return { password: null, warnings: [], problem: { line: null, key: 'mail.smtp.passwordEnv', found, allowed } };
}

function passwordFromFile(file: string): Secret {
  const key = 'mail.smtp.passwordFile';
  let text: string;
  try {
    text = readBounded(file, MAX_SECRET_BYTES).toString('utf8');
  } catch (error) {
    const problem = { line: null, key, found: messageOf(error), allowed: 'a file that this user may read' };
    return { password: null, warnings: [], problem };
  }
  const warnings = othersMayRead(file)
    ? [`${file} holds a password and may be read by every user of this host: chmod 0600 (or 0640) it`]
    : [];
  // An editor ends the file with a line break that is no part of the password.
  return checked(text.replace(/\r?\n$/, ''), key, warnings);
}

function checked(password: string, key: string, warnings: readonly string[]): Secret {
  // A password of several lines is a wrong file, and would break the dialogue with the server.
  const good = password !== '' && !/\p{Cc}/u.test(password);
  if (good) return { password, warnings, problem: null };
  const found = password === '' ? 'an empty password' : 'a password with control characters or line breaks';
  return { password: null, warnings, problem: { line: null, key, found, allowed: 'one line with the password' } };
}

function othersMayRead(file: string): boolean {
  const fd = openSync(file, 'r');
  try {
    const stat = fstatSync(fd);
    return stat.isFile() && (stat.mode & 0o004) !== 0;
  } finally {
    closeSync(fd);
  }
}

interface Surroundings {
  readonly env: LoadOptions['env'];
  readonly cwd: string;
  readonly password: string | null;
}

function concrete(raw: RawConfig, around: Surroundings): Config {
  const { store, mail, sampling } = raw;
  const name = raw.host.name ?? hostname();
  const { raw: rawMs, minute: minuteMs, hour: hourMs } = store.retention;
  return {
    host: { name },
    sampling: {
      source: sampling.source,
      schedule: sampling.schedule,
      budget: sampling.budget,
      busyBudget: sampling.busyBudget,
      maxIntervalMs: sampling.maxInterval,
      failures: sampling.failures,
    },
    http: raw.http,
    store: {
      file: databaseFile(store.file, around),
      maxSizeBytes: store.maxSize,
      maxSeries: store.maxSeries,
      retention: { rawMs, minuteMs, hourMs },
    },
    alerts: alertSettings(raw.alerts),
    mail: { smtp: smtpConfig(mail, name, around.password), to: mail.to, dashboardUrl: mail.dashboardUrl },
    log: raw.log,
  };
}

function databaseFile(file: string | null, { env, cwd }: Surroundings): string {
  if (file !== null) return resolve(cwd, file);
  // systemd lists several state directories with colons; ours is the first.
  const state = env['STATE_DIRECTORY']?.split(':')[0];
  return resolve(cwd, state !== undefined && state !== '' ? state : 'data', 'portcast.db');
}

function smtpConfig(mail: RawConfig['mail'], hostName: string, password: string | null): Config['mail']['smtp'] {
  if (mail.smtp === null || mail.from === null) return null;
  const { host, security, user, allowSelfSigned } = mail.smtp;
  const port = mail.smtp.port ?? SMTP_PORTS[security];
  const from = { name: `portcast on ${hostName}`, address: mail.from };
  return { host, port, security, user, password, from, allowSelfSigned, timeoutMs: mail.smtp.timeout };
}

function alertSettings(rules: RawConfig['alerts']): Config['alerts'] {
  const { leak, blind } = rules;
  const level = (rule: RawConfig['alerts']['use']) => {
    const { mail, raise, clear } = rule;
    return { mail, raise, clear, forMs: rule.for, clearForMs: rule.clearFor };
  };
  const { failing } = rules;
  return {
    failing: { mail: failing.mail, forMs: failing.for, clearForMs: failing.clearFor },
    imminent: level(rules.imminent),
    pressure: level(rules.pressure),
    use: level(rules.use),
    leak: {
      mail: leak.mail,
      raiseWithinMs: leak.raiseWithin,
      clearBeyondMs: leak.clearBeyond,
      forMs: leak.for,
      clearForMs: leak.clearFor,
    },
    blind: { mail: blind.mail, raiseAfterMs: blind.raiseAfter, clearForMs: blind.clearFor },
  };
}
