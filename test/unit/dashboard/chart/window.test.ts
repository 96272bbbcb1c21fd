import { describe, expect, it } from 'vitest';
import { chooseWindow } from '../../../../dashboard/src/chart/window.js';
import { iso, NOW, wirePool } from '../../../builders/wire-pool.js';

const minute = 60_000;

describe('chooseWindow', () => {
  it.each([
    ['no exhaustion foreseen', null, null, 10, 2],
    ['exhaustion in 28 s', 28_000, 40_000, 4, 1],
    ['exhaustion in 90 s', 90_000, 100_000, 6, 2],
    ['exhaustion in 3 min', 3 * minute, 3.5 * minute, 10, 4],
    ['exhaustion in 5 min', 5 * minute, 6 * minute, 10, 10],
    ['exhaustion in an hour', 60 * minute, 70 * minute, 10, 10],
    ['exhaustion in 20 s, with an interval of an hour', 20_000, 60 * minute, 10, 10],
  ])('%s', (_, exhaustsInMs, latestInMs, pastMinutes, futureMinutes) => {
    const pool = wirePool({
      exhaustsAt: exhaustsInMs === null ? null : iso(NOW + exhaustsInMs),
      latestAt: latestInMs === null ? null : iso(NOW + latestInMs),
    });
    expect(chooseWindow(pool, NOW)).toEqual({
      fromMs: NOW - pastMinutes * minute,
      toMs: NOW + futureMinutes * minute,
    });
  });

  it('contains every exhaustion within nine minutes', () => {
    for (let seconds = 1; seconds <= 540; seconds += 7) {
      const exhaustsAtMs = NOW + seconds * 1000;
      expect(chooseWindow(wirePool({ exhaustsAt: iso(exhaustsAtMs) }), NOW).toMs).toBeGreaterThan(exhaustsAtMs);
    }
  });
});
