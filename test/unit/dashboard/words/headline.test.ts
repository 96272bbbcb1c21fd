import { describe, expect, it } from 'vitest';
import { listKeyFigures } from '../../../../dashboard/src/words/figures.js';
import { writeHeadline } from '../../../../dashboard/src/words/headline.js';
import { describeHorizons } from '../../../../dashboard/src/words/horizons.js';
import { choosePoolTone } from '../../../../dashboard/src/words/tone.js';
import { hostTime, iso, NOW, wirePool } from '../../../builders/wire-pool.js';

const soon = {
  exhaustsAt: iso(NOW + 28_000),
  earliestAt: iso(NOW + 24_000),
  latestAt: iso(NOW + 35_000),
  probability: 0.97,
  mode: 'churn',
} as const;

describe('poolTone', () => {
  it.each([
    ['calm', {}, 'calm'],
    ['exhausted', { mode: 'exhausted' }, 'critical'],
    ['within five minutes', soon, 'critical'],
    ['in two hours', { exhaustsAt: iso(NOW + 7_200_000) }, 'warning'],
    ['within five minutes, if a burst outlasts the earlier ones', { ...soon, probability: 0.18 }, 'warning'],
    ['a climb that is full within the hour', { pressureFullAt: iso(NOW + 1_900_000) }, 'warning'],
    ['a climb of hours', { pressureFullAt: iso(NOW + 9_000_000) }, 'calm'],
    ['pressure of 0.8', { pressure: 0.8 }, 'warning'],
    ['pressure of 0.95', { pressure: 0.95 }, 'critical'],
    ['nothing known', { pressure: null }, 'unknown'],
    ['a sample of three minutes ago', { ...soon, sampledAt: iso(NOW - 180_000) }, 'unknown'],
  ] as const)('%s', (_, fields, tone) => {
    expect(choosePoolTone(wirePool(fields), hostTime())).toBe(tone);
  });
});

describe('poolStory', () => {
  it('counts down to the instant, with its interval and probability', () => {
    const headline = writeHeadline(wirePool(soon), hostTime());
    expect(headline).toMatchObject({ text: 'Runs out in 28 s', atMs: NOW + 28_000 });
    expect(headline.detail).toMatch(
      /^Between \d\d:\d\d:24 and \d\d:\d\d:35 \(90%\); if this goes on: 97% likely to run out within 10 minutes$/,
    );
  });
  it('never counts below zero', () => {
    expect(writeHeadline(wirePool(soon), hostTime(NOW + 30_000)).text).toBe('Running out now');
  });
  it('promises nothing that is less likely than not', () => {
    expect(writeHeadline(wirePool({ ...soon, probability: 0.18 }), hostTime()).text).toBe('May run out in 28 s');
    expect(describeHorizons(wirePool({ ...soon, probability: 0.18 }), hostTime())[0]?.text).toBe('may run out');
  });
  it('does not doubt a leak for taking longer than the probability looks', () => {
    const leak = wirePool({ exhaustsAt: iso(NOW + 3_660_000), probability: 0.004, mode: 'leak' });
    expect(writeHeadline(leak, hostTime()).text).toBe('Runs out in 1 h 1 min');
  });
  it('says when a climb will be full', () => {
    const headline = writeHeadline(wirePool({ pressureFullAt: iso(NOW + 1_900_000) }), hostTime());
    expect(headline).toMatchObject({ text: 'Climbs: full in 32 min', atMs: NOW + 1_900_000 });
  });
  it('says when the far end of the interval is open', () => {
    expect(writeHeadline(wirePool({ ...soon, latestAt: null }), hostTime()).detail).toContain(
      'at the low end of the rate, never',
    );
  });
  it('says nothing of an interval or a probability it does not have', () => {
    const bare = wirePool({ ...soon, earliestAt: null, latestAt: null, probability: null });
    expect(writeHeadline(bare, hostTime()).detail).toBe('');
  });
  it.each([
    ['steady', {}, 'Steady: settles at 73% of 28,232'],
    ['idle', { mode: 'idle', used: 12 }, 'Idle: 12 of 28,232 ports held'],
    ['exhausted', { mode: 'exhausted' }, 'Out of ports now'],
    ['unmeasured', { pressure: null, closeRate: null }, 'Measuring the close rate'],
  ] as const)('%s', (_, fields, text) => {
    expect(writeHeadline(wirePool(fields), hostTime())).toMatchObject({ text, atMs: null });
  });
  it('claims nothing about now from an old sample', () => {
    const headline = writeHeadline(wirePool(), hostTime(NOW + 184_000));
    expect(headline.text).toMatch(/^Unknown since /);
    expect(headline.detail).toBe('Last seen 3 min 4 s ago. Then: Steady: settles at 73% of 28,232');
  });
});

describe('horizons', () => {
  it('keeps the three apart', () => {
    const pool = wirePool({
      ...soon,
      pressureFullAt: iso(NOW + 3_600_000),
      outlookDays: 23.4,
      outlookWhy: 'peaks rise',
    });
    const [minutes, hours, weeks] = describeHorizons(pool, hostTime());
    expect(minutes).toEqual({ name: 'Minutes', text: 'runs out', atMs: NOW + 28_000, why: null });
    expect(hours).toEqual({ name: 'Hours', text: 'pressure 73%, climbs to 100%', atMs: NOW + 3_600_000, why: null });
    expect(weeks).toMatchObject({ name: 'Weeks', atMs: null, why: 'peaks rise' });
    expect(weeks?.text).toMatch(/^daily peaks reach 100% about \d+ \w{3}$/);
  });
  it('claims nothing from an old sample', () => {
    expect(describeHorizons(wirePool(soon), hostTime(NOW + 184_000)).map(({ text }) => text)).toEqual([
      'unknown',
      'unknown',
      'unknown',
    ]);
  });
  it('says what is not known', () => {
    expect(describeHorizons(wirePool({ pressure: null }), hostTime()).map(({ text }) => text)).toEqual([
      'none foreseen',
      'not known yet',
      'no trend known',
    ]);
  });
});

describe('keyFigures', () => {
  it('shows a leak by its growth and its CLOSE_WAIT', () => {
    const figures = listKeyFigures(wirePool({ liveGrowth: 1.8, closeWait: 160 }));
    expect(figures[1]).toMatchObject({ name: 'Live', value: '184', of: 'growing 1.8/s' });
    expect(figures[1]?.help).toContain('160 in CLOSE_WAIT');
  });
  it('prints unknown for what is null, never 0', () => {
    const figures = listKeyFigures(
      wirePool({ closeRate: null, closeRateLow: null, closeRateHigh: null, pressure: null, liveGrowth: null }),
    );
    expect(figures.map(({ value }) => value)).toEqual(['20,603', '184', '20,419', 'unknown', 'unknown', '62 s']);
  });
});
