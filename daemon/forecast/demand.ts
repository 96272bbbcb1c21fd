/**
 * Demand is censored while a pool is full: only as many connects succeed as ports come free, so closes stop although
 * the clients go on. The rate from before is kept as the least demand, raised by the connects that are counted as
 * failed, until the clients are seen to want less while ports are free.
 */
import { MINUTE_MS, SECOND_MS } from '../units.js';

/** What the clients want at least. */
export interface Demand {
  /** Connections per second that are opened and closed, and those that stay open. */
  readonly perSecond: number;
  readonly growthPerSecond: number;
  /** Closes that the rate rests on. It falls with the age of the rate, so that the interval widens. */
  readonly seen: number;
}

export interface DemandMemory {
  known: { readonly perSecond: number; readonly growthPerSecond: number; readonly seen: number; atMs: number } | null;
  /** The last sample with a free port: its rates. */
  last: { readonly perSecond: number; readonly growthPerSecond: number; readonly seen: number } | null;
  wasFull: boolean;
  /** When the pool was last full. */
  fullMs: number;
  /** Time during which ports were free since then, and the connections opened in it. */
  exposureMs: number;
  opened: number;
}

/** What one sample shows of a pool. Rates are per second. */
export interface DemandSighting {
  readonly monotonicMs: number;
  /** No port is free, or connects fail. */
  readonly isFull: boolean;
  /** The measured rate of closes and growth, and the closes that the rate rests on. */
  readonly perSecond: number;
  readonly growthPerSecond: number;
  readonly seen: number;
  /** Timed ports over the time that they cover: the least mean rate. */
  readonly meanPerSecond: number;
  /** Counted failures; 0 where they are not counted. */
  readonly failuresPerSecond: number;
  /** Connections opened since the sample before; null for the first sample. */
  readonly opened: { readonly count: number; readonly ms: number } | null;
}

/** Without a full sample for this long the demand of then is forgotten. */
const FORGET_AFTER_MS = 10 * MINUTE_MS;
/** The demand has ended when fewer connections open than this share of it, beyond chance. */
const ENDED_SHARE = 0.7;
const ENDED_SIGMAS = 2.5;
/** The closes that a rate rests on count half after this time. */
const HALF_WORTH_MS = MINUTE_MS;
const MIN_SEEN = 2;

export function createDemandMemory(): DemandMemory {
  return { known: null, last: null, wasFull: false, fullMs: 0, exposureMs: 0, opened: 0 };
}

/** Adds a sample. @returns the least demand where the measured rates are too low, else null. Call it once per sample. */
export function followDemand(memory: DemandMemory, sighting: DemandSighting): Demand | null {
  const { monotonicMs, isFull } = sighting;
  if (isFull) {
    raiseDemand(memory, sighting);
    memory.fullMs = monotonicMs;
    memory.exposureMs = 0;
    memory.opened = 0;
  } else if (memory.known !== null && hasEnded(memory, sighting)) memory.known = null;
  memory.wasFull = isFull;
  const { known } = memory;
  if (known === null) {
    memory.last = sighting;
    return null;
  }
  const wanted = known.perSecond + known.growthPerSecond;
  if (!isFull && wanted <= sighting.perSecond + sighting.growthPerSecond) return null;
  const seen = Math.max(MIN_SEEN, known.seen / (1 + (monotonicMs - known.atMs) / HALF_WORTH_MS));
  return { perSecond: known.perSecond, growthPerSecond: known.growthPerSecond, seen };
}

/** The greatest rate that any evidence gives. */
function raiseDemand(memory: DemandMemory, sighting: DemandSighting): void {
  const { monotonicMs, opened, meanPerSecond, failuresPerSecond } = sighting;
  if (memory.known === null) {
    const last = memory.last ?? sighting;
    const best =
      last.perSecond + last.growthPerSecond > sighting.perSecond + sighting.growthPerSecond ? last : sighting;
    // A pool that grew to its limit by connections that stay open leaves no other rate.
    const { growthPerSecond } = best;
    const inInterval = opened === null ? 0 : (SECOND_MS * opened.count) / opened.ms;
    const least = Math.max(best.perSecond + growthPerSecond, meanPerSecond, inInterval);
    const seen = Math.max(MIN_SEEN, best.seen);
    memory.known = { perSecond: least - growthPerSecond, growthPerSecond, seen, atMs: monotonicMs };
  }
  const { known } = memory;
  const attempts = failuresPerSecond + sighting.perSecond;
  if (failuresPerSecond > 0 && attempts >= known.perSecond + known.growthPerSecond) {
    const perSecond = Math.max(0, attempts - known.growthPerSecond);
    memory.known = { ...known, perSecond, atMs: monotonicMs };
  }
}

/** Whether the clients want clearly less than before, seen while ports were free. */
function hasEnded(memory: DemandMemory, { monotonicMs, opened }: DemandSighting): boolean {
  const { known } = memory;
  if (known === null || monotonicMs - memory.fullMs > FORGET_AFTER_MS) return true;
  if (memory.wasFull || opened === null) return false;
  memory.exposureMs += opened.ms;
  memory.opened += opened.count;
  const expected = ((known.perSecond + known.growthPerSecond) * memory.exposureMs) / SECOND_MS;
  return memory.opened + ENDED_SIGMAS * Math.sqrt(expected) < ENDED_SHARE * expected;
}
