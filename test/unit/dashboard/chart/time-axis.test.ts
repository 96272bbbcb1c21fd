import { describe, expect, it } from 'vitest';
import { formatTicks } from '../../../../dashboard/src/chart/time-axis.js';

describe('formatTicks', () => {
  const afternoon = new Date(2026, 0, 5, 14, 3, 20).getTime() / 1000;
  const midnight = new Date(2026, 0, 6).getTime() / 1000;
  it.each([
    ['shows seconds where ticks are less than a minute apart', afternoon, 20, '14:03:20'],
    ['shows minutes from one minute on', afternoon, 300, '14:03'],
    ['shows midnight as the date that begins', midnight, 3_600, '6 Jan'],
    ['shows midnight as a time where ticks are close', midnight, 300, '00:00'],
    ['shows days from one day on', afternoon, 86_400, '5 Jan'],
  ])('%s', (_, tick, stepSeconds, label) => {
    expect(formatTicks([tick], stepSeconds)).toEqual([label]);
  });
});
