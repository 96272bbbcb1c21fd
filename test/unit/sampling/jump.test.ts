import { describe, expect, it } from 'vitest';
import { estimateFillMs, isBeyondChance } from '../../../daemon/sampling/jump.js';

/** Counts a quarter of a second apart. */
const quarters = (...counts: number[]) => counts.map((count, index) => ({ monotonicMs: 250 * index, count }));

describe('estimateFillMs', () => {
  it.each([
    { what: 'no count', counts: [], freePorts: 1000, fillMs: Infinity },
    { what: 'a single count', counts: [500], freePorts: 1000, fillMs: Infinity },
    { what: 'a steady count', counts: [70, 71, 70, 72, 70], freePorts: 1000, fillMs: Infinity },
    { what: 'ports that come free', counts: [300, 240, 100], freePorts: 1000, fillMs: Infinity },
    { what: 'nine ports', counts: [0, 9], freePorts: 100, fillMs: Infinity },
    { what: 'ten ports in a quarter of a second', counts: [0, 10], freePorts: 1000, fillMs: 25_000 },
    { what: '25 closes/s for a second', counts: [0, 6, 12, 19, 25], freePorts: 1000, fillMs: 38_462 },
    { what: 'a rise that has just begun', counts: [5, 5, 5, 5, 105], freePorts: 1000, fillMs: 2500 },
    { what: 'the same rise on the default range', counts: [5, 5, 5, 5, 105], freePorts: 28_232, fillMs: 70_580 },
  ])('$what of $freePorts free ports: $fillMs ms', ({ counts, freePorts, fillMs }) => {
    expect(estimateFillMs(quarters(...counts), freePorts)).toBeCloseTo(fillMs, 0);
  });
});

describe('isBeyondChance', () => {
  it.each([
    { count: 9, withinMs: 250, usualPerSecond: 0, beyond: false },
    { count: 10, withinMs: 250, usualPerSecond: 0, beyond: true },
    { count: 50, withinMs: 1000, usualPerSecond: 25, beyond: false },
    { count: 61, withinMs: 1000, usualPerSecond: 25, beyond: true },
    { count: 1100, withinMs: 1000, usualPerSecond: 1000, beyond: false },
    { count: 1400, withinMs: 1000, usualPerSecond: 1000, beyond: true },
  ])(
    '$count opens within $withinMs ms at a usual $usualPerSecond/s: $beyond',
    ({ beyond, usualPerSecond, ...opens }) => {
      expect(isBeyondChance(opens, usualPerSecond)).toBe(beyond);
    },
  );
});
