import { describe, expect, it } from 'vitest';
import { packAhead, unpackAhead } from '../../../daemon/wire/packed-ahead.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { iso, NOW } from '../../builders/wire-pool.js';

const SPAN_MS = 120_000;

/** 61 points over two minutes, on a line of so many ports a second that reaches `at` at the instant NOW. */
function line({ from = NOW, at = 10_000, perSecond = 0 }): WirePool['ahead'] {
  return Array.from({ length: 61 }, (_, index) => {
    const atMs = Math.round(from + (index * SPAN_MS) / 60);
    const used = Math.round(at + (perSecond * (atMs - NOW)) / 1000);
    return { at: iso(atMs), used, low: used - 50, high: used + 50 };
  });
}

describe('a packed projection', () => {
  it('is within a 500th of its height of the projection, at the same instants', () => {
    const ahead = line({ perSecond: 80 });
    const unpacked = unpackAhead(packAhead(ahead, undefined), NOW);
    const height = Math.max(...ahead.map(({ high }) => high));
    expect(unpacked.map(({ at }) => at)).toEqual(ahead.map(({ at }) => at));
    for (const [index, point] of unpacked.entries()) {
      for (const key of ['used', 'low', 'high'] as const) {
        expect(Math.abs(point[key] - (ahead[index]?.[key] ?? NaN))).toBeLessThanOrEqual(height / 500);
      }
    }
  });

  it('of few ports is exact', () => {
    const ahead = line({ at: 60, perSecond: 1 });
    expect(unpackAhead(packAhead(ahead, undefined), NOW)).toEqual(ahead);
  });

  it('is that of before while it shows the newest one, which then begins at its sample', () => {
    const before = packAhead(line({ perSecond: 80 }), undefined);
    const later = line({ from: NOW + 5_000, perSecond: 80 });
    const packed = packAhead(later, before);
    expect(packed).toBe(before);
    const unpacked = unpackAhead(packed, NOW + 5_000);
    expect(unpacked[0]?.at).toBe(iso(NOW + 5_000));
    expect(Math.abs((unpacked[0]?.used ?? 0) - 10_400)).toBeLessThan(100);
    expect(unpacked.every(({ at }, index) => index === 0 || at > (unpacked[index - 1]?.at ?? ''))).toBe(true);
  });

  it.each([
    ['differs by more than 2% of the height', line({ from: NOW + 2_000, at: 10_500 })],
    ['ends more than a tenth later', line({ from: NOW + 14_000 })],
    ['begins before it, as after a step of the clock', line({ from: NOW - 2_000 })],
    ['begins after its end', line({ from: NOW + SPAN_MS + 1 })],
    ['is empty', []],
  ])('is replaced where the newest %s', (_, newest) => {
    const before = packAhead(line({}), undefined);
    const packed = packAhead(newest, before);
    expect(packed).not.toBe(before);
    expect(unpackAhead(packed, Date.parse(newest[0]?.at ?? iso(NOW)))).toHaveLength(newest.length);
  });

  it('stays as it is where its points do not lie at equal distances', () => {
    const ahead = line({}).filter((_, index) => index !== 7);
    expect(packAhead(ahead, undefined)).toBe(ahead);
    expect(unpackAhead(ahead, NOW)).toBe(ahead);
  });
});
