import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../daemon/units.js';
import {
  formatDurationValue,
  parseDecimal,
  parseDuration,
  parseRatio,
  parseSize,
  parseWholeNumber,
  formatRatio,
  formatSize,
  parseWithin,
} from '../../daemon/quantities.js';

const good = <T>(value: T) => ({ ok: true, value });

describe('durations', () => {
  it.each([
    ['250ms', 250],
    ['5s', 5000],
    ['1.5h', 5_400_000],
    ['10m', 600_000],
    ['14d', 14 * DAY_MS],
    ['0s', 0],
  ])('%s', (text, ms) => expect(parseDuration(text)).toEqual(good(ms)));

  it.each([
    '5',
    '5 s',
    's',
    '-5s',
    '5S',
    '5min',
    '1e3s',
    '',
    '5s5s',
    '.5s',
    '99999999999999999d',
    5,
    null,
    true,
    ['5s'],
    {},
  ])('refuses %j', (value) => expect(parseDuration(value)).toMatchObject({ ok: false }));

  it('reads back whatever it writes', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 40 }), (ms) => {
        expect(parseDuration(formatDurationValue(ms))).toEqual(good(ms));
      }),
    );
  });

  it('writes the shortest exact spelling', () => {
    expect([0, 250, 90_000, 600_000, 86_400_000].map(formatDurationValue)).toEqual(['0s', '250ms', '90s', '10m', '1d']);
  });
});

describe('sizes', () => {
  it.each([
    ['512MiB', 2 ** 29],
    ['1.5GiB', 1.5 * 2 ** 30],
    ['100B', 100],
  ])('%s', (text, bytes) => expect(parseSize(text)).toEqual(good(bytes)));

  it.each(['512MB', '512M', '512mib', '512', 512, null])('refuses %j: decimal units would be another size', (value) =>
    expect(parseSize(value)).toMatchObject({ ok: false }),
  );

  it('reads back whatever it writes', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 45 }), (bytes) => {
        expect(parseSize(formatSize(bytes))).toEqual(good(bytes));
      }),
    );
  });
});

describe('ratios', () => {
  it.each([
    [0.9, 0.9],
    ['90%', 0.9],
    ['0.5%', 0.005],
    ['0.9', 0.9],
    [0, 0],
    ['120%', 1.2],
  ])('%j', (value, ratio) => expect(parseRatio(value)).toEqual(good(ratio)));

  it.each(['-5%', '5 %', '%', 'half', -0.1, NaN, Infinity, null])('refuses %j', (value) =>
    expect(parseRatio(value)).toMatchObject({ ok: false }),
  );

  it.each([80, '80', '12.5', 10, '10'])('asks whether %j is meant in percent', (value) => {
    expect(parseRatio(value)).toEqual({ ok: false, allowed: `a ratio, such as 0.9 or 90% (did you mean ${value}%?)` });
    expect(parseRatio(`${value}%`)).toMatchObject({ ok: true });
  });

  it('reads back whatever it writes, to the last hundredth of a percent', () => {
    fc.assert(
      fc.property(fc.nat({ max: 100_000 }), (n) => {
        expect(parseRatio(formatRatio(n / 10_000))).toEqual(good(n / 10_000));
      }),
    );
  });
});

describe('whole numbers and decimals of the command line and of query strings', () => {
  it.each([
    ['0', 0],
    ['2000', 2000],
    ['007', 7],
  ])('a whole number: %s', (text, value) => expect(parseWholeNumber(text, { min: 0, max: 2000 })).toEqual(good(value)));

  it.each(['2001', '-1', '1.5', '0x10', '1e3', ' 1', ''])('no whole number from 0 to 2000: %j', (text) =>
    expect(parseWholeNumber(text, { min: 0, max: 2000 })).toEqual({
      ok: false,
      allowed: 'a whole number from 0 to 2000',
    }),
  );

  it.each([
    ['0', 0],
    ['20', 20],
    ['0.5', 0.5],
  ])('a decimal: %s', (text, value) => expect(parseDecimal(text)).toEqual(good(value)));

  it.each(['-1', '.5', '5.', '1e3', 'fast', '9'.repeat(400), ''])('no decimal: %j', (text) =>
    expect(parseDecimal(text)).toEqual({ ok: false, allowed: 'a number of at least 0 in digits, such as 20 or 2.5' }),
  );
});

describe('bounds', () => {
  const bounded = parseWithin(parseDuration, { min: 1000, max: 60_000, text: formatDurationValue });

  it('include both ends', () => {
    expect([bounded('1s'), bounded('1m')]).toEqual([good(1000), good(60_000)]);
  });

  it('name themselves in the refusal', () => {
    expect(bounded('61s')).toEqual({ ok: false, allowed: 'from 1s to 1m' });
    expect(bounded(5)).toMatchObject({
      allowed: expect.stringMatching(/^a duration with its unit.*, from 1s to 1m$/) as string,
    });
  });
});
