import { describe, expect, it } from 'vitest';
import {
  buildWorstPoolColumns,
  listWorstPoolMarks,
  chooseWindow,
  mergePast,
  chooseScale,
} from '../../../../dashboard/src/chart/worst-pool-columns.js';
import { iso, NOW, wirePool } from '../../../builders/wire-pool.js';

const minute = 60_000;

describe('heroWindow', () => {
  it.each([
    ['nothing foreseen', null, null, 10, 2],
    ['28 s ahead', 28_000, 40_000, 4, 1],
    ['90 s ahead', 90_000, 100_000, 6, 2],
    ['5 min ahead', 5 * minute, 6 * minute, 10, 10],
    ['an hour ahead', 60 * minute, 70 * minute, 10, 10],
    ['soon, but perhaps much later', 20_000, 60 * minute, 10, 10],
  ])('%s', (_, exhausts, latest, past, future) => {
    const pool = wirePool({
      exhaustsAt: exhausts === null ? null : iso(NOW + exhausts),
      latestAt: latest === null ? null : iso(NOW + latest),
    });
    expect(chooseWindow(pool, NOW)).toEqual({ fromMs: NOW - past * minute, toMs: NOW + future * minute });
  });

  it('holds the exhaustion whenever it is within ten minutes', () => {
    for (let seconds = 1; seconds <= 540; seconds += 7) {
      const at = NOW + seconds * 1000;
      expect(chooseWindow(wirePool({ exhaustsAt: iso(at) }), NOW).toMs).toBeGreaterThan(at);
    }
  });
});

describe('mergePast', () => {
  const history = {
    stepMs: 2000,
    t: [0, 2000, 4000, 6000],
    min: {},
    max: {},
    mean: { used: [10, null, 12, 13], live: [1, null, null, 3] },
  };

  it('continues the history with the live trail where that begins', () => {
    const trail = [
      { t: 5000, used: 50, live: 5 },
      { t: 7000, used: 70, live: 7 },
    ];
    expect(mergePast(history, trail, 1000)).toEqual([
      { t: 4000, used: 12, live: null },
      { t: 5000, used: 50, live: 5 },
      { t: 7000, used: 70, live: 7 },
    ]);
  });

  it('bridges the empty steps between two dumps and breaks a real silence', () => {
    const point = (t: number) => ({ t, used: 1, live: 1 });
    expect(mergePast(null, [point(0), point(30_000), point(131_000)], 0).map(({ used }) => used)).toEqual([
      1,
      1,
      null,
      1,
    ]);
  });

  it('is empty without history and trail', () => {
    expect(mergePast(null, [], 0)).toEqual([]);
    expect(mergePast({ stepMs: 1, t: [1], min: {}, max: {}, mean: {} }, [], 0)).toEqual([]);
  });
});

describe('heroColumns', () => {
  const window = { fromMs: NOW - minute, toMs: NOW + minute };
  const ahead = [
    { at: iso(NOW - 1000), used: 1, low: 1, high: 1 },
    { at: iso(NOW + 1000), used: 20, low: 15, high: 25 },
    { at: iso(NOW + 1000), used: 99, low: 99, high: 99 },
    { at: 'no instant', used: 99, low: 99, high: 99 },
    { at: iso(NOW + 10 * minute), used: 99, low: 99, high: 99 },
  ];

  const past = [{ t: NOW, used: 10, live: 4 }];

  it('starts below the line of use where ports can be taken again', () => {
    expect(buildWorstPoolColumns({ past, ahead, reusable: 7, window })[3]).toEqual([3, 20]);
  });

  it('joins the forecast to the last point and keeps x strictly ascending', () => {
    const [x, used, live, line, high, low] = buildWorstPoolColumns({ past, ahead, reusable: 0, window });
    expect(x).toEqual([NOW / 1000, NOW / 1000 + 1]);
    expect(used).toEqual([10, null]);
    expect(live).toEqual([4, null]);
    expect(line).toEqual([10, 20]);
    expect(high).toEqual([10, 25]);
    expect(low).toEqual([10, 15]);
  });

  it('has columns of one length, also without anything', () => {
    expect(buildWorstPoolColumns({ past: [], ahead: [], reusable: 0, window })).toEqual([[], [], [], [], [], []]);
    expect(
      new Set(buildWorstPoolColumns({ past: [], ahead, reusable: 0, window }).map((column) => column.length)).size,
    ).toBe(1);
  });
});

describe('usedScale', () => {
  it('shows the capacity when use comes near it, and fits the use when it is far', () => {
    expect(chooseScale(900, 1000, false)).toEqual({ max: 1100, showsCapacity: true });
    expect(chooseScale(10, 1000, true)).toMatchObject({ max: 15, showsCapacity: false });
    expect(chooseScale(0, 1000, true).max).toBeGreaterThan(0);
    expect(chooseScale(0, 0, true).max).toBeGreaterThan(0);
  });

  it('does not flap between its two thresholds', () => {
    expect(chooseScale(260, 1000, true).showsCapacity).toBe(true);
    expect(chooseScale(260, 1000, false).showsCapacity).toBe(false);
  });

  it('never cuts off what is used', () => {
    for (const peak of [1, 7, 63, 218, 299, 301, 1000])
      expect(chooseScale(peak, 1000, false).max).toBeGreaterThan(peak);
  });
});

describe('heroMarks', () => {
  const columns = buildWorstPoolColumns({
    past: [{ t: NOW, used: 520, live: 4 }],
    ahead: [],
    reusable: 0,
    window: { fromMs: 0, toMs: NOW },
  });
  const labels = (exhaustsAt: string | null, showsCapacity: boolean) =>
    listWorstPoolMarks({
      pool: wirePool({ capacity: 1000, exhaustsAt }),
      nowMs: NOW,
      scale: { max: 1100, showsCapacity },
      columns,
    }).map(({ label }) => label);

  it('names now, the capacity and the half', () => {
    expect(labels(null, true)).toEqual(['now', 'capacity 1,000', 'half: connect() slows down']);
  });
  it('says so when the capacity is outside', () => {
    expect(labels(null, false)).toEqual(['now', 'capacity 1,000, above this chart']);
  });
  it('marks an exhaustion to come, not one that is past', () => {
    expect(labels(iso(NOW + 30_000), true).at(-1)).toMatch(/^full \d\d:\d\d:\d\d$/);
    expect(labels(iso(NOW - 1), true)).toHaveLength(3);
  });
  it('moves the label of the half away from a line that starts just above it', () => {
    const marks = listWorstPoolMarks({
      pool: wirePool({ capacity: 1000 }),
      nowMs: NOW,
      scale: { max: 1100, showsCapacity: true },
      columns,
    });
    expect(marks.at(-1)).toMatchObject({ value: 500, below: true });
  });
});
