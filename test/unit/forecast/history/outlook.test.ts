/** The outlook on a stored history as it comes: short, with gaps, out of order, or with values that are no peaks. */
import { describe, expect, it } from 'vitest';
import { foreseeOutlook } from '../../../../daemon/forecast/history/outlook.js';
import type { DailyPeak } from '../../../../daemon/forecast/history/types.js';
import { DAY_MS } from '../../../../daemon/units.js';
import { drawPeaks, FIRST_DAY, foreseeAfter } from '../../../builders/daily-peaks.js';

const flat = drawPeaks(1, { days: 40, noise: 0.05, level: () => 0.3 });

describe('a stored history', () => {
  it('must have three weeks of days that were seen for most of the usual hours', () => {
    expect(foreseeAfter([], 0)).toEqual({ days: null, why: 'not enough history: 0 of 21 days' });
    expect(foreseeAfter(flat.slice(0, 3), 3)).toEqual({ days: null, why: 'not enough history: 3 of 21 days' });
    const glimpsed = flat.slice(0, 25).map((day, index) => (index % 3 === 0 ? { ...day, hours: 2 } : day));
    expect(foreseeAfter(glimpsed, 25).why).toBe('not enough history: 16 of 21 days');
    const officeHours = flat.slice(0, 25).map((day) => ({ ...day, hours: 9 }));
    expect(foreseeAfter(officeHours, 25).why).toMatch(/^no trend/);
  });

  it('counts without the day that is not over, unless that has reached capacity', () => {
    const today = { dayMs: (FIRST_DAY + 40) * DAY_MS, hours: 2 };
    expect(foreseeAfter([...flat, { ...today, pressure: 0.01 }], 40)).toEqual(foreseeAfter(flat, 40));
    expect(foreseeAfter([...flat, { ...today, pressure: 1.04 }], 40)).toEqual({
      days: 0,
      why: "today's peak was 104% of capacity",
    });
    expect(foreseeAfter([{ dayMs: (FIRST_DAY + 39) * DAY_MS, hours: 1, pressure: 1 }], 40)).toEqual({
      days: 0,
      why: "yesterday's peak was 100% of capacity",
    });
    expect(foreseeAfter([...flat, { dayMs: (FIRST_DAY + 20) * DAY_MS, hours: 24, pressure: 3 }], 40).days).toBeNull();
  });

  it('may have days in any order or twice; days of the future and values that are no peaks are ignored', () => {
    const bad: DailyPeak[] = [
      ...flat.slice(0, 10),
      { dayMs: (FIRST_DAY + 50) * DAY_MS, pressure: 9, hours: 24 },
      { dayMs: (FIRST_DAY + 39) * DAY_MS, pressure: NaN, hours: 24 },
      { dayMs: (FIRST_DAY + 39) * DAY_MS, pressure: Infinity, hours: 24 },
      { dayMs: (FIRST_DAY + 38) * DAY_MS, pressure: -1, hours: 24 },
      { dayMs: NaN, pressure: 0.5, hours: 24 },
    ];
    expect(foreseeAfter([...bad, ...[...flat].reverse()], 40)).toEqual(foreseeAfter(flat, 40));
  });

  it('gives no outlook at an instant that is no number, nor where every peak is 0', () => {
    expect(foreseeOutlook(flat, NaN)).toEqual({ days: null, why: 'not enough history: 0 of 21 days' });
    const idle = flat.map((day) => ({ ...day, pressure: 0 }));
    expect(foreseeAfter(idle, 40)).toEqual({
      days: null,
      why: 'no trend in 40 days: daily peaks stay near 0% of capacity',
    });
  });
});
