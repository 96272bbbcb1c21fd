/** The closes of a quarter of an hour, counted from snapshots that each show one minute. */
import { describe, expect, it } from 'vitest';
import {
  BIN_MS,
  createCloseHistory,
  readRecentBins,
  rememberCloses,
  type CloseHistory,
} from '../../../../daemon/forecast/rate/close-history.js';
import { drawCloses, listAges } from '../../../builders/closes.js';
import { createTimedPorts, createTimeWaitPorts } from '../../../builders/pool.js';

const DURATIONS = { timeWaitMs: 60_000, finWait2Ms: 60_000 };
const TIMES = drawCloses(10, { seconds: 1500, seed: 4 }).map(Math.round);

/** Takes the snapshot of these closes at an instant. */
function remember(history: CloseHistory, nowMs: number): void {
  const ages = listAges(TIMES, nowMs).filter((age) => age < 60_000);
  rememberCloses(history, createTimeWaitPorts(ages), { monotonicMs: nowMs, ...DURATIONS });
}

/** The true counts of the bins before the newest, the newest of them first. */
function countBins(nowMs: number, bins: number): number[] {
  const newest = Math.floor(nowMs / BIN_MS);
  return Array.from({ length: bins }, (_, i) => {
    const from = (newest - 1 - i) * BIN_MS;
    return TIMES.filter((time) => time >= from && time < from + BIN_MS).length;
  });
}

describe('the history of closes', () => {
  it.each([300, 2000, 3700, 30_000])('is complete when it is sampled every %d ms', (stepMs) => {
    const history = createCloseHistory();
    let nowMs = 100_000;
    for (; nowMs < 500_000; nowMs += stepMs) remember(history, nowMs);
    nowMs -= stepMs;
    const { counts, endedMs } = readRecentBins(history, nowMs);
    // From the first whole bin of the first snapshot on, which showed the closes since 40 s.
    expect(counts).toHaveLength(Math.floor(nowMs / BIN_MS) - 40_000 / BIN_MS - 1);
    expect([...counts]).toEqual(countBins(nowMs, counts.length));
    expect(endedMs).toBe(nowMs % BIN_MS);
  });

  it('holds a quarter of an hour and no more', () => {
    const history = createCloseHistory();
    let nowMs = 60_000;
    for (; nowMs < 1_400_000; nowMs += 10_000) remember(history, nowMs);
    const { counts } = readRecentBins(history, nowMs - 10_000);
    expect(counts).toHaveLength(449);
    expect([...counts]).toEqual(countBins(nowMs - 10_000, 449));
  });

  it('begins anew after a gap of more than a minute, whose closes no snapshot showed', () => {
    const history = createCloseHistory();
    remember(history, 100_000);
    remember(history, 102_000);
    remember(history, 300_500);
    const { counts } = readRecentBins(history, 300_500);
    expect(counts).toHaveLength(29);
    expect([...counts]).toEqual(countBins(300_500, 29));
  });

  it('goes on over a gap of less than a minute', () => {
    const history = createCloseHistory();
    remember(history, 100_000);
    remember(history, 155_000);
    expect([...readRecentBins(history, 155_000).counts]).toEqual(countBins(155_000, 56));
  });

  it('counts a close once although two samples read it on different sides of the edge of a bin', () => {
    const history = createCloseHistory();
    for (const [nowMs, ageMs] of [
      [100_500, 501],
      [102_500, 2499],
    ] as const) {
      rememberCloses(history, createTimeWaitPorts([ageMs]), { monotonicMs: nowMs, ...DURATIONS });
    }
    const { counts } = readRecentBins(history, 102_500);
    expect([...counts.slice(0, 3)]).toEqual([1, 0, 0]);
  });

  it('dates an orphan FIN_WAIT2 by its own time', () => {
    const history = createCloseHistory();
    // Closed 5 s ago with a tcp_fin_timeout of 10 s, and 7 s ago in TIME_WAIT.
    const ports = createTimedPorts({ timeWait: [53_000], finWait2: [5000] });
    rememberCloses(history, ports, { monotonicMs: 100_000, timeWaitMs: 60_000, finWait2Ms: 10_000 });
    expect([...readRecentBins(history, 100_000).counts.slice(0, 5)]).toEqual([0, 0, 1, 1, 0]);
  });

  it('is empty before the first snapshot', () => {
    expect(readRecentBins(createCloseHistory(), 0).counts).toHaveLength(0);
  });
});
