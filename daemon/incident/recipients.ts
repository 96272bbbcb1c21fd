/** Who is told: each recipient is a mail address, or the name of a channel that has no recipients of its own. */

/** The channels that take one message after another. */
export const CHANNEL_NAMES = ['mail', 'webhook', 'slack', 'exec', 'syslog'] as const;
export type ChannelName = (typeof CHANNEL_NAMES)[number];

/** The channel through which a recipient is told. A name that no channel has belongs to a newer version: mail refuses it. */
export function channelOf(recipient: string): ChannelName {
  return CHANNEL_NAMES.find((name) => name === recipient) ?? 'mail';
}
