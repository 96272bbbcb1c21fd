import { describe, expect, it } from 'vitest';
import { describeDots, hasAxis, stackDots } from '../../../../dashboard/src/words/dots.js';
import { NOW } from '../../../builders/wire-pool.js';

/** So many situations 10 s apart from a minute on; the rest never run out. */
const quantiles = (known: number) =>
  Array.from({ length: 20 }, (_, index) => (index < known ? NOW + 60_000 + index * 10_000 : null));

describe('describeDots', () => {
  it.each([
    [20, /^Of 20 such situations, 3 have run out by \d\d:\d1:20, 17 by \d\d:\d3:40\.$/],
    [19, /3 have run out by .*, 17 by .*; 1 never does\.$/],
    [12, /3 have run out by .*, 12 by \d\d:\d2:50; 8 never do\.$/],
    [3, /^Of 20 such situations, 3 have run out by \d\d:\d1:20; 17 never do\.$/],
    [1, /^Of 20 such situations, 1 has run out by \d\d:\d1:00; 19 never do\.$/],
    [0, /^Of 20 such situations, none runs out\.$/],
  ])('of %d that run out', (known, text) => {
    expect(describeDots(quantiles(known), NOW)).toMatch(text);
  });
  it('names one instant where they run out at the same moment', () => {
    const atOnce = Array.from({ length: 20 }, (_, index) => (index < 18 ? NOW + 60_000 + index : null));
    expect(describeDots(atOnce, NOW)).toMatch(/^Of 20 such situations, 18 have run out by \d\d:\d1:00; 2 never do\.$/);
    expect([atOnce, quantiles(18), quantiles(1)].map(hasAxis)).toEqual([false, true, true]);
  });
  it('says nothing where the server sent none', () => {
    expect(describeDots([], NOW)).toBeNull();
  });
});

describe('stackDots', () => {
  it.each([20, 7, 1])('has every one of %d situations in the step of its instant', (known) => {
    const stacks = stackDots(quantiles(known));
    expect(stacks.reduce((sum, { count }) => sum + count, 0)).toBe(known);
    expect(stacks[0]?.fromMs).toBe(NOW + 60_000);
    expect(stacks.at(-1)?.toMs).toBe(NOW + 60_000 + (known - 1) * 10_000);
    expect(stacks[0]?.count).toBeGreaterThan(0);
    expect(stacks.at(-1)?.count).toBeGreaterThan(0);
  });
  it('puts situations of one instant into one step', () => {
    expect(stackDots([NOW, NOW, null])).toEqual([{ fromMs: NOW, toMs: NOW, count: 2 }]);
    expect(stackDots([null])).toEqual([]);
  });
});
