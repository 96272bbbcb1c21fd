/** Strict parser of the query of `GET /api/v1/plan`. */
import { MAX_PLAN_RATE } from '../advice/plan.js';
import { LIMITS, type Field, type FieldProblem, type Settings } from '../advice/what-if.js';
import { LAST_PORT } from '../host/kernel-constants.js';
import { parsePortRange } from '../host/port-range.js';
import { parseDecimal, parseDuration } from '../quantities.js';
import { DAY_MS } from '../units.js';
import type { TypedNumbers } from '../wire/plan.js';
import { quoteInput } from './problem.js';
import { readParameters, readWholeNumber, requireParameter, usageError } from './query.js';
import type { PortcastError } from '../errors.js';

/** What is planned for: numbers, a pool of the newest sample, or a stored incident. */
type PlanSubject =
  | { readonly kind: 'numbers'; readonly numbers: TypedNumbers }
  | { readonly kind: 'pool'; readonly id: string }
  | { readonly kind: 'incident'; readonly id: string };

interface PlanQuery {
  readonly subject: PlanSubject;
  /** Of numbers only what no number of theirs says: source addresses, requests and reuse. */
  readonly settings: Settings;
  /** Whether a parameter of a what-if is given, so that the answer compares. */
  readonly isWhatIf: boolean;
}

const PARAMETERS = [
  'ports',
  'timeWait',
  'rate',
  'live',
  'reserved',
  'sources',
  'requests',
  'reuse',
  'pool',
  'incident',
] as const;
type Parameter = (typeof PARAMETERS)[number];
/** Given with numbers, these ask for a what-if. */
const WHAT_IF: readonly Parameter[] = ['reserved', 'sources', 'requests', 'reuse'];
type Given = ReadonlyMap<string, string>;

/**
 * `ports=1024-5000&timeWait=240s&rate=20&live=0`, where only `live` is optional; with `pool=ID` or `incident=ID` all are.
 * @throws PortcastError USAGE
 */
export function parsePlanQuery(url: string): PlanQuery {
  const given = readParameters(url, PARAMETERS);
  const [pool, incident] = [given.get('pool'), given.get('incident')];
  if (pool !== undefined && incident !== undefined) {
    throw usageError('pool and incident are both given; allowed: one of them');
  }
  const isWhatIf = WHAT_IF.some((name) => given.has(name)) || pool !== undefined || incident !== undefined;
  if (pool !== undefined) return { subject: { kind: 'pool', id: pool }, settings: readSettings(given), isWhatIf };
  if (incident !== undefined) {
    return { subject: { kind: 'incident', id: incident }, settings: readSettings(given), isWhatIf };
  }
  const numbers = {
    ports: portsOf(requireParameter(given, { name: 'ports', example: '1024-5000' })),
    timeWaitMs: timeWaitOf(requireParameter(given, { name: 'timeWait', example: '240s' })),
    rate: rateOf(requireParameter(given, { name: 'rate', example: '20' })),
    live: readCount(given, 'live') ?? 0,
    reserved: readCount(given, 'reserved') ?? 0,
  };
  return { subject: { kind: 'numbers', numbers }, settings: readChanges(given), isWhatIf };
}

/** The error of settings that make no sense. */
export function settingsError({ field, found, allowed }: FieldProblem): PortcastError {
  const name: Parameter = field === 'timeWaitMs' ? 'timeWait' : (field satisfies Exclude<Field, 'timeWaitMs'>);
  return usageError(`${name} is ${quoteInput(found)}; allowed: ${allowed}`);
}

function readSettings(given: Given): Settings {
  const [ports, timeWait, rate] = [given.get('ports'), given.get('timeWait'), given.get('rate')];
  const [live, reserved] = [readCount(given, 'live'), readCount(given, 'reserved')];
  return {
    ...(ports !== undefined && { ports: portsOf(ports) }),
    ...(timeWait !== undefined && { timeWaitMs: timeWaitOf(timeWait) }),
    ...(rate !== undefined && { rate: rateOf(rate) }),
    ...(live !== null && { live }),
    ...(reserved !== null && { reserved }),
    ...readChanges(given),
  };
}

function readChanges(given: Given): Settings {
  const sources = readWholeNumber(given, { name: 'sources', min: 1, max: LIMITS.sources });
  const [requests, reuse] = [given.get('requests'), given.get('reuse')];
  return {
    ...(sources !== null && { sources }),
    ...(requests !== undefined && { requests: requestsOf(requests) }),
    ...(reuse !== undefined && { reuse: reuseOf(reuse) }),
  };
}

function readCount(given: Given, name: Parameter): number | null {
  return readWholeNumber(given, { name, min: 0, max: LAST_PORT });
}

function portsOf(text: string): TypedNumbers['ports'] {
  const range = parsePortRange(text);
  if (range !== null) return [range.first, range.last];
  throw usageError(`ports is ${quoteInput(text)}; allowed: FIRST-LAST within 1-${LAST_PORT}, as in ports=1024-5000`);
}

function timeWaitOf(text: string): number {
  const parsed = parseDuration(text);
  if (parsed.ok && parsed.value > 0 && parsed.value <= DAY_MS) return parsed.value;
  throw usageError(
    `timeWait is ${quoteInput(text)}; allowed: a number with its unit (ms, s, m, h, d), up to 1d, as in timeWait=240s`,
  );
}

function rateOf(text: string): number {
  const parsed = parseDecimal(text);
  if (parsed.ok && parsed.value <= MAX_PLAN_RATE) return parsed.value;
  throw usageError(
    `rate is ${quoteInput(text)}; allowed: closes per second from 0 to ${MAX_PLAN_RATE}, as in rate=20 or rate=0.5`,
  );
}

function requestsOf(text: string): number {
  const parsed = parseDecimal(text);
  if (parsed.ok && parsed.value >= 1 && parsed.value <= LIMITS.requests) return parsed.value;
  throw usageError(
    `requests is ${quoteInput(text)}; allowed: requests a connection from 1 to ${LIMITS.requests}, as in requests=10`,
  );
}

function reuseOf(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw usageError(`reuse is ${quoteInput(text)}; allowed: true, false`);
}
