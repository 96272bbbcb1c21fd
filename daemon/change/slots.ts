/**
 * What one pool showed over the last hours, in slots of a minute. A slot ends early where a change begins or has settled, so
 * that no slot holds samples of both sides.
 */
import type { PoolForecast } from '../forecast/types.js';
import { MINUTE_MS } from '../units.js';
import type { Figures } from './change.js';

/** So many minutes are kept: the longest time before a change, and the longest time after it (`shift.ts`). */
const MAX_SLOTS = 200;

/** Sums over the samples of a slot, each weighted by the time for which it stands. */
export interface Slot {
  /** The first and the last sample, in monotonic ms. */
  readonly fromMs: number;
  toMs: number;
  seenMs: number;
  rateMs: number;
  rateSum: number;
  /** For how long only the least demand was known. */
  atLeastMs: number;
  usedSum: number;
  usedMax: number;
  liveSum: number;
  capacity: number;
  pressureMs: number;
  pressureSum: number;
  probabilityMs: number;
  probabilitySum: number;
  exhaustsAtMs: number | null;
  failed: number;
  failedMs: number;
}

/** What a sample adds. A pool that is not in the table holds no port: `pool` is then null. */
interface SlotSample {
  readonly monotonicMs: number;
  /** The time for which the sample stands: since the sample before. */
  readonly forMs: number;
  readonly pool: PoolForecast | null;
  /** Calls that failed since the sample before; null where they are not counted. */
  readonly failed: number | null;
}

/** The mean levels of one minute as they are stored. */
export interface StoredMinute {
  readonly atMs: number;
  readonly used: number;
  readonly live: number;
  readonly capacity: number;
  readonly closeRate: number | null;
  readonly pressure: number | null;
}

export class SlotRing {
  readonly slots: Slot[] = [];
  private isCut = false;

  /** The next sample begins a new slot. */
  cut(): void {
    this.isCut = true;
  }

  add({ monotonicMs, forMs, pool, failed }: SlotSample): void {
    let slot = this.slots.at(-1);
    if (slot === undefined || this.isCut || monotonicMs - slot.fromMs >= MINUTE_MS) {
      slot = openSlot(monotonicMs, slot?.capacity ?? 0);
      this.slots.push(slot);
      if (this.slots.length > MAX_SLOTS) this.slots.shift();
      this.isCut = false;
    }
    slot.toMs = monotonicMs;
    slot.seenMs += forMs;
    addPool(slot, pool, forMs);
    if (failed !== null) {
      slot.failed += failed;
      slot.failedMs += forMs;
    }
  }

  /** Puts stored minutes before what was seen since. `offsetMs`: wall time less monotonic time. */
  prepend(minutes: readonly StoredMinute[], offsetMs: number): void {
    const first = this.slots[0]?.fromMs ?? Infinity;
    const older = minutes.map((minute) => toSlot(minute, offsetMs)).filter(({ toMs }) => toMs <= first);
    this.slots.unshift(...older.slice(-(MAX_SLOTS - this.slots.length)));
  }

  /** The figures of the slots that lie within a span; null where there are none. Both ends in monotonic ms. */
  summarize(fromMs: number, toMs: number): Figures | null {
    return summarizeSlots(this.slots.filter((slot) => slot.fromMs >= fromMs && slot.toMs <= toMs));
  }

  /**
   * The same without the time in which a new pool fills: for one hold (`fillMs`) after its first connection it holds fewer ports than
   * its rate needs. Where nothing else is known, the newest slot stands for all.
   */
  summarizeFilled(fromMs: number, toMs: number, fillMs: number): Figures | null {
    const appearedMs = this.slots.find(({ usedSum }) => usedSum > 0)?.fromMs ?? -Infinity;
    const newestMs = this.slots.findLast((slot) => slot.toMs <= toMs)?.fromMs ?? toMs;
    return this.summarize(Math.max(fromMs, Math.min(appearedMs + fillMs, newestMs)), toMs);
  }
}

export function summarizeSlots(slots: readonly Slot[]): Figures | null {
  const last = slots.at(-1);
  const seenMs = sum(slots, 'seenMs');
  if (last === undefined || seenMs <= 0) return null;
  const [rateMs, pressureMs, probabilityMs] = [
    sum(slots, 'rateMs'),
    sum(slots, 'pressureMs'),
    sum(slots, 'probabilityMs'),
  ];
  return {
    seenMs,
    closeRate: rateMs > 0 ? sum(slots, 'rateSum') / rateMs : null,
    rateAtLeast: 2 * sum(slots, 'atLeastMs') > seenMs,
    used: sum(slots, 'usedSum') / seenMs,
    usedMax: Math.max(...slots.map(({ usedMax }) => usedMax)),
    live: sum(slots, 'liveSum') / seenMs,
    capacity: last.capacity,
    pressure: pressureMs > 0 ? sum(slots, 'pressureSum') / pressureMs : null,
    probability: probabilityMs > 0 ? sum(slots, 'probabilitySum') / probabilityMs : null,
    exhaustsAtMs: last.exhaustsAtMs,
    failed: sum(slots, 'failedMs') > 0 ? sum(slots, 'failed') : null,
  };
}

/** Figures that were stored, as a slot that others can be added to. */
export function toBaseSlot(figures: Figures, toMs: number): Slot {
  const { seenMs } = figures;
  const of = (value: number | null): { ms: number; sum: number } =>
    value === null ? { ms: 0, sum: 0 } : { ms: seenMs, sum: value * seenMs };
  const [rate, pressure, probability] = [of(figures.closeRate), of(figures.pressure), of(figures.probability)];
  return {
    ...openSlot(toMs - seenMs, figures.capacity),
    toMs,
    seenMs,
    rateMs: rate.ms,
    rateSum: rate.sum,
    atLeastMs: figures.rateAtLeast ? seenMs : 0,
    usedSum: figures.used * seenMs,
    usedMax: figures.usedMax,
    liveSum: figures.live * seenMs,
    pressureMs: pressure.ms,
    pressureSum: pressure.sum,
    probabilityMs: probability.ms,
    probabilitySum: probability.sum,
    exhaustsAtMs: figures.exhaustsAtMs,
    failed: figures.failed ?? 0,
    failedMs: figures.failed === null ? 0 : seenMs,
  };
}

function openSlot(fromMs: number, capacity: number): Slot {
  return {
    fromMs,
    toMs: fromMs,
    seenMs: 0,
    rateMs: 0,
    rateSum: 0,
    atLeastMs: 0,
    usedSum: 0,
    usedMax: 0,
    liveSum: 0,
    capacity,
    pressureMs: 0,
    pressureSum: 0,
    probabilityMs: 0,
    probabilitySum: 0,
    exhaustsAtMs: null,
    failed: 0,
    failedMs: 0,
  };
}

function addPool(slot: Slot, pool: PoolForecast | null, forMs: number): void {
  if (pool === null) {
    slot.rateMs += forMs;
    slot.pressureMs += forMs;
    slot.probabilityMs += forMs;
    slot.exhaustsAtMs = null;
    return;
  }
  const { closeRate, pressure, probability } = pool;
  slot.usedSum += pool.used * forMs;
  slot.usedMax = Math.max(slot.usedMax, pool.used);
  slot.liveSum += pool.live * forMs;
  slot.capacity = pool.capacity;
  slot.exhaustsAtMs = pool.exhaustsAtMs;
  if (pool.demandAtLeast === true) slot.atLeastMs += forMs;
  if (closeRate !== null) {
    slot.rateMs += forMs;
    slot.rateSum += closeRate * forMs;
  }
  if (pressure !== null && Number.isFinite(pressure)) {
    slot.pressureMs += forMs;
    slot.pressureSum += pressure * forMs;
  }
  if (probability !== null) {
    slot.probabilityMs += forMs;
    slot.probabilitySum += probability * forMs;
  }
}

function toSlot({ atMs, used, live, capacity, closeRate, pressure }: StoredMinute, offsetMs: number): Slot {
  const toMs = atMs + MINUTE_MS - offsetMs;
  const figures = { seenMs: MINUTE_MS, closeRate, rateAtLeast: false, used, usedMax: used, live, capacity, pressure };
  return toBaseSlot({ ...figures, probability: null, exhaustsAtMs: null, failed: null }, toMs);
}

function sum(slots: readonly Slot[], name: Exclude<keyof Slot, 'exhaustsAtMs'>): number {
  return slots.reduce((total, slot) => total + slot[name], 0);
}
