/** What the configuration says about channels: their options, who is told of what, and where they lead. */
import type { Severity } from '../alert/alert.js';
import type { Config } from '../config/config.js';
import { formatEndpoint } from '../host/endpoint.js';
import type { ChannelName } from '../incident/recipients.js';
import type { ChannelOptions } from '../notify/channels.js';
import type { Connections } from '../notify/connect/connections.js';
import type { OutboxSummary } from '../notify-contracts.js';
import type { HttpTarget } from '../notify/http/request.js';

const NOTHING_SENT: OutboxSummary = { pending: 0, failed: 0, lastSentAtMs: null, lastError: null };

interface Recipient {
  /** A mail address, or the name of another channel. */
  readonly name: string;
  readonly severities: readonly Severity[];
}

const ALL: readonly Severity[] = ['critical', 'warning', 'info'];

export function toChannelOptions(
  { mail, webhook, slack, exec, syslog }: Config,
  connections: Connections,
): ChannelOptions {
  return {
    mail: mail.smtp,
    webhook: webhook === null ? null : { ...toTarget(webhook, connections), secret: webhook.secret },
    slack: slack === null ? null : toTarget(slack, connections),
    exec,
    syslog,
  };
}

/** Its connections leave this host also while its ephemeral ports are used up. */
export function toTarget(
  { url: text, headers, timeoutMs }: Omit<HttpTarget, 'url' | 'agent'> & { readonly url: string },
  connections: Connections,
): HttpTarget {
  const url = new URL(text);
  const agent = connections.createAgent(url.protocol === 'https:' ? 'https:' : 'http:', timeoutMs);
  return { url, headers, timeoutMs, agent };
}

/** The servers of Alertmanager; empty where none is configured. */
export function listAlertmanagers({ alertmanager }: Config, connections: Connections): HttpTarget[] {
  return (alertmanager?.targets ?? []).map((target) => toTarget(target, connections));
}

/** Nobody where no channel is configured: alerts are then shown and logged only. */
export function listRecipients(config: Config): Recipient[] {
  const others = (['webhook', 'slack', 'exec', 'syslog'] as const).flatMap((name): Recipient[] => {
    const section = config[name];
    return section === null ? [] : [{ name, severities: section.severities }];
  });
  return [...listMailRecipients(config), ...others];
}

/** Empty when no SMTP server is configured. An address in `mail.to` is told of everything, wherever else it stands. */
export function listMailRecipients({ mail }: Config): Recipient[] {
  if (mail.smtp === null) return [];
  const bySeverity = new Map<string, { name: string; severities: Severity[] }>();
  for (const severity of ALL) {
    for (const name of mail.toBySeverity[severity] ?? []) {
      const known = bySeverity.get(name.toLowerCase()) ?? { name, severities: [] };
      bySeverity.set(name.toLowerCase(), { name: known.name, severities: [...known.severities, severity] });
    }
  }
  for (const name of mail.to) bySeverity.delete(name.toLowerCase());
  return [...mail.to.map((name) => ({ name, severities: ALL })), ...bySeverity.values()];
}

/** A channel as the status shows it: without anything that may be secret. */
interface ChannelView {
  readonly name: ChannelName | 'alertmanager';
  readonly target: string;
  readonly severities: readonly Severity[];
}

export function listChannelViews(config: Config): ChannelView[] {
  const { mail, webhook, slack, alertmanager, exec, syslog } = config;
  const views: (ChannelView | null)[] = [
    mail.smtp && {
      name: 'mail',
      target: formatEndpoint(mail.smtp.host, mail.smtp.port),
      severities: listMailed(config),
    },
    webhook && { name: 'webhook', target: new URL(webhook.url).origin, severities: webhook.severities },
    slack && { name: 'slack', target: new URL(slack.url).origin, severities: slack.severities },
    exec && { name: 'exec', target: exec.command[0] ?? '', severities: exec.severities },
    syslog && { name: 'syslog', target: nameLog(syslog.target), severities: syslog.severities },
    alertmanager && {
      name: 'alertmanager',
      target: alertmanager.targets.map(({ url }) => new URL(url).origin).join(', '),
      severities: alertmanager.severities,
    },
  ];
  return views.filter((view) => view !== null);
}

function listMailed(config: Config): Severity[] {
  const recipients = listMailRecipients(config);
  return ALL.filter((severity) => recipients.some(({ severities }) => severities.includes(severity)));
}

function nameLog(target: NonNullable<Config['syslog']>['target']): string {
  if ('protocol' in target) return `${target.protocol}://${formatEndpoint(target.host, target.port)}`;
  return target.path;
}

/** What `run` prints after the start: the recipients of mail, null without any, and the other channels. */
export function nameChannels(config: Config): { readonly mail: string | null; readonly channels: string[] } {
  const mail = listMailRecipients(config).map(({ name }) => name);
  const channels = listChannelViews(config).filter(({ name }) => name !== 'mail');
  return { mail: mail.join(', ') || null, channels: channels.map(({ name, target }) => `${name} (${target})`) };
}

/** The channels with what was sent through each. @param alertmanager its figures, which no outbox has */
export function listChannelFacts(
  config: Config,
  summarize: (channel: ChannelName) => OutboxSummary,
  alertmanager: Partial<OutboxSummary> = {},
) {
  return listChannelViews(config).map(({ name, ...view }) => ({
    name,
    ...view,
    ...(name === 'alertmanager' ? { ...NOTHING_SENT, ...alertmanager } : summarize(name)),
  }));
}
