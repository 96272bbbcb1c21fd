import { describe, expect, it } from 'vitest';
import { holdOrder, matchesQuery, nextSort, sortRows } from '../../../../dashboard/src/state/sort.js';

const values = (rows: readonly (number | string | null)[], descending: boolean) =>
  sortRows(rows, (row) => row, descending);

describe('sortRows', () => {
  it('puts null last in both directions', () => {
    expect(values([2, null, 10, 1], false)).toEqual([1, 2, 10, null]);
    expect(values([2, null, 10, 1], true)).toEqual([10, 2, 1, null]);
  });
  it('compares the numbers in addresses', () => {
    expect(values(['10.0.0.10:443', '10.0.0.9:443'], false)).toEqual(['10.0.0.9:443', '10.0.0.10:443']);
  });
  it('keeps the order of equal rows and does not change its input', () => {
    const rows = [
      { id: 'a', n: 1 },
      { id: 'b', n: 1 },
    ];
    expect(sortRows(rows, (row) => row.n, true).map(({ id }) => id)).toEqual(['a', 'b']);
    const input = [3, 1];
    values(input, false);
    expect(input).toEqual([3, 1]);
  });
});

describe('nextSort', () => {
  it('goes through both directions and back to the order of the daemon', () => {
    const first = nextSort(null, 'rate', true);
    const second = nextSort(first, 'rate', true);
    expect([first, second, nextSort(second, 'rate', true)]).toEqual([
      { key: 'rate', descending: true },
      { key: 'rate', descending: false },
      null,
    ]);
  });
  it('starts with the first direction on another column', () => {
    expect(nextSort<'a' | 'b'>({ key: 'a', descending: true }, 'b', false)).toEqual({ key: 'b', descending: false });
  });
});

describe('holdOrder', () => {
  it('keeps rows in their places, removes rows that no longer exist and appends new rows in their order', () => {
    expect(holdOrder(['d', 'c', 'b', 'x'], (row) => row, ['a', 'b', 'c', 'd'])).toEqual(['b', 'c', 'd', 'x']);
  });
});

describe('matchesQuery', () => {
  it.each([
    ['', true],
    ['443', true],
    ['CHURN 10.0', true],
    ['churn 8443', false],
  ])('%j', (query, expected) => {
    expect(matchesQuery('10.0.0.2:443 churn', query)).toBe(expected);
  });
});
