/** How serious the state of a pool is. The tone chooses colours, and whether the title of the tab warns. */
import { HOUR_MS, MINUTE_MS } from '../../../daemon/units.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { isOutOfDate, type HostTime } from '../state/freshness.js';
import { parseInstant } from './format.js';
import { isLikely } from './probability-text.js';

/** A likely exhaustion within this time is critical. */
const CRITICAL_WITHIN_MS = 5 * MINUTE_MS;
export const WARNING_PRESSURE = 0.8;
const CRITICAL_PRESSURE = 0.95;
/** A rising rate that reaches the sustainable rate within this time is a warning. */
const WARNING_CLIMB_MS = HOUR_MS;

export type Tone = 'critical' | 'warning' | 'calm' | 'unknown';

export function choosePoolTone(pool: WirePool, time: HostTime): Tone {
  if (isOutOfDate(pool.sampledAt, time)) return 'unknown';
  if (pool.mode === 'exhausted') return 'critical';
  const exhaustsAtMs = parseInstant(pool.exhaustsAt);
  if (exhaustsAtMs !== null) {
    return exhaustsAtMs - time.nowMs <= CRITICAL_WITHIN_MS && isLikely(pool) ? 'critical' : 'warning';
  }
  if (pool.demandAtLeast) return 'warning';
  if (pool.pressure === null) return 'unknown';
  if (pool.pressure >= CRITICAL_PRESSURE) return 'critical';
  return pool.pressure >= WARNING_PRESSURE || risesSoon(pool, time.nowMs) ? 'warning' : 'calm';
}

function risesSoon(pool: WirePool, nowMs: number): boolean {
  const fullAtMs = parseInstant(pool.pressureFullAt);
  return fullAtMs !== null && fullAtMs - nowMs <= WARNING_CLIMB_MS;
}
