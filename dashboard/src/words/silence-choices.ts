/** What a silence that begins at an incident can be about, the narrowest first. */
import { HOUR_MS, SECOND_MS } from '../../../daemon/units.js';
import type { Incident, Matchers } from '../state/incident-types.js';

interface SilenceChoice {
  readonly key: string;
  readonly text: string;
  readonly matchers: Matchers;
}

/** Of pools, destinations and processes; of more the first. */
const MOST_OF_A_KIND = 10;
/** `10.0.0.2:443`, `[2001:db8::1]:443`. */
const ENDPOINT = /^(?:\[([^\]]+)\]|([\d.]+)):\d+$/;
const MOST_HOURS = 366 * 24;

export function listSilenceChoices({ id, pools, alerts }: Incident): SilenceChoice[] {
  const addresses = unique(pools.flatMap(({ name }) => findAddress(name)));
  return [
    { key: 'incident', text: 'This incident only', matchers: { incident: id } },
    ...pools.slice(0, MOST_OF_A_KIND).map((pool) => choose('pool', pool.id, pool.name)),
    ...addresses.map((address) => choose('destination', address)),
    ...unique(pools.flatMap(({ processes }) => processes)).map((name) => choose('process', name)),
    ...unique(alerts.map(({ rule }) => rule)).map((rule) => choose('rule', rule, `${rule}, of all pools`)),
  ];
}

function choose(kind: string, value: string, shown = value): SilenceChoice {
  return { key: `${kind} ${value}`, text: `${kind} ${shown}`, matchers: { [kind]: value } };
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].slice(0, MOST_OF_A_KIND);
}

function findAddress(name: string): string[] {
  const [, six, four] = ENDPOINT.exec(name) ?? [];
  const address = six ?? four;
  return address === undefined ? [] : [address];
}

/** The seconds of a number of hours; null where it is no time that a silence can last. */
export function readHours(text: string): number | null {
  const hours = Number(text);
  if (text.trim() === '' || !Number.isFinite(hours) || hours <= 0 || hours > MOST_HOURS) return null;
  return Math.max(1, Math.round((hours * HOUR_MS) / SECOND_MS));
}
