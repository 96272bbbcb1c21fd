/** The outlook on seeded months in which the peaks rise: its error, its interval and its words. */
import { describe, expect, it } from 'vitest';
import { drawPeaks, FIRST_DAY, foreseeAfter, WORKING_WEEK } from '../../../builders/daily-peaks.js';
import { requireValue } from '../../../builders/require-value.js';

describe('peaks that rise', () => {
  it.each([
    [28, 40, 0.05],
    [45, 40, 0.05],
    [91, 40, 0.05],
    [91, 120, 0.1],
    [45, 120, 0.05],
    [91, 300, 0.05],
  ])(
    'are found after %i days, %i days ahead, with a noise of %d: close, and inside the interval',
    (days, ahead, noise) => {
      const level = (day: number): number => 0.3 + (0.7 * day) / (days + ahead);
      const isFull = (day: number): boolean => level(day) * (WORKING_WEEK[(FIRST_DAY + day) % 7] ?? 1) >= 1;
      let truth = 0;
      while (!isFull(days + truth)) truth++;
      const errors: number[] = [];
      let inside = 0;
      for (let seed = 0; seed < 150; seed++) {
        const outlook = foreseeAfter(drawPeaks(seed, { days, level, noise, week: WORKING_WEEK }), days);
        if (outlook.days === null) continue;
        const [, low, more, high] = requireValue(/90%: (\d+) to (more than )?(\d+)/.exec(outlook.why));
        errors.push(Math.abs(outlook.days - truth) / truth);
        if (Number(low) <= truth && (more !== undefined || Number(high) >= truth)) inside++;
      }
      errors.sort((a, b) => a - b);
      expect(errors.length / 150).toBeGreaterThanOrEqual(0.9);
      expect(errors[Math.floor(errors.length / 2)]).toBeLessThanOrEqual(0.13);
      expect(errors[Math.floor(errors.length * 0.9)]).toBeLessThanOrEqual(0.25);
      expect(inside / errors.length).toBeGreaterThanOrEqual(0.85);
    },
  );

  it('are explained in numbers', () => {
    const rising = drawPeaks(1, { days: 34, noise: 0.005, level: (day) => 0.55 + 0.006 * day });
    const outlook = foreseeAfter(rising, 34);
    expect(outlook.days).toBeGreaterThanOrEqual(39);
    expect(outlook.days).toBeLessThanOrEqual(44);
    expect(outlook.why).toMatch(
      /^daily peaks rise by 0\.6% of capacity a day over 34 days: 100% in 4\d days \(90%: \d+ to \d+\)$/,
    );
  });

  it('are followed no further than 400 days', () => {
    const slow = drawPeaks(1, { days: 91, noise: 0.001, level: (day) => 0.1 + 0.0005 * day });
    const outlook = foreseeAfter(slow, 91);
    expect(outlook.days).toBeNull();
    expect(outlook.why).toMatch(/: 100% is more than 400 days away$/);
  });

  it('are found where the rise began after a step', () => {
    const level = (day: number): number => (day < 30 ? 0.2 : 0.5 + 0.005 * (day - 30));
    const { days } = foreseeAfter(drawPeaks(2, { days: 80, noise: 0.01, level }), 80);
    expect(days).toBeGreaterThanOrEqual(40);
    expect(days).toBeLessThanOrEqual(60);
  });
});
