import { afterEach, describe, expect, it } from 'vitest';
import { SYSTEM_CLOCK } from '../../../daemon/clock.js';
import { isStalled, startSchedule, type Schedule } from '../../../daemon/sampling/schedule.js';
import { fakeHealth, fakeLog } from '../../fakes.js';

const RealDate = Date;

/** Moves the wall clock of this process, as `date -s` would: node-cron reads the same Date. */
function stepDate(offsetMs: number): void {
  globalThis.Date = class extends RealDate {
    constructor(...args: [] | [number | string]) {
      super(...((args.length === 0 ? [RealDate.now() + offsetMs] : args) as [number]));
    }
    static override now(): number {
      return RealDate.now() + offsetMs;
    }
  } as DateConstructor;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let schedule: Schedule | null = null;
afterEach(async () => {
  globalThis.Date = RealDate;
  await schedule?.stop();
  schedule = null;
});

async function beatsAfter(work: () => Promise<void>, beats: () => number): Promise<number> {
  const before = beats();
  await work();
  return beats() - before;
}

describe('schedule', () => {
  it('goes on beating when the wall clock is stepped back 1 h, then forward 2 h', async () => {
    let count = 0;
    const health = fakeHealth();
    const log = fakeLog();
    schedule = startSchedule({
      expression: '* * * * * *',
      beat: () => {
        count += 1;
        return Promise.resolve();
      },
      clock: { wallMs: () => Date.now(), monotonicMs: SYSTEM_CLOCK.monotonicMs },
      health,
      log,
    });
    await schedule.first;
    await sleep(2500);
    expect(count).toBeGreaterThanOrEqual(3);

    for (const [offsetMs, text] of [
      [-3_600_000, '-1 h'],
      [7_200_000, '3 h'],
    ] as const) {
      stepDate(offsetMs);
      expect(
        await beatsAfter(
          () => sleep(8000),
          () => count,
        ),
      ).toBeGreaterThanOrEqual(3);
      expect(health.problems.get('clock')).toContain(text);
    }
    expect(schedule.stats().restarts).toBeGreaterThanOrEqual(1);
    expect(health.problems.get('schedule')).toContain('started anew');
  }, 40_000);

  it('never runs two beats at once and counts the ones it left out', async () => {
    let running = 0;
    let most = 0;
    schedule = startSchedule({
      expression: '* * * * * *',
      async beat() {
        running += 1;
        most = Math.max(most, running);
        await sleep(2600);
        running -= 1;
      },
      clock: SYSTEM_CLOCK,
      health: fakeHealth(),
      log: fakeLog(),
    });
    await sleep(4000);
    expect(most).toBe(1);
    expect(schedule.stats().missedBeats).toBeGreaterThanOrEqual(1);
    expect(schedule.stats().restarts).toBe(0);
  });

  it('survives a beat that throws, and says so', async () => {
    const log = fakeLog();
    let count = 0;
    schedule = startSchedule({
      expression: '* * * * * *',
      beat: () => {
        count += 1;
        return Promise.reject(new Error('boom'));
      },
      clock: SYSTEM_CLOCK,
      health: fakeHealth(),
      log,
    });
    await sleep(2200);
    expect(count).toBeGreaterThanOrEqual(2);
    expect(JSON.stringify(log.lines)).toContain('boom');
  });

  it('takes the longest gap of an uneven expression as the beat', async () => {
    schedule = startSchedule({
      expression: '*/7 * * * * *',
      beat: () => Promise.resolve(),
      clock: SYSTEM_CLOCK,
      health: fakeHealth(),
      log: fakeLog(),
    });
    await schedule.first;
    expect(schedule.stats().beatMs).toBe(7000);
  });

  it.each([
    { silentMs: 5999, running: false, stalled: false },
    { silentMs: 6001, running: false, stalled: true },
    { silentMs: 60_000, running: true, stalled: false },
  ])('a beat of 2 s, silent for $silentMs ms, running $running: stalled $stalled', ({ silentMs, running, stalled }) => {
    expect(isStalled({ nowMs: 100_000, lastBeatMs: 100_000 - silentMs, beatMs: 2000, running })).toBe(stalled);
  });
});
