import { describe, expect, it } from 'vitest';
import { describeCount, describeSearch, matchesPool } from '../../../../dashboard/src/words/pool-search.js';
import { wirePool } from '../../../builders/wire-pool.js';

describe('the search over pools', () => {
  it.each([
    [{ matching: 12, shown: 12, total: 500, searched: 500 }, '12 of 500 destinations match'],
    [{ matching: 1, shown: 1, total: 4, searched: 4 }, '1 of 4 destinations matches'],
    [
      { matching: 300, shown: 200, total: 500, searched: 500 },
      '300 of 500 destinations match, the first 200 are shown',
    ],
    [
      { matching: 2, shown: 2, total: 500, searched: 50 },
      '2 of 50 destinations match: only the 50 most at risk of 500 were searched',
    ],
  ])('%j', (result, text) => {
    expect(describeSearch(result)).toBe(text);
  });
  it('counts', () => {
    expect([describeCount(4, 4), describeCount(50, 312)]).toEqual(['4', 'the 50 most at risk of 312']);
  });
  it('looks at address, mode and process', () => {
    const pool = wirePool({ processes: [{ pid: 4211, name: 'checkout-api', confidence: 1 }] });
    for (const query of ['10.0.0.2', ':443 steady', 'CHECKOUT', '4211']) expect(matchesPool(pool, query)).toBe(true);
    expect(matchesPool(pool, '10.0.0.2 idle')).toBe(false);
  });
});
