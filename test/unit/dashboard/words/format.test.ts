import { describe, expect, it } from 'vitest';
import {
  formatAddress,
  parseInstant,
  formatBytes,
  formatInstant,
  formatPlural,
  formatPoolOrigin,
  formatPoolTitle,
  formatPortTitle,
  formatUtc,
  formatWholeDuration,
} from '../../../../dashboard/src/words/format.js';
import { listHostFacts } from '../../../../dashboard/src/words/host-facts.js';
import { cannedSample } from '../../../browser/canned-data.js';
import { NOW, wirePool } from '../../../builders/wire-pool.js';

describe('names', () => {
  it.each([
    [formatAddress('10.0.0.2', 443), '10.0.0.2:443'],
    [formatAddress('2001:db8::1', 443), '[2001:db8::1]:443'],
    [formatAddress(null, 443), 'any:443'],
    [formatAddress('10.0.0.2', null), '10.0.0.2'],
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
    [formatUtc(NOW), '2026-01-05 12:00:00 UTC'],
    [formatWholeDuration(9_600), '10 s'],
    [formatWholeDuration(-5_000), '0 s'],
    [formatWholeDuration(6_500_000), '1 h 48 min'],
  ])('%s', (actual, expected) => {
    expect(actual).toBe(expected);
  });
  it('reads instants and refuses what is none', () => {
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
    [formatPlural(20_640, 'row'), '20,640 rows'],
  ])('%s', (actual, expected) => {
    expect(actual).toBe(expected);
  });
});

describe('hostFacts', () => {
  const facts = (scenario: 'steady' | 'hostile') =>
    new Map(
      listHostFacts(cannedSample(scenario, NOW, NOW).status).flatMap((group) =>
        group.facts.map((fact) => [fact.name, fact]),
      ),
    );

  it('states the limits and explains every one', () => {
    const known = facts('steady');
    expect(known.get('Ephemeral range')?.value).toBe('32768–60999');
    expect(known.get('Release step')?.value).toBe('2.048 s (learned)');
    expect(known.get('Reuse')?.value).toBe('loopback only');
    expect(known.get('Share of a core')?.value).toBe('0.4% of 1%');
    for (const fact of known.values()) expect(fact.help).not.toBe('');
  });
  it('says unknown where the system gives nothing', () => {
    const unknown = facts('hostile');
    expect(unknown.get('TIME_WAIT')?.value).toBe('60 s (assumed)');
    expect(unknown.get('Release step')?.value).toBe('2.048 s (upper bound)');
    expect(unknown.get('Reuse')?.value).toBe('not on this system');
    expect(unknown.get('TIME_WAIT buckets')?.value).toBe('unknown');
    expect(unknown.get('Cost of a read')?.value).toBe('not measured yet');
  });
});
