import { describe, expect, it } from 'vitest';
import { bridgeShortGaps, findGreatest, findNewest, listLonely } from '../../../../dashboard/src/chart/column.js';

const u = undefined;
const nulls = (count: number): null[] => new Array<null>(count).fill(null);
const bridged = (count: number): undefined[] => new Array<undefined>(count).fill(u);

describe('bridgeShortGaps', () => {
  it.each([
    ['bridges the empty steps between two dumps', [1, null, 2], 2_000, [1, u, 2]],
    ['bridges as many short steps as fit into the age limit', [1, ...nulls(17), 2], 2_000, [1, ...bridged(17), 2]],
    ['keeps a gap of one step more', [1, ...nulls(18), 2], 2_000, [1, ...nulls(18), 2]],
    ['keeps a gap of one step that is wider than the age limit', [1, null, 2], 60_000, [1, null, 2]],
    ['bridges one step that is within the age limit', [1, null, 2], 35_000, [1, u, 2]],
    ['keeps a gap of two such steps', [1, null, null, 2], 35_000, [1, null, null, 2]],
    ['keeps every wide step', [1, null, 2, null, null, 3], 3_600_000, [1, null, 2, null, null, 3]],
    ['keeps gaps before the first and after the last value', [null, 1, null], 2_000, [null, 1, null]],
    ['keeps a column without values', [null, null], 2_000, [null, null]],
    ['keeps an empty column', [], 2_000, []],
  ])('%s', (_, values, stepMs, expected) => {
    expect(bridgeShortGaps(values, stepMs, 35_000)).toEqual(expected);
  });

  it('follows the age limit', () => {
    expect(bridgeShortGaps([1, ...nulls(150), 2], 2_000, 305_000)).toEqual([1, ...bridged(150), 2]);
  });
});

describe('findGreatest and findNewest', () => {
  it('pass over gaps', () => {
    expect(findGreatest([null, 3, u, 1])).toBe(3);
    expect(findNewest([null, 3, u, 1, null])).toBe(1);
  });
  it('are null without a value', () => {
    expect([findGreatest([null]), findGreatest([]), findNewest([null]), findNewest([])]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('listLonely', () => {
  it.each([
    ['a value between two gaps', [null, 1, null, 2, 3, null], [1]],
    ['a value at either end', [1, null, 2, 3, null, 4], [0, 5]],
    ['no value that a bridged gap leads to', [1, u, 2, null, u, null], []],
    ['the only value', [7], [0]],
    ['nothing of nothing', [], []],
  ])('lists %s', (_, values, expected) => {
    expect(listLonely(values)).toEqual(expected);
  });
});
