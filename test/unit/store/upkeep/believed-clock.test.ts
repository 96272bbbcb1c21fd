/** The time by which things grow old, under a wall clock that is wrong. */
import { describe, expect, it } from 'vitest';

import { createBelievedClock } from '../../../../daemon/store/upkeep/believed-clock.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../../daemon/units.js';
import { createAlert, createAlertChange, createMail } from '../../../builders/records.js';
import { countRows, storeSamples } from '../../../builders/stored-samples.js';
import { openTestStore } from '../../../builders/stores.js';
import { fakeClock, type FakeClock } from '../../../fakes.js';

const YEAR_MS = 365 * DAY_MS;
const SHORT = { rawMs: 10 * MINUTE_MS, minuteMs: 2 * HOUR_MS, hourMs: 2 * DAY_MS };

interface RunningClock {
  /** Lets time pass in steps; returns by how much the believed time is behind the wall clock at the end. */
  run(ms: number): number;
  restart(): RunningClock;
}

function startClock(clock: FakeClock, values = new Map<string, string>()): RunningClock {
  const state = {
    read: (name: string) => values.get(name) ?? null,
    write: (name: string, value: string) => void values.set(name, value),
  };
  const believed = createBelievedClock({ clock, state }, () => null);
  believed.nowMs();
  return {
    run(ms) {
      for (let left = ms; left > 0; left -= 10 * MINUTE_MS) {
        clock.advance(Math.min(left, 10 * MINUTE_MS));
        believed.nowMs();
      }
      return clock.wallMs() - believed.nowMs();
    },
    restart: () => startClock(clock, values),
  };
}

describe('the believed time', () => {
  it('follows a clock that is corrected or set back, and a restart, at once', () => {
    const clock = fakeClock();
    let time = startClock(clock);
    for (const stepMs of [30 * MINUTE_MS, -3 * HOUR_MS, -50 * YEAR_MS, MINUTE_MS]) {
      clock.stepWall(stepMs);
      expect(time.run(MINUTE_MS)).toBe(0);
    }
    time.run(10 * MINUTE_MS);
    clock.advance(40 * MINUTE_MS);
    time = time.restart();
    expect(time.run(MINUTE_MS)).toBe(0);
  });

  it.each([DAY_MS, YEAR_MS, 12 * YEAR_MS])('follows a jump of %i ms only after a day of running time', (jumpMs) => {
    const clock = fakeClock();
    const time = startClock(clock);
    clock.stepWall(jumpMs);
    expect(time.run(23 * HOUR_MS)).toBe(jumpMs);
    expect(time.run(2 * HOUR_MS)).toBe(0);
  });

  it('counts that day over restarts, each with the wrong clock', () => {
    const clock = fakeClock();
    let time = startClock(clock);
    clock.stepWall(YEAR_MS);
    for (let count = 0; count < 46; count++) {
      time = time.restart();
      expect(time.run(30 * MINUTE_MS)).toBeGreaterThanOrEqual(YEAR_MS);
    }
    time.run(DAY_MS);
    expect(time.run(DAY_MS)).toBe(0);
  });

  it('forgets a jump that is undone before', () => {
    const clock = fakeClock();
    const time = startClock(clock);
    clock.stepWall(YEAR_MS);
    time.run(20 * HOUR_MS);
    clock.stepWall(-YEAR_MS);
    expect(time.run(MINUTE_MS)).toBe(0);
    clock.stepWall(YEAR_MS);
    expect(time.run(20 * HOUR_MS)).toBe(YEAR_MS);
  });

  it('does not fall behind without end on a host that is suspended for 8 hours each night', () => {
    const clock = fakeClock();
    const time = startClock(clock);
    let behindMs = 0;
    for (let night = 0; night < 60; night++) {
      behindMs = time.run(16 * HOUR_MS);
      clock.stepWall(8 * HOUR_MS);
    }
    expect(behindMs).toBeLessThanOrEqual(3 * 8 * HOUR_MS);
  });
});

describe('a store under a wrong clock', () => {
  const fill = (test: ReturnType<typeof openTestStore>): void => {
    const { store, clock } = test;
    storeSamples(test, 30 * MINUTE_MS);
    const nowMs = clock.wallMs();
    store.commitAlerts(
      [createAlertChange(createAlert('old', { state: 'resolved', resolvedAtMs: nowMs }), 'firing')],
      ['sent', 'failed', 'waiting'].map((id) => createMail(id)),
    );
    store.recordAttempt('sent', { ok: true, response: '250' }, nowMs, null);
    store.recordAttempt('failed', { ok: false, retry: false, error: '550' }, nowMs, null);
  };
  const count = (test: ReturnType<typeof openTestStore>): Record<string, number> => {
    const db = test.sql();
    return Object.fromEntries(
      ['raw_chunk', 'minute_tail', 'hour_tail', 'alert', 'outbox', 'series'].map((table) => [
        table,
        countRows(db, table),
      ]),
    );
  };

  it.each([
    ['a year ahead for 2 h', YEAR_MS, 2 * HOUR_MS, false],
    ['a year ahead for 10 min, with two restarts', YEAR_MS, 10 * MINUTE_MS, true],
    ['a day ahead for 2 h', DAY_MS, 2 * HOUR_MS, false],
    ['in 2038, with two restarts', 12 * YEAR_MS, 20 * HOUR_MS, true],
    ['in 1970, with two restarts', -56 * YEAR_MS, 3 * HOUR_MS, true],
  ])('(%s) deletes nothing, and it goes on as before when the clock is right again', (_, jumpMs, stayMs, restarts) => {
    const test = openTestStore({ retention: SHORT });
    fill(test);
    test.pass(10_000);
    const before = count(test);
    expect(before['raw_chunk']).toBeGreaterThan(0);
    test.clock.stepWall(jumpMs);
    for (let part = 0; part < 2; part++) {
      if (restarts) test.reopen();
      storeSamples(test, 2 * MINUTE_MS);
      test.pass(stayMs / 2, 10_000);
    }
    for (const [table, rows] of Object.entries(count(test))) {
      // The wall clock shows when a window is over, so what was in the tails may be in chunks by now.
      if (!table.endsWith('_tail')) expect([table, rows >= (before[table] ?? 0)]).toEqual([table, true]);
    }
    test.clock.stepWall(-jumpMs);
    if (restarts) test.reopen();
    test.pass(MINUTE_MS);
    expect(test.store.dueMessages(Number.MAX_SAFE_INTEGER, 9, 'mail').map(({ messageId }) => messageId)).toEqual([
      'waiting',
    ]);
    expect(countRows(test.sql(), 'outbox')).toBe(3);
    expect(countRows(test.sql(), 'alert')).toBe(1);
  });
});
