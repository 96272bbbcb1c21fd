import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Granularity } from '../../../../daemon/host/release-granularity.js';
import {
  createReleaseWatch,
  fallBetween,
  openTimeWaitReader,
  type ReleaseWatch,
} from '../../../../daemon/source/linux/release-watch.js';

describe('a fall of tw', () => {
  it.each([
    ['is placed between the polls', 100, 60, 16, { monotonicMs: 1008, size: 40 }],
    ['is none when it rose', 60, 100, 16, null],
    ['is none when nothing changed', 60, 60, 16, null],
    ['is not dated by a late poll', 100, 60, 41, null],
  ])('%s', (_name, before, after, gapMs, fall) => {
    expect(fallBetween({ atMs: 1000, timeWait: before }, { atMs: 1000 + gapMs, timeWait: after })).toEqual(fall);
  });
});

/** A kernel of 250 Hz that releases every 2048 ms at 700 ms past; 100 ports a time. */
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

  const start = (known: Granularity | null = null, timeWaitAt?: () => number | null): ReleaseWatch =>
    (watch = createReleaseWatch({
      hz: 250,
      known,
      monotonicMs: () => nowMs,
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

  it('learns step and phase within one window', () => {
    const learning = start();
    expect(learning.granularity()).toEqual({ hz: 250, timeWaitMs: STEP, phaseMs: null, learned: false });
    learning.beat(5);
    pass(15_000);
    const { learned, timeWaitMs, phaseMs } = learning.granularity();
    expect([learned, timeWaitMs]).toEqual([true, STEP]);
    const offset = ((((phaseMs ?? NaN) - PHASE) % STEP) + STEP) % STEP;
    expect(Math.min(offset, STEP - offset)).toBeLessThanOrEqual(16);
  });

  it('polls nothing where there is nothing to see', () => {
    const idle = start();
    idle.beat(0);
    idle.beat(null);
    pass(1000);
    expect(polls).toBe(0);
  });

  it('stops after 15 s without learning, and tries again a minute later', () => {
    const flat = start(null, () => 5);
    flat.beat(5);
    pass(30_000);
    expect(polls).toBeLessThanOrEqual(15_000 / 16 + 2);
    const after = polls;
    flat.beat(5);
    pass(1000);
    expect(polls).toBe(after);
    pass(30_000);
    flat.beat(5);
    pass(1000);
    expect(polls).toBeGreaterThan(after);
  });

  it('stops when TIME_WAIT is over or cannot be read', () => {
    for (const end of [0, null]) {
      const watching = start(null, () => end);
      watching.beat(5);
      polls = 0;
      pass(1000);
      expect(polls).toBe(1);
    }
  });

  it('keeps what an earlier watch had learned', () => {
    const known = { hz: 250, timeWaitMs: STEP, phaseMs: 42, learned: true };
    expect(start(known).granularity()).toEqual(known);
  });

  it('does not date a fall across a dump', () => {
    let timeWait = 10_000;
    const disturbed = start(null, () => timeWait);
    disturbed.beat(5);
    for (let step = 0; step < 7; step++) {
      pass(STEP);
      timeWait -= 100;
      disturbed.disturbed();
    }
    expect(disturbed.granularity().learned).toBe(false);
  });
});

describe('the reader of tw', () => {
  it.runIf(process.platform === 'linux')('reads this host again and again', () => {
    const reader = openTimeWaitReader('/proc');
    expect([reader.read(), reader.read()].every((value) => typeof value === 'number')).toBe(true);
    reader.close();
  });
  it('gives null where there is no such file', () => expect(openTimeWaitReader('/nonexistent').read()).toBeNull());
});
