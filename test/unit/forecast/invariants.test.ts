/** What holds of every forecast, over random simulated worlds with late FINs, leaks, bursts and unanswered connects. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import { WORTH_SAYING } from '../../builders/persistence.js';
import { requireValue } from '../../builders/require-value.js';
import { watchOn } from '../../builders/watch-on.js';
import { steps } from '../../tools/simulator/plan.js';
import { limitsOf, type Stream, type World } from '../../tools/simulator/world.js';
import { createStream, createWorld } from '../../tools/simulator/worlds.js';

const SEEDED = { seed: 37, numRuns: 150 };
const TEN_MINUTES_MS = 600_000;
const SECONDS = 130;

/** Up to 300 ports and two or three streams of any kind, each of which starts and changes at some instant. */
const rate = fc.double({ min: 0, max: 12, noNaN: true });
const instant = fc.integer({ min: 1000, max: 100_000 });
const plan = fc
  .tuple(rate, rate, instant, fc.integer({ min: 100, max: 30_000 }), rate)
  .map(([first, then, atMs, forMs, last]) => steps([0, first], [atMs, then], [atMs + forMs, last]));
const kind = fc.constantFrom<Partial<Stream>>(
  {},
  { life: { meanMs: 2000 } },
  { life: { untilMs: 60_000, overMs: 1000 } },
  { fate: 'fin_wait2', peerFinMs: 400 },
  { fate: 'fin_wait2', peerFinMs: { lag: { meanMs: 800 }, neverShare: 0.3 } },
  { fate: 'fin_wait2' },
  { fate: 'kept' },
  { fate: 'server_closes', life: { meanMs: 3000 } },
  { syn: { share: 1 } },
  { syn: { share: 0.5, timeoutMs: 5000 } },
  { syn: { share: 1, answeredAfterMs: 1500 } },
);
const stream = fc.tuple(plan, kind).map(([points, of]) => createStream(points, of));
const world = fc
  .record({
    streams: fc.array(stream, { minLength: 1, maxLength: 3 }),
    ports: fc.integer({ min: 40, max: 300 }),
    finTimeoutMs: fc.constantFrom(10_000, 60_000),
    twReuse: fc.constantFrom(0 as const, 0 as const, 1 as const),
    arrivals: fc.constantFrom({ kind: 'paced' } as const, { kind: 'poisson' } as const),
    seed: fc.integer({ min: 1, max: 1000 }),
  })
  .map(({ streams, ports, finTimeoutMs, twReuse, ...more }): World => {
    const range = { first: 20_000, last: 20_000 + ports - 1 };
    return createWorld(streams, { limits: limitsOf({ range, finTimeoutMs, twReuse }), ...more });
  });

function check(forecast: PoolForecast, text: string): void {
  const { closeRate, closeRateLow, closeRateHigh, probability, exhaustsAtMs, sampledAtMs, mode, cause } = forecast;
  if (closeRate !== null) {
    expect(requireValue(closeRateLow), text).toBeLessThanOrEqual(closeRate);
    expect(requireValue(closeRateHigh), text).toBeGreaterThanOrEqual(closeRate);
    expect(requireValue(closeRateLow), text).toBeGreaterThanOrEqual(0);
  }
  for (const each of [probability, forecast.probabilityIfHeld]) {
    if (each !== null) expect(each >= 0 && each <= 1, text).toBe(true);
  }
  const afterMs = exhaustsAtMs === null ? null : exhaustsAtMs - sampledAtMs;
  if ((probability ?? 1) < WORTH_SAYING) {
    expect(afterMs === null || afterMs > TEN_MINUTES_MS, text).toBe(true);
    if (afterMs === null) expect(['churn', 'leak', 'exhausted'], text).not.toContain(mode);
  }
  if (forecast.available === 0 && forecast.reuse === 'none') {
    expect(forecast, text).toMatchObject({ mode: 'exhausted', probability: 1, exhaustsAtMs: sampledAtMs });
  }
  expect(mode === 'exhausted' || mode === 'churn' || mode === 'leak', text).toBe(exhaustsAtMs !== null);
  expect(cause !== null, text).toBe(exhaustsAtMs !== null);
  if (cause === 'unanswered') expect(forecast.live, text).toBeGreaterThan(0);
  if (exhaustsAtMs !== null) {
    expect(requireValue(forecast.earliestAtMs ?? exhaustsAtMs), text).toBeLessThanOrEqual(exhaustsAtMs);
    expect(forecast.latestAtMs ?? Infinity, text).toBeGreaterThanOrEqual(exhaustsAtMs);
  }
  expect(forecast.used, text).toBe(forecast.live + forecast.timeWait);
  expect(forecast.synSent ?? 0, text).toBeLessThanOrEqual(forecast.live);
  for (const each of [closeRate, forecast.pressure, forecast.liveGrowth, forecast.sustainableRate]) {
    if (each !== null) expect(Number.isFinite(each) && each >= 0, text).toBe(true);
  }
  expect(forecast.why, text).not.toMatch(/NaN|Infinity|undefined|null/);
}

describe('every forecast of a random world', () => {
  it.each([true, false])('keeps its promises, sample by sample (failures counted: %s)', (countsFailures) => {
    fc.assert(
      fc.property(world, (of) => {
        for (const { at, forecast } of watchOn(of, { seconds: SECONDS, stepMs: 3000, countsFailures })) {
          check(forecast, `at ${at} s: ${forecast.mode} ${forecast.why}`);
        }
      }),
      SEEDED,
    );
  });
});
