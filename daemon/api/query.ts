/** Query strings, strictly: what is unknown, repeated, missing or impossible is quoted with what is allowed. */
import type { AlertState } from '../alert/alert.js';
import type { HistoryQuery } from '../contracts.js';
import { PortcastError } from '../errors.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../units.js';
import { quoteInput } from './problem.js';

const DEFAULT_POINTS = 300;
const MAX_POINTS = 2000;
const DEFAULT_ALERTS = 100;
const MAX_ALERTS = 1000;
const DEFAULT_EPISODES = 20;
const MAX_EPISODES = 200;
/** The last instant a Date can hold. */
const MAX_EPOCH_MS = 8_640_000_000_000_000;
const MAX_RATE = 1_000_000;
const STATES: readonly AlertState[] = ['pending', 'firing', 'resolved'];
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };

interface PlanQuery {
  readonly ports: [number, number];
  readonly timeWaitMs: number;
  /** Closes per second. */
  readonly rate: number;
  readonly live: number;
}

/**
 * `from` and `to` in epoch ms (default: the hour before `nowMs`), `points` 1 to 2000.
 * @throws PortcastError USAGE
 */
export function parseHistoryQuery(url: string, id: string, nowMs: number): HistoryQuery {
  const given = readParameters(url, ['from', 'to', 'points']);
  const toMs = wholeNumber(given, { name: 'to', low: 0, high: MAX_EPOCH_MS }) ?? nowMs;
  const fromMs = wholeNumber(given, { name: 'from', low: 0, high: MAX_EPOCH_MS }) ?? toMs - HOUR_MS;
  if (fromMs >= toMs) throw usage(`from ${fromMs} is not before to ${toMs} (both are epoch ms; to defaults to now)`);
  return {
    id,
    fromMs,
    toMs,
    points: wholeNumber(given, { name: 'points', low: 1, high: MAX_POINTS }) ?? DEFAULT_POINTS,
  };
}

/** @throws PortcastError USAGE */
export function parseAlertsQuery(url: string): { state: AlertState | null; limit: number } {
  const given = readParameters(url, ['state', 'limit']);
  const text = given.get('state');
  const state = STATES.find((name) => name === text) ?? null;
  if (text !== undefined && state === null) throw usage(`state is ${quoteInput(text)}; allowed: ${STATES.join(', ')}`);
  return { state, limit: wholeNumber(given, { name: 'limit', low: 1, high: MAX_ALERTS }) ?? DEFAULT_ALERTS };
}

/** @throws PortcastError USAGE */
export function parseScoreQuery(url: string): { limit: number } {
  const given = readParameters(url, ['limit']);
  return { limit: wholeNumber(given, { name: 'limit', low: 1, high: MAX_EPISODES }) ?? DEFAULT_EPISODES };
}

/** `ports=1024-5000&timeWait=240s&rate=20&live=0`; only `live` may be left out. @throws PortcastError USAGE */
export function parsePlanQuery(url: string): PlanQuery {
  const given = readParameters(url, ['ports', 'timeWait', 'rate', 'live']);
  return {
    ports: portRange(required(given, 'ports', '1024-5000')),
    timeWaitMs: duration('timeWait', required(given, 'timeWait', '240s')),
    rate: rateOf(required(given, 'rate', '20')),
    live: wholeNumber(given, { name: 'live', low: 0, high: 65535 }) ?? 0,
  };
}

/** @throws PortcastError USAGE when a route that takes no parameters is given one */
export function refuseParameters(url: string): void {
  readParameters(url, []);
}

function readParameters(url: string, names: readonly string[]): Map<string, string> {
  const start = url.indexOf('?');
  const given = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(start < 0 ? '' : url.slice(start + 1))) {
    if (!names.includes(name)) {
      throw usage(`unknown parameter ${quoteInput(name)}; allowed: ${names.length === 0 ? 'none' : names.join(', ')}`);
    }
    if (given.has(name)) throw usage(`${name} is given more than once; give it once`);
    given.set(name, value);
  }
  return given;
}

function required(given: ReadonlyMap<string, string>, name: string, example: string): string {
  const text = given.get(name);
  if (text === undefined) throw usage(`${name} is missing; give it as in ${name}=${example}`);
  return text;
}

interface Bounds {
  readonly name: string;
  readonly low: number;
  readonly high: number;
}

function wholeNumber(given: ReadonlyMap<string, string>, { name, low, high }: Bounds): number | null {
  const text = given.get(name);
  if (text === undefined) return null;
  const value = Number(text);
  if (/^\d{1,16}$/.test(text) && value >= low && value <= high) return value;
  throw usage(`${name} is ${quoteInput(text)}; allowed: a whole number from ${low} to ${high}`);
}

function portRange(text: string): [number, number] {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  if (first >= 1 && first <= last && last <= 65535) return [first, last];
  throw usage(`ports is ${quoteInput(text)}; allowed: FIRST-LAST within 1-65535, as in ports=1024-5000`);
}

/** A unit is required: 240 could be seconds to one reader and milliseconds to the next. */
function duration(name: string, text: string): number {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)$/.exec(text);
  const ms = Number(match?.[1]) * (UNITS[match?.[2] ?? ''] ?? Number.NaN);
  if (ms > 0 && ms <= DAY_MS) return ms;
  throw usage(
    `${name} is ${quoteInput(text)}; allowed: a number with its unit (ms, s, m, h, d), up to 1d, as in ${name}=240s`,
  );
}

function rateOf(text: string): number {
  const value = Number(text);
  if (/^\d{1,7}(\.\d{1,9})?$/.test(text) && value <= MAX_RATE) return value;
  throw usage(
    `rate is ${quoteInput(text)}; allowed: closes per second from 0 to ${MAX_RATE}, as in rate=20 or rate=0.5`,
  );
}

function usage(message: string): PortcastError {
  return new PortcastError('USAGE', message);
}
