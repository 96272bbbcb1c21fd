import { describe, expect, it } from 'vitest';
import { placeGone } from '../../../../dashboard/src/words/pool-marks.js';
import { wirePool } from '../../../builders/wire-pool.js';

describe('the place of a pool that is gone', () => {
  const urgent = wirePool({ id: 'urgent', pressure: 2 });
  const calm = wirePool({ id: 'calm', pressure: 0.1 });
  const gone = wirePool({ id: 'gone', pressure: 2, goneSince: '2026-01-05T12:00:00.000Z' });
  const isUrgent = ({ pressure }: { readonly pressure: number | null }): boolean => (pressure ?? 0) > 1;
  const place = (...pools: Parameters<typeof placeGone>[0]): string[] => placeGone(pools, isUrgent).map(({ id }) => id);

  it('is behind the pools at risk and before all others', () => {
    expect(place(urgent, calm, gone)).toEqual(['urgent', 'gone', 'calm']);
    expect(place(calm, gone)).toEqual(['gone', 'calm']);
  });

  it('leaves the order of the others as it is', () => {
    expect(place(calm, urgent)).toEqual(['calm', 'urgent']);
    expect(place()).toEqual([]);
  });
});
