import { describe, expect, it } from 'vitest';
import {
  describeClimb,
  describeFailures,
  describeRisk,
  formatProbability,
  isLikely,
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

describe('describeRisk', () => {
  const describePool = (fields: Parameters<typeof wirePool>[0]) => describeRisk(wirePool(fields));

  it('depends on no condition, as the doubt whether the traffic lasts is in it', () => {
    expect(describePool({ probability: 0.97 })).toBe('97% risk within 10 minutes');
  });
  it('calls a risk under 1% safe', () => {
    expect(describePool({ probability: 0.001 })).toBe('Safe for the next 10 minutes (risk under 1%)');
  });
  it('names the earlier bursts it rests on, and the risk without them', () => {
    const burst = { probability: 0.35, probabilityIfHeld: 0.97, probabilityBasis: 'history', burstsKnown: 24 } as const;
    const risk = '35% risk within 10 minutes, going by the last';
    expect(describePool(burst)).toBe(`${risk} 24 bursts (97% without them)`);
    expect(describePool({ ...burst, burstsKnown: 1, probabilityIfHeld: null })).toBe(`${risk} burst`);
  });
  it('says that a rising rate may stop rising', () => {
    expect(describePool({ probability: 0.1, probabilityBasis: 'climb' })).toBe(
      '10% risk within 10 minutes; the rate may stop rising first',
    );
  });
  it('says nothing where nothing is known, or of an exhaustion beyond the ten minutes', () => {
    expect(describePool({ probability: null })).toBeNull();
    expect(describePool({ probability: 0, exhaustsAt: iso(NOW + 3_660_000) })).toBeNull();
  });
});

describe('isLikely', () => {
  it('goes by the probability within ten minutes, and by the median beyond them', () => {
    const soon = { exhaustsAt: iso(NOW + 60_000) };
    const late = { exhaustsAt: iso(NOW + 3_660_000), probability: 0 };
    const quantiles = (known: number) =>
      Array.from({ length: 20 }, (_, i) => (i < known ? iso(NOW + 3_000_000) : null));
    expect(isLikely(wirePool({ ...soon, probability: 0.5 }))).toBe(true);
    expect(isLikely(wirePool({ ...soon, probability: 0.49 }))).toBe(false);
    expect(isLikely(wirePool(late))).toBe(true);
    expect(isLikely(wirePool({ ...late, exhaustsQuantiles: quantiles(10) }))).toBe(true);
    expect(isLikely(wirePool({ ...late, exhaustsQuantiles: quantiles(9) }))).toBe(false);
  });
});

describe('describeClimb', () => {
  const rising = { pressureFullAt: iso(NOW + 240_000), pressureFullEarliestAt: iso(NOW + 200_000) };
  it('states the interval', () => {
    const pool = wirePool({ ...rising, pressureFullLatestAt: iso(NOW + 300_000) });
    expect(describeClimb(pool, NOW)).toMatch(
      /^The close rate is rising\. It reaches 452\/s, .* between \d\d:\d3 and \d\d:\d5 \(90%\), unless it stops rising first\.$/,
    );
  });
  it('says that the rate may stop rising where the interval is open', () => {
    expect(describeClimb(wirePool(rising), NOW)).toMatch(/not before \d\d:\d3 \(90%\), or it stops rising first\.$/);
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
