/** Samples in, histories out: roll-ups against a naive computation, restarts, gaps and clocks that jump. */
import { describe, expect, it } from 'vitest';

import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../../daemon/units.js';
import type { History } from '../../../../daemon/wire/history.js';
import { createCycleRecord, createPortSeries, pool } from '../../../builders/records.js';
import { openTestStore, type TestStore } from '../../../builders/stores.js';

const ID = 'out_host_10.0.0.2_443';
const POOL = 'connect_host_10.0.0.1_10.0.0.2_443';
const BEAT_MS = 2000;
/** A batch is written with five records. */
const TICK_MS = 5 * BEAT_MS;

interface StoredCount {
  readonly atMs: number;
  readonly established: number;
}

/** Stores a record every 2 s, with a tick every 10 s, and adds its count, which follows a pattern, to `stored`. */
function run(test: TestStore, ms: number, stored: StoredCount[]): void {
  const endMs = test.clock.monotonicMs() + ms;
  while (test.clock.monotonicMs() < endMs) {
    const established = (stored.length * 7919) % 101;
    stored.push({ atMs: test.clock.wallMs(), established });
    const ports = [createPortSeries(ID, { ESTABLISHED: established, TIME_WAIT: 3 })];
    const pools = [pool(POOL, { used: established, closeRate: established / 10, pressure: established / 1000 })];
    test.store.append(createCycleRecord(test.clock, { ports, pools }));
    test.clock.advance(BEAT_MS);
    if (test.clock.monotonicMs() % TICK_MS === 0) test.store.tick();
  }
}

function computeNaively(stored: readonly StoredCount[], history: History) {
  const buckets = history.t.map((startMs) =>
    stored.filter(({ atMs }) => atMs >= startMs && atMs < startMs + history.stepMs).map((each) => each.established),
  );
  const mean = (values: readonly number[]): number =>
    Math.round((values.reduce((a, b) => a + b, 0) / values.length) * 1e4) / 1e4;
  return {
    min: buckets.map((values) => (values.length === 0 ? null : Math.min(...values))),
    max: buckets.map((values) => (values.length === 0 ? null : Math.max(...values))),
    mean: buckets.map((values) => (values.length === 0 ? null : mean(values))),
  };
}

/** Compares the history with the naive computation, and makes sure that there is something to compare. */
function expectAgreement(stored: readonly StoredCount[], history: History): void {
  const naive = computeNaively(stored, history);
  expect(naive.mean.some((value) => value !== null)).toBe(true);
  expect(columnOf(history, 'established')).toEqual(naive);
}

function columnOf(history: History, name: string) {
  return { min: history.min[name], mean: history.mean[name], max: history.max[name] };
}

function readHistory(test: TestStore, query: { fromMs: number; toMs: number; points: number }): History {
  const history = test.store.portHistory({ id: ID, ...query });
  if (history === null) throw new Error('the series was never stored');
  return history;
}

describe('history', () => {
  it('is null for an id that was never stored', () => {
    const test = openTestStore();
    const query = { id: 'nobody', fromMs: 0, toMs: 1000, points: 10 };
    expect(test.store.portHistory(query)).toBeNull();
    expect(test.store.poolHistory(query)).toBeNull();
  });

  it('shows a sample at once, before it is written', () => {
    const test = openTestStore();
    const atMs = test.clock.wallMs();
    const ports = [createPortSeries(ID, { ESTABLISHED: 4, TIME_WAIT: 2 })];
    test.store.append(createCycleRecord(test.clock, { ports }));
    const history = readHistory(test, { fromMs: atMs, toMs: atMs + 1000, points: 1 });
    expect(columnOf(history, 'total')).toEqual({ min: [6], mean: [6], max: [6] });
    expect(history.mean['established']).toEqual([4]);
    expect(history.mean['syn_sent']).toEqual([0]);
  });

  it('agrees with a naive computation at every step, in every mix of tails and chunks', () => {
    const test = openTestStore();
    const stored: StoredCount[] = [];
    const fromMs = test.clock.wallMs();
    // Lengths that end within a batch, a window, a minute and an hour.
    for (const ms of [4000, 47_000, 6 * MINUTE_MS, 58 * MINUTE_MS, HOUR_MS + 1000]) {
      run(test, ms, stored);
      const toMs = test.clock.wallMs();
      // Raw samples, minutes, a multiple of minutes, and hours.
      for (const stepMs of [10_000, MINUTE_MS, 3 * MINUTE_MS, HOUR_MS]) {
        const points = Math.ceil((toMs - fromMs) / stepMs);
        const history = readHistory(test, { fromMs, toMs, points });
        expect(history.t.length).toBeLessThanOrEqual(points);
        expectAgreement(stored, history);
      }
    }
    expect(test.health.problems.size).toBe(0);
  });

  it('agrees with a naive computation after restarts within a batch, a window and an hour', () => {
    const test = openTestStore();
    const stored: StoredCount[] = [];
    const fromMs = test.clock.wallMs();
    for (const ms of [3000, 20_000, 7 * MINUTE_MS, 31 * MINUTE_MS, 90 * MINUTE_MS]) {
      run(test, ms, stored);
      test.reopen();
    }
    const toMs = test.clock.wallMs();
    for (const points of [2, 40, 700]) expectAgreement(stored, readHistory(test, { fromMs, toMs, points }));
  });

  it('has the fractions of a pool, and null where a quantity is unknown', () => {
    const test = openTestStore();
    const fromMs = test.clock.wallMs();
    test.beat({ pools: [pool(POOL, { used: 12, live: 2, timeWait: 10, closeRate: 16.57, pressure: 0.1234 })] });
    test.beat({ pools: [pool(POOL, { used: 12, closeRate: null, pressure: null })] });
    const history = test.store.poolHistory({ id: POOL, fromMs, toMs: fromMs + 4000, points: 2 });
    expect(history).toMatchObject({
      stepMs: 2000,
      t: [fromMs, fromMs + 2000],
      mean: { used: [12, 12], closeRate: [16.57, null], pressure: [0.1234, null], capacity: [1000, 1000] },
    });
  });

  it('in raw steps holds a sample until the next one when they are at most 35 s apart', () => {
    const test = openTestStore();
    const fromMs = test.clock.wallMs();
    for (const [established, waitMs] of [
      [1, 28_000],
      [2, 48_000],
      [3, 0],
    ] as const) {
      test.beat({ ports: [createPortSeries(ID, { ESTABLISHED: established })] });
      test.pass(waitMs);
    }
    const history = readHistory(test, { fromMs, toMs: fromMs + 90_000, points: 9 });
    expect(history.mean['established']).toEqual([1, 1, 1, 2, null, null, null, null, 3]);
  });

  it('has a gap where the daemon was off for a day', () => {
    const test = openTestStore();
    const stored: StoredCount[] = [];
    const fromMs = test.clock.wallMs();
    run(test, 2 * HOUR_MS, stored);
    test.store.close();
    test.clock.advance(DAY_MS);
    test.reopen();
    run(test, 2 * HOUR_MS, stored);
    const history = readHistory(test, { fromMs, toMs: test.clock.wallMs(), points: 28 });
    const off = new Array<boolean>(24).fill(false);
    expect(history.mean['established']?.map((value) => value !== null)).toEqual([true, true, ...off, true, true]);
    expectAgreement(stored, history);
  });

  it('has the gap in which portcast was blind in every tier, also after the samples around it were rolled up and deleted', () => {
    const test = openTestStore();
    const stored: StoredCount[] = [];
    const fromMs = test.clock.wallMs();
    run(test, 70 * MINUTE_MS, stored);
    test.pass(10 * MINUTE_MS);
    run(test, 30 * MINUTE_MS, stored);
    const toMs = test.clock.wallMs();
    const expectGap = (stepMs: number): void => {
      const history = readHistory(test, { fromMs, toMs, points: Math.ceil((toMs - fromMs) / stepMs) });
      const empty = history.t.filter((_, index) => history.mean['established']?.[index] === null);
      const gapMs = empty.length * history.stepMs;
      expect(gapMs).toBeGreaterThan(10 * MINUTE_MS - 2 * history.stepMs);
      expect(gapMs).toBeLessThanOrEqual(10 * MINUTE_MS);
    };
    for (const stepMs of [2000, 10_000, MINUTE_MS, 3 * MINUTE_MS]) expectGap(stepMs);
    // Samples are kept for six hours, minutes for longer.
    run(test, 7 * HOUR_MS, stored);
    for (const stepMs of [MINUTE_MS, 3 * MINUTE_MS]) expectGap(stepMs);
  });

  it.each([
    ['an hour back', -HOUR_MS],
    ['seven minutes back', -7 * MINUTE_MS],
    ['three seconds back', -3000],
    ['two hours ahead', 2 * HOUR_MS],
    ['300 days back and ahead again', -300 * DAY_MS],
  ])('keeps every sample when the clock jumps %s', (_, jumpMs) => {
    const test = openTestStore();
    const stored: StoredCount[] = [];
    run(test, 70 * MINUTE_MS, stored);
    test.clock.stepWall(jumpMs);
    run(test, 20 * MINUTE_MS, stored);
    if (Math.abs(jumpMs) > DAY_MS) test.clock.stepWall(-jumpMs);
    run(test, 90 * MINUTE_MS, stored);
    const times = stored.map(({ atMs }) => atMs);
    const fromMs = Math.floor(Math.min(...times) / HOUR_MS) * HOUR_MS;
    const query = { fromMs, toMs: Math.max(...times) + 1, points: 2000 };
    const history = readHistory(test, query);
    expectAgreement(stored, history);
    expect(test.health.problems.size).toBe(0);
    test.reopen();
    expect(readHistory(test, query)).toEqual(history);
  });

  it('takes minutes where raw samples have expired, and hours where minutes have', () => {
    const test = openTestStore({ retention: { rawMs: HOUR_MS, minuteMs: 3 * HOUR_MS, hourMs: 400 * DAY_MS } });
    const stored: StoredCount[] = [];
    const fromMs = test.clock.wallMs();
    run(test, 8 * HOUR_MS, stored);
    const toMs = test.clock.wallMs();
    const steps = [HOUR_MS / 2, 2.5 * HOUR_MS].map((ms) => {
      const history = readHistory(test, { fromMs: toMs - ms, toMs, points: 2000 });
      return [history.stepMs, history.mean['established']?.filter((value) => value === null).length];
    });
    expect(steps[0]?.[0]).toBeLessThan(MINUTE_MS);
    expect(steps[1]).toEqual([MINUTE_MS, 0]);
    const all = readHistory(test, { fromMs, toMs, points: 8 });
    expect(all.stepMs).toBe(HOUR_MS);
    expectAgreement(stored, all);
  });

  it('never has more points than the query allows, in any span', () => {
    const test = openTestStore();
    run(test, 60_000, []);
    const toMs = test.clock.wallMs();
    for (const [spanMs, points] of [
      [1, 1],
      [59_999, 7],
      [DAY_MS + 1, 1],
      [400 * DAY_MS + 17, 2000],
      [toMs, 3],
      [0, 5],
    ] as const) {
      const history = readHistory(test, { fromMs: toMs - spanMs, toMs, points });
      expect(history.t.length).toBeLessThanOrEqual(points);
      expect(history.min['total']?.length).toBe(history.t.length);
    }
  });
});
