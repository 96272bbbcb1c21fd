/** The schedule on a virtual clock: node-cron takes the time from Date, and the timer is setTimeout; vitest replaces both. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Clock } from '../../../daemon/contracts.js';
import { startSchedule, type Schedule } from '../../../daemon/sampling/schedule.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../daemon/units.js';
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

  it.each([
    { step: 'back by an hour', stepMs: -HOUR_MS, text: 'stepped by -1 h;' },
    { step: 'forward by 3 h', stepMs: 3 * HOUR_MS, text: 'stepped by 3 h;' },
    { step: 'forward by a year', stepMs: 365 * DAY_MS, text: 'stepped by 365 d;' },
  ])('goes on beating when the wall clock is stepped $step', async ({ stepMs, text }) => {
    const beatsAt: number[] = [];
    await start(() => {
      beatsAt.push(clock.monotonicMs());
      return Promise.resolve();
    }).first;
    await pass(3300);
    stepWallClock(stepMs + 400);
    await pass(10 * SECOND_MS);
    const gaps = beatsAt.slice(1).map((atMs, index) => atMs - (beatsAt[index] ?? NaN));
    expect(gaps.length).toBeGreaterThanOrEqual(12);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2 * SECOND_MS);
    expect(schedule?.stats()).toMatchObject({ missedBeats: 0, restarts: 1 });
    expect(health.problems.get('clock')).toContain(text);
    expect(health.problems.has('schedule')).toBe(false);
  });

  it('follows the wall clock after a step while it waits for a run far away', async () => {
    let beats = 0;
    await start(() => {
      beats += 1;
      return Promise.resolve();
    }, '0 0 * * * *').first;
    await pass(10 * MINUTE_MS);
    stepWallClock(40 * MINUTE_MS);
    await pass(9 * MINUTE_MS);
    expect(beats).toBe(1);
    await pass(2 * MINUTE_MS);
    expect(beats).toBe(2);
  });

  it('counts and reports the beats that were missed while the process was held up', async () => {
    let [beats, heldMs] = [0, 0];
    const held: Clock = { ...clock, monotonicMs: () => performance.now() + heldMs };
    const beat = () => {
      beats += 1;
      return Promise.resolve();
    };
    schedule = startSchedule({ expression: EVERY_SECOND, beat, clock: held, health, log });
    await schedule.first;
    await pass(1700);
    // The timer of the next beat fires 5.3 s late.
    heldMs = 5300;
    stepWallClock(5300);
    await pass(SECOND_MS);
    expect(beats).toBe(4);
    expect(schedule.stats()).toMatchObject({ missedBeats: 5, restarts: 0 });
    expect(health.problems.get('schedule')).toMatch(/^a beat came 5\.\d s late: the process was stopped/);
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
