/** The channels as the daemon uses them, and what should be changed about them. */
import { accessSync, constants, statSync } from 'node:fs';
import type { Severity } from '../alert/alert.js';
import type { LocalPortSetting } from '../host/local-ports.js';
import { isLoopback } from '../host/ip-address.js';
import type { ChannelName } from '../incident/recipients.js';
import type { SyslogTarget } from './channel-values.js';
import type { Secrets } from './read-secrets.js';
import type { RawConfig } from './schema.js';

interface HttpConfig {
  /** It may hold a secret: only its scheme and host are shown. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

interface OfSeverities {
  readonly severities: readonly Severity[];
}

/** A section is null while its channel is off. */
export interface ChannelConfigs {
  readonly webhook: (HttpConfig & OfSeverities & { readonly secret: string | null }) | null;
  readonly slack: (HttpConfig & OfSeverities) | null;
  readonly alertmanager: (OfSeverities & { readonly targets: readonly HttpConfig[]; readonly repeatMs: number }) | null;
  readonly exec: (OfSeverities & { readonly command: readonly string[]; readonly timeoutMs: number }) | null;
  readonly syslog: (OfSeverities & { readonly target: SyslogTarget }) | null;
  readonly delivery: {
    readonly mode: 'all' | 'failover';
    readonly order: readonly ChannelName[];
    readonly failoverAfterMs: number;
    readonly localPorts: LocalPortSetting;
  };
}

const OTHERS_WRITE_BIT = 0o002;

export function createChannelConfigs(raw: RawConfig, secrets: Secrets): ChannelConfigs {
  const { webhook, slack, alertmanager, exec, syslog, delivery } = raw;
  const { mode, order, failoverAfter: failoverAfterMs, localPorts } = delivery;
  return {
    webhook:
      webhook === null
        ? null
        : {
            url: webhook.url ?? secrets.webhookUrl ?? '',
            headers: webhook.headers,
            timeoutMs: webhook.timeout,
            secret: secrets.webhookSecret,
            severities: webhook.severities,
          },
    slack:
      slack === null
        ? null
        : {
            url: slack.url ?? secrets.slackUrl ?? '',
            headers: {},
            timeoutMs: slack.timeout,
            severities: slack.severities,
          },
    alertmanager: alertmanager === null ? null : createAlertmanagerConfig(alertmanager, secrets),
    exec: exec === null ? null : { command: exec.command, timeoutMs: exec.timeout, severities: exec.severities },
    syslog,
    delivery: { mode, order, failoverAfterMs, localPorts },
  };
}

function createAlertmanagerConfig(
  { urls, user, repeat, timeout, severities }: NonNullable<RawConfig['alertmanager']>,
  secrets: Secrets,
): ChannelConfigs['alertmanager'] {
  const { alertmanagerPassword: password, alertmanagerToken: token } = secrets;
  const basic = user === null ? null : `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}`;
  const login = token === null ? basic : `Bearer ${token}`;
  const headers: Record<string, string> = login === null ? {} : { Authorization: login };
  return { targets: urls.map((url) => ({ url, headers, timeoutMs: timeout })), repeatMs: repeat, severities };
}

/** Settings that work but should be changed. */
export function listChannelWarnings(config: ChannelConfigs, hasMail: boolean): string[] {
  const { webhook, slack, alertmanager, exec, delivery } = config;
  const isOff = (name: ChannelName): boolean => (name === 'mail' ? !hasMail : config[name] === null);
  const named: [name: string, target: HttpConfig][] = [
    ...(webhook === null ? [] : [['webhook', webhook] satisfies [string, HttpConfig]]),
    ...(slack === null ? [] : [['slack', slack] satisfies [string, HttpConfig]]),
    ...(alertmanager?.targets ?? []).map((target): [string, HttpConfig] => ['alertmanager', target]),
  ];
  const plain = named.filter(([, { url }]) => isPlainHttp(url));
  const warnings = plain.map(([name, { url, headers }]) => {
    const what = 'Authorization' in headers ? 'messages and the login' : 'messages';
    return `${name}: ${what} are sent unencrypted to ${new URL(url).origin}; use https`;
  });
  for (const name of delivery.order.filter(isOff)) {
    warnings.push(`delivery: order names ${name}, which is not configured`);
  }
  return exec === null ? warnings : [...warnings, ...listCommandWarnings(exec.command[0] ?? '')];
}

function isPlainHttp(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && hostname !== 'localhost' && !isLoopback(hostname.replace(/^\[|\]$/g, ''));
}

/** The program may be installed later, or on the host that the file is meant for, so this is no error. */
function listCommandWarnings(program: string): string[] {
  try {
    const stat = statSync(program);
    if (!stat.isFile()) return [`exec: ${program} is no file`];
    accessSync(program, constants.X_OK);
    const isOpen = (stat.mode & OTHERS_WRITE_BIT) !== 0;
    return isOpen ? [`exec: every user of this host can write ${program}; run: chmod o-w ${program}`] : [];
  } catch {
    return [`exec: ${program} does not exist, or this user may not execute it`];
  }
}
