/** The schema of the channels other than mail, and of the order in which channels are used. */
import { parseDurationWithin, defineKey, defineSection, keyDocs } from './key-definition.js';
import { maskUrl, maskValues } from '../secrets.js';
import type { Parser } from '../quantities.js';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../units.js';
import type { Section } from './sections.js';
import * as checks from './channel-checks.js';
import * as channels from './channel-values.js';
import * as values from './values.js';

const timeout = defineKey(
  parseDurationWithin(SECOND_MS, 5 * MINUTE_MS),
  '10s',
  'How long one attempt may take, from the connection to the answer.',
);
const severities = defineKey(
  channels.parseSeverities,
  [...channels.SEVERITY_NAMES],
  'Which severities of incidents it is told of.',
);
const headers = defineMasked(
  channels.parseHeaders,
  {
    default: {},
    description: 'Further headers of each request. Their values are never shown.',
    example: { Authorization: 'Bearer ...' },
  },
  (value) => maskValues(value as Record<string, unknown>),
);

/** A key whose value may hold a secret. */
export function defineMasked<T>(
  parse: Parser<T>,
  doc: { readonly default: unknown; readonly description: string; readonly example: unknown },
  mask: (value: unknown) => unknown,
) {
  const key = defineKey(parse, doc.default, doc.description, doc.example);
  keyDocs.add(key, { ...doc, mask });
  return key;
}

function defineFile(what: string, example?: string) {
  const doc = `Instead, the file that contains the ${what} and nothing else.`;
  return defineKey(values.parseOrNull(values.parseSecretPath), null, doc, example);
}

function defineVariable(what: string) {
  const doc = `Instead, the environment variable with the ${what}.`;
  return defineKey(values.parseOrNull(values.parseVariableName), null, doc);
}

function defineUrl(description: string, example: string) {
  return defineMasked(values.parseOrNull(channels.parseTargetUrl), { default: null, description, example }, maskAnyUrl);
}

export function maskAnyUrl(value: unknown): unknown {
  return typeof value === 'string' ? maskUrl(value) : value;
}

/** A section that is off while it is null. */
function defineOptional<S extends Section>(section: S, description: string) {
  const schema = section.nullable().prefault(null);
  keyDocs.add(schema, { description, default: null });
  return schema;
}

export const webhookSchema = defineOptional(
  defineSection('', {
    url: defineUrl('Where messages are sent by POST.', 'https://hooks.example.org/portcast'),
    urlFile: defineFile('URL'),
    urlEnv: defineVariable('URL'),
    secretFile: defineKey(
      values.parseOrNull(values.parseSecretPath),
      null,
      'The file with the secret that signs each message (HMAC-SHA256). null means no signature.',
      '/etc/portcast/webhook-secret',
    ),
    secretEnv: defineVariable('secret'),
    headers,
    timeout,
    severities,
  }).superRefine(checks.checkWebhook),
  'A webhook: the JSON document of docs/notification.schema.json. null means off.',
);

export const slackSchema = defineOptional(
  defineSection('', {
    url: defineUrl('The URL of an incoming webhook.', 'https://hooks.slack.com/services/...'),
    urlFile: defineFile('URL'),
    urlEnv: defineVariable('URL'),
    timeout,
    severities,
  }).superRefine(checks.checkOneUrl),
  'Slack, or what takes its incoming webhooks (Mattermost, Rocket.Chat). null means off.',
);

export const alertmanagerSchema = defineOptional(
  defineSection('', {
    urls: defineMasked(
      channels.parseTargetUrls,
      {
        default: undefined,
        description: 'The addresses of all members of one Alertmanager cluster.',
        example: ['http://alertmanager-1:9093', 'http://alertmanager-2:9093'],
      },
      (value) => (value as unknown[]).map(maskAnyUrl),
    ),
    repeat: defineKey(
      parseDurationWithin(5 * SECOND_MS, HOUR_MS),
      '1m',
      'Alerts that fire are sent again this often. One that was not sent for four times as long resolves by itself.',
    ),
    user: defineKey(values.parseOrNull(values.parseName), null, 'The user name of basic authentication.', 'portcast'),
    passwordFile: defineFile('password', '/etc/portcast/alertmanager-password'),
    passwordEnv: defineVariable('password'),
    tokenFile: defineFile('bearer token'),
    tokenEnv: defineVariable('bearer token'),
    timeout,
    severities,
  }).superRefine(checks.checkAlertmanagerLogin),
  'Prometheus Alertmanager, API v2: every pool of an open incident is an alert there. null means off.',
);

export const execSchema = defineOptional(
  defineSection('', {
    command: defineKey(
      channels.parseCommand,
      undefined,
      'The absolute path of a program and its arguments. It gets the document of each message on its standard input.',
      ['/usr/local/bin/page', '--team', 'ops'],
    ),
    timeout: defineKey(
      parseDurationWithin(SECOND_MS, 5 * MINUTE_MS),
      '10s',
      'It is killed, with its children, after this time.',
    ),
    severities,
  }),
  'A command that is run for each message. null means off.',
);

export const syslogSchema = defineOptional(
  defineSection('', {
    target: defineKey(
      channels.parseSyslogTarget,
      undefined,
      'journald, local (/dev/log), udp://HOST:PORT or tcp://HOST:PORT.',
      'journald',
    ),
    severities,
  }),
  'One record in the journal or in syslog for each message. null means off.',
);

export const toBySeverityKey = defineKey(
  channels.parseRecipientsBySeverity,
  {},
  'Further recipients, who are told only of incidents of these severities.',
  { critical: ['pager@example.org'] },
);
