/** Which alerts a silence or a maintenance window is about. All matchers that are given must hold. */
import { RULES, type Alert } from '../alert/alert.js';
import { formatEndpoint } from '../host/endpoint.js';
import { formatAddress, parseAddress } from '../host/ip-address.js';
import { LAST_PORT } from '../host/kernel-constants.js';
import { accept, parseWholeNumber, refuse, type Parsed, type Parser } from '../quantities.js';
import { listProcessNames } from './cause.js';
import type { IncidentPool } from './incident.js';

/** What a maintenance window may be limited to. */
export const MATCHER_NAMES = ['pool', 'destination', 'process', 'rule', 'namespace'] as const;
/** A silence may also be about one incident, where its pools have nothing else in common. */
export const SILENCE_MATCHER_NAMES = [...MATCHER_NAMES, 'incident'] as const;
type MatcherName = (typeof SILENCE_MATCHER_NAMES)[number];

/**
 * Each value is compared as a whole and case counts. `destination` is an address (`10.0.0.2`) or an address with a port
 * (`10.0.0.2:443`, `[2001:db8::1]:443`), both in canonical form.
 */
export type Matchers = Readonly<Partial<Record<MatcherName, string>>>;

type ReadMatchers = { readonly ok: true; readonly value: Matchers } | { readonly ok: false; readonly problem: string };

const MAX_NAME_LENGTH = 300;
const PARSERS: Readonly<Record<MatcherName, Parser<string>>> = {
  pool: parseName('the id of a pool'),
  destination: parseDestination,
  process: parseName('the name of a process'),
  rule: parseRule,
  namespace: parseName('the name of a network namespace, such as host'),
  incident: parseName('the id of an incident'),
};

/**
 * Reads what a person or a file gave: at least one of the matchers that are named, each with a value of its kind.
 * @param quote how a wrong value stands in the text of the problem.
 */
export function readMatchers(
  value: unknown,
  names: readonly MatcherName[],
  quote: (value: unknown) => string,
): ReadMatchers {
  const wrong = (problem: string): ReadMatchers => ({ ok: false, problem });
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
  const given = isMapping ? Object.entries(value) : [];
  if (given.length === 0) {
    return wrong(`matchers is ${quote(value)}; allowed: a mapping with at least one of ${names.join(', ')}`);
  }
  const matchers: Partial<Record<MatcherName, string>> = {};
  for (const [key, found] of given) {
    const name = names.find((candidate) => candidate === key);
    if (name === undefined) return wrong(`matchers has the unknown key ${quote(key)}; allowed: ${names.join(', ')}`);
    const parsed = PARSERS[name](found);
    if (!parsed.ok) return wrong(`matchers.${name} is ${quote(found)}; allowed: ${parsed.allowed}`);
    matchers[name] = parsed.value;
  }
  return { ok: true, value: matchers };
}

interface Membership {
  readonly incidentId: string;
  /** The pool of the alert as the incident has it; undefined for an alert about no pool. */
  readonly member: IncidentPool | undefined;
}

/** Whether an alert of an incident is one of those that the matchers are about. */
export function matchesAlert(matchers: Matchers, alert: Alert, { incidentId, member }: Membership): boolean {
  const { rule, namespace, process, pool, destination, incident } = matchers;
  if (incident !== undefined && incident !== incidentId) return false;
  if (rule !== undefined && rule !== alert.rule) return false;
  if (pool !== undefined && pool !== alert.poolId) return false;
  if (namespace === undefined && process === undefined && destination === undefined) return true;
  if (member === undefined) return false;
  return (
    (namespace === undefined || namespace === member.namespace) &&
    (process === undefined || member.processes.includes(process) || listProcessNames(alert).includes(process)) &&
    (destination === undefined || isDestination(destination, alert, member))
  );
}

/** `rule imminent, destination 10.0.0.2:443`, for people. */
export function describeMatchers(matchers: Matchers): string {
  return SILENCE_MATCHER_NAMES.flatMap((name) => {
    const value = matchers[name];
    return value === undefined ? [] : [`${name} ${value}`];
  }).join(', ');
}

function isDestination(destination: string, alert: Alert, { remoteAddress }: IncidentPool): boolean {
  if (remoteAddress === null) return false;
  const port = (alert.latest ?? alert.raised)?.remotePort ?? null;
  return destination === remoteAddress || (port !== null && destination === formatEndpoint(remoteAddress, port));
}

function parseName(what: string): Parser<string> {
  return (value) => {
    const good = typeof value === 'string' && value.length <= MAX_NAME_LENGTH && /^[^\p{Cc}\p{Cs}]+$/u.test(value);
    return good ? accept(value) : refuse(`${what}, of 1 to ${MAX_NAME_LENGTH} characters without control characters`);
  };
}

function parseRule(value: unknown): Parsed<string> {
  const rule = RULES.find((candidate) => candidate === value);
  return rule === undefined ? refuse(`one of ${RULES.join(', ')}`) : accept(rule);
}

function parseDestination(value: unknown): Parsed<string> {
  const allowed = refuse('an IP address, with or without a port, such as 10.0.0.2, 10.0.0.2:443 or [2001:db8::1]:443');
  if (typeof value !== 'string') return allowed;
  const [, bracketed, port] = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(value) ?? /^([\d.]+):(\d{1,5})$/.exec(value) ?? [];
  const words = parseAddress(bracketed ?? value);
  if (words === null) return allowed;
  const address = formatAddress(...words);
  if (port === undefined) return accept(address);
  return parseWholeNumber(port, { min: 1, max: LAST_PORT }).ok
    ? accept(formatEndpoint(address, Number(port)))
    : allowed;
}
