import { describe, expect, it } from 'vitest';
import { chooseReconnectDelayMs } from '../../../../dashboard/src/state/stream.js';

describe('chooseReconnectDelayMs', () => {
  it('doubles from 1 s to 30 s', () => {
    const delays = [0, 1, 2, 3, 4, 5, 60].map((attempt) => chooseReconnectDelayMs(attempt, 0));
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });
  it('takes away at most half', () => {
    expect(chooseReconnectDelayMs(5, 0.5)).toBe(22_500);
    expect(chooseReconnectDelayMs(5, 1)).toBe(15_000);
  });
});
