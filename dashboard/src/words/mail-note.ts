/** Whether an alert is mailed, and why not. */
import type { WireAlert } from '../../../daemon/wire/alert.js';

/** While one of these fires, the other alerts of its pool are not mailed. */
const INHIBITING_RULES: readonly WireAlert['rule'][] = ['failing', 'imminent'];

/** `active` are all alerts that are pending or firing. */
export function describeMail(alert: WireAlert, active: readonly WireAlert[], mailConfigured: boolean): string {
  if (alert.mail) return mailConfigured ? 'By mail, with its incident' : 'Not mailed: no SMTP server is set';
  const mailed = active.find((other) => inhibits(other, alert));
  if (mailed !== undefined) return `Not mailed: \`${mailed.rule}\` already was`;
  return 'Not mailed: switched off for this rule, or a more severe alert of this pool already was';
}

function inhibits(other: WireAlert, alert: WireAlert): boolean {
  const firesForSamePool = other.state === 'firing' && other.poolId !== null && other.poolId === alert.poolId;
  return firesForSamePool && other.id !== alert.id && other.mail && INHIBITING_RULES.includes(other.rule);
}
