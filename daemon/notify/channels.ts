/** The channels that are configured. A further channel is a folder of its own, and one line here. */
import type { ChannelName } from '../incident/recipients.js';
import type { Channel } from '../notify-contracts.js';
import type { Connections } from './connect/connections.js';
import { createEmailChannel } from './email/email-channel.js';
import type { SmtpOptions } from './email/smtp-session.js';
import { createExecChannel, type ExecOptions } from './exec/exec-channel.js';
import type { HttpTarget } from './http/request.js';
import { createSlackChannel } from './slack/slack-channel.js';
import { createSyslogChannel, type SyslogOptions } from './syslog/syslog-channel.js';
import { createWebhookChannel, type WebhookOptions } from './webhook/webhook-channel.js';

/** The options of each channel; null where it is not configured. */
export interface ChannelOptions {
  readonly mail: SmtpOptions | null;
  readonly webhook: WebhookOptions | null;
  readonly slack: HttpTarget | null;
  readonly exec: ExecOptions | null;
  readonly syslog: SyslogOptions | null;
}

/**
 * @param nowMs the wall clock
 * @throws PortcastError CONFIG_INVALID where the options of a channel cannot be used.
 */
export function openChannels(
  { mail, webhook, slack, exec, syslog }: ChannelOptions,
  connections: Connections,
  nowMs: () => number,
): Map<ChannelName, Channel> {
  const channels = new Map<ChannelName, Channel>();
  if (mail !== null) channels.set('mail', createEmailChannel(mail, connections.dial));
  if (webhook !== null) channels.set('webhook', createWebhookChannel(webhook, nowMs));
  if (slack !== null) channels.set('slack', createSlackChannel(slack));
  if (exec !== null) channels.set('exec', createExecChannel(exec));
  if (syslog !== null) channels.set('syslog', createSyslogChannel(syslog, connections.dial));
  return channels;
}
