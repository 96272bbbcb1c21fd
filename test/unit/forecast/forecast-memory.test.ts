/** What the forecaster keeps of each pool: bounded, and dropped with the pool. */
import { describe, expect, it } from 'vitest';
import { createForecastMemories } from '../../../daemon/forecast/forecast-memory.js';

describe('the memory of pools', () => {
  it('of the first sample has no live ports, and of a pool that appears later 0 in the sample before', () => {
    const memories = createForecastMemories();
    expect(memories.find('first').live).toEqual([]);
    memories.endSample(5000);
    expect(memories.find('second').live).toEqual([{ monotonicMs: 5000, live: 0 }]);
  });

  it('is the same for the same pool until it has not been seen for ten minutes', () => {
    const memories = createForecastMemories();
    const memory = memories.find('p');
    memory.seenMs = 1000;
    memories.endSample(601_000);
    expect(memories.find('p')).toBe(memory);
    memories.endSample(601_001);
    expect(memories.find('p')).not.toBe(memory);
  });

  it('holds 20,000 pools, and drops those seen longest ago first', () => {
    const memories = createForecastMemories();
    const kept = new Map<string, object>();
    for (let i = 0; i < 20_010; i += 1) {
      const memory = memories.find(`p${i}`);
      memory.seenMs = i;
      kept.set(`p${i}`, memory);
    }
    memories.endSample(20_010);
    expect(memories.find('p10')).toBe(kept.get('p10'));
    expect(memories.find('p20009')).toBe(kept.get('p20009'));
    for (const id of ['p0', 'p9']) expect(memories.find(id)).not.toBe(kept.get(id));
  });
});
