import { describe, expect, it } from 'vitest';
import {
  estimateClockOffsetMs,
  judgeConnection,
  chooseReconnectDelayMs,
} from '../../../../dashboard/src/state/connection.js';
import { extendLiveHistories, type LiveHistories } from '../../../../dashboard/src/state/live-history.js';
import type { WireStatus } from '../../../../daemon/wire/status.js';
import { iso, NOW, wirePool } from '../../../builders/wire-pool.js';

describe('freshness', () => {
  it.each([
    ['before the first sample', { open: true, receivedAtMs: null }, 2, 'connecting'],
    ['just now', { open: true, receivedAtMs: NOW - 3_000 }, 2, 'live'],
    ['silent for long', { open: true, receivedAtMs: NOW - 11_000 }, 2, 'stale'],
    ['a slow beat', { open: true, receivedAtMs: NOW - 11_000 }, 10, 'live'],
    ['not open', { open: false, receivedAtMs: NOW - 1_000 }, 2, 'lost'],
  ] as const)('%s', (_, input, beatSeconds, expected) => {
    expect(judgeConnection({ ...input, nowMs: NOW, beatSeconds })).toBe(expected);
  });
});

describe('reconnectDelayMs', () => {
  it('doubles from 1 s to 30 s, less at most half', () => {
    expect([0, 1, 2, 3, 4, 5, 60].map((attempt) => chooseReconnectDelayMs(attempt, 0))).toEqual(
      [1, 2, 4, 8, 16, 30, 30].map((s) => s * 1000),
    );
    expect(chooseReconnectDelayMs(5, 0.999)).toBeGreaterThanOrEqual(15_000);
  });
});

describe('clockOffsetMs', () => {
  const status = (lastDumpAt: string | null, dumpAgeSeconds: number | null) =>
    ({ sampling: { lastDumpAt, dumpAgeSeconds } }) as unknown as WireStatus;
  it.each([
    ['the host is 5 min ahead', status(iso(NOW + 298_000), 2), 0, 300_000],
    ['the way over the wire is no difference', status(iso(NOW - 2_300), 2), 0, 0],
    ['no dump yet: as before', status(null, null), 42, 42],
  ])('%s', (_, input, previous, expected) => {
    expect(estimateClockOffsetMs(input, NOW, previous)).toBe(expected);
  });
});

describe('extendTrails', () => {
  const at = (ms: number, id = 'a') => wirePool({ id, sampledAt: iso(NOW + ms), used: ms });
  it('adds an instant once, and nothing for an unreadable one', () => {
    const trails: LiveHistories = new Map();
    extendLiveHistories(trails, [at(0), at(0)]);
    extendLiveHistories(trails, [at(0)]);
    extendLiveHistories(trails, [wirePool({ id: 'a', sampledAt: 'never' })]);
    expect(trails.get('a')).toEqual([{ t: NOW, used: 0, live: 184 }]);
  });
  it('forgets what is older than the chart, and pools that are gone', () => {
    const trails: LiveHistories = new Map();
    for (let minute = 0; minute <= 20; minute += 1)
      extendLiveHistories(trails, [at(minute * 60_000), ...(minute === 0 ? [at(0, 'gone')] : [])]);
    expect(trails.get('a')?.map(({ t }) => (t - NOW) / 60_000)).toEqual([
      9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
    ]);
    expect(trails.has('gone')).toBe(false);
  });
  it('starts anew when the host sets its clock back', () => {
    const trails: LiveHistories = new Map();
    extendLiveHistories(trails, [at(60_000)]);
    extendLiveHistories(trails, [at(-3_600_000)]);
    expect(trails.get('a')).toHaveLength(1);
  });
});
