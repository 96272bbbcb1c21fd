/**
 * What-if: a pool as it is beside the same pool with other settings. Pure, and shared with the dashboard, which computes it
 * while a slider is dragged.
 */
import { LAST_PORT } from '../host/kernel-constants.js';
import { DAY_MS, formatCount, SECOND_MS } from '../units.js';
import { MAX_PLAN_RATE } from './plan.js';
import { freeEvenly } from './what-if-queue.js';

/** What is changed; what is absent stays as it is. */
export interface Settings {
  /** First and last port, both included. */
  readonly ports?: readonly [number, number];
  /** Ports of the range that no connection may take. */
  readonly reserved?: number;
  /** How long a closed connection keeps its port. */
  readonly timeWaitMs?: number;
  /** Closes per second before `requests` and `sources` divide them. */
  readonly rate?: number;
  /** Connections kept open, before `sources` divides them. */
  readonly live?: number;
  /** Source addresses over which the connections are spread evenly: each has a pool of its own. */
  readonly sources?: number;
  /** Requests that each connection serves where it serves one now: divides the closes. */
  readonly requests?: number;
  /** Whether connect() may take a TIME_WAIT port again after the reuse delay. */
  readonly reuse?: boolean;
}
export type Field = keyof Settings;
const FIELDS = [
  'ports',
  'reserved',
  'timeWaitMs',
  'rate',
  'live',
  'sources',
  'requests',
  'reuse',
] as const satisfies readonly Field[];

/** A pool at one instant. Rates are per second. */
export interface Situation {
  /** For people: `10.0.0.2:443`, or `a destination`. */
  readonly name: string;
  /** The range; null where it is not known, as for a stored pool. */
  readonly ports: readonly [number, number] | null;
  readonly capacity: number;
  readonly live: number;
  readonly rate: number;
  readonly holdMs: number;
  /** Ports that closed connections hold, without those that connect() may take again. */
  readonly held: number;
  /** How many of these come free within so many ms; null where that is not known. */
  readonly freedBy: ((afterMs: number) => number) | null;
  /** By how much the live ports grow where that is what fills the pool, else 0. */
  readonly growth: number;
  /** Ports that the pool will hold for other reasons than closes, such as connects that nobody answers. */
  readonly waiting: number;
  readonly reuse: ReuseFacts;
  /** Whether `rate` is only the least demand, because connects fail. */
  readonly isLeast: boolean;
}

export interface ReuseFacts {
  readonly delayMs: number;
  /** Why reuse cannot help here; null where it can. */
  readonly whyNot: string | null;
}

/** A value that makes no sense, in words for people. */
export interface FieldProblem {
  readonly field: Field;
  readonly found: string;
  readonly allowed: string;
}

export const LIMITS = {
  timeWaitMs: DAY_MS,
  rate: MAX_PLAN_RATE,
  sources: 1000,
  requests: 1_000_000,
} as const;

/** The situation with the settings. Ports that are held already keep the time that they have left, except with reuse. */
export function applySettings(now: Situation, settings: Settings): Situation {
  const { sources = 1, requests = 1, reuse = false } = settings;
  const holdMs = findHold(now, settings);
  const stay = countKeptShare(now.ports, settings.ports ?? now.ports);
  const freedBy = now.freedBy ?? freeEvenly(now.held, now.holdMs);
  const aheadMs = reuse ? Math.max(0, now.holdMs - holdMs) : 0;
  const freedAtOnce = aheadMs === 0 ? 0 : freedBy(aheadMs);
  return {
    ...now,
    ports: settings.ports ?? now.ports,
    capacity: findCapacity(now, settings),
    live: (settings.live ?? now.live) / sources,
    rate: (settings.rate ?? now.rate) / requests / sources,
    holdMs,
    held: (now.held - freedAtOnce) * stay,
    freedBy: (afterMs) => (freedBy(afterMs + aheadMs) - freedAtOnce) * stay,
    growth: now.growth / sources,
    waiting: now.waiting / sources,
  };
}

/** The ports with the settings. Without a new range or number of reserved ports they are those of now. */
export function findCapacity(now: Pick<Situation, 'ports' | 'capacity'>, { ports, reserved }: Settings): number {
  if (ports === undefined && reserved === undefined) return now.capacity;
  const range = ports ?? now.ports;
  if (range === null) return now.capacity;
  const blocked = now.ports === null ? 0 : countPorts(now.ports) - now.capacity;
  return Math.max(0, countPorts(range) - (reserved ?? Math.max(0, blocked)));
}

export function findHold(now: Pick<Situation, 'holdMs' | 'reuse'>, { timeWaitMs, reuse }: Settings): number {
  const holdMs = timeWaitMs ?? now.holdMs;
  return reuse === true ? Math.min(holdMs, now.reuse.delayMs) : holdMs;
}

export function countPorts([first, last]: readonly [number, number]): number {
  return last - first + 1;
}

/** Only the ports inside the new range count (kernel rule 8). They are taken to be spread evenly over the old one. */
function countKeptShare(old: Situation['ports'], next: Situation['ports']): number {
  if (old === null || next === null) return 1;
  const common = Math.min(old[1], next[1]) - Math.max(old[0], next[0]) + 1;
  return Math.max(0, common) / countPorts(old);
}

/** Whether anything is changed. */
export function changesAnything(settings: Settings): boolean {
  return FIELDS.some((field) => settings[field] !== undefined);
}

/** What makes no sense, the first of each field. */
export function findProblems(now: Situation, settings: Settings): FieldProblem[] {
  const problems = checkValues(settings);
  if (settings.reuse === true && now.reuse.whyNot !== null) {
    problems.push({ field: 'reuse', found: 'on', allowed: `only off: ${now.reuse.whyNot}` });
  }
  if (problems.length > 0) return problems;
  return checkTogether(now, settings);
}

function checkValues({ ports, reserved, timeWaitMs, rate, live, sources, requests }: Settings): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const check = (field: Field, value: number | undefined, isRight: (value: number) => boolean, allowed: string) => {
    if (value !== undefined && !isRight(value)) problems.push({ field, found: String(value), allowed });
  };
  if (ports !== undefined && !isRange(ports)) {
    const allowed = `a range first-last of whole numbers from 1 to ${LAST_PORT}, first not above last`;
    problems.push({ field: 'ports', found: ports.join('-'), allowed });
  }
  check('reserved', reserved, isCount, `a whole number of ports from 0 to ${LAST_PORT}`);
  const seconds = timeWaitMs === undefined ? undefined : timeWaitMs / SECOND_MS;
  check('timeWaitMs', seconds, (s) => s > 0 && s * SECOND_MS <= LIMITS.timeWaitMs, 'more than 0 s and at most 24 h');
  check('rate', rate, (r) => r >= 0 && r <= LIMITS.rate, `closes per second from 0 to ${LIMITS.rate}`);
  check('live', live, isCount, `a whole number of connections from 0 to ${LAST_PORT}`);
  const isSourceCount = (n: number): boolean => Number.isInteger(n) && n >= 1 && n <= LIMITS.sources;
  check('sources', sources, isSourceCount, `a whole number of addresses from 1 to ${LIMITS.sources}`);
  check('requests', requests, (n) => n >= 1 && n <= LIMITS.requests, `a number from 1 to ${LIMITS.requests}`);
  return problems;
}

function isRange([first, last]: readonly [number, number]): boolean {
  const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= LAST_PORT;
  return isPort(first) && isPort(last) && first <= last;
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= LAST_PORT;
}

/** Values that are possible by themselves, but not with one another. */
function checkTogether(now: Situation, settings: Settings): FieldProblem[] {
  const { ports, reserved, live, sources = 1 } = settings;
  const range = ports ?? now.ports;
  if (reserved !== undefined && range === null) {
    return [
      { field: 'reserved', found: String(reserved), allowed: 'only together with ports, as the range is not known' },
    ];
  }
  const capacity = findCapacity(now, settings);
  if (reserved !== undefined && range !== null && capacity === 0) {
    const allowed = `fewer than the ${formatCount(countPorts(range))} ports of the range`;
    return [{ field: 'reserved', found: formatCount(reserved), allowed }];
  }
  if (ports !== undefined && capacity === 0) {
    const blocked = now.ports === null ? 0 : countPorts(now.ports) - now.capacity;
    const allowed = `more ports than the ${formatCount(blocked)} that are reserved, listened on or bound`;
    return [{ field: 'ports', found: ports.join('-'), allowed }];
  }
  if (live !== undefined && live / sources > capacity) {
    const each = sources === 1 ? '' : ` at each of ${formatCount(sources)} source addresses`;
    return [{ field: 'live', found: formatCount(live), allowed: `at most the ${formatCount(capacity)} ports${each}` }];
  }
  return [];
}
