import { describe, expect, it } from 'vitest';
import type { WorstPoolColumns } from '../../../../dashboard/src/chart/worst-pool-columns.js';
import { listWorstPoolMarks } from '../../../../dashboard/src/chart/worst-pool-marks.js';
import type { WireOutage } from '../../../../daemon/wire/outage.js';
import { cannedOutage } from '../../../builders/wire-documents.js';
import { iso, NOW, wirePool } from '../../../builders/wire-pool.js';

/** One point of use, just above the half of a capacity of 1000. */
const COLUMNS: WorstPoolColumns = [[NOW / 1000], [520], [4], [null], [null], [null]];

function marksOf(exhaustsAt: string | null, showsCapacity: boolean, outages: readonly WireOutage[] = []) {
  const scale = { max: 1100, showsCapacity };
  const pool = wirePool({ capacity: 1000, exhaustsAt });
  return listWorstPoolMarks({ pool, nowMs: NOW, scale, columns: COLUMNS, outages });
}

describe('listWorstPoolMarks', () => {
  const labels = (exhaustsAt: string | null, showsCapacity: boolean) =>
    marksOf(exhaustsAt, showsCapacity).flatMap((mark) => (mark.kind === 'span' ? [] : [mark.label]));

  it('names now, the capacity and the half', () => {
    expect(labels(null, true)).toEqual(['now', 'limit 1,000', 'half: connect() slows down']);
  });
  it('names the capacity at the top where it lies above the chart', () => {
    expect(labels(null, false)).toEqual(['now', 'limit 1,000 (off scale)']);
  });
  it('shades outages below everything else, one that goes on up to its last sample', () => {
    const over = cannedOutage({ from: iso(NOW - 90_000), to: iso(NOW - 60_000) });
    const open = cannedOutage({ from: iso(NOW - 9000), to: null, durationSeconds: 8 });
    expect(marksOf(null, true, [over, open]).slice(0, 2)).toEqual([
      { kind: 'span', fromMs: NOW - 90_000, toMs: NOW - 60_000, tone: 'limit' },
      { kind: 'span', fromMs: NOW - 9000, toMs: NOW - 1000, tone: 'limit' },
    ]);
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
