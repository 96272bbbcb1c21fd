import { describe, expect, it } from 'vitest';
import {
  endpoint,
  epoch,
  formatBytes,
  instant,
  plural,
  poolOrigin,
  poolTitle,
  portTitle,
  utcTitle,
  wholeDuration,
} from '../../../../dashboard/src/words/format.js';
import { hostFacts } from '../../../../dashboard/src/words/host-facts.js';
import { cannedSample } from '../../../browser/canned-data.js';
import { NOW, wirePool } from '../../../builders/wire-pool.js';

describe('names', () => {
  it.each([
    [endpoint('10.0.0.2', 443), '10.0.0.2:443'],
    [endpoint('2001:db8::1', 443), '[2001:db8::1]:443'],
    [endpoint(null, 443), 'any:443'],
    [endpoint('10.0.0.2', null), '10.0.0.2'],
    [poolTitle(wirePool()), '10.0.0.2:443'],
    [poolTitle(wirePool({ kind: 'bind', remoteAddress: null, remotePort: null })), 'any destination from 10.0.0.1'],
    [poolOrigin(wirePool({ kind: 'bind', namespace: 'blue' })), 'from 10.0.0.1 by bind() in blue'],
    [portTitle({ direction: 'in', address: null, port: 22 }), ':22'],
    [portTitle({ direction: 'out', address: 'fe80::1', port: 22 }), '[fe80::1]:22'],
  ])('%s', (actual, expected) => {
    expect(actual).toBe(expected);
  });
});

describe('times', () => {
  const local = new Date(2026, 0, 5, 14, 3, 22).getTime();
  it.each([
    [instant(local, local - 28_000), '14:03:22'],
    [instant(local, local - 3 * 3_600_000), '14:03'],
    [instant(local, local - 48 * 3_600_000), '5 Jan 14:03'],
    [utcTitle(NOW), '2026-01-05 12:00:00 UTC'],
    [wholeDuration(9_600), '10 s'],
    [wholeDuration(-5_000), '0 s'],
    [wholeDuration(6_500_000), '1 h 48 min'],
  ])('%s', (actual, expected) => {
    expect(actual).toBe(expected);
  });
  it('reads instants and refuses what is none', () => {
    expect([epoch('2026-01-05T12:00:00Z'), epoch(null), epoch(undefined), epoch('soon')]).toEqual([
      NOW,
      null,
      null,
      null,
    ]);
  });
});

describe('quantities', () => {
  it.each([
    [formatBytes(0), '0 B'],
    [formatBytes(1023), '1023 B'],
    [formatBytes(4_404_019), '4.2 MiB'],
    [formatBytes(536_870_912), '512 MiB'],
    [plural(1, 'pool'), '1 pool'],
    [plural(20_640, 'row'), '20,640 rows'],
  ])('%s', (actual, expected) => {
    expect(actual).toBe(expected);
  });
});

describe('hostFacts', () => {
  const facts = (scenario: 'steady' | 'hostile') =>
    new Map(
      hostFacts(cannedSample(scenario, NOW, NOW).status).flatMap((group) =>
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
