import { describe, expect, it } from 'vitest';
import { extendLiveHistories, type LiveHistories } from '../../../../dashboard/src/state/live-history.js';
import { iso, NOW, wirePool } from '../../../builders/wire-pool.js';

const minute = 60_000;

const poolAt = (ms: number, id = 'a') => wirePool({ id, sampledAt: iso(NOW + ms), used: ms });

describe('extendLiveHistories', () => {
  it('adds an instant once', () => {
    const histories: LiveHistories = new Map();
    extendLiveHistories(histories, [poolAt(0), poolAt(0)]);
    extendLiveHistories(histories, [poolAt(0)]);
    expect(histories.get('a')).toEqual([{ t: NOW, used: 0, live: 184 }]);
  });
  it('ignores a pool whose instant cannot be read', () => {
    const histories: LiveHistories = new Map();
    extendLiveHistories(histories, [wirePool({ id: 'a', sampledAt: 'never' })]);
    expect(histories.size).toBe(0);
  });
  it('removes points that are older than the chart, and pools of which no point is left', () => {
    const histories: LiveHistories = new Map();
    extendLiveHistories(histories, [poolAt(0), poolAt(0, 'gone')]);
    for (let minutes = 1; minutes <= 20; minutes += 1) extendLiveHistories(histories, [poolAt(minutes * minute)]);
    const minutesLeft = histories.get('a')?.map(({ t }) => (t - NOW) / minute);
    expect(minutesLeft).toEqual([9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    expect(histories.has('gone')).toBe(false);
  });
  it('starts again when the clock of the host is set back', () => {
    const histories: LiveHistories = new Map();
    extendLiveHistories(histories, [poolAt(minute)]);
    extendLiveHistories(histories, [poolAt(-60 * minute)]);
    expect(histories.get('a')?.map(({ t }) => t)).toEqual([NOW - 60 * minute]);
  });
});
