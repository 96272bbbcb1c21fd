/** Who is told: each recipient is a mail address, or the name of a channel that has no recipients of its own. */

import type { Cause, Incident } from './incident.js';

/** The channels that take one message after another. */
export const CHANNEL_NAMES = ['mail', 'webhook', 'slack', 'exec', 'syslog'] as const;
export type ChannelName = (typeof CHANNEL_NAMES)[number];

/** The channel through which a recipient is told. A name that no channel has belongs to a newer version: mail refuses it. */
export function channelOf(recipient: string): ChannelName {
  return CHANNEL_NAMES.find((name) => name === recipient) ?? 'mail';
}

/** Whether the incident is about a channel that does not work. */
export function isOfChannel({ kind, key }: Cause): boolean {
  return kind === 'portcast' && CHANNEL_NAMES.some((name) => name === key);
}

/**
 * A message about a channel that does not work would wait in that channel, so it goes to the others. Where
 * there are no others, its recipients are told once it works again.
 * @param hasSentSince whether the channel has sent anything since that instant: then it fails for some recipients only.
 */
export function chooseRecipients(
  all: readonly string[],
  { cause, state, lead }: Pick<Incident, 'cause' | 'state' | 'lead'>,
  hasSentSince: (channel: ChannelName, sinceMs: number) => boolean,
): readonly string[] {
  if (!isOfChannel(cause) || state === 'resolved') return all;
  const others = all.filter((recipient) => channelOf(recipient) !== cause.key);
  return others.length < all.length && hasSentSince(channelOf(cause.key), lead.pendingAtMs) ? all : others;
}
