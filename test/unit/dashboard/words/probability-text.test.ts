import { describe, expect, it } from 'vitest';
import {
  describeClimb,
  describeFailures,
  describeProbability,
  formatProbability,
} from '../../../../dashboard/src/words/probability-text.js';
import { iso, NOW, wirePool } from '../../../builders/wire-pool.js';

describe('formatProbability', () => {
  it.each([
    [0, 'under 1%'],
    [0.005, 'under 1%'],
    [0.006, '1%'],
    [0.97, '97%'],
    [0.995, 'over 99%'],
    [1, 'over 99%'],
  ])('%d', (probability, text) => {
    expect(formatProbability(probability)).toBe(text);
  });
});

describe('describeProbability', () => {
  const interval = { earliestAt: iso(NOW + 24_000), latestAt: iso(NOW + 35_000) };
  const describePool = (fields: Parameters<typeof wirePool>[0]) => describeProbability(wirePool(fields), NOW);

  it('assumes that the present rate holds', () => {
    expect(describePool({ probability: 0.97 })).toBe('97% risk within 10 minutes at this rate');
  });
  it('calls a risk under 1% safe', () => {
    expect(describePool({ probability: 0.001 })).toBe('Safe for the next 10 minutes at this rate (risk under 1%)');
  });
  it('adds the interval of the exhaustion', () => {
    expect(describePool({ probability: 0.97, ...interval })).toMatch(
      /^97% risk within 10 minutes at this rate\. Full between \d\d:\d\d:24 and \d\d:\d\d:35 \(90%\)$/,
    );
  });
  it('says that an open interval may never end', () => {
    expect(describePool({ probability: 0.97, ...interval, latestAt: null })).toMatch(
      /Full after \d\d:\d\d:24, or never \(90%\)$/,
    );
  });
  it('names the earlier bursts it rests on, and the risk if this one goes on', () => {
    const burst = { probability: 0.35, probabilityIfHeld: 0.97, probabilityBasis: 'history', burstsKnown: 24 } as const;
    const risk = '35% risk within 10 minutes, from how long its last 24 bursts lasted';
    expect(describePool(burst)).toBe(`${risk}. If this burst goes on: 97% risk`);
    expect(describePool({ ...burst, ...interval })).toMatch(
      /If this burst goes on: 97% risk, full between .* \(90%\)$/,
    );
    expect(describePool({ ...burst, burstsKnown: 1, probabilityIfHeld: null })).toBe(
      '35% risk within 10 minutes, from how long its last burst lasted',
    );
  });
  it('makes the exhaustion of a rising rate conditional', () => {
    const rising = { probability: 0.1, probabilityBasis: 'climb' } as const;
    expect(describePool(rising)).toBe('10% risk within 10 minutes');
    expect(describePool({ ...rising, exhaustsAt: iso(NOW + 1_000_000) })).toMatch(
      /^10% risk within 10 minutes\. If the rate keeps rising: full about \d\d:\d7$/,
    );
  });
  it('is empty where nothing is known', () => {
    expect(describePool({ probability: null })).toBe('');
  });
});

describe('describeClimb', () => {
  const rising = { pressureFullAt: iso(NOW + 240_000), pressureFullEarliestAt: iso(NOW + 200_000) };
  it('states the interval', () => {
    const pool = wirePool({ ...rising, pressureFullLatestAt: iso(NOW + 300_000) });
    expect(describeClimb(pool, NOW)).toMatch(
      /^The close rate is rising\. .* sustainable rate at \d\d:\d4:00 \(90%: \d\d:\d3:20 to \d\d:\d5:00\)\.$/,
    );
  });
  it('says that the rate may stop rising where the interval is open', () => {
    expect(describeClimb(wirePool(rising), NOW)).toContain('the rate may stop rising first');
  });
  it('is null without a rising rate', () => {
    expect(describeClimb(wirePool(), NOW)).toBeNull();
  });
});

describe('describeFailures', () => {
  it.each([
    [12, '12 connects failed in the last minute'],
    [1, '1 connect failed in the last minute'],
    [0, null],
    [null, null],
  ])('%s', (failedConnects, text) => {
    expect(describeFailures(wirePool({ failedConnects }))).toBe(text);
  });
});
