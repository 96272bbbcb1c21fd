import { describe, expect, it } from 'vitest';
import { formatGrowth, formatGrowthRate } from '../../daemon/units.js';

describe('growth as text', () => {
  it.each([
    [4, '4 more every second', '4/s'],
    [1, '1 more every second', '1/s'],
    [0.25, '15 more every minute', '15/min'],
    // A leak of one connection in five minutes fills 28,232 ports within 100 days.
    [0.0033, '11.9 more every hour', '11.9/h'],
    [0, '0 more every hour', '0/h'],
  ])('of %d per second', (perSecond, text, rate) => {
    expect(formatGrowth(perSecond)).toBe(text);
    expect(formatGrowthRate(perSecond)).toBe(rate);
  });
});
