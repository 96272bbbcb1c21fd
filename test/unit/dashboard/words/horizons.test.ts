import { describe, expect, it } from 'vitest';
import { describeHorizons } from '../../../../dashboard/src/words/horizons.js';
import { hostTime, iso, NOW, wirePool } from '../../../builders/wire-pool.js';

const in28Seconds = { exhaustsAt: iso(NOW + 28_000), probability: 0.97, mode: 'churn' } as const;

describe('describeHorizons', () => {
  it('gives minutes, hours and weeks apart', () => {
    const pool = wirePool({
      ...in28Seconds,
      pressureFullAt: iso(NOW + 3_600_000),
      outlookDays: 23.4,
      outlookWhy: 'peaks rise',
    });
    const [minutes, hours, weeks] = describeHorizons(pool, hostTime());
    expect(minutes).toEqual({ name: 'Minutes', text: 'runs out', atMs: NOW + 28_000, why: null });
    expect(hours).toEqual({ name: 'Hours', text: 'pressure 73%, rises to 100%', atMs: NOW + 3_600_000, why: null });
    expect(weeks).toMatchObject({ name: 'Weeks', atMs: null, why: 'peaks rise' });
    expect(weeks?.text).toMatch(/^daily peaks reach 100% about \d+ \w{3}$/);
  });
  it('says `may` where exhaustion is less likely than not', () => {
    const pool = wirePool({ ...in28Seconds, probability: 0.18 });
    expect(describeHorizons(pool, hostTime())[0]?.text).toBe('may run out');
  });
  it('has no instant for an exhaustion that is there', () => {
    const pool = wirePool({ ...in28Seconds, mode: 'exhausted' });
    expect(describeHorizons(pool, hostTime())[0]).toMatchObject({ text: 'out of ports', atMs: null });
  });
  it.each([
    ['nothing from a sample that is out of date', in28Seconds, NOW + 184_000, ['unknown', 'unknown', 'unknown']],
    [
      'what is not measured or foreseen',
      { pressure: null },
      NOW,
      ['no exhaustion foreseen', 'pressure not measured yet', 'trend unknown'],
    ],
  ])('states %s', (_, fields, nowMs, texts) => {
    expect(describeHorizons(wirePool(fields), hostTime(nowMs)).map(({ text }) => text)).toEqual(texts);
  });
});
