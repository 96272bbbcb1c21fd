/** The channels that are configured. A further channel is a folder of its own, and one line here. */
import type { ChannelName } from '../incident/recipients.js';
import type { Channel } from '../notify-contracts.js';
import type { Connections } from './connect/connections.js';
import { createEmailChannel } from './email/email-channel.js';
import type { SmtpOptions } from './email/smtp-session.js';

/** The options of each channel; null where it is not configured. */
interface ChannelOptions {
  readonly mail: SmtpOptions | null;
}

/** @throws PortcastError CONFIG_INVALID where the options of a channel cannot be used. */
export function openChannels({ mail }: ChannelOptions, connections: Connections): Map<ChannelName, Channel> {
  const channels = new Map<ChannelName, Channel>();
  if (mail !== null) channels.set('mail', createEmailChannel(mail, connections.dial));
  return channels;
}
