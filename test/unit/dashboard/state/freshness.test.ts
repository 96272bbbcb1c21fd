import { describe, expect, it } from 'vitest';
import {
  deadAfterMs,
  isOutOfDate,
  isSilent,
  judgeConnection,
  readMaxSampleAgeMs,
} from '../../../../dashboard/src/state/freshness.js';
import { cannedSample } from '../../../browser/canned-data.js';
import { hostTime, iso, MAX_SAMPLE_AGE_MS, NOW } from '../../../builders/wire-pool.js';

describe('readMaxSampleAgeMs', () => {
  it('takes the limit from the status', () => {
    expect(readMaxSampleAgeMs(cannedSample('steady', NOW, NOW).status)).toBe(MAX_SAMPLE_AGE_MS);
  });
  it('takes every sample as out of date before the first status', () => {
    expect(readMaxSampleAgeMs(null)).toBe(0);
  });
});

describe('isOutOfDate', () => {
  it.each([
    ['a sample as old as the limit', iso(NOW - MAX_SAMPLE_AGE_MS), false],
    ['a sample older than the limit', iso(NOW - MAX_SAMPLE_AGE_MS - 1), true],
    ['an instant that cannot be read', 'never', false],
  ])('%s', (_, sampledAt, expected) => {
    expect(isOutOfDate(sampledAt, hostTime())).toBe(expected);
  });
});

describe('judgeConnection', () => {
  it.each([
    ['before the first sample', { open: true, receivedAtMs: null }, 2, 'connecting'],
    ['3 s after a sample', { open: true, receivedAtMs: NOW - 3_000 }, 2, 'live'],
    ['11 s after a sample, with a beat of 2 s', { open: true, receivedAtMs: NOW - 11_000 }, 2, 'stale'],
    ['11 s after a sample, with a beat of 10 s', { open: true, receivedAtMs: NOW - 11_000 }, 10, 'live'],
    ['while the stream is closed', { open: false, receivedAtMs: NOW - 1_000 }, 2, 'lost'],
  ] as const)('%s', (_, stream, beatSeconds, expected) => {
    expect(judgeConnection({ ...stream, nowMs: NOW, beatSeconds })).toBe(expected);
  });
});

describe('isSilent', () => {
  it.each([
    ['lost', 5_000, true],
    ['stale', 11_000, true],
    ['lost', 4_999, false],
    ['live', 60_000, false],
    ['connecting', null, false],
  ] as const)('%s for %s ms: %s', (state, eventAgeMs, expected) => {
    expect(isSilent(state, eventAgeMs)).toBe(expected);
  });
});

describe('deadAfterMs', () => {
  it.each([
    [2, 45_000],
    [60, 240_000],
  ])('with a beat of %i s', (beatSeconds, expected) => {
    expect(deadAfterMs(beatSeconds)).toBe(expected);
  });
});
