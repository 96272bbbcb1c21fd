/** Samples in, histories out: roll-ups against a naive computation, restarts, gaps and clocks that jump. */
import { describe, expect, it } from 'vitest';

import type { History } from '../../../../daemon/wire/history.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../../daemon/units.js';
import { openTestStore, type TestStore } from '../../../builders/stores.js';
import { createCycleRecord, pool, createPortSeries } from '../../../builders/records.js';

const ID = 'out_host_10.0.0.2_443';
const POOL = 'connect_host_10.0.0.1_10.0.0.2_443';

interface Seen {
  readonly atMs: number;
  readonly established: number;
}

/** Counts that follow a pattern, one record every 2 s. */
function run(test: TestStore, ms: number, seen: Seen[]): void {
  const end = test.clock.monotonicMs() + ms;
  while (test.clock.monotonicMs() < end) {
    const established = (seen.length * 7919) % 101;
    seen.push({ atMs: test.clock.wallMs(), established });
    test.beat({
      ports: [createPortSeries(ID, { ESTABLISHED: established, TIME_WAIT: 3 })],
      pools: [pool(POOL, { used: established, closeRate: established / 10, pressure: established / 1000 })],
    });
  }
}

function naive(seen: readonly Seen[], history: History) {
  const buckets = history.t.map((startMs) =>
    seen.filter(({ atMs }) => atMs >= startMs && atMs < startMs + history.stepMs).map((one) => one.established),
  );
  return {
    min: buckets.map((values) => (values.length === 0 ? null : Math.min(...values))),
    max: buckets.map((values) => (values.length === 0 ? null : Math.max(...values))),
    mean: buckets.map((values) =>
      values.length === 0 ? null : Math.round((values.reduce((a, b) => a + b, 0) / values.length) * 1e4) / 1e4,
    ),
  };
}

function columns(history: History, name: string) {
  return { min: history.min[name], mean: history.mean[name], max: history.max[name] };
}

function read(test: TestStore, query: { fromMs: number; toMs: number; points: number }): History {
  const history = test.store.portHistory({ id: ID, ...query });
  if (history === null) throw new Error('the series is not known');
  return history;
}

describe('history', () => {
  it('knows nothing of an id that was never stored', () => {
    const test = openTestStore();
    const query = { id: 'nobody', fromMs: 0, toMs: 1000, points: 10 };
    expect(test.store.portHistory(query)).toBeNull();
    expect(test.store.poolHistory(query)).toBeNull();
  });

  it('shows a sample at once, before it is written', () => {
    const test = openTestStore();
    const atMs = test.clock.wallMs();
    test.store.append({
      ...createCycleRecord(test.clock, {}),
      ports: [createPortSeries(ID, { ESTABLISHED: 4, TIME_WAIT: 2 })],
    });
    const history = read(test, { fromMs: atMs, toMs: atMs + 1000, points: 1 });
    expect(columns(history, 'total')).toEqual({ min: [6], mean: [6], max: [6] });
    expect(history.mean['established']).toEqual([4]);
    expect(history.mean['syn_sent']).toEqual([0]);
  });

  it.each([
    ['raw', 10_000],
    ['minute', MINUTE_MS],
    ['a multiple of minutes', 3 * MINUTE_MS],
    ['hour', HOUR_MS],
  ])('agrees with a naive computation at step %s, in every mix of tails and chunks', (_, stepMs) => {
    const test = openTestStore();
    const seen: Seen[] = [];
    const fromMs = test.clock.wallMs();
    // Lengths that end inside a batch, a window, a minute and an hour.
    for (const ms of [4000, 47_000, 6 * MINUTE_MS, 58 * MINUTE_MS, HOUR_MS + 1000]) {
      run(test, ms, seen);
      const toMs = test.clock.wallMs();
      const points = Math.ceil((toMs - fromMs) / stepMs);
      const history = read(test, { fromMs, toMs, points });
      expect(history.t.length).toBeLessThanOrEqual(points);
      expect(columns(history, 'established')).toEqual(naive(seen, history));
    }
    expect(test.health.problems.size).toBe(0);
  });

  it('agrees after restarts in the middle of a batch, a window and an hour', () => {
    const test = openTestStore();
    const seen: Seen[] = [];
    const fromMs = test.clock.wallMs();
    for (const ms of [3000, 20_000, 7 * MINUTE_MS, 31 * MINUTE_MS, 90 * MINUTE_MS]) {
      run(test, ms, seen);
      test.reopen();
    }
    const toMs = test.clock.wallMs();
    for (const points of [2, 40, 700]) {
      const history = read(test, { fromMs, toMs, points });
      expect(columns(history, 'established')).toEqual(naive(seen, history));
    }
  });

  it('gives pools with their fractions, and null where a quantity is not known', () => {
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

  it('holds the last sample between two dumps that are at most 35 s apart, in raw steps', () => {
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
    const history = read(test, { fromMs, toMs: fromMs + 90_000, points: 9 });
    expect(history.mean['established']).toEqual([1, 1, 1, 2, null, null, null, null, 3]);
  });

  it('leaves a gap of a day in which the daemon was off', () => {
    const test = openTestStore();
    const seen: Seen[] = [];
    const fromMs = test.clock.wallMs();
    run(test, 2 * HOUR_MS, seen);
    test.store.close();
    test.clock.advance(DAY_MS);
    test.reopen();
    run(test, 2 * HOUR_MS, seen);
    const history = read(test, { fromMs, toMs: test.clock.wallMs(), points: 28 });
    expect(history.mean['established']?.map((value) => value !== null)).toEqual([
      true,
      true,
      ...new Array<boolean>(24).fill(false),
      true,
      true,
    ]);
    expect(columns(history, 'established')).toEqual(naive(seen, history));
  });

  it.each([
    ['an hour back', -HOUR_MS],
    ['seven minutes back', -7 * MINUTE_MS],
    ['three seconds back', -3000],
    ['two hours on', 2 * HOUR_MS],
    ['back by 300 days, and on again', -300 * DAY_MS],
  ])('keeps every sample when the clock jumps %s', (_, jumpMs) => {
    const test = openTestStore();
    const seen: Seen[] = [];
    run(test, 70 * MINUTE_MS, seen);
    test.clock.stepWall(jumpMs);
    run(test, 20 * MINUTE_MS, seen);
    if (Math.abs(jumpMs) > DAY_MS) test.clock.stepWall(-jumpMs);
    run(test, 90 * MINUTE_MS, seen);
    const times = seen.map(({ atMs }) => atMs);
    const fromMs = Math.floor(Math.min(...times) / HOUR_MS) * HOUR_MS;
    const history = read(test, { fromMs, toMs: Math.max(...times) + 1, points: 2000 });
    expect(columns(history, 'established')).toEqual(naive(seen, history));
    expect(test.health.problems.size).toBe(0);
    test.reopen();
    expect(read(test, { fromMs, toMs: Math.max(...times) + 1, points: 2000 })).toEqual(history);
  });

  it('takes minutes where raw samples have expired, and hours where minutes have', () => {
    const test = openTestStore({ retention: { rawMs: HOUR_MS, minuteMs: 3 * HOUR_MS, hourMs: 400 * DAY_MS } });
    const seen: Seen[] = [];
    const fromMs = test.clock.wallMs();
    run(test, 8 * HOUR_MS, seen);
    const toMs = test.clock.wallMs();
    const steps = [HOUR_MS / 2, 2.5 * HOUR_MS, 8 * HOUR_MS].map((ms) => {
      const history = read(test, { fromMs: toMs - ms, toMs, points: 2000 });
      return [history.stepMs, history.mean['established']?.filter((value) => value === null).length];
    });
    expect(steps[0]?.[0]).toBeLessThan(MINUTE_MS);
    expect(steps[1]).toEqual([MINUTE_MS, 0]);
    // The last four days of hours are still in the tail: nothing is older than the raw samples but what it holds.
    const all = read(test, { fromMs, toMs, points: 8 });
    expect(columns(all, 'established')).toEqual(naive(seen, all));
  });

  it('never gives more points than asked for, in any span', () => {
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
    ]) {
      const history = read(test, { fromMs: toMs - (spanMs ?? 0), toMs, points: points ?? 1 });
      expect(history.t.length).toBeLessThanOrEqual(points ?? 1);
      expect(history.min['total']?.length).toBe(history.t.length);
    }
  });
});
