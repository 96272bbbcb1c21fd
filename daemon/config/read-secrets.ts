/** Reads the secrets of the configuration, each from a file or an environment variable. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../errors.js';
import { HIDDEN, mayBeSecret } from '../secrets.js';
import { checkUrl } from './channel-values.js';
import type { Problem } from './document.js';
import { readRegularFile } from './regular-file.js';
import type { RawConfig } from './schema.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Each is null where it is not configured. */
export interface Secrets {
  readonly smtpPassword: string | null;
  readonly webhookSecret: string | null;
  readonly webhookUrl: string | null;
  readonly slackUrl: string | null;
  readonly alertmanagerPassword: string | null;
  readonly alertmanagerToken: string | null;
}

interface SecretSource {
  /** The keys are this with `File` and `Env` at its end. */
  readonly key: string;
  readonly what: string;
  readonly file: string | null;
  readonly env: string | null;
  /** Returns what is allowed, or null where the secret is fine. */
  readonly check?: (secret: string) => string | null;
}

interface ReadSecret {
  readonly secret: string | null;
  readonly warnings: readonly string[];
  readonly problem: Problem | null;
}

const MAX_SECRET_BYTES = 4096;
/** The permission bit of a file with which every user may read it. */
const OTHERS_READ_BIT = 0o004;

export function readSecrets(raw: RawConfig, env: Environment) {
  const sources = listSources(raw);
  const read = Object.entries(sources).map(([name, source]) => [name, readSecret(source, env)] as const);
  return {
    secrets: Object.fromEntries(read.map(([name, { secret }]) => [name, secret])) as unknown as Secrets,
    warnings: read.flatMap(([, { warnings }]) => warnings),
    problems: read.flatMap(([, { problem }]) => problem ?? []),
  };
}

function listSources({ mail, webhook, slack, alertmanager }: RawConfig): Record<keyof Secrets, SecretSource> {
  const none = { file: null, env: null };
  const url = { what: 'URL', check: checkUrl };
  const ofUrl = (section: { urlFile: string | null; urlEnv: string | null } | null) =>
    section === null ? none : { file: section.urlFile, env: section.urlEnv };
  return {
    smtpPassword: {
      key: 'mail.smtp.password',
      what: 'password',
      ...(mail.smtp === null ? none : { file: mail.smtp.passwordFile, env: mail.smtp.passwordEnv }),
    },
    webhookSecret: {
      key: 'webhook.secret',
      what: 'secret',
      ...(webhook === null ? none : { file: webhook.secretFile, env: webhook.secretEnv }),
    },
    webhookUrl: { key: 'webhook.url', ...url, ...ofUrl(webhook) },
    slackUrl: { key: 'slack.url', ...url, ...ofUrl(slack) },
    alertmanagerPassword: {
      key: 'alertmanager.password',
      what: 'password',
      ...(alertmanager === null ? none : { file: alertmanager.passwordFile, env: alertmanager.passwordEnv }),
    },
    alertmanagerToken: {
      key: 'alertmanager.token',
      what: 'token',
      // It stands in a header.
      check: (token) => (/^[\x21-\x7e]+$/.test(token) ? null : 'one line of printable ASCII without spaces'),
      ...(alertmanager === null ? none : { file: alertmanager.tokenFile, env: alertmanager.tokenEnv }),
    },
  };
}

function readSecret(source: SecretSource, env: Environment): ReadSecret {
  const { key, what } = source;
  if (source.file !== null) return readSecretFile(source.file, source);
  if (source.env === null) return { secret: null, warnings: [], problem: null };
  const secret = env[source.env];
  if (secret !== undefined && secret !== '') return checkSecret(secret, `${key}Env`, source, []);
  const shown = mayBeSecret(source.env) ? 'the name of a variable' : source.env;
  const found = `${shown}, which is ${secret === '' ? 'empty' : 'not set'}`;
  const allowed = `an environment variable that holds the ${what}`;
  return { secret: null, warnings: [], problem: { line: null, key: `${key}Env`, found, allowed } };
}

function readSecretFile(file: string, source: SecretSource): ReadSecret {
  const key = `${source.key}File`;
  try {
    const { bytes, mode } = readRegularFile(file, MAX_SECRET_BYTES, isPlausiblePath(file) ? file : HIDDEN);
    const warnings =
      (mode & OTHERS_READ_BIT) === 0
        ? []
        : [`${file} contains a ${source.what}, and every user of this host can read it; run: chmod 0600 ${file}`];
    // Editors add a line break at the end of the file. It is not a part of the secret.
    return checkSecret(bytes.toString('utf8').replace(/\r?\n$/, ''), key, source, warnings);
  } catch (error) {
    const allowed = `a regular file of at most ${MAX_SECRET_BYTES} bytes that this user may read`;
    return { secret: null, warnings: [], problem: { line: null, key, found: messageOf(error), allowed } };
  }
}

/** Whether this is a path and not a password that begins with a slash. */
function isPlausiblePath(file: string): boolean {
  const folder = dirname(file);
  return folder !== '/' && (existsSync(folder) || !file.split('/').some(mayBeSecret));
}

function checkSecret(
  secret: string,
  key: string,
  { what, check }: SecretSource,
  warnings: readonly string[],
): ReadSecret {
  const refuse = (found: string, allowed: string): ReadSecret => {
    return { secret: null, warnings: [], problem: { line: null, key, found, allowed } };
  };
  if (secret === '') return refuse(`an empty ${what}`, `one line with the ${what}`);
  // A file with several lines is the wrong file, and a line break would end the SMTP command or the header.
  if (/\p{Cc}/u.test(secret)) {
    return refuse(`a ${what} with control characters or line breaks`, `one line with the ${what}`);
  }
  const allowed = check?.(secret) ?? null;
  if (allowed !== null) return refuse(HIDDEN, allowed);
  return { secret, warnings, problem: null };
}
