import { describe, expect, it } from 'vitest';
import {
  buildBandColumns,
  bridgeShortGaps,
  findGreatest,
  isEmptyHistory,
  findNewest,
  listPresentQuantities,
  buildStackedColumns,
} from '../../../../dashboard/src/chart/history-columns.js';
import { formatTicks } from '../../../../dashboard/src/chart/time-axis.js';
import { formatDay } from '../../../../dashboard/src/words/format.js';

const u = undefined;

describe('bridgeShortGaps', () => {
  it.each([
    ['the steps between two dumps', [1, null, 2], 2_000, [1, u, 2]],
    [
      'a long run of short steps',
      [1, ...new Array<null>(50).fill(null), 2],
      2_000,
      [1, ...new Array<undefined>(50).fill(u), 2],
    ],
    ['a longer silence', [1, ...new Array<null>(51).fill(null), 2], 2_000, [1, ...new Array<null>(51).fill(null), 2]],
    ['one wide step', [1, null, 2, null, null, 3], 3_600_000, [1, u, 2, null, null, 3]],
    ['before the first and after the last', [null, 1, null], 2_000, [null, 1, null]],
    ['nothing at all', [null, null], 2_000, [null, null]],
    ['an empty column', [], 2_000, []],
  ])('%s', (_, values, stepMs, expected) => {
    expect(bridgeShortGaps(values, stepMs)).toEqual(expected);
  });
});

const history = {
  stepMs: 60_000,
  t: [60_000, 120_000],
  min: { used: [1, 2], established: [1, 1] },
  mean: { used: [2, 3], established: [2, 1], time_wait: [5, 9], listen: [0, 0], total: [7, 10] },
  max: { used: [3, 4], established: [3, 1], time_wait: [5, 9], listen: [0, 0], total: [7, 10] },
};

describe('columns of a history', () => {
  it('makes a band: x in seconds, upper, lower, mean', () => {
    expect(buildBandColumns(history, 'used')).toEqual([
      [60, 120],
      [3, 4],
      [1, 2],
      [2, 3],
    ]);
  });
  it('makes gaps of a quantity it does not have', () => {
    expect(buildBandColumns(history, 'pressure')[3]).toEqual([null, null]);
  });
  it('leaves out the total and what is all zero, greatest peak first', () => {
    expect(listPresentQuantities(history)).toEqual(['time_wait', 'used', 'established']);
  });
  it('stacks from the bottom up and leaves a gap where nothing is known', () => {
    expect(buildStackedColumns(history, ['time_wait', 'established'])).toEqual([
      [60, 120],
      [5, 9],
      [7, 10],
    ]);
    const gap = { ...history, t: [0, 1, 2], mean: { a: [1, null, null], b: [1, 2, null] } };
    expect(buildStackedColumns(gap, ['a', 'b']).slice(1)).toEqual([
      [1, 0, null],
      [2, 2, null],
    ]);
  });
  it('tells an empty history', () => {
    expect(isEmptyHistory(history)).toBe(false);
    expect(isEmptyHistory({ ...history, mean: { used: [null, null] } })).toBe(true);
    expect(isEmptyHistory({ ...history, mean: {} })).toBe(true);
  });
  it('finds the greatest and the newest value past gaps', () => {
    expect([findGreatest([null, 3, u, 1]), findGreatest([null])]).toEqual([3, null]);
    expect([findNewest([null, 3, u, 1, null]), findNewest([])]).toEqual([1, null]);
  });
});

describe('timeLabels', () => {
  const at = new Date(2026, 0, 5, 14, 3, 20).getTime() / 1000;
  const midnight = new Date(2026, 0, 6).getTime() / 1000;
  it.each([
    ['seconds below a minute', [at], 20, ['14:03:20']],
    ['minutes from a minute on', [at], 300, ['14:03']],
    ['midnight as its date', [midnight], 3600, [formatDay(midnight * 1000)]],
    ['days', [at], 86_400, ['5 Jan']],
  ])('%s', (_, ticks, step, expected) => {
    expect(formatTicks(ticks, step)).toEqual(expected);
  });
});
