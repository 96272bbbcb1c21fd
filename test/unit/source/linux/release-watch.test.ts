import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Granularity } from '../../../../daemon/host/release-granularity.js';
import {
  createReleaseWatch,
  findFall,
  openTimeWaitReader,
  type ReleaseWatch,
} from '../../../../daemon/source/linux/release-watch.js';

describe('the fall of tw between two polls', () => {
  it.each([
    ['is dated midway between them', 100, 60, 16, { monotonicMs: 1008, size: 40 }],
    ['is none when tw rose', 60, 100, 16, null],
    ['is none when nothing changed', 60, 60, 16, null],
    ['is none when the second poll is late', 100, 60, 41, null],
  ])('%s', (_name, before, after, gapMs, fall) => {
    expect(findFall({ atMs: 1000, timeWait: before }, { atMs: 1000 + gapMs, timeWait: after })).toEqual(fall);
  });
});

/** A kernel of 250 Hz releases 100 ports every 2048 ms, at 700 ms after each multiple of that. */
const STEP = 2048;
const PHASE = 700;

describe('release watch', () => {
  let nowMs = 0;
  let polls = 0;
  let watch: ReleaseWatch | null = null;
  beforeEach(() => {
    vi.useFakeTimers();
    [nowMs, polls] = [100_000, 0];
  });
  afterEach(() => {
    watch?.stop();
    vi.useRealTimers();
  });

  const start = (
    learnedBefore: Granularity | null = null,
    timeWaitAt?: () => number | null,
    hz: number | null = 250,
  ): ReleaseWatch =>
    (watch = createReleaseWatch({
      hz,
      learnedBefore,
      readMonotonicMs: () => nowMs,
      readTimeWait: () => {
        polls++;
        return timeWaitAt === undefined ? 100_000 - 100 * Math.floor((nowMs - PHASE) / STEP) : timeWaitAt();
      },
    }));
  const pass = (ms: number): void => {
    for (let left = ms; left > 0; left -= 16) {
      nowMs += 16;
      vi.advanceTimersByTime(16);
    }
  };

  it('takes the bound of the rate that the timers show, until it has learned the step', () => {
    const learning = start(null, undefined, null);
    expect(learning.granularity()).toMatchObject({ hz: null, timeWaitMs: 5120, learned: false });
    learning.noteTickRate(null);
    expect(learning.granularity().hz).toBeNull();
    learning.noteTickRate(250);
    expect(learning.granularity()).toEqual({ hz: 250, timeWaitMs: STEP, phaseMs: null, learned: false });
    learning.beat(5, 60_000);
    pass(15_000);
    expect(learning.granularity()).toMatchObject({ hz: 250, learned: true });
    learning.noteTickRate(1000);
    expect(learning.granularity()).toMatchObject({ hz: 250, learned: true });
  });

  it('learns step and phase within one window', () => {
    const learning = start();
    expect(learning.granularity()).toEqual({ hz: 250, timeWaitMs: STEP, phaseMs: null, learned: false });
    learning.beat(5, 60_000);
    pass(15_000);
    const { learned, timeWaitMs, phaseMs } = learning.granularity();
    expect([learned, timeWaitMs]).toEqual([true, STEP]);
    const offset = ((((phaseMs ?? NaN) - PHASE) % STEP) + STEP) % STEP;
    expect(Math.min(offset, STEP - offset)).toBeLessThanOrEqual(16);
  });

  it('follows a change of the length of TIME_WAIT', () => {
    const known = { hz: 250, timeWaitMs: STEP, phaseMs: 700, learned: true };
    const watching = start(known);
    watching.beat(0, 60_000);
    expect(watching.granularity()).toEqual(known);
    watching.beat(0, 5000);
    expect(watching.granularity()).toEqual({ ...known, timeWaitMs: 256, phaseMs: 700 % 256 });
    watching.beat(0, 600_000);
    expect(watching.granularity()).toEqual({ hz: 250, timeWaitMs: 16_384, phaseMs: null, learned: false });
  });

  it.each([
    [15, 1],
    [16, 9],
  ])('with %i ports in TIME_WAIT polls in %i of the minutes of nine', (timeWait, minutes) => {
    const watching = start(null, () => timeWait);
    let polling = 0;
    for (let minute = 0; minute < 9; minute += 1) {
      const before = polls;
      watching.beat(timeWait, 60_000);
      pass(60_016);
      if (polls > before) polling += 1;
    }
    expect(polling).toBe(minutes);
  });

  it('does not poll while no port is in TIME_WAIT', () => {
    const idle = start();
    idle.beat(0, 60_000);
    idle.beat(null, 60_000);
    pass(1000);
    expect(polls).toBe(0);
  });

  it('stops polling after 15 s without a result, and begins again a minute later', () => {
    const flat = start(null, () => 5);
    flat.beat(50, 60_000);
    pass(30_000);
    expect(polls).toBeGreaterThan(900);
    expect(polls).toBeLessThanOrEqual(15_000 / 16 + 2);
    const after = polls;
    flat.beat(50, 60_000);
    pass(1000);
    expect(polls).toBe(after);
    pass(30_000);
    flat.beat(50, 60_000);
    pass(1000);
    expect(polls).toBeGreaterThan(after);
  });

  it('stops polling when tw is 0 or cannot be read', () => {
    for (const end of [0, null]) {
      const watching = start(null, () => end);
      watching.beat(5, 60_000);
      polls = 0;
      pass(1000);
      expect(polls).toBe(1);
    }
  });

  it('keeps what an earlier watch had learned', () => {
    const known = { hz: 250, timeWaitMs: STEP, phaseMs: 42, learned: true };
    expect(start(known).granularity()).toEqual(known);
  });

  it.each([
    ['ignores a fall during a dump', true],
    ['learns from the same falls without a dump', false],
  ])('%s', (_name, dumped) => {
    let timeWait = 10_000;
    const watching = start(null, () => timeWait);
    watching.beat(5, 60_000);
    for (let step = 0; step < 7; step++) {
      pass(STEP);
      timeWait -= 100;
      if (dumped) watching.skipPoll();
    }
    pass(16);
    expect(polls).toBeGreaterThan(0);
    expect(watching.granularity().learned).toBe(!dumped);
  });
});

describe('the reader of tw', () => {
  it.runIf(process.platform === 'linux')('reads this host repeatedly', () => {
    const reader = openTimeWaitReader('/proc');
    expect([reader.read(), reader.read()]).toEqual([expect.any(Number), expect.any(Number)]);
    reader.close();
  });

  it('returns null where there is no such file', () => expect(openTimeWaitReader('/nonexistent').read()).toBeNull());
});
