/** A stored history as the columns of a chart. */
import type { History } from '../../../daemon/wire/history.js';
import { bridgeShortGaps, findGreatest, type Column } from './column.js';

/** x in epoch seconds, then the upper edge, the lower edge and the mean of one quantity. */
export type BandColumns = [x: number[], max: Column, min: Column, mean: Column];

/** A quantity that the history does not have gives gaps only. */
export function buildBandColumns(history: History, quantity: string, maxSampleAgeMs: number): BandColumns {
  const column = (columns: History['mean']): Column =>
    bridgeShortGaps(columns[quantity] ?? history.t.map(() => null), history.stepMs, maxSampleAgeMs);
  return [history.t.map((t) => t / 1000), column(history.max), column(history.min), column(history.mean)];
}

/** The quantities with a value above zero, the greatest peak first. `total` is the sum of the others and is left out. */
export function listPresentQuantities(history: History): string[] {
  const peak = (name: string): number => findGreatest(history.max[name] ?? history.mean[name] ?? []) ?? 0;
  return Object.keys(history.mean)
    .filter((name) => name !== 'total' && peak(name) > 0)
    .sort((a, b) => peak(b) - peak(a));
}

/** x in epoch seconds, then one running sum per state from the bottom up, so that the areas stack. */
type StackedColumns = [x: number[], ...sums: Column[]];

/** A step in which no state has a count is a gap. */
export function buildStackedColumns(
  history: History,
  states: readonly string[],
  maxSampleAgeMs: number,
): StackedColumns {
  const isEmpty = history.t.map((_, index) => states.every((state) => (history.mean[state]?.[index] ?? null) === null));
  const sums = new Array<number>(history.t.length).fill(0);
  const columns = states.map((state) => {
    const values = history.t.map((_, index) => {
      sums[index] = (sums[index] ?? 0) + (history.mean[state]?.[index] ?? 0);
      return isEmpty[index] === true ? null : (sums[index] ?? 0);
    });
    return bridgeShortGaps(values, history.stepMs, maxSampleAgeMs);
  });
  return [history.t.map((t) => t / 1000), ...columns];
}

/** Whether no quantity has any value. */
export function isEmptyHistory(history: History): boolean {
  return Object.values(history.mean).every((values) => values.every((value) => value === null));
}
