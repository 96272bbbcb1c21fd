/** The one schema of the configuration: key, default, description. The example file and all checks come from it. */
import { z } from 'zod';
import { DEFAULT_ALERT_SETTINGS } from '../alert/settings.js';
import type { LevelRule } from '../alert/alert.js';
import { SOURCE_NAMES } from '../contracts.js';
import { LOG_LEVELS } from '../log.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../units.js';
import {
  formatDurationValue,
  parseDuration,
  parseRatio,
  parseSize,
  formatRatio,
  formatSize,
  parseWithin,
  type Parser,
} from '../quantities.js';
import * as checks from './checks.js';
import * as values from './values.js';
import { LAST_PORT } from '../host/kernel-constants.js';

/** What is known of a key besides its type. `example` is shown, commented out, where the default is null or empty. */
export interface KeyDoc {
  readonly description: string;
  readonly default: unknown;
  readonly example?: unknown;
}
export const keyDocs = z.registry<KeyDoc>();

const SECURITIES = ['starttls', 'tls', 'none'] as const;
export const SOURCE_SETTINGS = ['auto', ...SOURCE_NAMES] as const;

const FAILURE_SETTINGS = ['auto', 'off'] as const;

const MIB = 2 ** 20;
const duration = (min: number, max: number) => parseWithin(parseDuration, { min, max, text: formatDurationValue });
const ratio = (min: number, max: number) => parseWithin(parseRatio, { min, max, text: formatRatio });
const size = (min: number, max: number) => parseWithin(parseSize, { min, max, text: formatSize });

/** How long a rule must hold to fire, and stay clear to resolve. */
function lasting({ forMs, clearForMs }: { forMs: number; clearForMs: number }, exception = '') {
  const time = duration(0, 7 * DAY_MS);
  return {
    for: key(time, formatDurationValue(forMs), `How long it must hold before it fires${exception}.`),
    clearFor: key(time, formatDurationValue(clearForMs), 'How long it must stay clear to resolve.'),
  };
}

/** Raise and clear lines of a rule on a level: the keys are the same, the words are not. */
function levelRule(
  defaults: LevelRule,
  level: { max: number; raise: string; clear: string; description: string; sooner?: string },
) {
  const levels = ratio(0, level.max);
  return section(level.description, {
    mail: key(values.parseBoolean, defaults.mail, 'Whether it is mailed when it fires and when it resolves.'),
    raise: key(levels, formatRatio(defaults.raise), level.raise),
    clear: key(levels, formatRatio(defaults.clear), level.clear),
    ...lasting(defaults, level.sooner),
  }).superRefine(checks.clearBelowRaise);
}

const alerts = section('The rules: when an alert is raised, when it clears, and whether it is mailed.', {
  failing: section('Connects really failed for want of a port within the last minute (see sampling.failures).', {
    mail: key(values.parseBoolean, DEFAULT_ALERT_SETTINGS.failing.mail, 'Whether it is mailed.'),
    ...lasting(DEFAULT_ALERT_SETTINGS.failing),
  }),
  imminent: levelRule(DEFAULT_ALERT_SETTINGS.imminent, {
    max: 1,
    description: 'A pool is forecast to run out.',
    raise: 'Probability of exhaustion within 10 minutes at which it is raised.',
    clear: 'Probability below which it clears.',
    sooner: '; at once where the ports may be gone before the next sample',
  }),
  pressure: levelRule(DEFAULT_ALERT_SETTINGS.pressure, {
    max: 10,
    description: 'Where the use of a pool will settle if its close rate holds; from 100% it runs out.',
    raise: 'Pressure at which it is raised.',
    clear: 'Pressure below which it clears.',
  }),
  use: levelRule(DEFAULT_ALERT_SETTINGS.use, {
    max: 1,
    description: 'Ports in use, less the reusable ones. From half on, connect() takes milliseconds.',
    raise: 'Share of the capacity at which it is raised.',
    clear: 'Share of the capacity below which it clears.',
  }),
  leak: section('Held connections only grow, and their growth alone will use up the pool.', {
    mail: key(values.parseBoolean, DEFAULT_ALERT_SETTINGS.leak.mail, 'Whether it is mailed.'),
    raiseWithin: key(
      duration(MINUTE_MS, 30 * DAY_MS),
      formatDurationValue(DEFAULT_ALERT_SETTINGS.leak.raiseWithinMs),
      'Raised when exhaustion is forecast within this time.',
    ),
    clearBeyond: key(
      duration(MINUTE_MS, 60 * DAY_MS),
      formatDurationValue(DEFAULT_ALERT_SETTINGS.leak.clearBeyondMs),
      'Clears when exhaustion is further away than this.',
    ),
    ...lasting(DEFAULT_ALERT_SETTINGS.leak),
  }).superRefine(checks.withinBelowBeyond),
  blind: section('portcast itself sees nothing: no good sample.', {
    mail: key(values.parseBoolean, DEFAULT_ALERT_SETTINGS.blind.mail, 'Whether it is mailed.'),
    raiseAfter: key(
      duration(10 * SECOND_MS, DAY_MS),
      formatDurationValue(DEFAULT_ALERT_SETTINGS.blind.raiseAfterMs),
      'Raised after this long without a good sample.',
    ),
    clearFor: key(
      duration(0, DAY_MS),
      formatDurationValue(DEFAULT_ALERT_SETTINGS.blind.clearForMs),
      'How long samples must be good to resolve.',
    ),
  }),
});

const smtp = section('', {
  host: key(values.parseHost, undefined, 'The mail server.', 'smtp.example.org'),
  port: key(
    values.orNull(values.integer(1, LAST_PORT)),
    null,
    'Its port; null is 587 with starttls, 465 with tls, 25 with none.',
    587,
  ),
  security: key(
    values.oneOf(SECURITIES),
    'starttls',
    'starttls (refused when the server does not offer it), tls from the first byte, or none.',
  ),
  user: key(values.orNull(values.parseName), null, 'The user to log in as; null does not log in.', 'portcast'),
  passwordFile: key(
    values.orNull(values.parseSecretPath),
    null,
    'The file that holds the password and nothing else. A systemd credential is a file too: ' +
      '/run/credentials/portcast.service/NAME with LoadCredential=NAME:/path in a drop-in.',
    '/etc/portcast/smtp-password',
  ),
  passwordEnv: key(
    values.orNull(values.parseVariableName),
    null,
    'Or the environment variable that holds the password, such as PORTCAST_SMTP_PASSWORD.',
  ),
  allowSelfSigned: key(values.parseBoolean, false, 'Whether a certificate that no known authority signed is accepted.'),
  timeout: key(
    duration(SECOND_MS, 5 * MINUTE_MS),
    '20s',
    'How long one step of the dialogue with the server may take.',
  ),
}).superRefine(checks.smtpLogin);

export const configSchema = section('', {
  host: section('This host.', {
    name: key(values.orNull(values.parseName), null, 'Its name in mails and on the dashboard; null is the host name.'),
  }),
  sampling: section('How the socket table is read.', {
    source: key(
      values.oneOf(SOURCE_SETTINGS),
      'auto',
      'auto takes the first that works of netlink, procfs and systeminformation, and says why.',
    ),
    schedule: key(
      values.parseSchedule,
      '*/2 * * * * *',
      'The beat, as six cron fields (second first). Every beat reads the counters; they decide whether a full dump is due.',
    ),
    budget: key(ratio(0.0001, 1), '1%', 'Share of one core that full dumps may take on average.'),
    busyBudget: key(ratio(0.0001, 1), '5%', 'The same while any pool has a pressure of 50% or is forecast to run out.'),
    maxInterval: key(
      duration(2 * SECOND_MS, 5 * MINUTE_MS),
      '30s',
      'A full dump comes at least this often, whatever counters and budget say.',
    ),
    failures: key(
      values.oneOf(FAILURE_SETTINGS),
      'auto',
      'auto counts the connects that really fail for want of a port, where tracefs is mounted and may be used (root); off does not.',
    ),
  }).superRefine(checks.budgetOrder),
  http: section('The dashboard, the API and /metrics.', {
    address: key(
      values.parseLoopback,
      '127.0.0.1',
      'The address to listen on. Loopback only, until authentication exists.',
    ),
    port: key(values.integer(0, LAST_PORT), 9470, 'The port; 0 takes any free one.'),
  }),
  store: section('The database.', {
    file: key(
      values.orNull(values.parsePath),
      null,
      'Its file; null is portcast.db in $STATE_DIRECTORY (set by systemd), else in ./data.',
    ),
    maxSize: key(
      size(16 * MIB, 2 ** 40),
      '512MiB',
      'The most that the database with its WAL may take on disk; the oldest samples go first.',
    ),
    maxSeries: key(
      values.integer(10, 2000),
      500,
      'Port series and pools kept by name; the rest are summed into one called other.',
    ),
    retention: section('How long samples are kept, by tier.', {
      raw: key(duration(10 * MINUTE_MS, 30 * DAY_MS), '6h', 'Every sample as it was read.'),
      minute: key(duration(HOUR_MS, 400 * DAY_MS), '14d', 'Minimum, mean and maximum of each minute.'),
      hour: key(duration(DAY_MS, 3660 * DAY_MS), '400d', 'Minimum, mean and maximum of each hour.'),
    }).superRefine(checks.retentionOrder),
  }),
  alerts,
  mail: section('E-mail. Without smtp the alerts are only shown and logged.', {
    smtp: smtp
      .nullable()
      .prefault(null)
      .register(keyDocs, { description: 'The mail server; null sends nothing.', default: null }),
    from: key(values.orNull(values.parseMailAddress), null, 'The sender.', 'portcast@example.org'),
    to: key(values.parseMailAddresses, [], 'The recipients.', ['ops@example.org']),
    dashboardUrl: key(
      values.orNull(values.parseUrl),
      null,
      'Where readers of a mail reach the dashboard; null is the address it listens on.',
      'https://portcast.example.org/',
    ),
  }).superRefine(checks.mailAddresses),
  log: section('The log: JSON lines on standard output.', {
    level: key(values.oneOf(LOG_LEVELS), 'info', `One of ${LOG_LEVELS.join(', ')}.`),
  }),
});

/** The configuration as the schema gives it: quantities normalised, secrets not yet read. */
export type RawConfig = z.output<typeof configSchema>;

function key<T>(parse: Parser<T>, defaultValue: unknown, description: string, example?: unknown) {
  const type = z.unknown().transform((input, context): T => {
    const parsed = parse(input);
    if (parsed.ok) return parsed.value;
    context.issues.push({ code: 'custom', input, message: parsed.allowed, params: { hide: parsed.hide === true } });
    return z.NEVER;
  });
  const doc = { description, default: defaultValue, ...(example === undefined ? {} : { example }) };
  // A key without a default is required: its own parser refuses `undefined` and says what belongs there.
  return type.prefault(defaultValue).register(keyDocs, doc);
}

/** A mapping. An empty one (every key under it commented out) reads as null in YAML and means its defaults. */
function section<Shape extends z.core.$ZodLooseShape>(description: string, shape: Shape) {
  return z.strictObject(shape).register(keyDocs, { description, default: {} });
}
