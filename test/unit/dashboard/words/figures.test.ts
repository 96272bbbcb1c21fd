import { describe, expect, it } from 'vitest';
import { listIdleFigures, listKeyFigures } from '../../../../dashboard/src/words/figures.js';
import { cannedSample } from '../../../browser/canned-data.js';
import { NOW, wirePool } from '../../../builders/wire-pool.js';

describe('listKeyFigures', () => {
  it('shows a leak by its growth and its CLOSE_WAIT', () => {
    const open = listKeyFigures(wirePool({ liveGrowth: 1.8, closeWait: 160 }))[1];
    expect(open).toMatchObject({ name: 'Open', value: '184', of: 'growing 1.8/s' });
    expect(open?.help).toContain('160 in CLOSE_WAIT');
  });
  it('explains pressure by the ports that the rate needs', () => {
    const pressure = listKeyFigures(wirePool({ pressure: 1.563, capacity: 1000 }))[4];
    expect(pressure).toMatchObject({ name: 'Pressure', value: '156%' });
    expect(pressure?.help).toMatch(/^This rate needs 1,563 ports; there are 1,000\./);
  });
  it('prints unknown for null, never 0', () => {
    const pool = wirePool({
      closeRate: null,
      closeRateLow: null,
      closeRateHigh: null,
      pressure: null,
      liveGrowth: null,
    });
    const values = listKeyFigures(pool).map(({ value }) => value);
    expect(values).toEqual(['20,603', '184', '20,419', 'unknown', 'unknown', '62 s']);
  });
});

describe('listIdleFigures', () => {
  it('shows what one destination could use', () => {
    const { host } = cannedSample('idle', NOW, NOW).status;
    expect(listIdleFigures(host).map(({ value }) => value)).toEqual(['28,232', '455/s', '60 s', '20,412']);
  });
});
