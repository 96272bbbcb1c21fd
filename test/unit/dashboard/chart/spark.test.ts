import { describe, expect, it } from 'vitest';
import { drawSpark } from '../../../../dashboard/src/chart/spark.js';
import { iso, NOW } from '../../../builders/wire-pool.js';

const MINUTE_MS = 60_000;
const point = (minutesAgo: number, used: number | null) => ({ t: NOW - minutesAgo * MINUTE_MS, used, live: 0 });

describe('drawSpark', () => {
  it('draws the past from the left edge to the right one, below the limit', () => {
    const spark = drawSpark({ past: [point(15, 0), point(0, 550)], ahead: [], capacity: 1000, nowMs: NOW });
    expect(spark).toEqual({ line: 'M0 100L100 50', area: 'M0 100L100 50L100 100L0 100Z', forecast: '', limitY: 9.09 });
  });
  it('leaves a gap open', () => {
    const past = [point(15, 550), point(10, 550), point(9, null), point(5, 550), point(0, 550)];
    const { line, area } = drawSpark({ past, ahead: [], capacity: 1000, nowMs: NOW });
    expect(line).toBe('M0 50L33.33 50M66.67 50L100 50');
    expect(area.match(/Z/g)).toHaveLength(2);
  });
  it('continues with the forecast of the next five minutes', () => {
    const ahead = [1, 5, 30].map((minutes) => ({ at: iso(NOW + minutes * MINUTE_MS), used: 1000, low: 0, high: 0 }));
    const { forecast, line } = drawSpark({ past: [point(0, 550)], ahead, capacity: 1000, nowMs: NOW });
    expect(line).toBe('M75 50');
    expect(forecast).toBe('M75 50L80 9.09L100 9.09');
  });
  it('leaves the limit out of a picture whose use is far below it', () => {
    expect(drawSpark({ past: [point(1, 3)], ahead: [], capacity: 1000, nowMs: NOW }).limitY).toBeNull();
  });
  it('is empty without a past', () => {
    expect(drawSpark({ past: [], ahead: [], capacity: 0, nowMs: NOW })).toMatchObject({ line: '', area: '' });
  });
});
