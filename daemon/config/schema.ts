/** The schema of the configuration: keys, defaults, descriptions. The example file and all checks come from it. */
import type { z } from 'zod';
import { SOURCE_NAMES } from '../contracts.js';
import { LAST_PORT } from '../host/kernel-constants.js';
import { LOG_LEVELS } from '../log.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../units.js';
import { alertsSchema } from './alert-schema.js';
import {
  alertmanagerSchema,
  execSchema,
  slackSchema,
  syslogSchema,
  toBySeverityKey,
  webhookSchema,
} from './channel-schema.js';
import { deliverySchema } from './delivery-schema.js';
import { heartbeatSchema } from './heartbeat-schema.js';
import { httpSchema } from './http-schema.js';
import { incidentsSchema } from './incident-schema.js';
import { reportsSchema } from './report-schema.js';
import * as checks from './checks.js';
import {
  parseDurationWithin,
  defineKey,
  parseRatioWithin,
  defineSection,
  parseSizeWithin,
  keyDocs,
} from './key-definition.js';
import * as values from './values.js';
const SECURITIES = ['starttls', 'tls', 'none'] as const;
export const SOURCE_SETTINGS = ['auto', ...SOURCE_NAMES] as const;
const FAILURE_SETTINGS = ['auto', 'off'] as const;
const MIB = 2 ** 20;
/** A glance more often than this would cost more than all beats together. */
const GLANCE_MS = { least: SECOND_MS / 10, most: MINUTE_MS };

const smtp = defineSection('', {
  host: defineKey(values.parseHost, undefined, 'The name or address of the mail server.', 'smtp.example.org'),
  port: defineKey(
    values.parseOrNull(values.parseInteger(1, LAST_PORT)),
    null,
    'Its port. null means 587 with starttls, 465 with tls and 25 with none.',
    587,
  ),
  security: defineKey(
    values.parseOneOf(SECURITIES),
    'starttls',
    'starttls (no mail is sent when the server does not offer it), tls from the first byte, or none.',
  ),
  user: defineKey(
    values.parseOrNull(values.parseName),
    null,
    'The user name of the login. null means no login.',
    'portcast',
  ),
  passwordFile: defineKey(
    values.parseOrNull(values.parseSecretPath),
    null,
    'The file that contains the password and nothing else. It may be a systemd credential: ' +
      '/run/credentials/portcast.service/NAME with LoadCredential=NAME:/path in a drop-in.',
    '/etc/portcast/smtp-password',
  ),
  passwordEnv: defineKey(
    values.parseOrNull(values.parseVariableName),
    null,
    'Instead of a file, the environment variable with the password, such as PORTCAST_SMTP_PASSWORD.',
  ),
  allowSelfSigned: defineKey(
    values.parseBoolean,
    false,
    'Whether to accept a certificate that no trusted authority has signed.',
  ),
  timeout: defineKey(
    parseDurationWithin(SECOND_MS, 5 * MINUTE_MS),
    '20s',
    'How long the server may take to answer one SMTP command.',
  ),
  name: defineKey(
    values.parseOrNull(values.parseClientName),
    null,
    'The name that portcast gives itself (EHLO). null means the full host name, else the domain of the sender.',
    'web-1.example.org',
  ),
}).superRefine(checks.checkSmtpLogin);

export const configSchema = defineSection('', {
  host: defineSection('This host.', {
    name: defineKey(
      values.parseOrNull(values.parseName),
      null,
      'Its name in mails and on the dashboard. null means its host name.',
    ),
    timeZone: defineKey(
      values.parseOrNull(values.parseTimeZone),
      null,
      'The time zone of the times in messages, by its IANA name. null means that of the host.',
      'Europe/Berlin',
    ),
  }),
  sampling: defineSection('How the socket table is read.', {
    source: defineKey(
      values.parseOneOf(SOURCE_SETTINGS),
      'auto',
      'auto uses the first of netlink, procfs and systeminformation that works. The status shows which, and why.',
    ),
    schedule: defineKey(
      values.parseSchedule,
      '*/2 * * * * *',
      'The times of the beats, as six cron fields (second first). Each beat reads the kernel counters. They decide whether the socket table is read too (a full dump).',
    ),
    budget: defineKey(parseRatioWithin(0.0001, 1), '1%', 'The share of one core that full dumps may take on average.'),
    busyBudget: defineKey(
      parseRatioWithin(0.0001, 1),
      '5%',
      'The same while a pool is half full or will be, is forecast to run out, or has failing connects.',
    ),
    maxInterval: defineKey(
      parseDurationWithin(2 * SECOND_MS, 5 * MINUTE_MS),
      '30s',
      'A full dump is taken at least this often, whatever the counters and the budget are.',
    ),
    glance: defineKey(
      values.parseOrNull(parseDurationWithin(GLANCE_MS.least, GLANCE_MS.most)),
      '250ms',
      'Between two beats a few counters are read this often. When ports go fast, the socket table is read at once, within busyBudget. null switches it off.',
    ),
    failures: defineKey(
      values.parseOneOf(FAILURE_SETTINGS),
      'auto',
      'auto counts the connects that fail because no local port is left. That needs root and a mounted tracefs. off does not count them.',
    ),
  }).superRefine(checks.checkBudgetOrder),
  http: httpSchema,
  store: defineSection('The database.', {
    file: defineKey(
      values.parseOrNull(values.parsePath),
      null,
      'Its file. null means portcast.db in $STATE_DIRECTORY (set by systemd), else in ./data.',
    ),
    maxSize: defineKey(
      parseSizeWithin(16 * MIB, 2 ** 40),
      '512MiB',
      'The largest size of the database with its WAL. When it is reached, the oldest samples are deleted.',
    ),
    maxSeries: defineKey(
      values.parseInteger(10, 2000),
      500,
      'How many port series and pools are stored separately. The rest is summed into one called other.',
    ),
    retention: defineSection('How long samples are kept.', {
      raw: defineKey(parseDurationWithin(10 * MINUTE_MS, 30 * DAY_MS), '6h', 'Every sample as it was taken.'),
      minute: defineKey(parseDurationWithin(HOUR_MS, 400 * DAY_MS), '14d', 'Minimum, mean and maximum of each minute.'),
      hour: defineKey(parseDurationWithin(DAY_MS, 3660 * DAY_MS), '400d', 'Minimum, mean and maximum of each hour.'),
    }).superRefine(checks.checkRetentionOrder),
  }),
  alerts: alertsSchema,
  incidents: incidentsSchema,
  mail: defineSection('E-mail.', {
    smtp: smtp
      .nullable()
      .prefault(null)
      .register(keyDocs, { description: 'The mail server. null means that no mail is sent.', default: null }),
    from: defineKey(
      values.parseOrNull(values.parseMailAddress),
      null,
      'The address of the sender.',
      'portcast@example.org',
    ),
    to: defineKey(values.parseMailAddresses, [], 'The addresses of the recipients.', ['ops@example.org']),
    toBySeverity: toBySeverityKey,
    dashboardUrl: defineKey(
      values.parseOrNull(values.parseUrl),
      null,
      'The URL of the dashboard for the readers of a mail. null means the address that portcast listens on.',
      'https://portcast.example.org/',
    ),
  }).superRefine(checks.checkMailAddresses),
  webhook: webhookSchema,
  slack: slackSchema,
  alertmanager: alertmanagerSchema,
  exec: execSchema,
  syslog: syslogSchema,
  delivery: deliverySchema,
  reports: reportsSchema,
  heartbeat: heartbeatSchema,
  log: defineSection('The log: JSON lines on standard output, and short text where that is a terminal.', {
    level: defineKey(
      values.parseOneOf(LOG_LEVELS),
      'info',
      `The lowest level that is logged: ${LOG_LEVELS.join(', ')}.`,
    ),
  }),
});

/** The checked configuration: quantities are in ms, bytes and ratios; secrets are not yet read. */
export type RawConfig = z.output<typeof configSchema>;
