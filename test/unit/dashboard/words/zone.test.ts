import { describe, expect, it } from 'vitest';
import { formatOffset } from '../../../../dashboard/src/words/zone.js';

describe('the time zone', () => {
  it.each([
    [0, 'UTC'],
    [60, 'UTC+01:00'],
    [-210, 'UTC-03:30'],
    [345, 'UTC+05:45'],
  ])('%i minutes east', (minutes, text) => {
    expect(formatOffset(minutes)).toBe(text);
  });
});
