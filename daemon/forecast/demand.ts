/**
 * Demand is censored while a pool is full: only as many connects succeed as ports come free, so closes stop although
 * the clients go on. The rate from before is kept as the least demand until the clients are seen to want less while
 * ports are free. Where failed connects are counted, they and the connects that succeed replace that rate.
 */
import { MINUTE_MS, SECOND_MS } from '../units.js';
import { estimateFlowLasts } from './persistence.js';

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

type Rates = Pick<DemandSighting, 'perSecond' | 'growthPerSecond'>;

/** Rates that were seen at an instant. */
type KnownRates = MeasuredRates & { readonly atMs: number };

/** The rates of a sample. */
type MeasuredRates = Pick<DemandSighting, 'perSecond' | 'growthPerSecond' | 'seen' | 'lastedMs'>;

export interface DemandMemory {
  /** The least demand; null while the measured rates state it. */
  known: KnownRates | null;
  /** The last sample with a free port. */
  last: MeasuredRates | null;
  /** Free ports at the last sample. */
  available: number;
  /** The calls of the newest `COUNTED_MS`, oldest first, while they are counted. */
  counted: { readonly ms: number; readonly calls: number; readonly failed: number }[];
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
  /** What happened since the sample before; null for the first sample. */
  readonly since: {
    readonly ms: number;
    /** Connections opened, ports that came free, and calls that failed; the last is null where they are not counted. */
    readonly opened: number;
    readonly freed: number;
    readonly failed: number | null;
  } | null;
}

/** Without a full sample for this long the demand of then is forgotten. */
const FORGET_AFTER_MS = 10 * MINUTE_MS;
/** The demand has ended when fewer connections open than this share of it, beyond chance. */
const ENDED_SHARE = 0.7;
const ENDED_SIGMAS = 2.5;
/** The closes that a rate rests on count half after this time. */
const HALF_WORTH_MS = MINUTE_MS;
/** With this share of its ports free a pool has enough, whatever the demand was. */
const ENOUGH_SHARE = 0.2;
/** Samples further apart than this have a gap between them, such as that of a daemon that did not run for some seconds. */
const GAP_MS = 3 * SECOND_MS;
/** Stands for the time since the sample before at the first sample. */
const FIRST_MS = 2 * SECOND_MS;
const MIN_SEEN = 2;
/** Calls that are counted for this long give the demand. */
const COUNTED_MS = 10 * SECOND_MS;
/** Keeps the time to fill the pool finite. */
const MIN_RATE = 1e-6;

export function createDemandMemory(): DemandMemory {
  return {
    known: null,
    last: null,
    available: Infinity,
    counted: [],
    wasFull: false,
    fullMs: 0,
    exposureMs: 0,
    opened: 0,
  };
}

/** Adds a sample. @returns the least demand where the measured rates are too low, else null. Call it once per sample. */
export function followDemand(memory: DemandMemory, sighting: DemandSighting): Demand | null {
  const { monotonicMs } = sighting;
  const isFull = sighting.isFull || mayHaveBeenFull(memory, sighting);
  if (isFull) {
    keepDemand(memory, sighting);
    memory.fullMs = monotonicMs;
    memory.exposureMs = 0;
    memory.opened = 0;
  } else if (memory.known !== null && hasEnded(memory, sighting)) memory.known = null;
  if (memory.known !== null) countAttempts(memory, sighting);
  if (isMet(memory, sighting)) memory.known = null;
  memory.wasFull = isFull;
  memory.available = sighting.available;
  const { known } = memory;
  if (known === null) {
    memory.last = sighting;
    memory.counted = [];
    return null;
  }
  const { perSecond, growthPerSecond } = ageDemand(known, sighting);
  const furtherMs = monotonicMs - known.atMs;
  const seen = Math.max(MIN_SEEN, known.seen / (1 + furtherMs / HALF_WORTH_MS));
  const lastedMs = known.lastedMs + furtherMs;
  // Clients that try again may for a moment open more than they did before.
  const most = isFull ? perSecond : Math.max(perSecond, sighting.perSecond);
  return { perSecond: most, growthPerSecond, seen, lastedMs };
}

/** A batch that filled the pool within seconds is soon over, so its rate says less the longer ago it was. */
function ageDemand(known: KnownRates, { monotonicMs, capacity, since }: DemandSighting): Rates {
  const fillMs = (SECOND_MS * capacity) / Math.max(MIN_RATE, known.perSecond + known.growthPerSecond);
  const furtherMs = monotonicMs - known.atMs + (since?.ms ?? FIRST_MS);
  const lasts = estimateFlowLasts({ lastedMs: known.lastedMs, furtherMs, fillMs });
  return { perSecond: lasts * known.perSecond, growthPerSecond: lasts * known.growthPerSecond };
}

/**
 * Ports came free, and before that there were fewer than the clients take in that time. A long time without a sample is no sign
 * by itself: no call was turned away in it if as many connections opened as the clients want.
 */
function mayHaveBeenFull({ last, known, available }: DemandMemory, sighting: DemandSighting): boolean {
  const { since } = sighting;
  if (since === null || since.freed === 0) return false;
  const rates = known === null ? last : ageDemand(known, sighting);
  if (rates === null || available >= findEnough(rates.perSecond, sighting)) return false;
  return since.ms <= GAP_MS || !isServed(rates.perSecond, since);
}

/** Whether as many connections opened as the clients want in that time, within chance. */
function isServed(perSecond: number, { ms, opened }: NonNullable<DemandSighting['since']>): boolean {
  const expected = (perSecond * ms) / SECOND_MS;
  return opened + ENDED_SIGMAS * Math.sqrt(expected) >= expected;
}

/** So many free ports are enough for the clients until the next sample. */
function findEnough(perSecond: number, { since, capacity }: DemandSighting): number {
  return Math.min((perSecond * (since?.ms ?? 0)) / SECOND_MS, ENOUGH_SHARE * capacity);
}

/** Keeps the rates from before the pool was full. */
function keepDemand(memory: DemandMemory, sighting: DemandSighting): void {
  if (memory.known !== null) return;
  // Without a sample from before, the ports that are held show the least mean rate.
  const before = memory.last ?? { ...sighting, perSecond: Math.max(sighting.perSecond, sighting.meanPerSecond) };
  const sum = ({ perSecond, growthPerSecond }: MeasuredRates): number => perSecond + growthPerSecond;
  const { perSecond, growthPerSecond, lastedMs, seen } = sum(before) > sum(sighting) ? before : sighting;
  const atMs = sighting.monotonicMs;
  memory.known = { perSecond, growthPerSecond, lastedMs, seen: Math.max(MIN_SEEN, seen), atMs };
}

/** Where failed calls are counted, what opens and what fails is the demand, once it has been counted for long enough. */
function countAttempts(memory: DemandMemory, { monotonicMs, since }: DemandSighting): void {
  const { known } = memory;
  if (since === null || since.failed === null) memory.counted = [];
  if (known === null || since === null || since.failed === null) return;
  memory.counted.push({ ms: since.ms, calls: since.opened + since.failed, failed: since.failed });
  let ms = memory.counted.reduce((sum, each) => sum + each.ms, 0);
  while (ms - (memory.counted[0]?.ms ?? 0) >= COUNTED_MS) ms -= memory.counted.shift()?.ms ?? 0;
  const calls = memory.counted.reduce((sum, each) => sum + each.calls, 0);
  const perSecond = Math.max(0, (SECOND_MS * calls) / ms - known.growthPerSecond);
  if (ms < COUNTED_MS && perSecond <= known.perSecond) return;
  memory.known = {
    ...known,
    perSecond,
    seen: Math.max(MIN_SEEN, calls),
    lastedMs: known.lastedMs + monotonicMs - known.atMs,
    atMs: monotonicMs,
  };
}

/** Whether ports were free for as long as calls are counted, and none of them failed: then the measured rates are the demand. */
function isMet({ counted, fullMs }: DemandMemory, { monotonicMs }: DemandSighting): boolean {
  const ms = counted.reduce((sum, each) => sum + each.ms, 0);
  return ms >= COUNTED_MS && monotonicMs - fullMs >= COUNTED_MS && counted.every(({ failed }) => failed === 0);
}

/** Whether the clients want clearly less than before, seen while ports were free. */
function hasEnded(memory: DemandMemory, sighting: DemandSighting): boolean {
  const { known } = memory;
  const { monotonicMs, since, available } = sighting;
  if (known === null || monotonicMs - memory.fullMs > FORGET_AFTER_MS) return true;
  if (memory.wasFull || since === null) return false;
  // With fewer free ports than the demand takes in that time it may have found none for a part of it, unless none came free.
  const { perSecond, growthPerSecond } = ageDemand(known, sighting);
  if (available < findEnough(perSecond + growthPerSecond, sighting) && since.freed > 0) return false;
  memory.exposureMs += since.ms;
  memory.opened += since.opened;
  const expected = ((perSecond + growthPerSecond) * memory.exposureMs) / SECOND_MS;
  return memory.opened + ENDED_SIGMAS * Math.sqrt(expected) < ENDED_SHARE * expected;
}
