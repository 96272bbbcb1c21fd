import { describe, expect, it } from 'vitest';
import { writeHeadline } from '../../../../dashboard/src/words/headline.js';
import { hostTime, iso, NOW, wirePool } from '../../../builders/wire-pool.js';

const in28Seconds = {
  exhaustsAt: iso(NOW + 28_000),
  earliestAt: iso(NOW + 27_000),
  latestAt: iso(NOW + 29_000),
  probability: 0.97,
  mode: 'churn',
} as const;

describe('writeHeadline', () => {
  it('counts down to the exhaustion where it is known well, with its risk', () => {
    const headline = writeHeadline(wirePool(in28Seconds), hostTime());
    expect(headline).toMatchObject({
      text: 'Runs out in 28 s',
      atMs: NOW + 28_000,
      detail: '97% risk within 10 minutes',
    });
  });
  it.each([
    [{ latestAt: iso(NOW + 30_000) }, /^Runs out between \d\d:\d\d:27 and \d\d:\d\d:30$/],
    [{ latestAt: iso(NOW + 30_000), exhaustsQuantiles: [iso(NOW), null] }, /^Likely to run out between/],
    [{ earliestAt: iso(NOW), latestAt: iso(NOW + 30_000) }, /^Runs out by \d\d:\d\d:30$/],
    [{ latestAt: null }, /^Likely to run out after \d\d:\d\d:27$/],
    [{ latestAt: null, probability: 0.3 }, /^May run out after \d\d:\d\d:27$/],
    [{ earliestAt: iso(NOW), latestAt: null, probability: 0.3 }, /^May run out at any moment$/],
  ])('has no countdown where the interval is wider than 10%% of the time left: %j', (fields, text) => {
    const headline = writeHeadline(wirePool({ ...in28Seconds, ...fields }), hostTime());
    expect(headline.text).toMatch(text);
    expect(headline.atMs).toBeNull();
  });
  it('counts down up to an interval of exactly 10% of the time left', () => {
    const tenth = { exhaustsAt: iso(NOW + 30_000), earliestAt: iso(NOW + 29_000), latestAt: iso(NOW + 32_000) };
    expect(writeHeadline(wirePool({ ...in28Seconds, ...tenth }), hostTime()).text).toBe('Runs out in 30 s');
    const wider = { ...tenth, latestAt: iso(NOW + 32_001) };
    expect(writeHeadline(wirePool({ ...in28Seconds, ...wider }), hostTime()).text).toMatch(/^Runs out between/);
  });
  it('keeps its form from one sample to the next', () => {
    const tenth = { exhaustsAt: iso(NOW + 30_000), earliestAt: iso(NOW + 29_000), latestAt: iso(NOW + 32_000) };
    expect(writeHeadline(wirePool({ ...in28Seconds, ...tenth }), hostTime(NOW + 1_900)).text).toBe('Runs out in 28 s');
  });
  it('keeps its row and its name while a pool is gone', () => {
    const gone = wirePool({ goneSince: iso(NOW - 61_000) });
    expect(writeHeadline(gone, hostTime())).toMatchObject({ tone: 'unknown', detail: null });
    expect(writeHeadline(gone, hostTime()).text).toMatch(/^Gone: it holds no port since \d\d:\d\d:59$/);
  });
  it('does not count below zero', () => {
    const pool = wirePool({ ...in28Seconds, earliestAt: null, latestAt: null });
    expect(writeHeadline(pool, hostTime(NOW + 30_000)).text).toBe('Runs out at any moment');
  });
  it('says `may` where exhaustion is less likely than not', () => {
    const pool = wirePool({ ...in28Seconds, probability: 0.18 });
    expect(writeHeadline(pool, hostTime()).text).toBe('May run out in 28 s');
  });
  it('does not say `may` of an exhaustion beyond the ten minutes of the probability', () => {
    const leak = wirePool({ exhaustsAt: iso(NOW + 3_660_000), probability: 0.004, mode: 'leak' });
    expect(writeHeadline(leak, hostTime()).text).toBe('Runs out in 1 h 1 min');
  });
  it('states when a rising rate fills the pool', () => {
    const headline = writeHeadline(wirePool({ pressureFullAt: iso(NOW + 1_900_000) }), hostTime());
    expect(headline.text).toMatch(/^Rising: full about \d\d:32$/);
    expect(headline.atMs).toBeNull();
  });
  it('has no detail where neither risk nor interval is known', () => {
    const pool = wirePool({ ...in28Seconds, earliestAt: null, latestAt: null, probability: null });
    expect(writeHeadline(pool, hostTime()).detail).toBeNull();
  });
  it.each([
    ['steady', {}, 'Steady: holds at 73%, 7,510 ports left'],
    ['nearly full', { pressure: 0.944, capacity: 1000 }, 'Nearly full: holds at 94%, 56 ports left'],
    ['rate too high', { pressure: 1.563, capacity: 1000 }, 'This rate needs 1,563 ports; there are 1,000'],
    ['growing', { pressure: 0.33, used: 329, capacity: 1000, liveGrowth: 0.5 }, 'Growing: 329 of 1,000 ports held'],
    [
      'growing too slowly to matter',
      { pressure: 0.33, used: 329, capacity: 1000, liveGrowth: 0.1 },
      'Steady: holds at 33%, 670 ports left',
    ],
    [
      'nearly full and growing',
      { pressure: 0.82, used: 820, capacity: 1000, liveGrowth: 0.5 },
      'Nearly full, and growing: 820 of 1,000 ports held',
    ],
    [
      'rate too high and growing',
      { pressure: 1.2, used: 900, capacity: 1000, liveGrowth: 0.5 },
      'This rate needs 1,200 ports; there are 1,000',
    ],
    ['idle', { mode: 'idle', used: 12 }, 'Idle: 12 of 28,232 ports held'],
    ['exhausted', { mode: 'exhausted' }, 'Out of ports now'],
    ['not measured', { pressure: null, closeRate: null }, 'Measuring the close rate'],
  ] as const)('has no instant when %s', (_, fields, text) => {
    expect(writeHeadline(wirePool(fields), hostTime())).toMatchObject({ text, atMs: null });
  });
  it('states the risk below a level that holds', () => {
    expect(writeHeadline(wirePool(), hostTime()).detail).toBe('Safe for the next 10 minutes (risk under 1%)');
  });
  it('gives a sample that is out of date as the past only', () => {
    const headline = writeHeadline(wirePool(), hostTime(NOW + 184_000));
    expect(headline).toMatchObject({ tone: 'unknown', atMs: null });
    expect(headline.text).toMatch(/^Unknown since \d\d:\d\d:00$/);
    expect(headline.detail).toBe('The last sample showed: Steady: holds at 73%, 7,510 ports left');
  });
});
