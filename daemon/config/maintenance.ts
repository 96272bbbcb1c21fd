/** Maintenance windows: how the configuration spells them, and when they are open. */
import { Cron } from 'croner';
import { MATCHER_NAMES, readMatchers, type Matchers } from '../incident/matchers.js';
import { accept, formatDurationValue, parseDuration, parseWithin, refuse, type Parsed } from '../quantities.js';
import { HIDDEN, mayBeSecret } from '../secrets.js';
import { DAY_MS, MINUTE_MS } from '../units.js';
import { parseTimeZone } from './values.js';

const MAX_WINDOWS = 100;
const KEYS = ['name', 'cron', 'duration', 'timeZone', 'matchers'];
const MAX_CRON_LENGTH = 100;
const parseWindowDuration = parseWithin(parseDuration, { min: MINUTE_MS, max: 30 * DAY_MS, text: formatDurationValue });

/** A time that comes again and again, in which nothing is told. */
export interface MaintenanceWindow {
  /** It stands in every decision that the window leads to. */
  readonly name: string;
  /** Five cron fields: the beginnings. */
  readonly cron: string;
  /** In real time: a window over a change of the clock lasts no longer and no shorter than at other times. */
  readonly durationMs: number;
  /** An IANA time zone, in which the cron fields are read. */
  readonly timeZone: string;
  /** Null for every alert. */
  readonly matchers: Matchers | null;
}

interface OpenTime {
  readonly beginAtMs: number;
  readonly endAtMs: number;
}

/** A list of mappings with the keys `name`, `cron`, `duration`, `timeZone` and, optional, `matchers`. */
export function parseMaintenance(value: unknown): Parsed<MaintenanceWindow[]> {
  if (!Array.isArray(value) || value.length > MAX_WINDOWS) {
    return refuse(`a list of at most ${MAX_WINDOWS} windows, each with ${KEYS.join(', ')}`);
  }
  const windows: MaintenanceWindow[] = [];
  for (const [index, item] of (value as unknown[]).entries()) {
    const read = readWindow(item);
    if (typeof read === 'string') return refuse(`in window ${index + 1}: ${read}`);
    if (windows.some(({ name }) => name === read.name)) return refuse(`in window ${index + 1}: a name of its own`);
    windows.push(read);
  }
  return accept(windows);
}

/** The next times that a window opens after an instant. */
export function listNextTimes(
  { cron, timeZone, durationMs }: MaintenanceWindow,
  afterMs: number,
  count: number,
): OpenTime[] {
  const starts = openCron(cron, timeZone).nextRuns(count, new Date(afterMs));
  return starts.map((start) => ({ beginAtMs: start.getTime(), endAtMs: start.getTime() + durationMs }));
}

/** The returned function gives the windows that are open at an instant. */
export function followMaintenance(windows: readonly MaintenanceWindow[]): (nowMs: number) => MaintenanceWindow[] {
  const followed = windows.map((window) => ({ window, isOpen: followWindow(window) }));
  return (nowMs) => followed.filter(({ isOpen }) => isOpen(nowMs)).map(({ window }) => window);
}

/** A window is open from each beginning for its duration. What was found out holds until the next beginning or end. */
function followWindow({ cron, timeZone, durationMs }: MaintenanceWindow): (nowMs: number) => boolean {
  const schedule = openCron(cron, timeZone);
  let known = { fromMs: 0, untilMs: 0, isOpen: false };
  return (nowMs) => {
    if (nowMs >= known.fromMs && nowMs < known.untilMs) return known.isOpen;
    // The first beginning whose window has not ended yet.
    const beginAtMs = schedule.nextRun(new Date(nowMs - durationMs))?.getTime() ?? Infinity;
    const isOpen = beginAtMs <= nowMs;
    known = { fromMs: nowMs, untilMs: isOpen ? beginAtMs + durationMs : beginAtMs, isOpen };
    return isOpen;
  };
}

function openCron(cron: string, timeZone: string): Cron {
  return new Cron(cron, { timezone: timeZone, mode: '5-part', paused: true });
}

/** @returns the window, or what is wrong with it. */
function readWindow(value: unknown): MaintenanceWindow | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `a mapping with ${KEYS.join(', ')}`;
  const { name, cron, duration, timeZone: given, matchers } = value as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(value).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) return `${quote(unknown)} is an unknown key; allowed: ${KEYS.join(', ')}`;
  if (typeof name !== 'string' || !/^[^\p{C}]{1,100}$/u.test(name) || name.trim() !== name) {
    return say('name', name, 'a name of 1 to 100 printable characters');
  }
  const zone = parseTimeZone(given);
  if (!zone.ok) return say('timeZone', given, zone.allowed);
  const timeZone = zone.value;
  if (typeof cron !== 'string' || !isCron(cron, timeZone)) {
    return say(
      'cron',
      cron,
      'five cron fields (minute hour day month weekday) of a time that comes, such as "30 2 * * sun"',
    );
  }
  const durationMs = parseWindowDuration(duration);
  if (!durationMs.ok) return say('duration', duration, durationMs.allowed);
  if (matchers === undefined || matchers === null)
    return { name, cron, durationMs: durationMs.value, timeZone, matchers: null };
  const read = readMatchers(matchers, MATCHER_NAMES, quote);
  return read.ok ? { name, cron, durationMs: durationMs.value, timeZone, matchers: read.value } : read.problem;
}

/** The nicknames of cron (`@daily`) are refused: what they stand for depends on the program. */
function isCron(text: string, timeZone: string): boolean {
  if (text.length > MAX_CRON_LENGTH || !/^[\w*?,/#-]+(?: +[\w*?,/#-]+){4}$/.test(text)) return false;
  try {
    return openCron(text, timeZone).nextRun() !== null;
  } catch {
    return false;
  }
}

function say(key: string, found: unknown, allowed: string): string {
  return found === undefined
    ? `${key} is missing; allowed: ${allowed}`
    : `${key} is ${quote(found)}; allowed: ${allowed}`;
}

function quote(value: unknown): string {
  return mayBeSecret(value) ? HIDDEN : JSON.stringify(value).slice(0, 80);
}
