import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  delayAsAsked,
  FARTHEST_DELAY_MS,
  GIVE_UP_AFTER_ATTEMPTS,
  isGivenUp,
  retryDelayMs,
} from '../../../daemon/notify/backoff.js';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../../daemon/units.js';

describe('retryDelayMs', () => {
  it.each([
    [1, 5 * SECOND_MS],
    [2, 10 * SECOND_MS],
    [7, 320 * SECOND_MS],
    [8, 10 * MINUTE_MS],
    [10_000, 10 * MINUTE_MS],
  ])('after %i failed attempts is %i ms on average', (attempts, delayMs) => {
    expect(retryDelayMs(attempts, 0.5)).toBe(delayMs);
  });

  it('varies by a fifth either way, and is never above the farthest delay', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempts, random) => {
        const mean = retryDelayMs(attempts, 0.5);
        const delay = retryDelayMs(attempts, random);
        expect(Math.abs(delay - mean)).toBeLessThanOrEqual(0.2 * mean + 1);
        expect(delay).toBeLessThanOrEqual(FARTHEST_DELAY_MS);
      }),
    );
  });
});

it.each([
  [5000, undefined, 5000],
  [5000, 1000, 5000],
  [5000, 60_000, 60_000],
  [5000, 1e12, 10 * MINUTE_MS],
  [11 * MINUTE_MS, 1e12, 11 * MINUTE_MS],
])('a delay of %i ms where the other side asks for %s ms is %i ms', (delayMs, askedMs, expected) => {
  expect(delayAsAsked(delayMs, askedMs)).toBe(expected);
});

describe('isGivenUp', () => {
  it('takes 840 attempts, which with the longest delays are a week', () => {
    expect(GIVE_UP_AFTER_ATTEMPTS).toBe(840);
  });

  it.each([
    [7 * DAY_MS, 1000, false],
    [7 * DAY_MS + 1, GIVE_UP_AFTER_ATTEMPTS, true],
    [7 * DAY_MS + 1, GIVE_UP_AFTER_ATTEMPTS - 1, false],
    [1000 * DAY_MS, 3, false],
  ])('of a message that is %i ms old and was tried %i times is %s', (ageMs, attempts, expected) => {
    expect(isGivenUp(ageMs, attempts)).toBe(expected);
  });
});
