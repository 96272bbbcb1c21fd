import { describe, expect, it } from 'vitest';
import { choosePoolTone } from '../../../../dashboard/src/words/tone.js';
import { hostTime, iso, MAX_SAMPLE_AGE_MS, NOW, wirePool } from '../../../builders/wire-pool.js';

const minute = 60_000;
const inFourMinutes = { exhaustsAt: iso(NOW + 4 * minute), probability: 0.97 };

describe('choosePoolTone', () => {
  it.each([
    ['no exhaustion foreseen, pressure of 0.73', {}, 'calm'],
    ['exhausted', { mode: 'exhausted' }, 'critical'],
    ['exhaustion in four minutes', inFourMinutes, 'critical'],
    ['exhaustion in four minutes, less likely than not', { ...inFourMinutes, probability: 0.18 }, 'warning'],
    ['exhaustion in two hours', { exhaustsAt: iso(NOW + 120 * minute) }, 'warning'],
    ['a rising rate that is sustainable for 32 minutes', { pressureFullAt: iso(NOW + 32 * minute) }, 'warning'],
    ['a rising rate that is sustainable for 150 minutes', { pressureFullAt: iso(NOW + 150 * minute) }, 'calm'],
    ['pressure of 0.79', { pressure: 0.79 }, 'calm'],
    ['pressure of 0.8', { pressure: 0.8 }, 'warning'],
    ['pressure of 0.95', { pressure: 0.95 }, 'critical'],
    ['pressure not measured', { pressure: null }, 'unknown'],
    ['a sample out of date', { ...inFourMinutes, sampledAt: iso(NOW - MAX_SAMPLE_AGE_MS - 1) }, 'unknown'],
  ] as const)('%s', (_, fields, tone) => {
    expect(choosePoolTone(wirePool(fields), hostTime())).toBe(tone);
  });
});
