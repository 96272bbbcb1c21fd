/** What the dashboard says of a pool: its tone, its headline, and what lies ahead over minutes, hours and weeks. */
import { formatCount, formatPercent, formatRate, MINUTE_MS } from '../../../daemon/units.js';
import type { WireHost } from '../../../daemon/wire/host.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { describeProbability, isLikely } from './probability-text.js';
import { formatDay, parseInstant, formatInstant, formatRoughDuration, formatWholeDuration } from './format.js';

export type Tone = 'critical' | 'warning' | 'calm' | 'unknown';

/** An exhaustion nearer than this is critical whatever the numbers are. */
const CRITICAL_WITHIN_MS = 5 * MINUTE_MS;
const WARNING_PRESSURE = 0.8;
const CRITICAL_PRESSURE = 0.95;
/** A climb that reaches the limit so soon leaves no time to wait and see. */
const WARNING_CLIMB_MS = 60 * MINUTE_MS;

/** The table is read at least every 30 s: a sample older than three of those says nothing about now. */
const OLD_AFTER_MS = 100_000;

/** Whether a pool's sample is too old to speak of the present. */
export function isOld(pool: WirePool, nowMs: number): boolean {
  return nowMs - (parseInstant(pool.sampledAt) ?? nowMs) > OLD_AFTER_MS;
}

export interface Headline {
  readonly tone: Tone;
  readonly text: string;
  /** The instant the headline speaks of, in epoch ms. */
  readonly atMs: number | null;
  /** How sure it is, or what it rests on. */
  readonly detail: string;
}

export function choosePoolTone(pool: WirePool, nowMs: number): Tone {
  if (isOld(pool, nowMs)) return 'unknown';
  if (pool.mode === 'exhausted') return 'critical';
  const exhaustsAt = parseInstant(pool.exhaustsAt);
  if (exhaustsAt !== null) {
    return exhaustsAt - nowMs <= CRITICAL_WITHIN_MS && isLikely(pool) ? 'critical' : 'warning';
  }
  if (pool.pressure === null) return 'unknown';
  if (pool.pressure >= CRITICAL_PRESSURE) return 'critical';
  return pool.pressure >= WARNING_PRESSURE || climbsSoon(pool, nowMs) ? 'warning' : 'calm';
}

function climbsSoon(pool: WirePool, nowMs: number): boolean {
  const fullAt = parseInstant(pool.pressureFullAt);
  return fullAt !== null && fullAt - nowMs <= WARNING_CLIMB_MS;
}

export function writeHeadline(pool: WirePool, nowMs: number): Headline {
  const sampledAt = parseInstant(pool.sampledAt) ?? nowMs;
  if (!isOld(pool, nowMs)) return presentStory(pool, nowMs);
  const { text: headline } = presentStory(pool, sampledAt);
  return {
    tone: 'unknown',
    text: `Unknown since ${formatInstant(sampledAt, nowMs)}`,
    atMs: null,
    detail: `Last seen ${formatWholeDuration(nowMs - sampledAt)} ago. Then: ${headline}`,
  };
}

function presentStory(pool: WirePool, nowMs: number): Headline {
  const tone = choosePoolTone(pool, nowMs);
  if (pool.mode === 'exhausted') {
    const held = `${formatCount(pool.used)} of ${formatCount(pool.capacity)} ports are held`;
    return { tone, text: 'Out of ports now', atMs: null, detail: `${held}: a new connect() has no port to take` };
  }
  const exhaustsAt = parseInstant(pool.exhaustsAt);
  if (exhaustsAt !== null) {
    const left = exhaustsAt - nowMs;
    const runsOut = isLikely(pool) ? 'Runs out' : 'May run out';
    const headline = left <= 0 && isLikely(pool) ? 'Running out now' : `${runsOut} in ${formatWholeDuration(left)}`;
    return { tone, text: headline, atMs: exhaustsAt, detail: describeProbability(pool, nowMs) };
  }
  if (pool.pressure === null) {
    const held = `${formatCount(pool.used)} of ${formatCount(pool.capacity)} ports held`;
    return { tone, text: 'Measuring the close rate', atMs: null, detail: `${held}; no forecast until it is known` };
  }
  const detail = pool.probability === null ? 'No exhaustion foreseen' : describeProbability(pool, nowMs);
  if (pool.mode === 'idle') {
    const headline = `Idle: ${formatCount(pool.used)} of ${formatCount(pool.capacity)} ports held`;
    return { tone, text: headline, atMs: null, detail };
  }
  const fullAt = parseInstant(pool.pressureFullAt);
  if (fullAt !== null) {
    return { tone, text: `Climbs: full in ${formatRoughDuration(fullAt - nowMs)}`, atMs: fullAt, detail };
  }
  const headline = `Steady: settles at ${formatPercent(pool.pressure)} of ${formatCount(pool.capacity)}`;
  return { tone, text: headline, atMs: null, detail };
}

const HORIZON_NAMES = ['Minutes', 'Hours', 'Weeks'] as const;

export interface Horizon {
  readonly name: (typeof HORIZON_NAMES)[number];
  readonly text: string;
  readonly atMs: number | null;
  /** What it rests on, or why nothing is known. */
  readonly why: string | null;
}

/** The three horizons, each by its own mathematics: the queue, the ramp of the pressure, the trend of daily peaks. */
export function describeHorizons(pool: WirePool, nowMs: number): Horizon[] {
  if (isOld(pool, nowMs)) return HORIZON_NAMES.map((name) => ({ name, text: 'unknown', atMs: null, why: null }));
  const exhaustsAt = parseInstant(pool.exhaustsAt);
  const fullAt = parseInstant(pool.pressureFullAt);
  const pressure = pool.pressure === null ? null : `pressure ${formatPercent(pool.pressure)}`;
  const ramp = fullAt === null ? 'no climb' : 'climbs to 100%';
  return [
    {
      name: 'Minutes',
      text: minutesText(pool),
      atMs: pool.mode === 'exhausted' ? null : exhaustsAt,
      why: null,
    },
    { name: 'Hours', text: pressure === null ? 'not known yet' : `${pressure}, ${ramp}`, atMs: fullAt, why: null },
    {
      name: 'Weeks',
      text: pool.outlookDays === null ? 'no trend known' : outlookText(pool.outlookDays, nowMs),
      atMs: null,
      why: pool.outlookWhy,
    },
  ];
}

function minutesText(pool: WirePool): string {
  if (pool.mode === 'exhausted') return 'out of ports';
  if (pool.exhaustsAt === null) return 'none foreseen';
  return isLikely(pool) ? 'runs out' : 'may run out';
}

/** A day, and no time: a trend knows none. */
function outlookText(days: number, nowMs: number): string {
  const on = days < 1 ? 'within a day' : `about ${formatDay(nowMs + days * 24 * 60 * MINUTE_MS)}`;
  return `daily peaks reach 100% ${on}`;
}

export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly of: string | null;
  readonly help: string;
}

/** The numbers behind the story, in the words of the documentation. */
export function listKeyFigures(pool: WirePool): Figure[] {
  const rate = pool.closeRate === null ? 'unknown' : `${formatRate(pool.closeRate)}/s`;
  const band =
    pool.closeRateLow === null || pool.closeRateHigh === null
      ? ''
      : ` 90% interval ${formatRate(pool.closeRateLow)} to ${formatRate(pool.closeRateHigh)}.`;
  const growth = pool.liveGrowth !== null && pool.liveGrowth > 0 ? `growing ${formatRate(pool.liveGrowth)}/s` : null;
  const closeWait = pool.closeWait > 0 ? `${formatCount(pool.closeWait)} in CLOSE_WAIT` : null;
  return [
    { name: 'Used', value: formatCount(pool.used), of: `of ${formatCount(pool.capacity)}`, help: usedHelp(pool) },
    { name: 'Live', value: formatCount(pool.live), of: growth ?? closeWait, help: liveHelp(closeWait) },
    {
      name: 'TIME_WAIT',
      value: formatCount(pool.timeWait),
      of: null,
      help: 'Closed here first; held until their timer.',
    },
    {
      name: 'Close rate',
      value: rate,
      of: `of ${formatRate(pool.sustainableRate)}/s`,
      help: `Sockets entering TIME_WAIT, and the rate at which the pool settles exactly full.${band}`,
    },
    {
      name: 'Pressure',
      value: pool.pressure === null ? 'unknown' : formatPercent(pool.pressure),
      of: null,
      help: '(live + close rate x hold) / capacity: where the pool settles if the rate stays. Above 100% it runs out.',
    },
    {
      name: 'Hold',
      value: `${formatRate(pool.holdSeconds)} s`,
      of: pool.reuse === 'after_delay' ? 'reuse' : null,
      help: 'How long a closed connection keeps its port.',
    },
  ];
}

/** What a host without outbound connections could do. */
export function listIdleFigures(host: WireHost): Figure[] {
  return [
    {
      name: 'Ports',
      value: formatCount(host.capacity),
      of: 'per destination',
      help: 'What a new destination could take.',
    },
    {
      name: 'Sustainable',
      value: `${formatRate(host.sustainableRate)}/s`,
      of: 'closes',
      help: 'The close rate at which one destination settles exactly full.',
    },
    {
      name: 'TIME_WAIT',
      value: `${formatRate(host.timeWaitSeconds)} s`,
      of: 'held',
      help: 'How long a closed connection keeps its port.',
    },
    {
      name: 'In TIME_WAIT',
      value: host.timeWait === null ? 'unknown' : formatCount(host.timeWait),
      of: 'on this host',
      help: 'Server-side ones included, which hold nothing of ours.',
    },
  ];
}

function usedHelp(pool: WirePool): string {
  const reusable = pool.reusable > 0 ? ` ${formatCount(pool.reusable)} of them can be taken again (reuse).` : '';
  return `Ports held, of those this pool could use. ${formatCount(pool.available)} are available.${reusable}`;
}

function liveHelp(closeWait: string | null): string {
  const held = closeWait === null ? '' : ` ${closeWait}: the application has not closed what the peer has.`;
  return `Ports held by connections that are not in TIME_WAIT.${held}`;
}
