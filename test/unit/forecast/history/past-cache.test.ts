/** The cache of the stored past: how often the store is read, and what has ended since. */
import { describe, expect, it } from 'vitest';
import { createPastCache } from '../../../../daemon/forecast/history/past-cache.js';
import { NO_PAST, type Burst, type PoolPast } from '../../../../daemon/forecast/history/types.js';
import { DAY_MS, HOUR_MS } from '../../../../daemon/units.js';

const NOW_MS = 20_000 * DAY_MS;
const ONE_DAY: PoolPast = { bursts: [], dailyPeaks: [{ dayMs: NOW_MS - DAY_MS, pressure: 0.2, hours: 24 }] };

const createBurst = (poolId: string, beganAtMs: number): Burst => ({
  poolId,
  kind: 'closes',
  beganAtMs,
  durationMs: 1000,
  rate: 20,
  baseRate: 1,
  exhausted: false,
});

/** A cache over a store, and the pools whose past each refresh reads. */
function createScene(readPast: (id: string) => PoolPast) {
  const cache = createPastCache();
  const refreshAt = (ms: number, ids: readonly string[]): string[] => {
    const read: string[] = [];
    const past = (id: string): PoolPast => {
      read.push(id);
      return readPast(id);
    };
    cache.refresh({ past, ids, monotonicMs: ms, nowMs: NOW_MS + ms });
    return read;
  };
  return { cache, refreshAt };
}

describe('the past of pools', () => {
  it('is read once an hour, one pool with a history at a time, in the given order', () => {
    const { cache, refreshAt } = createScene(() => ONE_DAY);
    expect(refreshAt(0, ['a', 'b', 'c'])).toEqual(['a']);
    expect(refreshAt(2000, ['a', 'b', 'c'])).toEqual(['b']);
    expect(cache.find('c').outlook).toBeNull();
    expect(refreshAt(4000, ['b', 'c', 'a'])).toEqual(['c']);
    expect(refreshAt(6000, ['a', 'b', 'c'])).toEqual([]);
    expect(cache.find('c').outlook).toEqual({ days: null, why: 'not enough history: 1 of 21 days' });
    expect(refreshAt(HOUR_MS + 5000, ['c', 'b', 'a', 'd'])).toEqual(['d']);
    expect(refreshAt(HOUR_MS + 6000, ['c', 'b', 'a', 'd'])).toEqual(['a']);
    expect(refreshAt(HOUR_MS + 8000, ['c', 'b', 'a', 'd'])).toEqual(['b']);
  });

  it('that is empty is read for twenty pools in one call', () => {
    const ids = Array.from({ length: 50 }, (_, index) => `p${index}`);
    const { refreshAt } = createScene(() => NO_PAST);
    const counts = [0, 1, 2, 3].map((ms) => refreshAt(ms, ids).length);
    expect(counts).toEqual([20, 20, 10, 0]);
  });

  it('includes the bursts that ended since it was read, each once', () => {
    const stored = [createBurst('a', 1)];
    const { cache, refreshAt } = createScene(() => ({ bursts: [...stored], dailyPeaks: [] }));
    const listBegins = (id: string): number[] => cache.find(id).bursts.map(({ beganAtMs }) => beganAtMs);
    refreshAt(0, ['a']);
    cache.add([createBurst('a', 2), createBurst('b', 3)], 0);
    stored.push(createBurst('a', 2));
    expect(listBegins('a')).toEqual([1, 2]);
    expect(listBegins('b')).toEqual([3]);
    refreshAt(HOUR_MS, ['a']);
    expect(listBegins('a')).toEqual([1, 2]);
  });

  it('is kept without a store, for 200 bursts, until the pool has been absent for an hour', () => {
    const cache = createPastCache();
    for (let index = 0; index < 300; index++) cache.add([createBurst('a', index)], 0);
    cache.refresh({ ids: ['a'], monotonicMs: HOUR_MS, nowMs: NOW_MS });
    expect(cache.find('a').outlook).toBeNull();
    expect(cache.find('a').bursts.map(({ beganAtMs }) => beganAtMs)).toEqual(
      Array.from({ length: 200 }, (_, index) => index + 100),
    );
    cache.refresh({ ids: [], monotonicMs: 3 * HOUR_MS, nowMs: NOW_MS });
    expect(cache.find('a').bursts).toEqual([]);
  });
});
