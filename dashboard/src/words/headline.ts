/** The headline of a pool: what happens and when, and below it how likely that is. */
import { formatCount, formatPercent, MINUTE_MS, SECOND_MS } from '../../../daemon/units.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { isOutOfDate, type HostTime } from '../state/freshness.js';
import { describeUnmet } from './demand.js';
import { formatInstant, formatRoughInstant, formatTogether, formatWholeDuration, parseInstant } from './format.js';
import { readGoneSince } from './pool-marks.js';
import { describeRisk, isLikely } from './probability-text.js';
import { mayNeverRunOut, readSpread } from './spread.js';
import { choosePoolTone, WARNING_PRESSURE, type Tone } from './tone.js';

interface Headline {
  readonly tone: Tone;
  readonly text: string;
  /** The instant (epoch ms) that the text counts down to; null where it has none. */
  readonly atMs: number | null;
  /** How likely it is, or what the state rests on; null where the headline says everything. */
  readonly detail: string | null;
}

/** The risk below the headline is that of ten minutes. Growth that takes more than this share of the free ports in that time is said. */
const GROWTH_WITHIN_SECONDS = (10 * MINUTE_MS) / SECOND_MS;
const SAID_SHARE = 0.1;

/** A sample that is out of date only states the past: the headline then quotes what the sample showed. */
export function writeHeadline(pool: WirePool, time: HostTime): Headline {
  const goneSinceMs = readGoneSince(pool);
  if (goneSinceMs !== null) {
    const text = `Gone: it holds no port since ${formatInstant(goneSinceMs, time.nowMs)}`;
    return { tone: 'unknown', text, atMs: null, detail: null };
  }
  if (!isOutOfDate(pool.sampledAt, time)) return describePresent(pool, time);
  const sampledAtMs = parseInstant(pool.sampledAt) ?? time.nowMs;
  const then = describePresent(pool, { ...time, nowMs: sampledAtMs });
  return {
    tone: 'unknown',
    text: `Unknown since ${formatInstant(sampledAtMs, time.nowMs)}`,
    atMs: null,
    detail: `The last sample showed: ${then.text}`,
  };
}

function describePresent(pool: WirePool, time: HostTime): Headline {
  const { nowMs } = time;
  const tone = choosePoolTone(pool, time);
  const held = `${formatCount(pool.used)} of ${formatCount(pool.capacity)} ports held`;
  if (pool.mode === 'exhausted') return { tone, text: 'Out of ports now', atMs: null, detail: describeUnmet(pool) };
  const detail = describeRisk(pool);
  if (pool.exhaustsAt !== null) return { tone, ...describeExhaustion(pool, nowMs), detail };
  const unmet = describeUnmet(pool);
  if (unmet !== null) return { tone, text: `Ports come free: ${held}`, atMs: null, detail: unmet };
  if (pool.pressure === null) {
    return { tone, text: 'Measuring the close rate', atMs: null, detail: `${held}. No forecast until it is measured` };
  }
  if (pool.mode === 'idle') return { tone, text: `Idle: ${held}`, atMs: null, detail };
  const fullAtMs = parseInstant(pool.pressureFullAt);
  if (fullAtMs !== null) {
    return { tone, text: `Rising: full about ${formatRoughInstant(fullAtMs, nowMs)}`, atMs: null, detail };
  }
  if (pool.pressure < 1 && growsMuch(pool)) {
    const state = pool.pressure >= WARNING_PRESSURE ? 'Nearly full, and growing' : 'Growing';
    return { tone, text: `${state}: ${held}`, atMs: null, detail };
  }
  return { tone, text: describeLevel(pool.pressure, pool.capacity), atMs: null, detail };
}

/** Whether the growth of open connections alone takes so many of the free ports that no level can be said to hold. */
function growsMuch({ liveGrowth, used, capacity }: WirePool): boolean {
  return (liveGrowth ?? 0) * GROWTH_WITHIN_SECONDS > SAID_SHARE * Math.max(0, capacity - used);
}

/** A countdown where the instant is known well; else the interval, since the seconds of a countdown would mislead. */
function describeExhaustion(pool: WirePool, nowMs: number): Pick<Headline, 'text' | 'atMs'> {
  const { exhaustsAtMs, earliestMs, latestMs, isWide } = readSpread(pool, nowMs);
  const verb = isLikely(pool) ? 'Runs out' : 'May run out';
  if (!isWide) {
    const leftMs = exhaustsAtMs - nowMs;
    const when = leftMs > 0 ? `in ${formatWholeDuration(leftMs)}` : 'at any moment';
    return { text: `${verb} ${when}`, atMs: leftMs > 0 ? exhaustsAtMs : null };
  }
  const maybe = isLikely(pool) ? 'Likely to run out' : 'May run out';
  if (latestMs === null) {
    const when = earliestMs <= nowMs ? 'at any moment' : `after ${formatInstant(earliestMs, nowMs)}`;
    return { text: `${maybe} ${when}`, atMs: null };
  }
  const [earliest = '', latest = ''] = formatTogether([earliestMs, latestMs], nowMs);
  // The interval holds while the traffic lasts. The situations include the doubt whether it does.
  const will = mayNeverRunOut(pool) ? maybe : verb;
  return { text: `${will} ${earliestMs <= nowMs ? `by ${latest}` : `between ${earliest} and ${latest}`}`, atMs: null };
}

/** The level at which use holds while the close rate stays as it is. */
function describeLevel(pressure: number, capacity: number): string {
  if (pressure >= 1) {
    return `This rate needs ${formatCount(pressure * capacity)} ports; there are ${formatCount(capacity)}`;
  }
  const state = pressure >= WARNING_PRESSURE ? 'Nearly full' : 'Steady';
  return `${state}: holds at ${formatPercent(pressure)}, ${formatCount((1 - pressure) * capacity)} ports left`;
}
