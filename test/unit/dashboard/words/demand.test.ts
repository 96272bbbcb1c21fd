import { describe, expect, it } from 'vitest';
import {
  describeUnanswered,
  describeUnmet,
  formatDemandRate,
  formatPressure,
} from '../../../../dashboard/src/words/demand.js';
import { listKeyFigures } from '../../../../dashboard/src/words/figures.js';
import { writeHeadline } from '../../../../dashboard/src/words/headline.js';
import { hostTime, wirePool } from '../../../builders/wire-pool.js';

const UNMET = { demandAtLeast: true, closeRate: 32, pressure: 1.98, capacity: 1000 } as const;
const EXHAUSTED = { mode: 'exhausted', used: 1000, available: 0, capacity: 1000 } as const;

describe('a pool without a free port', () => {
  it('never reads as calm, whatever closes there are', () => {
    const pool = wirePool({ ...EXHAUSTED, closeRate: 0, pressure: 0 });
    const figures = listKeyFigures(pool).map(({ name, value }) => `${name} ${value}`);
    expect(figures).toEqual(expect.arrayContaining(['Demand unknown', 'Pressure unknown']));
    expect(describeUnmet(pool)).toBe('Connects fail');
    expect(writeHeadline(pool, hostTime()).text).toBe('Out of ports now');
  });
  it('states the least demand that is known', () => {
    const pool = wirePool({ ...EXHAUSTED, ...UNMET });
    expect([formatDemandRate(pool), formatPressure(pool)]).toEqual(['≥ 32', '≥ 198%']);
    expect(writeHeadline(pool, hostTime())).toMatchObject({
      tone: 'critical',
      text: 'Out of ports now',
      detail: 'Demand at least 32/s; connects fail',
    });
  });
  it('names bind() where clients bind first', () => {
    const pool = wirePool({ ...EXHAUSTED, kind: 'bind' });
    expect(describeUnmet(pool)).toBe('Binds fail');
  });
});

describe('a pool that drains under demand', () => {
  const pool = wirePool({ ...UNMET, mode: 'idle', used: 640, probability: 0.1 });
  it('is neither idle nor calm', () => {
    expect(writeHeadline(pool, hostTime())).toMatchObject({
      tone: 'warning',
      text: 'Ports come free: 640 of 1,000 ports held',
      detail: 'Demand at least 32/s; connects failed until just now',
    });
  });
});

describe('connects that nobody answers', () => {
  it('are named where they take the ports', () => {
    expect(describeUnanswered(wirePool({ cause: 'unanswered', synSent: 23 }))).toBe(
      '23 connects are unanswered (SYN_SENT); each attempt holds its port until it times out',
    );
    expect(describeUnanswered(wirePool({ cause: 'growth', synSent: 23 }))).toBeNull();
    expect(listKeyFigures(wirePool({ cause: 'unanswered', synSent: 23 }))[1]?.of).toBe('23 unanswered');
  });
});

describe('a rate above the limit', () => {
  it('settles nowhere: the ports that it needs are stated', () => {
    const pool = wirePool({ pressure: 1.64, capacity: 1000 });
    expect(writeHeadline(pool, hostTime()).text).toBe('This rate needs 1,640 ports; there are 1,000');
  });
});
