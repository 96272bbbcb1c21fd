import { describe, expect, it } from 'vitest';
import {
  buildBandColumns,
  buildStackedColumns,
  isEmptyHistory,
  listPresentQuantities,
} from '../../../../dashboard/src/chart/history-columns.js';
import { MAX_SAMPLE_AGE_MS } from '../../../builders/wire-pool.js';

const history = {
  stepMs: 60_000,
  t: [60_000, 120_000],
  min: { used: [1, 2], established: [1, 1] },
  mean: { used: [2, 3], established: [2, 1], time_wait: [5, 9], listen: [0, 0], total: [7, 10] },
  max: { used: [3, 4], established: [3, 1], time_wait: [5, 9], listen: [0, 0], total: [7, 10] },
};

describe('buildBandColumns', () => {
  it('gives x in seconds, then upper edge, lower edge and mean', () => {
    expect(buildBandColumns(history, 'used', MAX_SAMPLE_AGE_MS)).toEqual([
      [60, 120],
      [3, 4],
      [1, 2],
      [2, 3],
    ]);
  });
  it('gives gaps for a quantity that the history does not have', () => {
    expect(buildBandColumns(history, 'pressure', MAX_SAMPLE_AGE_MS)[3]).toEqual([null, null]);
  });
});

describe('listPresentQuantities', () => {
  it('leaves out the total and what is always zero, and puts the greatest peak first', () => {
    expect(listPresentQuantities(history)).toEqual(['time_wait', 'used', 'established']);
  });
});

describe('buildStackedColumns', () => {
  it('sums from the bottom up', () => {
    expect(buildStackedColumns(history, ['time_wait', 'established'], MAX_SAMPLE_AGE_MS)).toEqual([
      [60, 120],
      [5, 9],
      [7, 10],
    ]);
  });
  it('leaves a gap where no state has a count', () => {
    const gap = { ...history, t: [0, 1, 2], mean: { a: [1, null, null], b: [1, 2, null] } };
    expect(buildStackedColumns(gap, ['a', 'b'], MAX_SAMPLE_AGE_MS).slice(1)).toEqual([
      [1, 0, null],
      [2, 2, null],
    ]);
  });
});

describe('isEmptyHistory', () => {
  it.each([
    ['with values', history.mean, false],
    ['with gaps only', { used: [null, null] }, true],
    ['without quantities', {}, true],
  ])('%s', (_, mean, expected) => {
    expect(isEmptyHistory({ ...history, mean })).toBe(expected);
  });
});
