/** The headline of a pool: what happens and when, and below it how sure that is. */
import { formatCount, formatPercent } from '../../../daemon/units.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { isOutOfDate, type HostTime } from '../state/freshness.js';
import { describeUnmet } from './demand.js';
import { formatInstant, formatRoughDuration, formatWholeDuration, parseInstant } from './format.js';
import { describeProbability, isLikely } from './probability-text.js';
import { choosePoolTone, WARNING_PRESSURE, type Tone } from './tone.js';

interface Headline {
  readonly tone: Tone;
  readonly text: string;
  /** The instant (epoch ms) that the text counts down to; null where it has none. */
  readonly atMs: number | null;
  /** How sure the forecast is, and what it assumes. */
  readonly detail: string;
}

/** A sample that is out of date only states the past: the headline then quotes what the sample showed. */
export function writeHeadline(pool: WirePool, time: HostTime): Headline {
  if (!isOutOfDate(pool.sampledAt, time)) return describePresent(pool, time);
  const sampledAtMs = parseInstant(pool.sampledAt) ?? time.nowMs;
  const then = describePresent(pool, { ...time, nowMs: sampledAtMs });
  return {
    tone: 'unknown',
    text: `Unknown since ${formatInstant(sampledAtMs, time.nowMs)}`,
    atMs: null,
    detail: `Last sample ${formatWholeDuration(time.nowMs - sampledAtMs)} ago. It showed: ${then.text}`,
  };
}

function describePresent(pool: WirePool, time: HostTime): Headline {
  const { nowMs } = time;
  const tone = choosePoolTone(pool, time);
  const held = `${formatCount(pool.used)} of ${formatCount(pool.capacity)} ports held`;
  if (pool.mode === 'exhausted') {
    const call = pool.kind === 'bind' ? 'bind()' : 'connect()';
    const demand = pool.demandAtLeast ? `. ${describeUnmet(pool) ?? ''}` : '';
    return { tone, text: 'Out of ports now', atMs: null, detail: `${held}: ${call} finds no free port${demand}` };
  }
  const exhaustsAtMs = parseInstant(pool.exhaustsAt);
  if (exhaustsAtMs !== null) {
    const text = countDown(exhaustsAtMs - nowMs, isLikely(pool));
    return { tone, text, atMs: exhaustsAtMs, detail: describeProbability(pool, nowMs) };
  }
  const unmet = describeUnmet(pool);
  if (unmet !== null) return { tone, text: `Ports come free: ${held}`, atMs: null, detail: unmet };
  if (pool.pressure === null) {
    return { tone, text: 'Measuring the close rate', atMs: null, detail: `${held}. No forecast until it is measured` };
  }
  const detail = pool.probability === null ? 'No exhaustion foreseen' : describeProbability(pool, nowMs);
  if (pool.mode === 'idle') return { tone, text: `Idle: ${held}`, atMs: null, detail };
  const pressureFullAtMs = parseInstant(pool.pressureFullAt);
  if (pressureFullAtMs !== null) {
    const text = `Rising: full in about ${formatRoughDuration(pressureFullAtMs - nowMs)}`;
    return { tone, text, atMs: pressureFullAtMs, detail };
  }
  return { tone, text: describeLevel(pool.pressure, pool.capacity), atMs: null, detail };
}

function countDown(leftMs: number, likely: boolean): string {
  if (leftMs <= 0 && likely) return 'Runs out at any moment';
  return `${likely ? 'Runs out' : 'May run out'} in ${formatWholeDuration(leftMs)}`;
}

/** The level at which use holds while the close rate stays as it is. */
function describeLevel(pressure: number, capacity: number): string {
  if (pressure >= 1) {
    return `This rate needs ${formatCount(pressure * capacity)} ports; there are ${formatCount(capacity)}`;
  }
  const state = pressure >= WARNING_PRESSURE ? 'Nearly full' : 'Steady';
  return `${state}: holds at ${formatPercent(pressure)}, ${formatCount((1 - pressure) * capacity)} ports left`;
}
