/** Finds, reads and checks the configuration file, reads its secrets, and fills in the defaults. */
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { PortcastError } from '../errors.js';
import { createAlertSettings } from './alert-settings.js';
import { createChannelConfigs, listChannelWarnings } from './channels.js';
import type { Config } from './config.js';
import type { ConfigDocument, Problem } from './document.js';
import { listHttpWarnings } from './http-schema.js';
import { parseConfig } from './parse.js';
import { readSecrets, type Secrets } from './read-secrets.js';
import { readRegularFile } from './regular-file.js';
import { listReportWarnings } from './report-warnings.js';
import type { RawConfig } from './schema.js';

const SYSTEM_CONFIG_FILE = '/etc/portcast/config.yaml';
const MAX_CONFIG_BYTES = 2 ** 20;
const MAX_SHOWN_PROBLEMS = 50;
const SMTP_PORTS = { starttls: 587, tls: 465, none: 25 } as const;

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
  const { secrets, warnings, problems } = readSecrets(raw, options.env);
  if (problems.length > 0) {
    const placed = problems.map((problem) => ({ ...problem, line: document.lineOf((problem.key ?? '').split('.')) }));
    throw invalidError(file, placed);
  }
  const config = fillDefaults(raw, { env: options.env, cwd, secrets });
  return {
    config,
    file,
    warnings: [
      ...warnings,
      ...listHttpWarnings(config),
      ...listChannelWarnings(config, config.mail.smtp !== null),
      ...listReportWarnings(config),
    ],
    raw,
    document,
  };
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

interface FillContext {
  readonly env: LoadOptions['env'];
  readonly cwd: string;
  readonly secrets: Secrets;
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
    mail: {
      smtp: createSmtpConfig(mail, name, context.secrets.smtpPassword),
      to: mail.to,
      toBySeverity: mail.toBySeverity,
      dashboardUrl: mail.dashboardUrl,
    },
    ...createChannelConfigs(raw, context.secrets),
    reports: raw.reports,
    heartbeat: raw.heartbeat === null ? null : { url: raw.heartbeat.url, everyMs: raw.heartbeat.every },
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
