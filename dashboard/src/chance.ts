/** How likely a pool runs out, on what that rests, how fast its rate climbs, and what already fails. Pure. */
import { formatCount } from '../../daemon/units.js';
import type { WirePool } from '../../daemon/wire.js';
import { epoch, instant, plural } from './format.js';

/** `97%`; the ends are stated as bounds, since no forecast is certain. */
function share(probability: number): string {
  if (probability <= 0.005) return 'under 1%';
  if (probability >= 0.995) return 'over 99%';
  return `${Math.round(probability * 100)}%`;
}

/** The probability of exhaustion within 10 minutes, and whether earlier bursts or only the present rate speak for it. */
export function chanceText(pool: WirePool): string | null {
  const { probability, probabilityIfHeld: held } = pool;
  if (probability === null) return null;
  if (pool.probabilityBasis === 'rate') {
    return `if this goes on: ${share(probability)} likely to run out within 10 minutes`;
  }
  const chance = `${share(probability)} likely to run out within 10 minutes`;
  if (held === null || share(held) === share(probability)) return chance;
  const bursts = pool.burstsKnown === 1 ? 'its last burst' : `its last ${formatCount(pool.burstsKnown)} bursts`;
  return `${chance} (by how long ${bursts} lasted); if this one goes on, ${share(held)}`;
}

/** When a climbing rate reaches what the pool can sustain, or null where none climbs. */
export function climbText(pool: WirePool, nowMs: number): string | null {
  const at = epoch(pool.pressureFullAt);
  if (at === null) return null;
  const reaches = `The rate climbs; at this pace it reaches what the pool can sustain at ${instant(at, nowMs)}`;
  const earliest = epoch(pool.pressureFullEarliestAt);
  const latest = epoch(pool.pressureFullLatestAt);
  if (earliest === null) return `${reaches}.`;
  if (latest === null) return `${reaches} (90%: not before ${instant(earliest, nowMs)}; the climb may end first).`;
  return `${reaches} (90%: ${instant(earliest, nowMs)} to ${instant(latest, nowMs)}).`;
}

/** Connects seen to fail; null where none was, or nobody watches. */
export function failingText({ failedConnects }: WirePool): string | null {
  if (failedConnects === null || failedConnects <= 0) return null;
  return `${plural(failedConnects, 'connect')} failed in the last minute`;
}
