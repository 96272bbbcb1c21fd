import { describe, expect, it } from 'vitest';
import { createLocalTime } from '../../../../daemon/notify/message/local-time.js';

describe('the local time of a message', () => {
  it.each([
    ['UTC', '2026-07-01 12:00:05 +00:00'],
    ['Europe/Berlin', '2026-07-01 14:00:05 +02:00'],
    ['America/St_Johns', '2026-07-01 09:30:05 -02:30'],
    ['Asia/Kolkata', '2026-07-01 17:30:05 +05:30'],
    ['Pacific/Kiritimati', '2026-07-02 02:00:05 +14:00'],
  ])('has the offset of %s', (zone, text) => {
    expect(createLocalTime(zone).formatInstant(Date.UTC(2026, 6, 1, 12, 0, 5, 900))).toBe(text);
  });

  it('tells the hour before from the hour after the end of summer time', () => {
    const { formatTime, formatSpan } = createLocalTime('Europe/Berlin');
    const changeMs = Date.UTC(2026, 9, 25, 1, 0, 0);
    expect(formatTime(changeMs - 1000)).toBe('02:59:59 +02:00');
    expect(formatTime(changeMs)).toBe('02:00:00 +01:00');
    expect(formatSpan(changeMs - 1000, changeMs)).toBe('2026-10-25 02:59:59 +02:00 to 2026-10-25 02:00:00 +01:00');
    expect(formatSpan(changeMs, changeMs + 5000)).toBe('2026-10-25 02:00:00 to 02:00:05 +01:00');
  });

  it('writes midnight as 00:00:00', () => {
    expect(createLocalTime().formatInstant(Date.UTC(2026, 0, 5))).toBe('2026-01-05 00:00:00 +00:00');
  });
});
