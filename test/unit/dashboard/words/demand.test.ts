import { describe, expect, it } from 'vitest';
import {
  describeUnanswered,
  describeUnmet,
  formatDemandRate,
  formatPressure,
} from '../../../../dashboard/src/words/demand.js';
import { listKeyFigures } from '../../../../dashboard/src/words/figures.js';
import { writeHeadline } from '../../../../dashboard/src/words/headline.js';
import { describeHorizons } from '../../../../dashboard/src/words/horizons.js';
import { hostTime, wirePool } from '../../../builders/wire-pool.js';

const UNMET = { demandAtLeast: true, closeRate: 32, pressure: 1.98, capacity: 1000 } as const;
const EXHAUSTED = { mode: 'exhausted', used: 1000, available: 0, capacity: 1000 } as const;

describe('a pool without a free port', () => {
  it('never reads as calm, whatever closes there are', () => {
    const pool = wirePool({ ...EXHAUSTED, closeRate: 0, pressure: 0 });
    const figures = listKeyFigures(pool).map(({ name, value }) => `${name} ${value}`);
    expect(figures).toEqual(expect.arrayContaining(['Demand unknown', 'Pressure unknown']));
    expect(describeUnmet(pool)).toBe('Connects fail');
    expect(describeHorizons(pool, hostTime()).map(({ text }) => text)).toEqual([
      'out of ports',
      'Connects fail',
      'trend unknown',
    ]);
  });
  it('states the least demand that is known', () => {
    const pool = wirePool({ ...EXHAUSTED, ...UNMET });
    expect([formatDemandRate(pool), formatPressure(pool)]).toEqual(['≥ 32', '≥ 198%']);
    expect(writeHeadline(pool, hostTime())).toMatchObject({
      tone: 'critical',
      text: 'Out of ports now',
      detail: '1,000 of 1,000 ports held: connect() finds no free port. Demand at least 32/s; connects fail',
    });
  });
  it('names bind() where clients bind first', () => {
    const pool = wirePool({ ...EXHAUSTED, kind: 'bind' });
    expect(writeHeadline(pool, hostTime()).detail).toContain('bind() finds no free port');
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
    expect(describeHorizons(pool, hostTime())[0]?.text).toBe('ports come free, the demand may remain');
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
    expect(describeHorizons(pool, hostTime())[1]?.text).toBe('this rate needs 1,640 ports; there are 1,000');
    expect(writeHeadline(pool, hostTime()).text).toBe('This rate needs 1,640 ports; there are 1,000');
  });
});
