import { describe, expect, it } from 'vitest';
import {
  adaptGranularity,
  wheelGranularityMs,
  learnGranularity,
  UNKNOWN_GRANULARITY,
  type ReleaseFall,
} from '../../../daemon/host/release-granularity.js';
import { seeded } from '../../tools/simulator/random.js';

const PHASE = 777;

/** One fall on each boundary named in `slots`, seen up to 20 ms early or late. */
function falls(stepMs: number, slots: readonly number[], seed = 1): ReleaseFall[] {
  const random = seeded(seed);
  return slots.map((slot) => ({
    monotonicMs: 1e6 + PHASE + slot * stepMs + (random() - 0.5) * 40,
    size: 20 + Math.floor(random() * 10),
  }));
}
const slotsUpTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** How far the phase is from the true one, in ms; NaN, which fails every comparison, for null. */
function phaseErrorMs(phaseMs: number | null, stepMs: number): number {
  const off = ((phaseMs ?? NaN) - ((1e6 + PHASE) % stepMs)) / stepMs;
  return Math.abs(off - Math.round(off)) * stepMs;
}

describe('wheelGranularityMs', () => {
  it.each([
    [60_000, 100, 5120],
    [60_000, 250, 2048],
    [60_000, 300, 512_000 / 300],
    [60_000, 1000, 4096],
    [10_000, 250, 256],
    [200, 250, 4],
    // What tcp_tw_timeout allows on the kernels that have it.
    [1000, 250, 32],
    [5000, 250, 256],
    [5000, 1000, 512],
    [600_000, 100, 40_960],
    [600_000, 250, 16_384],
    [600_000, 1000, 32_768],
  ])('a timer of %d ms at %d Hz is rounded up to %d ms', (durationMs, hz, expected) => {
    expect(wheelGranularityMs(durationMs, hz)).toBeCloseTo(expected, 6);
  });
});

describe('learnGranularity', () => {
  it.each([100, 250, 300, 1000])('finds step and phase of a %d Hz kernel whose tick rate is not given', (hz) => {
    const step = wheelGranularityMs(60_000, hz);
    const learned = learnGranularity(falls(step, slotsUpTo(10)), null);
    expect(learned).toMatchObject({ hz, learned: true });
    expect(learned.timeWaitMs).toBeCloseTo(step, 6);
    expect(phaseErrorMs(learned.phaseMs, step)).toBeLessThan(15);
  });

  it.each([100, 250, 300, 1000])('needs four falls where the tick rate of %d Hz is given', (hz) => {
    const step = wheelGranularityMs(60_000, hz);
    expect(learnGranularity(falls(step, slotsUpTo(3)), hz)).toEqual({
      hz,
      timeWaitMs: step,
      phaseMs: null,
      learned: false,
    });
    expect(learnGranularity(falls(step, slotsUpTo(4)), hz).learned).toBe(true);
  });

  it('learns nothing while a few falls fit 2.048 s and 4.096 s alike', () => {
    expect(learnGranularity(falls(4096, slotsUpTo(5)), null)).toEqual(UNKNOWN_GRANULARITY);
  });

  it('learns 2.048 s as soon as falls lie between the boundaries of 4.096 s', () => {
    expect(learnGranularity(falls(2048, [0, 2, 4, 6, 7, 9]), null)).toMatchObject({ hz: 250, learned: true });
  });

  it('ignores small falls, which other timers cause', () => {
    const random = seeded(7);
    const strays = slotsUpTo(40).map(() => ({
      monotonicMs: 1e6 + random() * 30_000,
      size: 1 + Math.floor(random() * 2),
    }));
    const learned = learnGranularity([...falls(2048, slotsUpTo(14)), ...strays], null);
    expect(learned).toMatchObject({ hz: 250, learned: true });
    expect(phaseErrorMs(learned.phaseMs, 2048)).toBeLessThan(25);
  });

  it('accepts one large fall that lies on no boundary', () => {
    const odd = { monotonicMs: 1e6 + PHASE + 4.4 * 2048, size: 30 };
    expect(learnGranularity([...falls(2048, slotsUpTo(10)), odd], 250).learned).toBe(true);
  });

  it('counts a batch that was seen as two falls as one', () => {
    const split = falls(2048, slotsUpTo(6)).flatMap(({ monotonicMs, size }) => [
      { monotonicMs: monotonicMs - 10, size: size / 2 },
      { monotonicMs: monotonicMs + 10, size: size / 2 },
    ]);
    expect(learnGranularity(split, null)).toMatchObject({ hz: 250, learned: true });
  });

  it.each(slotsUpTo(20))('learns nothing from falls at arbitrary instants (seed %d)', (seed) => {
    const random = seeded(seed + 1);
    const noise = slotsUpTo(12).map(() => ({ monotonicMs: 1e6 + random() * 60_000, size: 10 + random() * 20 }));
    expect(learnGranularity(noise, null).learned).toBe(false);
    expect(learnGranularity(noise, 250).learned).toBe(false);
  });

  it('gives the largest possible step until it has learned', () => {
    expect(learnGranularity([], null)).toEqual({ hz: null, timeWaitMs: 5120, phaseMs: null, learned: false });
    expect(learnGranularity([], 250).timeWaitMs).toBe(2048);
  });
});

describe('the release of a TIME_WAIT that is not 60 s', () => {
  it.each([
    [5000, 250, 256],
    [600_000, 250, 16_384],
    [600_000, 100, 40_960],
  ])('of %d ms at %d Hz is learned with a step of %d ms', (timeWaitMs, hz, step) => {
    expect(learnGranularity([], hz, timeWaitMs).timeWaitMs).toBe(step);
    const learned = learnGranularity(falls(step, slotsUpTo(12)), hz, timeWaitMs);
    expect(learned).toMatchObject({ hz, timeWaitMs: step, learned: true });
    expect(phaseErrorMs(learned.phaseMs, step)).toBeLessThan(15);
  });

  it('is not learned where the step is shorter than the tolerance of the reader', () => {
    expect(learnGranularity(falls(32, slotsUpTo(50)), 250, 1000)).toMatchObject({ timeWaitMs: 32, learned: false });
  });

  const known = { hz: 250, timeWaitMs: 2048, phaseMs: 777, learned: true };
  it('has boundaries that follow from those of a coarser step, and not from those of a finer one', () => {
    expect(adaptGranularity(known, 5000)).toEqual({ hz: 250, timeWaitMs: 256, phaseMs: 777 % 256, learned: true });
    expect(adaptGranularity(known, 60_000)).toEqual(known);
    const unlearned = { hz: 250, timeWaitMs: 16_384, phaseMs: null, learned: false };
    expect(adaptGranularity(known, 600_000)).toEqual(unlearned);
    expect(adaptGranularity(UNKNOWN_GRANULARITY, 600_000)).toEqual({ ...unlearned, hz: null, timeWaitMs: 40_960 });
  });
});
