import { describe, expect, it } from 'vitest';
import { parseRoute, poolHref, portHref } from '../../../../dashboard/src/state/route.js';
import { holdOrder, matchesQuery, nextSort, sortRows } from '../../../../dashboard/src/state/sort.js';

const values = (rows: readonly (number | string | null)[], descending: boolean) =>
  sortRows(rows, (row) => row, descending);

describe('sortRows', () => {
  it('sorts both ways with null last', () => {
    expect(values([2, null, 10, 1], false)).toEqual([1, 2, 10, null]);
    expect(values([2, null, 10, 1], true)).toEqual([10, 2, 1, null]);
  });
  it('sorts addresses by their numbers', () => {
    expect(values(['10.0.0.10:443', '10.0.0.9:443'], false)).toEqual(['10.0.0.9:443', '10.0.0.10:443']);
  });
  it('is stable and leaves its input alone', () => {
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
  it('goes through both directions and back to the order of the server', () => {
    const first = nextSort(null, 'rate', true);
    const second = nextSort(first, 'rate', true);
    expect([first, second, nextSort(second, 'rate', true)]).toEqual([
      { key: 'rate', descending: true },
      { key: 'rate', descending: false },
      null,
    ]);
  });
  it('starts anew on another column', () => {
    expect(nextSort<'a' | 'b'>({ key: 'a', descending: true }, 'b', false)).toEqual({ key: 'b', descending: false });
  });
});

describe('holdOrder', () => {
  it('keeps rows where they are, drops the gone and appends the new in their order', () => {
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

describe('routes', () => {
  const id = 'connect_host_fe80--1%eth0_2001-db8--1_443';
  it.each([
    ['', { view: 'overview', section: null }],
    ['#/', { view: 'overview', section: null }],
    ['#/host', { view: 'overview', section: 'host' }],
    ['#/nowhere', { view: 'overview', section: null }],
    ['#/pool/', { view: 'overview', section: null }],
    ['#/pool/%E0%A4%A', { view: 'overview', section: null }],
    [poolHref(id), { view: 'pool', id }],
    [portHref('in_host_22'), { view: 'port', id: 'in_host_22' }],
  ])('%j', (hash, expected) => {
    expect(parseRoute(hash)).toEqual(expected);
  });
});
