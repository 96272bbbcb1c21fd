import { describe, expect, it } from 'vitest';
import { buildWorstPoolColumns, findPeak, mergePast } from '../../../../dashboard/src/chart/worst-pool-columns.js';
import { iso, MAX_SAMPLE_AGE_MS, NOW } from '../../../builders/wire-pool.js';

const minute = 60_000;

describe('mergePast', () => {
  const history = {
    stepMs: 2000,
    t: [0, 2000, 4000, 6000],
    min: {},
    max: {},
    mean: { used: [10, null, 12, 13], live: [1, null, null, 3] },
  };
  const input = { history, fromMs: 0, maxSampleAgeMs: MAX_SAMPLE_AGE_MS };

  it('continues the history with the live points from the first of them on', () => {
    const livePoints = [
      { t: 5000, used: 50, live: 5 },
      { t: 7000, used: 70, live: 7 },
    ];
    expect(mergePast({ ...input, livePoints, fromMs: 1000 })).toEqual([
      { t: 4000, used: 12, live: null },
      { t: 5000, used: 50, live: 5 },
      { t: 7000, used: 70, live: 7 },
    ]);
  });

  it('puts a gap between two samples that are further apart than a sample may be old', () => {
    const livePoints = [0, 35_000, 70_001].map((t) => ({ t, used: 1, live: 1 }));
    expect(mergePast({ ...input, history: null, livePoints })).toEqual([
      { t: 0, used: 1, live: 1 },
      { t: 35_000, used: 1, live: 1 },
      { t: 35_001, used: null, live: null },
      { t: 70_001, used: 1, live: 1 },
    ]);
  });

  it('is empty without history and live points', () => {
    const unrelated = { stepMs: 1, t: [1], min: {}, max: {}, mean: {} };
    expect(mergePast({ ...input, history: null, livePoints: [] })).toEqual([]);
    expect(mergePast({ ...input, history: unrelated, livePoints: [] })).toEqual([]);
  });
});

describe('buildWorstPoolColumns', () => {
  const window = { fromMs: NOW - minute, toMs: NOW + minute };
  const past = [{ t: NOW, used: 10, live: 4 }];
  const ahead = [
    { at: iso(NOW - 1000), used: 1, low: 1, high: 1 },
    { at: iso(NOW + 1000), used: 20, low: 15, high: 25 },
    { at: iso(NOW + 1000), used: 99, low: 99, high: 99 },
    { at: 'no instant', used: 99, low: 99, high: 99 },
    { at: iso(NOW + 10 * minute), used: 99, low: 99, high: 99 },
  ];

  it('joins the forecast to the last point and keeps x strictly ascending', () => {
    const [x, used, live, forecast, high, low] = buildWorstPoolColumns({ past, ahead, reusable: 0, window });
    expect(x).toEqual([NOW / 1000, NOW / 1000 + 1]);
    expect(used).toEqual([10, null]);
    expect(live).toEqual([4, null]);
    expect(forecast).toEqual([10, 20]);
    expect(high).toEqual([10, 25]);
    expect(low).toEqual([10, 15]);
  });

  it('starts the forecast below the line of use where ports can be taken again', () => {
    expect(buildWorstPoolColumns({ past, ahead, reusable: 7, window })[3]).toEqual([3, 20]);
  });

  it('has columns of the same length without past or forecast', () => {
    expect(buildWorstPoolColumns({ past: [], ahead: [], reusable: 0, window })).toEqual([[], [], [], [], [], []]);
    const lengths = buildWorstPoolColumns({ past: [], ahead, reusable: 0, window }).map((column) => column.length);
    expect(lengths).toEqual([2, 2, 2, 2, 2, 2]);
  });
});

describe('findPeak', () => {
  it.each([
    ['in the past', [9, null], [null, 5], 9],
    ['in the forecast', [9, null], [null, 12], 12],
    ['without values', [null], [null], 0],
  ])('%s', (_, used, forecast, peak) => {
    expect(findPeak([[], used, [99], forecast, [99], [99]])).toBe(peak);
  });
});
