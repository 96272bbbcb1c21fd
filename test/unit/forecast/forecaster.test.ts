/** The forecaster on simulated hosts: its numbers, its instants, and how fast it follows the traffic. */
import { describe, expect, it } from 'vitest';
import { createForecaster } from '../../../daemon/forecast/forecaster.js';
import type { Snapshot } from '../../../daemon/snapshot/snapshot.js';
import { EXPIRES_UNKNOWN } from '../../../daemon/snapshot/snapshot.js';
import { predictGrowthLasts, WORTH_SAYING } from '../../builders/persistence.js';
import { requireValue } from '../../builders/require-value.js';
import { createStream, createWorld } from '../../tools/simulator/worlds.js';
import { forecastWorld, watchWorld, type ForecastAt } from '../../builders/watch-world.js';
import { steps } from '../../tools/simulator/plan.js';
import { simulate } from '../../tools/simulator/simulate.js';
import { LEARNED, limitsOf, SERVER } from '../../tools/simulator/world.js';

const NOT_LEARNED = { ...LEARNED, phaseMs: null, learned: false };
/** One sample and one release step. */
const TOLERANCE_S = 2 + 2.048;

function expectDated(forecasts: readonly ForecastAt[], failedAt: number | null, atLeast: number): void {
  expect(forecasts.length).toBeGreaterThan(atLeast);
  for (const { at, exhaustsAt } of forecasts) {
    const error = Math.abs(requireValue(exhaustsAt) - requireValue(failedAt));
    expect(error, `forecast at ${at} s`).toBeLessThan(TOLERANCE_S);
  }
}

describe('the instant of exhaustion', () => {
  it.each([0, 250, 500, 750, 1000, 1250, 1500, 1750])(
    'of a leak with closes is stated as soon as it is worth saying, and then right, when it begins %d ms past a sample',
    (pastMs) => {
      const beganMs = 4700 + pastMs;
      const rate = steps([beganMs, 6]);
      const leak = createWorld([createStream(rate), createStream(rate, { fate: 'kept' })]);
      const { forecasts, failedAt } = watchWorld(leak, { seconds: 180, granularity: NOT_LEARNED });
      // The growth is known from its second sample on.
      const known = forecasts.slice(1);
      for (const { at, forecast, exhaustsAt } of known) {
        const aheadSeconds = requireValue(failedAt) - at;
        const probability = requireValue(forecast.probability);
        // At the last sample the chance that the closes fill the pool by themselves counts as well.
        if (aheadSeconds > 2) {
          const expected = predictGrowthLasts(at - beganMs / 1000, aheadSeconds);
          expect(Math.abs(probability - expected), `probability at ${at} s`).toBeLessThan(0.02);
        }
        expect(exhaustsAt !== null, `stated at ${at} s`).toBe(probability >= WORTH_SAYING);
        expect(forecast.cause !== null, `cause at ${at} s`).toBe(probability >= WORTH_SAYING);
      }
      const stated = known.filter(({ exhaustsAt }) => exhaustsAt !== null);
      expectDated(stated, failedAt, 39);
      // One of the samples from 20 s to 24 s after its begin is the first, and none after it is without an instant.
      const since = requireValue(stated[0]).at;
      expect(Math.abs(since - beganMs / 1000 - 22)).toBeLessThan(2.1);
      expect(known.filter(({ at }) => at >= since)).toEqual(stated);
    },
  );

  it.each([1040, 1080, 1120, 1160, 1200])(
    'of a few closes after a burst is right from its second sample on, when the burst comes %d ms past a sample',
    (pastMs) => {
      const rate = steps([4000 + pastMs, 90_000], [4010 + pastMs, 2.5]);
      const options = { seconds: 60, firstMs: 0, granularity: NOT_LEARNED };
      const { forecasts, failedAt } = watchWorld(createWorld([createStream(rate)]), options);
      expectDated(forecasts.slice(1), failedAt, 14);
    },
  );
});

describe('the close rate', () => {
  it('of an even pace does not change while a close is in FIN_WAIT2 for 40 ms', () => {
    const world = createWorld([createStream(6, { fate: 'fin_wait2', peerFinMs: 40 })]);
    const { forecasts } = watchWorld(world, { seconds: 120, firstMs: 20, stepMs: 2017 });
    const settled = forecasts.filter(({ at }) => at > 20);
    expect(settled.length).toBeGreaterThan(40);
    for (const { forecast } of settled) expect(Math.abs(requireValue(forecast.closeRate) - 6)).toBeLessThan(0.1);
  });

  it('follows a drop from 25/s to 5/s within 3 s', () => {
    const drop = createWorld([createStream((ms) => (ms < 20_000 ? 25 : 5))]);
    const later = watchWorld(drop, { seconds: 60 }).forecasts.filter(({ at }) => at >= 23);
    expect(later.length).toBeGreaterThan(15);
    for (const { at, forecast } of later) {
      expect(Math.abs(requireValue(forecast.closeRate) - 5), `at ${at} s`).toBeLessThan(1);
    }
  });

  it('of batches every few seconds is their mean', () => {
    const batches = createWorld([createStream((ms) => (ms % 5000 < 200 ? 250 : 0))]);
    const { forecasts } = watchWorld(batches, { seconds: 120, firstMs: 40_100, stepMs: 1700 });
    expect(forecasts.length).toBeGreaterThan(40);
    for (const { at, forecast } of forecasts) {
      expect(requireValue(forecast.closeRate), `at ${at} s`).toBeGreaterThan(7);
      expect(requireValue(forecast.closeRate), `at ${at} s`).toBeLessThan(14);
    }
  });

  it('is null, never 0, while a table without timers was seen only once', () => {
    const simulation = simulate(createWorld([createStream(10)]));
    const forecaster = createForecaster();
    const limits = limitsOf({ twReuse: null, maxTwBuckets: null });
    const [first, , third] = [40_000, 42_000, 44_000].map((at) => {
      simulation.runTo(at);
      const update = { limits, granularity: LEARNED, counters: simulation.counters(), intervalMs: 2000 };
      return forecaster.update({ ...update, snapshot: removeTimers(simulation.snapshot()) }).pools[0];
    });
    expect(first).toMatchObject({ closeRate: null, pressure: null, probability: null, exhaustsAtMs: null });
    expect(first?.why).toContain('unknown until a second sample');
    expect(requireValue(third?.closeRate)).toBeGreaterThan(8);
    expect(third?.why).toContain('shows no timers');
  });
});

describe('the numbers of a forecast', () => {
  it('follow their definitions', () => {
    const kept = createStream((ms) => (ms < 10_000 ? 5 : 0), { fate: 'kept' });
    const forecast = forecastWorld(createWorld([createStream(10), kept]), 100);
    expect(forecast.live).toBe(50);
    expect(forecast.closeRate).toBeCloseTo(10, 1);
    expect(forecast.sustainableRate).toBeCloseTo(950 / 62.048, 6);
    expect(forecast.pressure).toBeCloseTo((50 + 10 * 62.048) / 1000, 2);
    expect(forecast.available).toBe(forecast.capacity - forecast.used);
    expect(requireValue(forecast.closeRateLow)).toBeLessThan(10);
    expect(requireValue(forecast.closeRateHigh)).toBeGreaterThan(10);
  });

  it('are those of an exhausted pool, with certainty, once no port is left', () => {
    const simulation = simulate(createWorld([createStream(25)]));
    simulation.runTo(50_000);
    const [forecast] = createForecaster().update({
      snapshot: simulation.snapshot(),
      limits: limitsOf(),
      granularity: LEARNED,
      counters: simulation.counters(),
      intervalMs: 2000,
    }).pools;
    const { mode, available, probability, exhaustsAtMs, sampledAtMs, why } = requireValue(forecast);
    expect({ mode, available, probability }).toEqual({ mode: 'exhausted', available: 0, probability: 1 });
    expect(exhaustsAtMs).toBe(sampledAtMs);
    expect(why).toContain('connects fail');
  });

  it.each([
    [1, true, true],
    [1, false, undefined],
    [2, true, undefined],
    [0, true, undefined],
  ] as const)('announce that reuse may show: tcp_tw_reuse %d, timestamps %s: %s', (twReuse, timestamps, mayShow) => {
    const world = createWorld([createStream(25)], { limits: limitsOf({ twReuse, timestamps }) });
    expect(forecastWorld(world, 6).reuseMayShow).toBe(mayShow);
  });

  it('never call a full table exhausted where its ports are reused', () => {
    const limits = limitsOf({ twReuse: 1, range: { first: 20_000, last: 20_099 } });
    const world = createWorld([createStream(60)], { limits, arrivals: { kind: 'poisson' } });
    const { forecasts, failedAt } = watchWorld(world, { seconds: 30, firstMs: 500 });
    expect(failedAt).toBeNull();
    const settled = forecasts.slice(6);
    expect(settled.at(-1)?.forecast.used).toBe(100);
    for (const { forecast } of settled) {
      expect(forecast).toMatchObject({ mode: 'steady', holdMs: 1000 });
      expect(forecast.used).toBeGreaterThan(95);
      expect(forecast.available).toBeGreaterThan(25);
    }
  });
});

describe('the order of pools', () => {
  it('is worst first, and the ten worst have a projection within their band and capacity', () => {
    const destinations = Array.from({ length: 14 }, (_, i) => ({ ...SERVER, port: 1000 + i }));
    const simulation = simulate(createWorld(destinations.map((to, i) => createStream(2 + i, { to: [to] }))));
    simulation.runTo(20_000);
    const { pools } = createForecaster().update({
      snapshot: simulation.snapshot(),
      limits: limitsOf(),
      granularity: LEARNED,
      counters: simulation.counters(),
      intervalMs: 2000,
    });
    const pressures = pools.map(({ pressure }) => requireValue(pressure));
    expect(pressures).toHaveLength(14);
    expect(pressures).toEqual([...pressures].sort((a, b) => b - a));
    expect(pools.map(({ ahead }) => ahead.length)).toEqual([
      ...new Array<number>(10).fill(61),
      ...new Array<number>(4).fill(0),
    ]);
    for (const { ahead, capacity, used } of pools.slice(0, 10)) {
      expect(requireValue(ahead[0]).used).toBeCloseTo(used, 6);
      for (const point of ahead) {
        expect(point.low).toBeLessThanOrEqual(point.used + 1e-6);
        expect(point.used).toBeLessThanOrEqual(point.high + 1e-6);
        expect(point.high).toBeLessThanOrEqual(capacity);
      }
    }
  });
});

describe('the order of calm pools', () => {
  it('is the same in every sample while their pressures are the same to a percent', () => {
    const destinations = Array.from({ length: 12 }, (_, i) => ({ ...SERVER, port: 1000 + i }));
    const worldOfAll = createWorld(
      destinations.map((to) => createStream(0.05, { to: [to] })),
      { arrivals: { kind: 'poisson' } },
    );
    const simulation = simulate(worldOfAll);
    const forecaster = createForecaster();
    const pressures = new Set<number>();
    for (let atMs = 60_000; atMs <= 180_000; atMs += 2000) {
      simulation.runTo(atMs);
      const { pools } = forecaster.update({
        snapshot: simulation.snapshot(),
        limits: limitsOf(),
        granularity: LEARNED,
        counters: simulation.counters(),
        intervalMs: 2000,
      });
      const shown = pools.filter(({ pressure }) => pressure !== null && pressure < 0.01);
      for (const { pressure } of shown) pressures.add(requireValue(pressure));
      const ids = shown.map(({ id }) => id);
      expect(ids).toEqual([...ids].sort());
    }
    expect(pressures.size).toBeGreaterThan(10);
  });
});

/** The same snapshot as a system without timers in its table would give it. */
function removeTimers(snapshot: Snapshot): Snapshot {
  const { outboundRows } = snapshot;
  return {
    ...snapshot,
    hasTimers: false,
    outboundRows: {
      ...outboundRows,
      timer: new Uint8Array(outboundRows.timer.length),
      expiresMs: new Int32Array(outboundRows.expiresMs.length).fill(EXPIRES_UNKNOWN),
    },
  };
}
