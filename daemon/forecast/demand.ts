/**
 * Demand is censored while a pool is full: only as many connects succeed as ports come free, so closes stop although
 * the clients go on. The rate from before is kept as the least demand, raised by the connects that are counted as
 * failed, until the clients are seen to want less while ports are free.
 */
import { MINUTE_MS, SECOND_MS } from '../units.js';
import { estimateFlowLasts } from './exhaustion-probability.js';

/** What the clients want at least. */
export interface Demand {
  /** Connections per second that are opened and closed, and those that stay open. */
  readonly perSecond: number;
  readonly growthPerSecond: number;
  /** Closes that the rate rests on. It falls with the age of the rate, so that the interval widens. */
  readonly seen: number;
  /** For how long there has been such a demand. */
  readonly lastedMs: number;
}

/** The rates of a sample. */
type MeasuredRates = Pick<DemandSighting, 'perSecond' | 'growthPerSecond' | 'seen' | 'lastedMs'>;

export interface DemandMemory {
  /** The greatest rates that are known, and when they were last seen. */
  known: (MeasuredRates & { readonly atMs: number }) | null;
  /** The last sample with a free port. */
  last: MeasuredRates | null;
  /** Since when the pool has been full or short of ports. */
  fullSinceMs: number;
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
  readonly available: number;
  /** The measured rate of closes and growth, and the closes that the rate rests on. */
  readonly perSecond: number;
  readonly growthPerSecond: number;
  readonly seen: number;
  /** For how long the rate has been what it is. */
  readonly lastedMs: number;
  readonly capacity: number;
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
/** Keeps the time to fill the pool finite. */
const MIN_RATE = 1e-6;

export function createDemandMemory(): DemandMemory {
  return { known: null, last: null, fullSinceMs: 0, wasFull: false, fullMs: 0, exposureMs: 0, opened: 0 };
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
  const furtherMs = monotonicMs - known.atMs;
  const fillMs = (SECOND_MS * sighting.capacity) / Math.max(MIN_RATE, known.perSecond + known.growthPerSecond);
  // A batch that filled the pool within seconds is soon over, so its rate says less the longer ago it was.
  const lasts = estimateFlowLasts({ lastedMs: known.lastedMs, furtherMs, fillMs });
  const [perSecond, growthPerSecond] = [lasts * known.perSecond, lasts * known.growthPerSecond];
  const seen = Math.max(MIN_SEEN, known.seen / (1 + furtherMs / HALF_WORTH_MS));
  const lastedMs = known.lastedMs + furtherMs;
  // Clients that try again may for a moment open more than they did before.
  return { perSecond: Math.max(perSecond, sighting.perSecond), growthPerSecond, seen, lastedMs };
}

/** The greatest rate that any evidence gives. */
function raiseDemand(memory: DemandMemory, sighting: DemandSighting): void {
  const { monotonicMs, meanPerSecond, failuresPerSecond } = sighting;
  if (memory.known === null) {
    memory.fullSinceMs = monotonicMs;
    const last = memory.last ?? sighting;
    const best =
      last.perSecond + last.growthPerSecond > sighting.perSecond + sighting.growthPerSecond ? last : sighting;
    const { growthPerSecond, lastedMs } = best;
    const perSecond = Math.max(best.perSecond, meanPerSecond - growthPerSecond);
    memory.known = { perSecond, growthPerSecond, lastedMs, seen: Math.max(MIN_SEEN, best.seen), atMs: monotonicMs };
  }
  const { known } = memory;
  if (failuresPerSecond === 0) return;
  // Calls that fail show that the demand goes on.
  const attempts = Math.max(0, failuresPerSecond + sighting.perSecond - known.growthPerSecond);
  const lastedMs = known.lastedMs + monotonicMs - memory.fullSinceMs;
  memory.known = { ...known, perSecond: Math.max(known.perSecond, attempts), lastedMs, atMs: monotonicMs };
}

/** Whether the clients want clearly less than before, seen while ports were free. */
function hasEnded(memory: DemandMemory, { monotonicMs, opened, available }: DemandSighting): boolean {
  const { known } = memory;
  if (known === null || monotonicMs - memory.fullMs > FORGET_AFTER_MS) return true;
  if (memory.wasFull || opened === null) return false;
  // With fewer free ports than the demand takes in that time, it may have found none for a part of it.
  const wanted = ((known.perSecond + known.growthPerSecond) * opened.ms) / SECOND_MS;
  if (available < wanted) return false;
  memory.exposureMs += opened.ms;
  memory.opened += opened.count;
  const expected = ((known.perSecond + known.growthPerSecond) * memory.exposureMs) / SECOND_MS;
  return memory.opened + ENDED_SIGMAS * Math.sqrt(expected) < ENDED_SHARE * expected;
}
