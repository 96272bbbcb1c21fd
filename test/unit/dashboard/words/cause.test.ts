import { describe, expect, it } from 'vitest';
import { describeCause } from '../../../../dashboard/src/words/cause.js';
import { describeOutlook } from '../../../../dashboard/src/words/outlook.js';
import { hostTime, NOW, wirePool } from '../../../builders/wire-pool.js';

describe('describeCause', () => {
  it.each([
    [{}, '332 closes/s; the ports allow 452/s.'],
    [{ mode: 'idle' }, '20,419 ports are in TIME_WAIT, 184 are open.'],
    [{ mode: 'exhausted' }, 'All 28,232 ports are held: 20,419 in TIME_WAIT, 184 open.'],
    [
      { mode: 'leak', liveGrowth: 1.8, closeWait: 14 },
      '1.8 more connections are opened than closed per second; of 184 open ones, 14 are in CLOSE_WAIT.',
    ],
    [{ reuse: 'after_delay' }, /\. connect\(\) reuses ports in TIME_WAIT after the reuse delay\.$/],
    [{ kind: 'bind', localAddress: '0.0.0.0' }, /Clients bind to the wildcard address first/],
    [{ skippedPorts: 800 }, /connect\(\) skips 800 ports that look free\.$/],
  ] as const)('of %j', (fields, text) => {
    expect(describeCause(wirePool(fields))).toMatch(text);
  });
  it('has no instant: the headline has the only one', () => {
    const why = 'so the ports run out in 34.0 s (90%: between 29.0 s and 42.0 s).';
    expect(describeCause(wirePool({ mode: 'churn', why }))).not.toMatch(/run out|90%/);
  });
});

describe('describeOutlook', () => {
  it.each([
    [null, null],
    [0.4, 'The daily peaks rise: they reach 100% within a day.'],
    [23.4, 'The daily peaks rise: they reach 100% about 28 Jan.'],
  ])('%s days', (outlookDays, text) => {
    expect(describeOutlook(wirePool({ outlookDays }), hostTime())).toBe(text);
  });
  it('says nothing of a sample that is out of date', () => {
    expect(describeOutlook(wirePool({ outlookDays: 23 }), hostTime(NOW + 3_600_000))).toBeNull();
  });
});
