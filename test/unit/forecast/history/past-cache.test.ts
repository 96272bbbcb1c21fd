import { describe, expect, it } from 'vitest';
import { createPastCache } from '../../../../daemon/forecast/history/past-cache.js';
import { NO_PAST, type Burst, type PoolPast } from '../../../../daemon/forecast/history/types.js';
import { DAY_MS, HOUR_MS } from '../../../../daemon/units.js';

const NOW_MS = 20_000 * DAY_MS;
const DAYS: PoolPast = { bursts: [], dailyPeaks: [{ dayMs: NOW_MS - DAY_MS, pressure: 0.2, hours: 24 }] };

function burst(poolId: string, beganAtMs: number): Burst {
  return { poolId, beganAtMs, durationMs: 1000, rate: 20, baseRate: 1, exhausted: false };
}

function scene(pastOf: (id: string) => PoolPast) {
  const memory = createPastCache();
  const asked: string[] = [];
  const past = (id: string): PoolPast => {
    asked.push(id);
    return pastOf(id);
  };
  const at = (ms: number, ids: readonly string[]): string[] => {
    asked.length = 0;
    memory.refresh({ past, ids, monotonicMs: ms, nowMs: NOW_MS + ms });
    return [...asked];
  };
  return { memory, at };
}

describe('the past of pools', () => {
  it('is asked for once an hour, one pool with a history at a time, in the order given', () => {
    const { memory, at } = scene(() => DAYS);
    expect(at(0, ['a', 'b', 'c'])).toEqual(['a']);
    expect(at(2000, ['a', 'b', 'c'])).toEqual(['b']);
    expect(memory.find('c').outlook).toBeNull();
    expect(at(4000, ['b', 'c', 'a'])).toEqual(['c']);
    expect(at(6000, ['a', 'b', 'c'])).toEqual([]);
    expect(memory.find('c').outlook).toEqual({ days: null, why: 'not enough history: 1 of 21 days' });
    expect(at(HOUR_MS + 5000, ['c', 'b', 'a', 'd'])).toEqual(['d']);
    expect(at(HOUR_MS + 6000, ['c', 'b', 'a', 'd'])).toEqual(['a']);
    expect(at(HOUR_MS + 8000, ['c', 'b', 'a', 'd'])).toEqual(['b']);
  });

  it('that is empty costs nothing, so twenty are asked for in one go', () => {
    const ids = Array.from({ length: 50 }, (_, index) => `p${index}`);
    const { at } = scene(() => NO_PAST);
    expect([at(0, ids), at(1, ids), at(2, ids), at(3, ids)].map(({ length }) => length)).toEqual([20, 20, 10, 0]);
  });

  it('has the bursts that ended since, until the store gives all of them', () => {
    const stored: Burst[] = [burst('a', 1)];
    const { memory, at } = scene(() => ({ bursts: [...stored], dailyPeaks: [] }));
    at(0, ['a']);
    memory.add([burst('a', 2), burst('b', 3)], 0);
    stored.push(burst('a', 2));
    expect(memory.find('a').bursts.map(({ beganAtMs }) => beganAtMs)).toEqual([1, 2]);
    expect(memory.find('b').bursts).toHaveLength(1);
    at(HOUR_MS, ['a']);
    expect(memory.find('a').bursts.map(({ beganAtMs }) => beganAtMs)).toEqual([1, 2]);
  });

  it('is kept without a store, bounded, and forgotten with its pool', () => {
    const memory = createPastCache();
    for (let index = 0; index < 300; index++) memory.add([burst('a', index)], 0);
    memory.refresh({ ids: ['a'], monotonicMs: HOUR_MS, nowMs: NOW_MS });
    expect(memory.find('a')).toMatchObject({ outlook: null });
    expect(memory.find('a').bursts.map(({ beganAtMs }) => beganAtMs)).toEqual(
      Array.from({ length: 200 }, (_, index) => index + 100),
    );
    memory.refresh({ ids: [], monotonicMs: 3 * HOUR_MS, nowMs: NOW_MS });
    expect(memory.find('a').bursts).toEqual([]);
  });
});
