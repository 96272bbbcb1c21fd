/** A stored history as chart columns. Pure. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../daemon/units.js';
import type { History } from '../../../daemon/wire/history.js';
import type { Column } from './worst-pool-columns.js';

export const RANGES = [
  { name: '10 min', ms: 10 * MINUTE_MS, refreshMs: 10_000 },
  { name: '1 h', ms: HOUR_MS, refreshMs: 30_000 },
  { name: '24 h', ms: DAY_MS, refreshMs: 5 * MINUTE_MS },
  { name: '7 d', ms: 7 * DAY_MS, refreshMs: 15 * MINUTE_MS },
  { name: '30 d', ms: 30 * DAY_MS, refreshMs: 30 * MINUTE_MS },
] as const;
export type Range = (typeof RANGES)[number];

/** Dumps come at least every 30 s; three missing in a row are a gap. */
const BRIDGE_MS = 100_000;

/**
 * In a chart `undefined` is passed over by the line and `null` breaks it. Steps shorter than the distance of two dumps are
 * empty without anything being amiss: those are bridged, a longer silence stays a gap.
 */
export function bridgeShortGaps(values: readonly (number | null)[], stepMs: number): Column {
  const longest = Math.max(1, Math.floor(BRIDGE_MS / stepMs));
  const column: Column = [...values];
  let start = 0;
  for (let index = 0; index <= values.length; index += 1) {
    if (index < values.length && values[index] === null) continue;
    const inside = start > 0 && index < values.length;
    if (inside && index - start <= longest) column.fill(undefined, start, index);
    start = index + 1;
  }
  return column;
}

/** x in epoch seconds, then upper edge, lower edge and mean of one quantity. */
export type BandColumns = [x: number[], max: Column, min: Column, mean: Column];

export function buildBandColumns(history: History, quantity: string): BandColumns {
  const column = (of: Record<string, (number | null)[]>): Column =>
    bridgeShortGaps(of[quantity] ?? history.t.map(() => null), history.stepMs);
  return [history.t.map((t) => t / 1000), column(history.max), column(history.min), column(history.mean)];
}

/** Quantities that hold anything but gaps and zeros, the greatest peak first. `total` is the sum and is left out. */
export function listPresentQuantities(history: History): string[] {
  const peak = (name: string): number => findGreatest(history.max[name] ?? history.mean[name] ?? []) ?? 0;
  return Object.keys(history.mean)
    .filter((name) => name !== 'total' && peak(name) > 0)
    .sort((a, b) => peak(b) - peak(a));
}

/** x, then one running sum per state from the bottom up, so that the areas stack; a step without any count is a gap. */
export function buildStackedColumns(history: History, states: readonly string[]): [x: number[], ...sums: Column[]] {
  const empty = history.t.map((_, index) => states.every((state) => (history.mean[state]?.[index] ?? null) === null));
  const sums = new Array<number>(history.t.length).fill(0);
  const columns = states.map((state) => {
    const values = history.t.map((_, index) => {
      sums[index] = (sums[index] ?? 0) + (history.mean[state]?.[index] ?? 0);
      return empty[index] === true ? null : (sums[index] ?? 0);
    });
    return bridgeShortGaps(values, history.stepMs);
  });
  return [history.t.map((t) => t / 1000), ...columns];
}

/** The greatest value of a column; null when it is all gaps. */
export function findGreatest(values: readonly (number | null | undefined)[]): number | null {
  let peak: number | null = null;
  for (const value of values) if (typeof value === 'number') peak = Math.max(peak ?? value, value);
  return peak;
}

/** The newest value of a column; null when it is all gaps. */
export function findNewest(values: readonly (number | null | undefined)[]): number | null {
  return values.findLast((value) => typeof value === 'number') ?? null;
}

/** Nothing but gaps, whatever the quantity. */
export function isEmptyHistory(history: History): boolean {
  return Object.values(history.mean).every((values) => values.every((value) => value === null));
}
