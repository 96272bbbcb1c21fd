/**
 * The rule by which a pool has changed its behaviour for good. The last 15 minutes are compared with as many before them, with
 * a gap of 2 or of 10 minutes between, in which the change may take place. A quantity has shifted when
 * - its medians differ by three quarters and by enough ports to matter, and by three standard deviations,
 * - nine tenths of the minutes after lie beyond nine tenths of those of up to 150 minutes before: the level is a new one,
 * - each third of the time after is at the new level, so that what fades away again is no change,
 * - a step explains the minutes far better than a line does, so that a level that drifts over hours is no change.
 * A burst is over before its 15 minutes.
 */
import { findQuantile, MINUTE_MS } from '../units.js';
import type { Quantity, Shift } from './change.js';
import type { Slot } from './slots.js';

/** For so long a new level must last. */
export const CONFIRM_MINUTES = 15;
/** A change takes place within a gap between the minutes before and those after. */
const GAPS_MINUTES = [2, 10];
const MAX_BEFORE = 150;
const MIN_BEFORE = 20;
/** The share of the minutes after that must have been observed. */
const MIN_OBSERVED = 0.8;
/** A slot of less time than this says too little. */
const MIN_SEEN_MS = MINUTE_MS / 4;
const MIN_FACTOR = 1.75;
/** A shift of fewer ports than these does not matter. */
const MIN_PORTS = 20;
const MIN_CAPACITY_SHARE = 0.01;
const MIN_DEVIATIONS = 3;
/** The distance from the 10% to the 90% quantile of a normal distribution, in standard deviations. */
const WIDTH_OF_80 = 2.563;
/** Growth is measured over so many minutes: from one minute to the next the noise of single connections is too large. */
const GROWTH_MINUTES = 5;
/** The deviations from a step must be at most this share of those from a line. */
const STEP_TO_LINE = 0.5;
/** How far a third of the time after may be from its median, as a share of the shift. */
const MAX_DRIFT = 0.35;
const QUANTITIES: readonly Quantity[] = ['closeRate', 'live', 'pressure', 'growth'];
/** Pressure follows from the two before it, so one of them is named first where both have shifted. */
const WEIGHTS: Readonly<Record<Quantity, number>> = { closeRate: 1, live: 1, pressure: 0.5, growth: 0.5 };

/** A lasting shift of one pool. */
export interface FoundShift {
  /** The greatest in ports first. */
  readonly shifts: readonly Shift[];
  /** The end of the last minute before, and the begin of the first one after: monotonic ms. */
  readonly lastBeforeMs: number;
  readonly firstAfterMs: number;
}

interface Point {
  readonly fromMs: number;
  readonly toMs: number;
  readonly value: number;
}

interface Sides {
  readonly before: readonly Point[];
  readonly between: readonly Point[];
  readonly after: readonly Point[];
}

/**
 * Null where nothing has shifted.
 * @param slots of one pool, ascending, without those before its last change.
 * @param holdMs how long a closed connection keeps its port.
 */
export function findShift(
  slots: readonly Slot[],
  { nowMs, holdMs, confirmMinutes }: { nowMs: number; holdMs: number; confirmMinutes: number },
): FoundShift | null {
  const capacity = slots.at(-1)?.capacity ?? 0;
  const floor = Math.max(MIN_PORTS, MIN_CAPACITY_SHARE * capacity);
  for (const gap of GAPS_MINUTES) {
    const found: { shift: Shift; ports: number; sides: Sides }[] = [];
    for (const quantity of QUANTITIES) {
      const sides = divide(listPoints(slots, quantity), { nowMs, gap, confirmMinutes });
      if (sides === null) continue;
      const perPort = portsOf(quantity, capacity, holdMs);
      const shift = compare(sides, floor / perPort);
      if (shift === null) continue;
      const ports = Math.abs(shift.to - shift.from) * perPort * WEIGHTS[quantity];
      found.push({ shift: { quantity, ...shift }, ports, sides });
    }
    const greatest = found.sort((a, b) => b.ports - a.ports)[0];
    if (greatest !== undefined)
      return locate(
        found.map(({ shift }) => shift),
        greatest.sides,
      );
  }
  return null;
}

/** How many ports one unit of a quantity stands for. */
export function portsOf(quantity: Quantity, capacity: number, holdMs: number): number {
  switch (quantity) {
    case 'closeRate':
      return holdMs / 1000;
    case 'live':
      return 1;
    case 'pressure':
      return Math.max(1, capacity);
    case 'growth':
      // What it adds in ten minutes.
      return 10;
  }
}

function listPoints(slots: readonly Slot[], quantity: Quantity): Point[] {
  const whole = slots.filter(({ seenMs }) => seenMs >= MIN_SEEN_MS);
  return whole.flatMap((slot, index) => {
    const value = measure(slot, whole[index - GROWTH_MINUTES], quantity);
    return value === null ? [] : [{ fromMs: slot.fromMs, toMs: slot.toMs, value }];
  });
}

function measure(slot: Slot, earlier: Slot | undefined, quantity: Quantity): number | null {
  switch (quantity) {
    case 'closeRate':
      return slot.rateMs > 0 ? slot.rateSum / slot.rateMs : null;
    case 'live':
      return slot.liveSum / slot.seenMs;
    case 'pressure':
      return slot.pressureMs > 0 ? slot.pressureSum / slot.pressureMs : null;
    case 'growth': {
      if (earlier === undefined) return null;
      const minutes = (slot.fromMs + slot.toMs - earlier.fromMs - earlier.toMs) / 2 / MINUTE_MS;
      // Not across a pause: what happened in it is unknown.
      if (minutes < 0.5 || minutes > 2 * GROWTH_MINUTES) return null;
      return (slot.liveSum / slot.seenMs - earlier.liveSum / earlier.seenMs) / minutes;
    }
  }
}

/** Null where too little was observed on either side. */
function divide(
  points: readonly Point[],
  { nowMs, gap, confirmMinutes }: { nowMs: number; gap: number; confirmMinutes: number },
): Sides | null {
  const afterFromMs = nowMs - confirmMinutes * MINUTE_MS;
  const after = points.filter(({ fromMs }) => fromMs >= afterFromMs);
  const gapFromMs = afterFromMs - gap * MINUTE_MS;
  const before = points.filter(({ toMs }) => toMs <= gapFromMs).slice(-MAX_BEFORE);
  if (after.length < MIN_OBSERVED * confirmMinutes || before.length < MIN_BEFORE) return null;
  const between = points.filter(({ fromMs, toMs }) => toMs > gapFromMs && fromMs < afterFromMs);
  return { before, between, after };
}

/** The medians where they differ as the rule asks for. `floor`: the least shift that matters. */
function compare({ before, after }: Sides, floor: number): { from: number; to: number } | null {
  // The level before is that of as many minutes as after: further back it may have been another one.
  const near = before.slice(-after.length);
  const [nearValues, afterValues] = [sortValues(near), sortValues(after)];
  const [from, to] = [quantile(nearValues, 0.5), quantile(afterValues, 0.5)];
  const distance = Math.abs(to - from);
  if (distance < floor || !differsByFactor(from, to, floor)) return null;
  const beforeValues = sortValues(before);
  const apart =
    to > from
      ? quantile(afterValues, 0.1) - quantile(beforeValues, 0.9)
      : quantile(beforeValues, 0.1) - quantile(afterValues, 0.9);
  const deviation = Math.max(spread(nearValues), spread(afterValues));
  if (apart <= 0 || distance < MIN_DEVIATIONS * deviation || !isSteady(after, to, distance)) return null;
  return isStep(near, after, { from, to }) ? { from, to } : null;
}

function differsByFactor(from: number, to: number, floor: number): boolean {
  if (from * to < 0) return true;
  const [low, high] = [Math.min(Math.abs(from), Math.abs(to)), Math.max(Math.abs(from), Math.abs(to))];
  return high + floor >= MIN_FACTOR * (low + floor);
}

/** Whether each third of the minutes is at the level. */
function isSteady(points: readonly Point[], level: number, distance: number): boolean {
  const third = Math.ceil(points.length / 3);
  return [0, 1, 2].every((index) => {
    const part = sortValues(points.slice(index * third, (index + 1) * third));
    return part.length === 0 || Math.abs(quantile(part, 0.5) - level) <= MAX_DRIFT * distance;
  });
}

/** Whether a step from one median to the other leaves at most half of the deviations that the best line leaves. */
function isStep(
  before: readonly Point[],
  after: readonly Point[],
  { from, to }: { from: number; to: number },
): boolean {
  const points = [...before, ...after];
  const fromStep = deviations(before, () => from) + deviations(after, () => to);
  const meanX = points.reduce((total, { fromMs }) => total + fromMs, 0) / points.length;
  const meanY = points.reduce((total, { value }) => total + value, 0) / points.length;
  let [covariance, variance] = [0, 0];
  for (const { fromMs, value } of points) {
    covariance += (fromMs - meanX) * (value - meanY);
    variance += (fromMs - meanX) ** 2;
  }
  const slope = variance > 0 ? covariance / variance : 0;
  return fromStep <= STEP_TO_LINE * deviations(points, (atMs) => meanY + slope * (atMs - meanX));
}

function deviations(points: readonly Point[], expected: (atMs: number) => number): number {
  return points.reduce((total, { fromMs, value }) => total + Math.abs(value - expected(fromMs)), 0);
}

/** The first minute that is nearer to the new level, among those of the gap and after it. */
function locate(shifts: readonly Shift[], { before, between, after }: Sides): FoundShift {
  const [first] = shifts;
  const isNew = ({ value }: Point): boolean =>
    first === undefined || Math.abs(value - first.to) < Math.abs(value - first.from);
  const later = [...between, ...after];
  const index = later.findIndex((point, at) => isNew(point) && isNew(later[at + 1] ?? point));
  return {
    shifts,
    lastBeforeMs: (later[index - 1] ?? before.at(-1))?.toMs ?? 0,
    firstAfterMs: (later[index] ?? after[0])?.fromMs ?? 0,
  };
}

function sortValues(points: readonly Point[]): number[] {
  return points.map(({ value }) => value).sort((a, b) => a - b);
}

function spread(ascending: readonly number[]): number {
  return (quantile(ascending, 0.9) - quantile(ascending, 0.1)) / WIDTH_OF_80;
}

function quantile(ascending: readonly number[], share: number): number {
  return findQuantile(ascending, share) ?? 0;
}
