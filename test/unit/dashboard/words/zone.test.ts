import { afterEach, describe, expect, it } from 'vitest';
import { switchZone, zoneChoice } from '../../../../dashboard/src/state/zone.js';
import { formatClockTime, formatDay, formatInstant } from '../../../../dashboard/src/words/format.js';
import { formatOffset, formatZone } from '../../../../dashboard/src/words/zone.js';

const AT_NIGHT = Date.parse('2026-01-05T02:30:00Z');
const zoneOfTheRun = process.env['TZ'];

afterEach(() => {
  if (zoneOfTheRun === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zoneOfTheRun;
  zoneChoice.value = 'local';
});

describe('the time zone', () => {
  it.each([
    [0, 'UTC'],
    [60, 'UTC+01:00'],
    [-210, 'UTC-03:30'],
    [345, 'UTC+05:45'],
  ])('%i minutes east', (minutes, text) => {
    expect(formatOffset(minutes)).toBe(text);
  });

  it('writes every instant in the zone of the browser, and after the switch in UTC', () => {
    process.env['TZ'] = 'America/New_York';
    const write = (): string[] => [
      formatClockTime(AT_NIGHT),
      formatDay(AT_NIGHT),
      formatInstant(AT_NIGHT, AT_NIGHT + 3 * 3_600_000),
      formatZone(AT_NIGHT),
    ];
    expect(write()).toEqual(['21:30:00', '4 Jan', '4 Jan 21:30', 'America/New_York (UTC-05:00)']);
    switchZone();
    expect(write()).toEqual(['02:30:00', '5 Jan', '02:30', 'UTC']);
    switchZone();
    expect(write()[0]).toBe('21:30:00');
  });
});
