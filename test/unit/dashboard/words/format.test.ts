import { describe, expect, it } from 'vitest';
import {
  capitalize,
  formatAddress,
  formatBytes,
  formatInstant,
  formatPlural,
  formatPoolOrigin,
  formatPoolTitle,
  formatPortTitle,
  formatRoughDuration,
  formatRoughInstant,
  formatUtc,
  formatWholeDuration,
  parseInstant,
} from '../../../../dashboard/src/words/format.js';
import { NOW, wirePool } from '../../../builders/wire-pool.js';

describe('names', () => {
  it.each([
    [formatAddress('10.0.0.2', 443), '10.0.0.2:443'],
    [formatAddress('2001:db8::1', 443), '[2001:db8::1]:443'],
    [formatAddress(null, 443), 'any:443'],
    [formatAddress('10.0.0.2', null), '10.0.0.2'],
    [formatAddress('2001:db8::1', null), '2001:db8::1'],
    [formatPoolTitle(wirePool()), '10.0.0.2:443'],
    [
      formatPoolTitle(wirePool({ kind: 'bind', remoteAddress: null, remotePort: null })),
      'any destination from 10.0.0.1',
    ],
    [formatPoolOrigin(wirePool({ kind: 'bind', namespace: 'blue' })), 'from 10.0.0.1 by bind() in blue'],
    [formatPortTitle({ direction: 'in', address: null, port: 22 }), ':22'],
    [formatPortTitle({ direction: 'out', address: 'fe80::1', port: 22 }), '[fe80::1]:22'],
  ])('%s', (actual, expected) => {
    expect(actual).toBe(expected);
  });
});

describe('times', () => {
  const local = new Date(2026, 0, 5, 14, 3, 22).getTime();
  it.each([
    [formatInstant(local, local - 28_000), '14:03:22'],
    [formatInstant(local, local - 3 * 3_600_000), '14:03'],
    [formatInstant(local, local - 48 * 3_600_000), '5 Jan 14:03'],
    [formatRoughInstant(local, local - 28_000), '14:03:22'],
    [formatRoughInstant(local + 10_000, local - 600_000), '14:04'],
    [formatRoughInstant(local, local - 48 * 3_600_000), '5 Jan 14:03'],
    [formatUtc(NOW), '2026-01-05 12:00:00 UTC'],
    [formatWholeDuration(9_600), '10 s'],
    [formatWholeDuration(-5_000), '0 s'],
    [formatWholeDuration(6_500_000), '1 h 48 min'],
    [formatWholeDuration(9_999_000), '2 h 47 min'],
    [formatRoughDuration(599_000), '9 min 59 s'],
    [formatRoughDuration(1_910_000), '32 min'],
  ])('%s', (actual, expected) => {
    expect(actual).toBe(expected);
  });
  it('parses an instant, and gives null for anything else', () => {
    expect([
      parseInstant('2026-01-05T12:00:00Z'),
      parseInstant(null),
      parseInstant(undefined),
      parseInstant('soon'),
    ]).toEqual([NOW, null, null, null]);
  });
});

describe('quantities', () => {
  it.each([
    [formatBytes(0), '0 B'],
    [formatBytes(1023), '1023 B'],
    [formatBytes(4_404_019), '4.2 MiB'],
    [formatBytes(536_870_912), '512 MiB'],
    [formatPlural(1, 'pool'), '1 pool'],
    [capitalize('the kernel'), 'The kernel'],
    [capitalize(''), ''],
    [formatPlural(20_640, 'row'), '20,640 rows'],
  ])('%s', (actual, expected) => {
    expect(actual).toBe(expected);
  });
});
