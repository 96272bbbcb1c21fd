/** Whether an alert is told, by which channels, and why not. */
import type { WireAlert } from '../../../daemon/wire/alert.js';

/** While one of these fires, the other alerts of its pool are not told. */
const INHIBITING_RULES: readonly WireAlert['rule'][] = ['failing', 'imminent'];

/** `active` are all alerts that are pending or firing, `channels` those that are configured. */
export function describeMail(alert: WireAlert, active: readonly WireAlert[], channels: readonly string[]): string {
  if (alert.mail && channels.length === 0) return 'Not told: no channel is set';
  if (alert.mail) return `By ${channels.join(', ')}, with its incident`;
  const told = active.find((other) => inhibits(other, alert));
  if (told !== undefined) return `Not told: \`${told.rule}\` already was`;
  return 'Not told: switched off for this rule, or a more severe alert of this pool already was';
}

function inhibits(other: WireAlert, alert: WireAlert): boolean {
  const firesForSamePool = other.state === 'firing' && other.poolId !== null && other.poolId === alert.poolId;
  return firesForSamePool && other.id !== alert.id && other.mail && INHIBITING_RULES.includes(other.rule);
}
