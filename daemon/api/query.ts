/**
 * Strict parsers of query strings. An unknown, repeated, missing or impossible parameter is an error that quotes the
 * value and names the allowed ones.
 */
import type { AlertState } from '../alert/alert.js';
import type { HistoryQuery } from '../contracts.js';
import { PortcastError } from '../errors.js';
import { parseWholeNumber } from '../quantities.js';
import { HOUR_MS } from '../units.js';
import type { IncidentsQuery } from './data.js';
import { quoteInput } from './problem.js';

const DEFAULT_POINTS = 300;
const MAX_POINTS = 2000;
const DEFAULT_ALERTS = 100;
const MAX_ALERTS = 1000;
const DEFAULT_LISTED = 100;
const MAX_LISTED = 1000;
const DEFAULT_EPISODES = 20;
const MAX_EPISODES = 200;
const DEFAULT_REPORT_DAYS = 7;
/** Longer than that hours are kept. */
const MAX_REPORT_DAYS = 400;
/** The latest instant that a Date can hold (ECMA-262, time values). */
const MAX_EPOCH_MS = 8_640_000_000_000_000;
const STATES: readonly AlertState[] = ['pending', 'firing', 'resolved'];
const INCIDENT_STATES = ['open', 'quiet', 'resolved'] as const;

/**
 * `from` and `to` are epoch ms; `to` defaults to `nowMs` and `from` to an hour before `to`. `points` is 1 to 2000.
 * @throws PortcastError USAGE
 */
export function parseHistoryQuery(url: string, id: string, nowMs: number): HistoryQuery {
  const given = readParameters(url, ['from', 'to', 'points']);
  return {
    id,
    ...readSpan(given, nowMs, HOUR_MS),
    points: readWholeNumber(given, { name: 'points', min: 1, max: MAX_POINTS }) ?? DEFAULT_POINTS,
  };
}

/**
 * The parameters `from` and `to`, in epoch ms: `to` defaults to `nowMs` and `from` to `lengthMs` before `to`.
 * @throws PortcastError USAGE
 */
export function readSpan(
  given: ReadonlyMap<string, string>,
  nowMs: number,
  lengthMs: number,
): { fromMs: number; toMs: number } {
  const toMs = readWholeNumber(given, { name: 'to', min: 0, max: MAX_EPOCH_MS }) ?? nowMs;
  const fromMs = readWholeNumber(given, { name: 'from', min: 0, max: MAX_EPOCH_MS }) ?? toMs - lengthMs;
  if (fromMs >= toMs)
    throw usageError(`from ${fromMs} is not before to ${toMs} (both are epoch ms; to defaults to now)`);
  return { fromMs, toMs };
}

/** @throws PortcastError USAGE */
export function parseAlertsQuery(url: string): { state: AlertState | null; limit: number } {
  const given = readParameters(url, ['state', 'limit']);
  const text = given.get('state');
  const state = STATES.find((name) => name === text) ?? null;
  if (text !== undefined && state === null)
    throw usageError(`state is ${quoteInput(text)}; allowed: ${STATES.join(', ')}`);
  return { state, limit: readWholeNumber(given, { name: 'limit', min: 1, max: MAX_ALERTS }) ?? DEFAULT_ALERTS };
}

/** @throws PortcastError USAGE */
export function parseIncidentsQuery(url: string): IncidentsQuery {
  const given = readParameters(url, ['state', 'before', 'limit']);
  const text = given.get('state');
  const state = INCIDENT_STATES.find((name) => name === text) ?? null;
  if (text !== undefined && state === null)
    throw usageError(`state is ${quoteInput(text)}; allowed: ${INCIDENT_STATES.join(', ')}`);
  const limit = readWholeNumber(given, { name: 'limit', min: 1, max: MAX_LISTED }) ?? DEFAULT_LISTED;
  return { state, before: given.get('before') ?? null, limit };
}

/** @throws PortcastError USAGE */
export function parseLimitQuery(url: string): { limit: number } {
  const given = readParameters(url, ['limit']);
  return { limit: readWholeNumber(given, { name: 'limit', min: 1, max: MAX_LISTED }) ?? DEFAULT_LISTED };
}

/** @throws PortcastError USAGE */
export function parseScoreQuery(url: string): { limit: number } {
  const given = readParameters(url, ['limit']);
  return { limit: readWholeNumber(given, { name: 'limit', min: 1, max: MAX_EPISODES }) ?? DEFAULT_EPISODES };
}

/** @throws PortcastError USAGE */
export function parseReportQuery(url: string): { days: number } {
  const given = readParameters(url, ['days']);
  return { days: readWholeNumber(given, { name: 'days', min: 1, max: MAX_REPORT_DAYS }) ?? DEFAULT_REPORT_DAYS };
}

/** @throws PortcastError USAGE when the URL has a parameter: the route takes none. */
export function refuseParameters(url: string): void {
  readParameters(url, []);
}

/** @throws PortcastError USAGE for a parameter that is unknown or repeated. */
export function readParameters(url: string, names: readonly string[]): Map<string, string> {
  const start = url.indexOf('?');
  const given = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(start < 0 ? '' : url.slice(start + 1))) {
    if (!names.includes(name)) {
      throw usageError(
        `unknown parameter ${quoteInput(name)}; allowed: ${names.length === 0 ? 'none' : names.join(', ')}`,
      );
    }
    if (given.has(name)) throw usageError(`${name} is given more than once; give it once`);
    given.set(name, value);
  }
  return given;
}

export function requireParameter(
  given: ReadonlyMap<string, string>,
  { name, example }: { name: string; example: string },
): string {
  const text = given.get(name);
  if (text === undefined) throw usageError(`${name} is missing; give it as in ${name}=${example}`);
  return text;
}

/** @returns null when the parameter is not given. */
export function readWholeNumber(
  given: ReadonlyMap<string, string>,
  { name, min, max }: { name: string; min: number; max: number },
): number | null {
  const text = given.get(name);
  if (text === undefined) return null;
  const parsed = parseWholeNumber(text, { min, max });
  if (parsed.ok) return parsed.value;
  throw usageError(`${name} is ${quoteInput(text)}; allowed: ${parsed.allowed}`);
}

export function usageError(message: string): PortcastError {
  return new PortcastError('USAGE', message);
}
