/** What the forecaster keeps of each pool: bounded, and dropped with the pool. */
import { describe, expect, it } from 'vitest';
import { createForecastMemories } from '../../../daemon/forecast/forecast-memory.js';
import { createCloseHistory } from '../../../daemon/forecast/rate/close-history.js';

describe('the memory of pools', () => {
  it('of the first sample has no live ports, and of a pool that appears later 0 in the sample before', () => {
    const memories = createForecastMemories();
    expect(memories.find('first').live).toEqual([]);
    memories.endSample(5000, true);
    expect(memories.find('second').live).toEqual([{ monotonicMs: 5000, live: 0 }]);
  });

  it('is the same for the same pool until it has not been seen for ten minutes', () => {
    const memories = createForecastMemories();
    const memory = memories.find('p');
    memory.seenMs = 1000;
    memories.endSample(601_000, true);
    expect(memories.find('p')).toBe(memory);
    memories.endSample(601_001, true);
    expect(memories.find('p')).not.toBe(memory);
  });

  /** Makes one memory for each instant in `seenAt`. */
  const fill = (seenAt: readonly number[]) => {
    const memories = createForecastMemories();
    const made = seenAt.map((seenMs, index) => Object.assign(memories.find(`p${index}`), { seenMs }));
    return { memories, isKept: (index: number): boolean => memories.find(`p${index}`) === made[index] };
  };

  it('holds every pool of a sample up to 20,000', () => {
    const { memories, isKept } = fill(new Array<number>(20_000).fill(7));
    memories.endSample(7, true);
    expect([0, 9999, 19_999].map(isKept)).toEqual([true, true, true]);
  });

  it('holds no more than 20,000 pools', () => {
    const { memories, isKept } = fill(new Array<number>(20_010).fill(7));
    memories.endSample(7, true);
    expect([9, 10, 20_009].map(isKept)).toEqual([false, true, true]);
  });

  it('holds 2,000 pools that are absent, and drops first those without closes, and those seen longest ago', () => {
    const { memories, isKept } = fill([...Array.from({ length: 2010 }, (_, index) => index), 5000]);
    const { closes } = Object.assign(memories.find('p0'), { closes: createCloseHistory() });
    memories.endSample(5000, true);
    expect([1, 10, 11, 2009, 2010].map(isKept)).toEqual([false, false, true, true, true]);
    expect(memories.find('p0').closes).toBe(closes);
  });
});
