/** What clients want while a pool is full, in simulated worlds that are sampled beyond their first failure. */
import { describe, expect, it } from 'vitest';
import { requireValue } from '../../builders/require-value.js';
import { watchOn, type SampleAt } from '../../builders/watch-on.js';
import { steps } from '../../tools/simulator/plan.js';
import { createStream, createWorld } from '../../tools/simulator/worlds.js';

describe('32 closes/s on 1,000 ports for 200 s', () => {
  const until = (untilMs: number, then = 0) => createWorld([createStream(steps([0, 32], [untilMs, then]))]);
  const fromFirstFailure = (samples: readonly SampleAt[], untilSeconds: number): SampleAt[] => {
    const since = requireValue(samples.find(({ failed }) => failed > 0)).at;
    return samples.filter(({ at }) => at >= since && at <= untilSeconds);
  };

  it.each([
    [0, false],
    [300, false],
    [700, false],
    [1100, false],
    [1700, false],
    [700, true],
  ])('are never called calm before they end, sampled from %d ms on (failures counted: %s)', (firstMs, counts) => {
    const samples = fromFirstFailure(watchOn(until(200_000), { seconds: 230, firstMs, countsFailures: counts }), 200);
    expect(samples.length).toBeGreaterThan(80);
    for (const { at, forecast } of samples) {
      expect(['steady', 'idle'], `mode at ${at} s`).not.toContain(forecast.mode);
      expect(forecast.exhaustsAtMs, `instant at ${at} s`).not.toBeNull();
      expect(requireValue(forecast.probability), `probability at ${at} s`).toBeGreaterThan(0.5);
      expect(requireValue(forecast.closeRate), `rate at ${at} s`).toBeGreaterThan(0.9 * 32);
      expect(requireValue(forecast.closeRate), `rate at ${at} s`).toBeLessThan(1.1 * 32);
      expect(forecast.cause, `cause at ${at} s`).toBe('closes');
    }
  });

  // 64 free ports are enough for 2 s at 32/s. With fewer of them the pool may have been full until the next sample.
  it.each([
    [45_000, 0],
    [120_000, 0],
    [200_000, 0],
    [120_000, 2],
    [200_000, 2],
    [120_000, 5],
    [200_000, 5],
  ])(
    'that fall at %d ms to %d/s are over with the third sample at which enough ports are free, not before',
    (endsMs, then) => {
      const samples = watchOn(until(endsMs, then), { seconds: endsMs / 1000 + 90 });
      const enough = samples.filter(({ at, forecast }) => at > endsMs / 1000 && forecast.available > 64);
      expect(enough.length).toBeGreaterThan(10);
      for (const { at, forecast } of enough.slice(0, 2)) expect(forecast.demandAtLeast, `at ${at} s`).toBe(true);
      for (const { at, forecast } of enough.slice(2)) {
        expect(forecast.demandAtLeast, `at ${at} s`).toBeUndefined();
        expect(forecast, `at ${at} s`).toMatchObject({ exhaustsAtMs: null, cause: null });
      }
    },
  );
});

describe('a pool that is full only between two samples', () => {
  it('is not called steady while connects fail', () => {
    // Ports come free at 5/s, in steps of 2 s: each sample meets a few of them, and 20 connects fail per second.
    const samples = watchOn(createWorld([createStream(steps([0, 5], [300_000, 25]))]), { seconds: 360, firstMs: 0 });
    const failing = samples.filter(({ failed }) => failed > 20);
    expect(failing.length).toBeGreaterThan(10);
    for (const { at, forecast } of failing) {
      expect(['steady', 'idle'], `mode at ${at} s`).not.toContain(forecast.mode);
      expect(requireValue(forecast.closeRate), `rate at ${at} s`).toBeGreaterThan(0.9 * 25);
    }
  });
});

describe('a gap in the samples', () => {
  const watch = (perSecond: number, gapSeconds: number) =>
    watchOn(createWorld([createStream(perSecond)]), {
      seconds: 200,
      gapMs: [120_000, 120_000 + gapSeconds * 1000],
    }).filter(({ at }) => at > 120);

  it.each([4, 8, 15, 30])('of %d s does not make a steady pool look as if it had been full', (seconds) => {
    const samples = watch(15.2, seconds);
    expect(samples.length).toBeGreaterThan(20);
    for (const { at, forecast } of samples) {
      expect(forecast.mode, `mode at ${at} s`).toBe('steady');
      expect(forecast.demandAtLeast, `at ${at} s`).toBeUndefined();
    }
  });

  it.each([4, 8, 15, 30])('of %d s does not hide that connects fail', (seconds) => {
    const samples = watch(25, seconds);
    for (const { at, forecast } of samples) {
      expect(['steady', 'idle'], `mode at ${at} s`).not.toContain(forecast.mode);
      expect(requireValue(forecast.closeRate), `rate at ${at} s`).toBeGreaterThan(0.9 * 25);
    }
  });
});

describe('the demand of a burst that is over', () => {
  const burst = createWorld([createStream(steps([0, 5], [20_000, 2000], [20_500, 5]))]);

  it('is that of the calls of the newest ten seconds where failures are counted', () => {
    const samples = watchOn(burst, { seconds: 60, countsFailures: true });
    const after = samples.filter((sample) => sample.at > 30);
    expect(after.length).toBeGreaterThan(10);
    for (const { at, forecast } of after) {
      expect(requireValue(forecast.closeRate), `rate at ${at} s`).toBeCloseTo(5, 6);
    }
  });

  it('ages by renewal where they are not: its inverse rises by as much with each sample', () => {
    const samples = watchOn(burst, { seconds: 60 }).filter(({ at }) => at > 20);
    const inverse = samples.map(({ forecast }) => 1 / requireValue(forecast.closeRate));
    expect(inverse.length).toBeGreaterThan(15);
    const [first = NaN, second = NaN] = inverse;
    expect(first).toBeLessThan(1 / 300);
    // The burst had lasted for less than the time between two samples when it filled the pool.
    expect(second - first).toBeGreaterThan(first / 2);
    inverse.forEach((each, i) => expect(each).toBeCloseTo(first + i * (second - first), 9));
  });
});

describe('a leak that filled the pool', () => {
  it('goes on as a leak: growth is the cause, and its rate is known', () => {
    const samples = watchOn(createWorld([createStream(6, { fate: 'kept' })]), { seconds: 240 });
    const exhausted = samples.filter(({ failed }) => failed > 0);
    expect(exhausted.length).toBeGreaterThan(25);
    for (const { at, forecast } of exhausted) {
      expect(forecast, `at ${at} s`).toMatchObject({ mode: 'exhausted', cause: 'growth', demandAtLeast: true });
      expect(Math.abs(requireValue(forecast.liveGrowth) - 6), `growth at ${at} s`).toBeLessThan(0.6);
    }
  });
});
