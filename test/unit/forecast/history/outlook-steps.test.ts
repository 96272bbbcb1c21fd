/** The outlook on seeded days with a step, as a deploy makes it, or with a rise that has settled: it gives no instant. */
import { describe, expect, it } from 'vitest';
import { measureAlarms, WORKING_WEEK } from '../../../builders/daily-peaks.js';

describe('days that have stopped to grow', () => {
  it.each([40, 91])('give no outlook after a step or a rise that has settled: %d days', (days) => {
    const week = { days, noise: 0.05, week: WORKING_WEEK };
    for (const at of [10, 20, days - 10]) {
      expect(measureAlarms({ ...week, level: (day) => (day < at ? 0.3 : 0.5) }, 100)).toBeLessThanOrEqual(0.02);
    }
    for (const at of [10, 20].filter((day) => day <= days - 20)) {
      const settling = (day: number): number => 0.3 + 0.3 * Math.min(1, day / at);
      expect(measureAlarms({ ...week, level: settling }, 100)).toBeLessThanOrEqual(0.02);
    }
  });
});
