/** What a screen reader is told of the alerts, once for each. */
import type { WireAlert } from '../../../daemon/wire/alert.js';
import { formatPlural } from './format.js';

interface Announcement {
  /** Said when the reader pauses; empty where nothing is new. */
  readonly polite: string;
  /** Said at once: a pool is out of ports. */
  readonly assertive: string;
  /** The alerts that fire now, for the next call. */
  readonly firing: ReadonlySet<string>;
}

/** With more new alerts than this their number is said, since a reader would speak for minutes. */
const MOST_SUMMARIES = 3;

/** @param before the alerts that were firing at the last call; null at the first, where only their number is said */
export function announceAlerts(alerts: readonly WireAlert[], before: ReadonlySet<string> | null): Announcement {
  const nowFiring = alerts.filter(({ state }) => state === 'firing');
  const firing = new Set(nowFiring.map(({ id }) => id));
  const fresh = nowFiring.filter(({ id }) => before?.has(id) !== true);
  const urgent = fresh.filter(isOutOfPorts);
  if (before === null) {
    const count = fresh.length === 0 ? '' : `${formatPlural(fresh.length, 'alert')} firing`;
    return { polite: urgent.length > 0 ? '' : count, assertive: summarize(urgent), firing };
  }
  const over = [...before].filter((id) => !firing.has(id)).length;
  const ended = over === 0 ? [] : [`${formatPlural(over, 'alert')} no longer firing`];
  const told = fresh.filter((alert) => !isOutOfPorts(alert));
  return {
    polite: [summarize(told), ...ended].filter((text) => text !== '').join('. '),
    assertive: summarize(urgent),
    firing,
  };
}

function isOutOfPorts({ rule, pool }: WireAlert): boolean {
  return rule === 'failing' || rule === 'empty' || pool?.mode === 'exhausted';
}

function summarize(alerts: readonly WireAlert[]): string {
  if (alerts.length > MOST_SUMMARIES) return `${formatPlural(alerts.length, 'new alert')} firing`;
  return alerts.map(({ severity, summary }) => `${severity} alert: ${summary}`).join(' ');
}
