/** A simulated server that drops SYNs, with and without a time-out of the application. */
import { describe, expect, it } from 'vitest';
import { WORTH_SAYING } from '../../builders/persistence.js';
import { requireValue } from '../../builders/require-value.js';
import { watchOn } from '../../builders/watch-on.js';
import { limitsOf, type World } from '../../tools/simulator/world.js';
import { createStream, createWorld } from '../../tools/simulator/worlds.js';

describe('a server that drops the SYNs', () => {
  const hundred = limitsOf({ range: { first: 20_000, last: 20_099 } });
  const dropped = (rate: number, more: { timeoutMs?: number } = {}, changes: Partial<World> = {}) =>
    createWorld([createStream(rate, { syn: { share: 1, ...more } })], { limits: hundred, ...changes });

  it.each([100, 700, 1300, 1900])('at 0.5/s settles at 67 of 100 ports and is never said to fill them', (firstMs) => {
    const samples = watchOn(dropped(0.5), { seconds: 400, firstMs });
    expect(Math.max(...samples.map(({ forecast }) => forecast.used))).toBe(67);
    for (const { at, forecast } of samples.filter((sample) => sample.at > 6)) {
      expect(forecast, `at ${at} s`).toMatchObject({ exhaustsAtMs: null, cause: null, mode: 'steady' });
      expect(requireValue(forecast.probability), `at ${at} s`).toBeLessThan(0.2);
      expect(requireValue(forecast.synSent)).toBe(forecast.used);
    }
  });

  it.each([100, 700, 1300, 1900])('at 2/s is named, and warned of by half of the time', (firstMs) => {
    const samples = watchOn(dropped(2), { seconds: 100, firstMs });
    const failedAt = requireValue(samples.find(({ failed }) => failed > 0)).at;
    const ahead = samples.filter(({ at }) => at < failedAt);
    const since = requireValue(ahead.find(({ forecast }) => requireValue(forecast.probability) >= 0.5)).at;
    expect(since).toBeLessThan(0.6 * failedAt);
    for (const { at, forecast } of ahead.filter((sample) => sample.at >= 16)) {
      expect(forecast.cause, `at ${at} s`).toBe('unanswered');
      const inSeconds = (requireValue(forecast.exhaustsAtMs) - forecast.sampledAtMs) / 1000;
      expect(Math.abs(at + inSeconds - 50), `instant at ${at} s`).toBeLessThan(4);
    }
    for (const { forecast } of samples.filter(({ at }) => at > failedAt)) {
      expect(forecast).toMatchObject({ mode: 'exhausted', cause: 'unanswered', available: 0 });
    }
  });

  it.each([8, 10, 12])('at %d/s on 1,000 ports is warned of without a break until they run out', (rate) => {
    const world = createWorld([createStream(rate, { syn: { share: 1 } })]);
    const watched = watchOn(world, { seconds: 140 });
    const failedAt = requireValue(watched.find(({ failed }) => failed > 0)).at;
    const samples = watched.filter(({ at }) => at < failedAt);
    const since = samples.findIndex(({ forecast }) => requireValue(forecast.probability) >= WORTH_SAYING);
    expect(requireValue(samples[since]).at).toBeLessThan(32);
    let before = 0;
    for (const { at, forecast } of samples.slice(since)) {
      const probability = requireValue(forecast.probability);
      // The evidence only grows; the timers run late by up to some seconds, which moves the instant.
      expect(probability, `probability at ${at} s`).toBeGreaterThan(before - 0.02);
      before = probability;
      expect(forecast.cause, `cause at ${at} s`).toBe('unanswered');
      const inSeconds = (requireValue(forecast.exhaustsAtMs) - forecast.sampledAtMs) / 1000;
      expect(Math.abs(at + inSeconds - 1000 / rate), `instant at ${at} s`).toBeLessThan(6);
    }
  });

  it.each([
    [4, 5000, 20],
    [15, 5000, 75],
    [4, 20_000, 80],
  ])('at %d/s settles once the time-out of the application is known: %d ms, %d ports', (rate, timeoutMs, settles) => {
    const samples = watchOn(dropped(rate, { timeoutMs }), { seconds: 200 });
    const known = samples.filter(({ at }) => at > (2 * timeoutMs) / 1000 + 8);
    expect(known.length).toBeGreaterThan(70);
    for (const { at, forecast } of known) {
      expect(Math.abs(forecast.used - settles), `at ${at} s`).toBeLessThan(2);
      expect(forecast, `at ${at} s`).toMatchObject({ exhaustsAtMs: null, cause: null, mode: 'steady' });
    }
  });

  it('is no growth of live ports: the growth of kept connections beside it stays 0', () => {
    for (const { at, forecast } of watchOn(dropped(2), { seconds: 48 }).slice(3)) {
      expect(forecast.liveGrowth, `at ${at} s`).toBe(0);
    }
  });

  it.each([200, 900, 3000])(
    'is another one than a server that answers after %d ms, which leaves the pool steady',
    (ms) => {
      const slow = createStream(3, { syn: { share: 1, answeredAfterMs: ms } });
      for (const { at, forecast } of watchOn(createWorld([slow]), { seconds: 200 }).slice(10)) {
        expect(forecast, `at ${at} s`).toMatchObject({ exhaustsAtMs: null, cause: null, mode: 'steady' });
        expect(requireValue(forecast.probability), `at ${at} s`).toBeLessThan(0.1);
      }
    },
  );
});
