/** The outlook on seeded years in which nothing grows: no instant, and the reason. */
import { describe, expect, it } from 'vitest';
import {
  drawPeaks,
  foreseeAfter,
  measureAlarms,
  WORKING_WEEK,
  type PeakSeries,
} from '../../../builders/daily-peaks.js';

describe('days that do not grow', () => {
  it.each<[string, Omit<PeakSeries, 'level' | 'days'>]>([
    ['calm', { noise: 0.05 }],
    ['noisy', { noise: 0.2 }],
    ['weekly', { noise: 0.1, week: WORKING_WEEK }],
    ['weekly, with days missing', { noise: 0.2, week: WORKING_WEEK, missing: 0.15 }],
    ['persistent', { noise: 0.1, memory: 0.7 }],
  ])('that are %s give no outlook in 98 of 100 cases, however long they are watched', (_, series) => {
    for (const days of [21, 28, 60, 365]) {
      expect(measureAlarms({ ...series, days, level: () => 0.3 })).toBeLessThanOrEqual(0.02);
    }
  });

  it('are explained: a step, a rise that has settled, or a level', () => {
    const step = { days: 40, noise: 0.02, week: WORKING_WEEK, level: (day: number) => (day < 28 ? 0.3 : 0.5) };
    expect(foreseeAfter(drawPeaks(1, step), 40).why).toMatch(
      /^daily peaks stepped from 30% to (49|50)% of capacity 12 days ago: that is no trend$/,
    );
    const settled = { days: 60, noise: 0.01, level: (day: number) => 0.3 + 0.01 * Math.min(30, day) };
    expect(foreseeAfter(drawPeaks(1, settled), 60).why).toMatch(
      /^daily peaks moved from (29|30|31)% to (59|60|61)% of capacity and have stayed there for (2\d|3[0-3]) days$/,
    );
    expect(foreseeAfter(drawPeaks(1, { ...step, level: () => 0.3 }), 40).why).toMatch(
      /^no trend in 40 days: daily peaks stay near (29|30)% of capacity$/,
    );
  });

  it('are explained as a fall where they fall', () => {
    const falling = drawPeaks(3, { days: 60, noise: 0.05, level: (day) => 0.8 - 0.01 * day });
    const outlook = foreseeAfter(falling, 60);
    expect(outlook.days).toBeNull();
    expect(outlook.why).toMatch(/^daily peaks fall by \d.*% of capacity a day over 60 days$/);
  });
});
