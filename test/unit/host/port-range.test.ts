import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseKernelPortRange, parsePortRange } from '../../../daemon/host/port-range.js';

const ports = fc
  .tuple(fc.integer({ min: 1, max: 65_535 }), fc.integer({ min: 1, max: 65_535 }))
  .map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));

describe('parsePortRange', () => {
  it.each([
    ['1024-5000', 1024, 5000],
    ['1-65535', 1, 65_535],
    ['8080-8080', 8080, 8080],
    ['01024-05000', 1024, 5000],
  ])('reads %j', (text, first, last) => expect(parsePortRange(text)).toEqual({ first, last }));

  it.each([
    '',
    '1024',
    '1024-',
    '-5000',
    '1024 5000',
    '1024 - 5000',
    ' 1024-5000',
    '1024-5000\n',
    '1024..5000',
    '1024-5000-6000',
    '5000-1024',
    '0-5000',
    '1024-65536',
    '1024-100000',
    '1e3-5e3',
    '-1024-5000',
  ])('refuses %j', (text) => expect(parsePortRange(text)).toBeNull());

  it('reads every range between 1 and 65535 that it is given', () => {
    fc.assert(
      fc.property(ports, (range) => {
        expect(parsePortRange(`${range.first}-${range.last}`)).toEqual(range);
      }),
    );
  });
});

describe('parseKernelPortRange', () => {
  it.each([
    ['32768\t60999\n', 32_768, 60_999],
    ['32768 60999', 32_768, 60_999],
    ['  1024   5000  ', 1024, 5000],
    ['0\t65535', 0, 65_535],
  ])('reads %j', (text, first, last) => expect(parseKernelPortRange(text)).toEqual({ first, last }));

  it.each(['', '1024', '1024-5000', '60999 32768', '1024 70000', '1024 5000 6000', '-1 5000', '1024,5000'])(
    'refuses %j',
    (text) => expect(parseKernelPortRange(text)).toBeNull(),
  );

  it('reads every range as the kernel prints it', () => {
    fc.assert(
      fc.property(ports, (range) => {
        expect(parseKernelPortRange(`${range.first}\t${range.last}\n`)).toEqual(range);
      }),
    );
  });
});
