/** A stored history as the columns of a chart. */
import type { History } from '../../../daemon/wire/history.js';
import { bridgeShortGaps, findGreatest, type Column } from './column.js';

/** x in epoch seconds, then the greatest and the least value of each step. */
type BandColumns = [x: number[], max: Column, min: Column];

/**
 * The greatest value of a step is the line, so that no peak is averaged away; a step of one sample has no other value. A
 * quantity that the history does not have gives gaps only.
 * @param endMs the end of what was requested: the newest step is not drawn later.
 */
export function buildBandColumns(
  history: History,
  quantity: string,
  { maxSampleAgeMs, endMs }: { readonly maxSampleAgeMs: number; readonly endMs: number },
): BandColumns {
  const column = (columns: History['mean']): Column =>
    bridgeShortGaps(columns[quantity] ?? history.t.map(() => null), history.stepMs, maxSampleAgeMs);
  return [placeSteps(history, endMs), column(history.max), column(history.min)];
}

/** The middle of each step, in epoch seconds: so a line stays in its place when the steps become longer or shorter. */
function placeSteps({ t, stepMs }: History, endMs: number): number[] {
  return t.map((startMs) => Math.max(startMs, Math.min(startMs + stepMs / 2, endMs)) / 1000);
}

/** The quantities with a value above zero, the greatest peak first. `total` is the sum of the others and is left out. */
export function listPresentQuantities(history: History): string[] {
  const peak = (name: string): number => findGreatest(history.max[name] ?? history.mean[name] ?? []) ?? 0;
  return Object.keys(history.mean)
    .filter((name) => name !== 'total' && peak(name) > 0)
    .sort((a, b) => peak(b) - peak(a));
}

/** x in epoch seconds, then the greatest total, then one running sum per state from the bottom up, so that the areas stack. */
type StackedColumns = [x: number[], total: Column, ...sums: Column[]];

/**
 * Of each state the greatest count of a step. The states of a step may have peaked one after the other, so their sum may
 * be more than the greatest total. A step in which no state has a count is a gap.
 */
export function buildStackedColumns(
  history: History,
  states: readonly string[],
  { maxSampleAgeMs, endMs }: { readonly maxSampleAgeMs: number; readonly endMs: number },
): StackedColumns {
  const isEmpty = history.t.map((_, index) => states.every((state) => (history.max[state]?.[index] ?? null) === null));
  const sums = new Array<number>(history.t.length).fill(0);
  const bridge = (values: (number | null)[]): Column => bridgeShortGaps(values, history.stepMs, maxSampleAgeMs);
  const columns = states.map((state) =>
    bridge(
      history.t.map((_, index) => {
        sums[index] = (sums[index] ?? 0) + (history.max[state]?.[index] ?? 0);
        return isEmpty[index] === true ? null : (sums[index] ?? 0);
      }),
    ),
  );
  const total = bridge(history.t.map((_, index) => history.max['total']?.[index] ?? null));
  return [placeSteps(history, endMs), total, ...columns];
}

/** Whether no quantity has any value. */
export function isEmptyHistory(history: History): boolean {
  return Object.values(history.mean).every((values) => values.every((value) => value === null));
}
