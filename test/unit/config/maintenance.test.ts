import { describe, expect, it } from 'vitest';
import {
  followMaintenance,
  listNextTimes,
  parseMaintenance,
  type MaintenanceWindow,
} from '../../../daemon/config/maintenance.js';
import { formatProblem } from '../../../daemon/config/load.js';
import { parseConfig } from '../../../daemon/config/parse.js';
import { configCheckCommand } from '../../../daemon/cli/config.js';
import { HOUR_MS, MINUTE_MS } from '../../../daemon/units.js';
import { testIo } from '../../builders/cli.js';
import { createTempFolder } from '../../builders/stores.js';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const windowOf = (cron: string, timeZone: string, durationMs = HOUR_MS): MaintenanceWindow => ({
  name: 'nightly',
  cron,
  timeZone,
  durationMs,
  matchers: null,
});
const startsOf = (window: MaintenanceWindow, after: string, count = 3): string[] =>
  listNextTimes(window, Date.parse(after), count).map(({ beginAtMs }) =>
    new Date(beginAtMs).toISOString().slice(0, 16),
  );

/** The minutes of a time in which the window is open, as the first and the last of each unbroken run. */
function openRuns(window: MaintenanceWindow, from: string, to: string): string[] {
  const listOpen = followMaintenance([window]);
  const runs: string[] = [];
  let begin: number | null = null;
  for (let atMs = Date.parse(from); atMs <= Date.parse(to); atMs += MINUTE_MS) {
    const isOpen = listOpen(atMs).length > 0;
    if (isOpen) begin ??= atMs;
    else if (begin !== null) {
      runs.push(`${new Date(begin).toISOString().slice(11, 16)} to ${new Date(atMs).toISOString().slice(11, 16)}`);
      begin = null;
    }
  }
  return runs;
}

describe('a window over the night on which the clock is put forward', () => {
  it('at 02:30, which that night lacks, begins at 03:00 local time and lasts for its duration (Berlin)', () => {
    const window = windowOf('30 2 * * *', 'Europe/Berlin');
    expect(startsOf(window, '2026-03-28T00:00Z')).toEqual(['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30']);
    expect(openRuns(window, '2026-03-29T00:00Z', '2026-03-29T05:00Z')).toEqual(['01:00 to 02:00']);
  });

  it('the same in New York', () => {
    const window = windowOf('30 2 * * *', 'America/New_York');
    expect(startsOf(window, '2026-03-07T00:00Z')).toEqual(['2026-03-07T07:30', '2026-03-08T07:00', '2026-03-09T06:30']);
    expect(openRuns(window, '2026-03-08T06:00Z', '2026-03-08T11:00Z')).toEqual(['07:00 to 08:00']);
  });

  it('that begins before the change lasts for its duration in real time', () => {
    // 01:30 to 04:30 on the clock.
    expect(
      openRuns(windowOf('30 1 * * *', 'Europe/Berlin', 2 * HOUR_MS), '2026-03-29T00:00Z', '2026-03-29T05:00Z'),
    ).toEqual(['00:30 to 02:30']);
  });
});

describe('a window over the night on which the clock is put back', () => {
  it('at 02:30, which comes twice that night, is open once, at the first of them (Berlin)', () => {
    const window = windowOf('30 2 * * *', 'Europe/Berlin');
    expect(startsOf(window, '2026-10-24T12:00Z')).toEqual(['2026-10-25T00:30', '2026-10-26T01:30', '2026-10-27T01:30']);
    // 02:30 to 02:30 on the clock.
    expect(openRuns(window, '2026-10-24T22:00Z', '2026-10-25T05:00Z')).toEqual(['00:30 to 01:30']);
  });

  it('the same in New York', () => {
    const window = windowOf('30 1 * * *', 'America/New_York');
    expect(startsOf(window, '2026-10-31T12:00Z')).toEqual(['2026-11-01T05:30', '2026-11-02T06:30', '2026-11-03T06:30']);
    expect(openRuns(window, '2026-11-01T04:00Z', '2026-11-01T09:00Z')).toEqual(['05:30 to 06:30']);
  });

  it('of every half hour is open in both of the repeated hours', () => {
    const window = windowOf('*/30 * * * *', 'Europe/Berlin', 10 * MINUTE_MS);
    expect(openRuns(window, '2026-10-25T00:15Z', '2026-10-25T02:15Z')).toEqual([
      '00:30 to 00:40',
      '01:00 to 01:10',
      '01:30 to 01:40',
      '02:00 to 02:10',
    ]);
  });

  it('that begins before the change lasts for its duration in real time', () => {
    expect(
      openRuns(windowOf('30 1 * * *', 'Europe/Berlin', 2 * HOUR_MS), '2026-10-24T22:00Z', '2026-10-25T05:00Z'),
    ).toEqual(['23:30 to 01:30']);
  });
});

describe('a window', () => {
  const window = windowOf('0 12 * * *', 'UTC');
  it('is open from its beginning to its end, to the millisecond, also after the clock was set back', () => {
    const listOpen = followMaintenance([window]);
    const isOpen = (at: string): boolean => listOpen(Date.parse(at)).length > 0;
    expect(isOpen('2026-01-05T11:59:59.999Z')).toBe(false);
    expect(isOpen('2026-01-05T12:00:00.000Z')).toBe(true);
    expect(isOpen('2026-01-05T12:59:59.999Z')).toBe(true);
    expect(isOpen('2026-01-05T13:00:00.000Z')).toBe(false);
    expect(isOpen('2026-01-05T12:30:00.500Z')).toBe(true);
    expect(isOpen('2026-01-04T12:30:00.000Z')).toBe(true);
    expect(isOpen('2026-01-04T11:30:00.000Z')).toBe(false);
  });

  it('whose times overlap is open without a gap', () => {
    expect(openRuns(windowOf('0 * * * *', 'UTC', 90 * MINUTE_MS), '2026-01-05T00:00Z', '2026-01-05T05:00Z')).toEqual(
      [],
    );
  });
});

const GOOD = { name: 'nightly', cron: '30 2 * * sun', duration: '2h', timeZone: 'Europe/Berlin' };

describe('the configuration of windows', () => {
  it('is read with and without matchers', () => {
    const matchers = { destination: '10.0.0.2:443', process: 'psql' };
    expect(parseMaintenance([GOOD, { ...GOOD, name: 'db', matchers }])).toMatchObject({
      ok: true,
      value: [
        { name: 'nightly', durationMs: 2 * HOUR_MS, matchers: null },
        { name: 'db', matchers },
      ],
    });
    expect(parseMaintenance([])).toEqual({ ok: true, value: [] });
  });

  it.each<[string, unknown, string]>([
    ['a mapping', GOOD, 'a list of at most 100 windows'],
    ['a text in the list', ['nightly'], 'in window 1: a mapping with name, cron'],
    ['no name', [{ ...GOOD, name: undefined }], 'in window 1: name is missing'],
    ['the same name twice', [GOOD, GOOD], 'in window 2: a name of its own'],
    ['a name of two lines', [{ ...GOOD, name: 'a\nb' }], 'name is'],
    ['an unknown key', [{ ...GOOD, zone: 'UTC' }], '"zone" is an unknown key; allowed: name, cron'],
    ['six cron fields', [{ ...GOOD, cron: '0 30 2 * * *' }], 'cron is "0 30 2 * * *"; allowed: five cron fields'],
    ['four cron fields', [{ ...GOOD, cron: '30 2 * *' }], 'cron is'],
    ['a minute of 60', [{ ...GOOD, cron: '60 2 * * *' }], 'cron is "60 2 * * *"'],
    ['a day that never comes', [{ ...GOOD, cron: '0 0 30 2 *' }], 'of a time that comes'],
    ['a nickname', [{ ...GOOD, cron: '@daily' }], 'cron is'],
    ['a range of a thousand millions', [{ ...GOOD, cron: '0-999999999 2 * * *' }], 'cron is'],
    [
      'an unknown time zone',
      [{ ...GOOD, timeZone: 'Mars/Phobos' }],
      'timeZone is "Mars/Phobos"; allowed: the IANA name of a time zone',
    ],
    ['an offset', [{ ...GOOD, timeZone: '+02:00' }], 'timeZone is'],
    ['no time zone', [{ ...GOOD, timeZone: null }], 'timeZone is null'],
    ['a duration without unit', [{ ...GOOD, duration: 7200 }], 'duration is 7200; allowed: a duration with its unit'],
    ['a duration of seconds', [{ ...GOOD, duration: '30s' }], 'duration is "30s"; allowed: from 1m to 30d'],
    ['a negative duration', [{ ...GOOD, duration: '-2h' }], 'duration is'],
    ['empty matchers', [{ ...GOOD, matchers: {} }], 'matchers is {}; allowed: a mapping with at least one of pool'],
    [
      'one incident',
      [{ ...GOOD, matchers: { incident: 'x' } }],
      'matchers has the unknown key "incident"; allowed: pool',
    ],
    ['an unknown rule', [{ ...GOOD, matchers: { rule: 'x' } }], 'matchers.rule is "x"; allowed: one of failing'],
  ])('refuses %s', (_name, value, expected) => {
    const parsed = parseMaintenance(value);
    expect(parsed.ok ? '' : parsed.allowed).toContain(expected);
  });

  it('does not quote what may be a secret, and says where it is', () => {
    const yaml = 'incidents:\n  maintenance:\n    - { name: a, cron: "30 2 * * *", duration: 1h, timeZone: hunter2 }\n';
    const parsed = parseConfig(yaml);
    const errors = parsed.ok ? [] : parsed.problems.map((problem) => formatProblem('c.yaml', problem));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(
      /^c\.yaml:\d: incidents\.maintenance: found .*in window 1: timeZone is a value that may be a secret/,
    );
    expect(errors[0]).not.toContain('hunter2');
  });

  it.each([
    'ftp://a.org/',
    'a.org',
    'https://u:p@a.org/',
    'https://a.org/?x',
    'https://a.org/#x',
    'https://a.org/a b',
    5,
    '',
  ])('refuses %j as the public URL', (publicUrl) => {
    const parsed = parseConfig(`http: { publicUrl: ${JSON.stringify(publicUrl)} }\n`);
    expect(parsed.ok).toBe(false);
  });
});

it('config check prints the next three times of each window, in its time zone with the offset and in UTC', () => {
  const file = join(createTempFolder(), 'c.yaml');
  const matchers = 'matchers: { process: psql }';
  writeFileSync(
    file,
    `incidents:\n  maintenance:\n    - { name: nightly, cron: "30 2 * * *", duration: 2h, timeZone: Europe/Berlin, ${matchers} }\n` +
      '    - { name: noon, cron: 0 12 * * *, duration: 30m, timeZone: UTC }\n',
  );
  const io = testIo();
  expect(configCheckCommand(io, file, Date.parse('2026-03-28T12:00Z'))).toBe(0);
  expect(io.stdout()).toBe(`${file}: valid
maintenance nightly: 30 2 * * * in Europe/Berlin, for 2h, only process psql; the next times:
  2026-03-29 03:00 +02:00 to 2026-03-29 05:00 +02:00  (UTC 2026-03-29 01:00 to 2026-03-29 03:00)
  2026-03-30 02:30 +02:00 to 2026-03-30 04:30 +02:00  (UTC 2026-03-30 00:30 to 2026-03-30 02:30)
  2026-03-31 02:30 +02:00 to 2026-03-31 04:30 +02:00  (UTC 2026-03-31 00:30 to 2026-03-31 02:30)
maintenance noon: 0 12 * * * in UTC, for 30m; the next times:
  2026-03-29 12:00 +00:00 to 2026-03-29 12:30 +00:00  (UTC 2026-03-29 12:00 to 2026-03-29 12:30)
  2026-03-30 12:00 +00:00 to 2026-03-30 12:30 +00:00  (UTC 2026-03-30 12:00 to 2026-03-30 12:30)
  2026-03-31 12:00 +00:00 to 2026-03-31 12:30 +00:00  (UTC 2026-03-31 12:00 to 2026-03-31 12:30)
`);
});
