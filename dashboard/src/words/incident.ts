/** An incident in words: what happens, where, since when, and what its pools have in common. */
import { formatCount, formatPercent, SECOND_MS } from '../../../daemon/units.js';
import type { IconName } from '../parts/icon.js';
import type { Incident, Matchers } from '../state/incident-types.js';
import { formatInstant, formatPlural, formatWholeDuration, parseInstant } from './format.js';
import type { Tone } from './tone.js';

export interface Sign {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly word: string;
}

const SEVERITIES: Record<string, Omit<Sign, 'word'>> = {
  critical: { icon: 'cross', tone: 'critical' },
  warning: { icon: 'alert', tone: 'warning' },
  info: { icon: 'info', tone: 'calm' },
};
const STATES: Record<string, Omit<Sign, 'word'>> = {
  open: { icon: 'rise', tone: 'critical' },
  quiet: { icon: 'level', tone: 'warning' },
  resolved: { icon: 'check', tone: 'calm' },
};
/** Of a list of names. */
const NAMED = 3;
const UNKNOWN = { icon: 'question', tone: 'unknown' } as const;

/** By the rule of the alert that describes the incident: what happens, and what happened. `%` stands for the place. */
const HAPPENINGS: Record<string, readonly [now: string, past: string]> = {
  imminent: ['Ports to % run out', 'Ports to % were running out'],
  failing: ['Out of ports to %: connects fail', 'Out of ports to %: connects failed'],
  leak: ['Open connections use up the ports to %', 'Open connections used up the ports to %'],
  pressure: ['Traffic to % needs nearly all ports', 'Traffic to % needed nearly all ports'],
  use: ['Most ports to % are in use', 'Most ports to % were in use'],
  empty: ['No port of the ephemeral range is usable', 'No port of the ephemeral range was usable'],
  blind: ['portcast cannot see the sockets', 'portcast could not see the sockets'],
};

export function chooseSeveritySign(severity: string): Sign {
  return { ...(SEVERITIES[severity] ?? UNKNOWN), word: severity };
}

export function chooseStateSign(state: string): Sign {
  return { ...(STATES[state] ?? UNKNOWN), word: state };
}

/** When a pool had no port left; `to` is null while it has none. */
interface OutOfPorts {
  readonly poolId: string;
  readonly to: unknown;
}

/** `Ports to 10.0.0.2:443 run out`. @param outages those of its pools that are known */
export function writeIncidentHeadline(incident: Incident, outages: readonly OutOfPorts[] = []): string {
  const { pools, state } = incident;
  const now = state === 'open' ? outages.filter(({ to }) => to === null) : [];
  const ids = new Set((now.length > 0 ? now : outages).map(({ poolId }) => poolId));
  const out = pools.filter(({ id }) => ids.has(id)).map(({ name }) => name);
  if (out.length > 0) {
    const place = describePlace(incident);
    const begin = now.length > 0 ? 'Out of ports' : 'Was out of ports';
    return `${begin} to ${out.length === pools.length ? place : `${listNames(out)}, of ${place}`}`;
  }
  const lead = incident.alerts.find(({ id }) => id === incident.leadAlertId) ?? incident.alerts[0];
  const happening = HAPPENINGS[lead?.rule ?? ''];
  if (happening === undefined) return incident.summary;
  return happening[incident.state === 'open' ? 0 : 1].replace('%', () => describePlace(incident));
}

/** `10.0.0.2:443`, `3 destinations of psql`, `12 pools from 10.0.0.1`. */
export function describePlace({ pools, cause }: Incident): string {
  const [first] = pools;
  if (first === undefined) return 'any destination';
  if (pools.length === 1) return first.name;
  if (cause.kind === 'destination') return `${cause.key} (${formatPlural(pools.length, 'pool')})`;
  const count = formatPlural(pools.length, 'destination');
  if (cause.kind === 'process') return `${count} of ${cause.key}`;
  return cause.kind === 'local address' ? `${count} from ${cause.key}` : count;
}

/** `a, b, c and 4 more`. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).join(', ');
  return names.length > NAMED ? `${shown} and ${formatCount(names.length - NAMED)} more` : shown;
}

/** What the pools have in common. */
export function describeCause({ pools, cause }: Incident): string {
  switch (cause.kind) {
    case 'portcast':
      return 'portcast itself';
    case 'range':
      return cause.key === '' ? 'no port of the range is usable' : 'the ephemeral range became smaller';
    case 'pool':
      return pools[0] === undefined || pools[0].processes.length === 0
        ? 'one destination'
        : `one destination, ports held by ${listNames(pools[0].processes)}`;
    case 'process':
      return `process ${cause.key}`;
    case 'destination':
      return `destination ${cause.key}`;
    case 'local address':
      return `local address ${cause.key}`;
    case 'namespace':
      return cause.key === 'host' ? 'this host' : `network namespace ${cause.key}`;
    default:
      return pools.length === 0 ? 'unknown' : `${String(cause.kind)} ${cause.key}`;
  }
}

/** `Open for 4 min, since 14:02:54`, `Over: 14:02:54 to 14:07:01 (4 min 7 s)`. */
export function describeSpan(incident: Incident, nowMs: number): string {
  const fromMs = parseInstant(incident.openedAt) ?? nowMs;
  const toMs = parseInstant(incident.resolvedAt);
  const from = formatInstant(fromMs, nowMs);
  if (incident.state === 'resolved' && toMs !== null) {
    return `Over: ${from} to ${formatInstant(toMs, nowMs)} (${formatWholeDuration(toMs - fromMs)})`;
  }
  const quietMs = parseInstant(incident.quietSince);
  if (incident.state === 'quiet' && quietMs !== null) {
    const overAt = formatInstant(quietMs + incident.quietForSeconds * SECOND_MS, nowMs);
    return `Quiet since ${formatInstant(quietMs, nowMs)}: over at ${overAt} if no alert fires again. It began ${from}`;
  }
  return `Open for ${formatWholeDuration(nowMs - fromMs)}, since ${from}`;
}

/** The highest use of one pool: `28,232 of 28,232 (100%)`; null for an incident without pools. */
export function describePeak({ pools }: Incident): string | null {
  const [worst] = [...pools].sort((a, b) => shareOf(b) - shareOf(a));
  if (worst === undefined) return null;
  return `${formatCount(worst.peakUsed)} of ${formatCount(worst.capacity)} (${formatPercent(shareOf(worst))})`;
}

export function shareOf({ peakUsed, capacity }: { peakUsed: number; capacity: number }): number {
  return capacity > 0 ? peakUsed / capacity : 1;
}

/** `rule imminent, destination 10.0.0.2:443`. */
export function describeMatchers(matchers: Matchers): string {
  return Object.entries(matchers)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

/** The author of an acknowledgement or a comment. */
export function nameAuthor(author: string | null): string {
  return author ?? 'someone';
}
