import { describe, expect, it } from 'vitest';
import type { WorstPoolColumns } from '../../../../dashboard/src/chart/worst-pool-columns.js';
import { listWorstPoolMarks } from '../../../../dashboard/src/chart/worst-pool-marks.js';
import { iso, NOW, wirePool } from '../../../builders/wire-pool.js';

/** One point of use, just above the half of a capacity of 1000. */
const COLUMNS: WorstPoolColumns = [[NOW / 1000], [520], [4], [null], [null], [null]];

function marksOf(exhaustsAt: string | null, showsCapacity: boolean) {
  const scale = { max: 1100, showsCapacity };
  return listWorstPoolMarks({ pool: wirePool({ capacity: 1000, exhaustsAt }), nowMs: NOW, scale, columns: COLUMNS });
}

describe('listWorstPoolMarks', () => {
  const labels = (exhaustsAt: string | null, showsCapacity: boolean) =>
    marksOf(exhaustsAt, showsCapacity).map(({ label }) => label);

  it('names now, the capacity and the half', () => {
    expect(labels(null, true)).toEqual(['now', 'limit 1,000', 'half: connect() slows down']);
  });
  it('names the capacity at the top where it lies above the chart', () => {
    expect(labels(null, false)).toEqual(['now', 'limit 1,000 (off scale)']);
  });
  it('marks an exhaustion that lies ahead', () => {
    expect(labels(iso(NOW + 30_000), true).at(-1)).toMatch(/^full \d\d:\d\d:\d\d$/);
  });
  it('does not mark an exhaustion in the past', () => {
    expect(labels(iso(NOW - 1), true)).toEqual(labels(null, true));
  });
  it('puts the label of the half below its line where the line of use starts just above it', () => {
    expect(marksOf(null, true).at(-1)).toMatchObject({ value: 500, below: true });
  });
});
