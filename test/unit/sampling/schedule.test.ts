/** node-cron on a virtual clock: it takes the time from Date and waits with setTimeout, which vitest replaces. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Clock } from '../../../daemon/contracts.js';
import { isStalled, startSchedule, type Schedule } from '../../../daemon/sampling/schedule.js';
import { HOUR_MS, SECOND_MS } from '../../../daemon/units.js';
import { fakeHealth, fakeLog, type FakeHealth, type FakeLog } from '../../fakes.js';

const EVERY_SECOND = '* * * * * *';
/** `performance.now` of the virtual clock does not move when the wall clock is stepped. */
const clock: Clock = { wallMs: () => Date.now(), monotonicMs: () => performance.now(), cpuMs: () => 0 };

let schedule: Schedule | null = null;
let health: FakeHealth;
let log: FakeLog;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  vi.setSystemTime(Date.UTC(2026, 0, 5, 12, 0, 0, 300));
  health = fakeHealth();
  log = fakeLog();
});
afterEach(async () => {
  // A beat that still runs needs time to end.
  await Promise.all([schedule?.stop(), pass(5 * SECOND_MS)]);
  schedule = null;
  vi.useRealTimers();
});

const start = (beat: () => Promise<void>, expression = EVERY_SECOND): Schedule =>
  (schedule = startSchedule({ expression, beat, clock, health, log }));
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
/** Moves the wall clock only, as `date -s` does. */
const stepWallClock = (ms: number): void => void vi.setSystemTime(Date.now() + ms);

describe('schedule', () => {
  it('beats once at the start and then as the expression says', async () => {
    const beatsAt: number[] = [];
    const startedAtMs = Date.now();
    const { first } = start(() => {
      beatsAt.push(Date.now() - startedAtMs);
      return Promise.resolve();
    });
    await first;
    await pass(3 * SECOND_MS);
    expect(beatsAt).toEqual([0, 700, 1700, 2700]);
    expect(schedule?.stats()).toEqual({ beatMs: SECOND_MS, beats: 4, missedBeats: 0, restarts: 0 });
  });

  it('goes on beating when the wall clock is stepped back by 1 h, and then forward by 3 h', async () => {
    let beats = 0;
    // Not every second: node-cron computes each run that a step forward has skipped, which takes seconds then.
    const { first } = start(() => {
      beats += 1;
      return Promise.resolve();
    }, '*/10 * * * * *');
    await first;
    await pass(25 * SECOND_MS);
    expect(beats).toBe(3);

    for (const [stepMs, text] of [
      [-HOUR_MS, 'stepped by -1 h;'],
      [3 * HOUR_MS, 'stepped by 3 h;'],
    ] as const) {
      stepWallClock(stepMs);
      const before = beats;
      await pass(80 * SECOND_MS);
      // The schedule is restarted after three missed beats at the latest.
      expect(beats - before).toBeGreaterThanOrEqual(4);
      expect(health.problems.get('clock')).toContain(text);
    }
    expect(schedule?.stats().restarts).toBeGreaterThanOrEqual(1);
    expect(health.problems.get('schedule')).toMatch(/^no beat came for .* s, so the schedule was restarted$/);
  });

  it('never runs two beats at once, counts those that it leaves out, and does not restart for a slow beat', async () => {
    let [running, most] = [0, 0];
    start(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 2.6 * SECOND_MS));
      running -= 1;
    });
    await pass(12 * SECOND_MS);
    expect(most).toBe(1);
    const { beats, missedBeats, restarts } = schedule?.stats() ?? {};
    expect(beats).toBeGreaterThanOrEqual(3);
    expect(missedBeats).toBeGreaterThanOrEqual(1);
    expect(restarts).toBe(0);
  });

  it('logs the error of a beat that throws, and goes on', async () => {
    start(() => Promise.reject(new Error('boom')));
    await pass(2 * SECOND_MS);
    expect(schedule?.stats().beats).toBe(3);
    const errors = log.lines.filter(({ level }) => level === 'error');
    expect(errors.map(({ args }) => args[1])).toEqual(new Array(3).fill('a beat failed: boom'));
  });

  it('begins no beat after it was stopped', async () => {
    const { first, stop } = start(() => Promise.resolve());
    await first;
    await stop();
    await pass(10 * SECOND_MS);
    expect(schedule?.stats()).toMatchObject({ beats: 1, restarts: 0 });
  });

  it('takes the longest gap of an uneven expression as the time between beats', async () => {
    await start(() => Promise.resolve(), '*/7 * * * * *').first;
    expect(schedule?.stats().beatMs).toBe(7 * SECOND_MS);
  });
});

describe('a schedule with a beat every 2 s', () => {
  it.each([
    { sinceBeatMs: 5999, running: false, stalled: false },
    { sinceBeatMs: 6001, running: false, stalled: true },
    { sinceBeatMs: 60_000, running: true, stalled: false },
  ])('$sinceBeatMs ms after the last beat, with a beat running: $running, is stalled: $stalled', (state) => {
    const { sinceBeatMs, running, stalled } = state;
    expect(isStalled({ nowMs: 100_000, lastBeatMs: 100_000 - sinceBeatMs, beatMs: 2000, running })).toBe(stalled);
  });
});
