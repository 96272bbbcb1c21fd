import { describe, expect, it } from 'vitest';
import {
  buildBandColumns,
  buildStackedColumns,
  isEmptyHistory,
  listPresentQuantities,
} from '../../../../dashboard/src/chart/history-columns.js';
import { MAX_SAMPLE_AGE_MS } from '../../../builders/wire-pool.js';

const LIMITS = { maxSampleAgeMs: MAX_SAMPLE_AGE_MS, endMs: 1_000_000 };

const history = {
  stepMs: 60_000,
  t: [60_000, 120_000],
  min: { used: [1, 2], established: [1, 1] },
  mean: { used: [2, 3], established: [2, 1], time_wait: [5, 9], listen: [0, 0], total: [7, 10] },
  max: { used: [3, 4], established: [3, 1], time_wait: [5, 9], listen: [0, 0], total: [7, 10] },
};

describe('buildBandColumns', () => {
  it('gives the middle of each step in seconds, then the maximum, which is the line, and the minimum', () => {
    expect(buildBandColumns(history, 'used', LIMITS)).toEqual([
      [90, 150],
      [3, 4],
      [1, 2],
    ]);
  });

  it('keeps a peak of one sample in an hour, whatever the mean is', () => {
    const hour = {
      ...history,
      stepMs: 3_600_000,
      t: [0],
      min: { used: [0] },
      mean: { used: [2.1] },
      max: { used: [990] },
    };
    expect(buildBandColumns(hour, 'used', LIMITS)[1]).toEqual([990]);
  });

  it('gives gaps for a quantity that the history does not have', () => {
    expect(buildBandColumns(history, 'pressure', LIMITS)[1]).toEqual([null, null]);
  });

  it('draws no step later than the end of what was requested', () => {
    expect(buildBandColumns(history, 'used', { ...LIMITS, endMs: 130_000 })[0]).toEqual([90, 130]);
  });

  it('has no line across a time in which portcast took no sample', () => {
    const values = [5, null, 7];
    const gap = {
      stepMs: 3_600_000,
      t: [0, 3_600_000, 7_200_000],
      min: { used: values },
      mean: {},
      max: { used: values },
    };
    expect(buildBandColumns(gap, 'used', LIMITS)[1]).toEqual([5, null, 7]);
  });

  it('stays in its place when the same values come in longer steps', () => {
    const fine = { ...history, stepMs: 60_000, t: [0, 60_000], max: { used: [4, 4] }, min: { used: [4, 4] } };
    const coarse = { ...history, stepMs: 120_000, t: [0], max: { used: [4] }, min: { used: [4] } };
    const middle = (x: readonly number[]): number => x.reduce((sum, each) => sum + each, 0) / x.length;
    const [fineX, coarseX] = [fine, coarse].map((each) => buildBandColumns(each, 'used', LIMITS)[0]);
    expect(middle(fineX ?? [])).toBe(middle(coarseX ?? []));
  });
});

describe('listPresentQuantities', () => {
  it('leaves out the total and what is always zero, and puts the greatest peak first', () => {
    expect(listPresentQuantities(history)).toEqual(['time_wait', 'used', 'established']);
  });
});

describe('buildStackedColumns', () => {
  it('gives the greatest total, then the greatest counts summed up from the bottom', () => {
    expect(buildStackedColumns(history, ['time_wait', 'established'], LIMITS)).toEqual([
      [90, 150],
      [7, 10],
      [5, 9],
      [8, 10],
    ]);
  });
  it('leaves a gap where no state has a count', () => {
    const max = { a: [1, null, null], b: [1, 2, null], total: [2, 2, null] };
    const gap = { ...history, stepMs: 60_000, t: [0, 1, 2], max };
    expect(buildStackedColumns(gap, ['a', 'b'], LIMITS).slice(1)).toEqual([
      [2, 2, null],
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
