/** The headline of a pool: what happens and when, and how sure that is. */
import { formatCount, formatPercent } from '../../../daemon/units.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { isOutOfDate, type HostTime } from '../state/freshness.js';
import { formatInstant, formatRoughDuration, formatWholeDuration, parseInstant } from './format.js';
import { describeProbability, isLikely } from './probability-text.js';
import { choosePoolTone, type Tone } from './tone.js';

export interface Headline {
  readonly tone: Tone;
  readonly text: string;
  /** The instant the headline speaks of, in epoch ms. */
  readonly atMs: number | null;
  /** How sure it is, or what it rests on. */
  readonly detail: string;
}

export function writeHeadline(pool: WirePool, time: HostTime): Headline {
  if (!isOutOfDate(pool.sampledAt, time)) return describePresent(pool, time);
  const { nowMs } = time;
  const sampledAtMs = parseInstant(pool.sampledAt) ?? nowMs;
  const then = describePresent(pool, { ...time, nowMs: sampledAtMs });
  return {
    tone: 'unknown',
    text: `Unknown since ${formatInstant(sampledAtMs, nowMs)}`,
    atMs: null,
    detail: `Last seen ${formatWholeDuration(nowMs - sampledAtMs)} ago. Then: ${then.text}`,
  };
}

function describePresent(pool: WirePool, time: HostTime): Headline {
  const { nowMs } = time;
  const tone = choosePoolTone(pool, time);
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
