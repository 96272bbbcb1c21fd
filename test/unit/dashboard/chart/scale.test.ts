import { describe, expect, it } from 'vitest';
import { chooseScale } from '../../../../dashboard/src/chart/scale.js';

describe('chooseScale', () => {
  it('reaches up to the capacity when use comes near it', () => {
    expect(chooseScale(900, 1000, false)).toEqual({ max: 1100, showsCapacity: true });
  });
  it('fits the use when that is far from the capacity', () => {
    expect(chooseScale(10, 1000, true)).toEqual({ max: 15, showsCapacity: false });
  });
  it('has a top above zero without use and without capacity', () => {
    expect(chooseScale(0, 1000, true).max).toBeGreaterThan(0);
    expect(chooseScale(0, 0, true).max).toBeGreaterThan(0);
  });
  it('does not change between its two thresholds', () => {
    expect(chooseScale(260, 1000, true).showsCapacity).toBe(true);
    expect(chooseScale(260, 1000, false).showsCapacity).toBe(false);
  });
  it.each([1, 7, 63, 218, 299, 301, 1000])('does not cut off a use of %i', (peak) => {
    expect(chooseScale(peak, 1000, false).max).toBeGreaterThan(peak);
  });
});
