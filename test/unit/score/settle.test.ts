import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createUnsettled,
  followForecast,
  isShown,
  settleAsUnknown,
  settleForecast,
  SETTLE_WITHIN_MS,
  type FailureBounds,
  type UnsettledForecast,
} from '../../../daemon/score/settle.js';
import type { CountedCloses, KeptForecast } from '../../../daemon/score/types.js';
import { MINUTE_MS } from '../../../daemon/units.js';

/** When the forecasts are made: on the wall clock, and on the monotonic clock. */
const MADE_AT_MS = Date.UTC(2026, 0, 5, 12);
const MADE_MS = 1_000_000;

/** A forecast of 25 closes per second that foresees an exhaustion after 60 s, between 50 and 70 s. */
function forecastOf(changes: Partial<KeptForecast> = {}): KeptForecast {
  return {
    poolId: 'p',
    madeAtMs: MADE_AT_MS,
    mode: 'churn',
    closeRate: 25,
    live: 100,
    exhaustsAtMs: MADE_AT_MS + 60_000,
    earliestAtMs: MADE_AT_MS + 50_000,
    latestAtMs: MADE_AT_MS + 70_000,
    probability: 0.9,
    ...changes,
  };
}

function closesBetween(fromMs: number, toMs: number, perSecond: number): CountedCloses {
  return { fromMs: MADE_MS + fromMs, toMs: MADE_MS + toMs, closes: (perSecond * (toMs - fromMs)) / 1000 };
}

/** Follows a forecast for 60 s, a sample every 2 s; the rate is given per second after it was made. */
function follow(forecast: KeptForecast, ratePerSecond: (second: number) => number): UnsettledForecast {
  const counted = [closesBetween(-10_000, 0, ratePerSecond(-1))];
  const unsettled = createUnsettled(forecast, MADE_MS, counted);
  for (let ms = 0; ms < 60_000; ms += 2000) {
    const newCloses = [closesBetween(ms, ms + 2000, ratePerSecond(ms / 1000))];
    counted.push(...newCloses);
    followForecast(unsettled, { nowMs: MADE_MS + ms + 2000, live: forecast.live, newCloses, counted });
  }
  return unsettled;
}

const steady = (forecast = forecastOf()): UnsettledForecast => follow(forecast, () => 25);
/** Settles by a failure that came so long after the forecast, by bounds relative to the forecast. */
const settle = (unsettled: UnsettledForecast, { afterMs, beforeMs }: FailureBounds) =>
  settleForecast(
    unsettled,
    { afterMs: MADE_MS + afterMs, beforeMs: MADE_MS + beforeMs },
    { monotonicMs: MADE_MS + beforeMs, atMs: MADE_AT_MS + beforeMs },
  );
const settleExactly = (unsettled: UnsettledForecast, ms: number) => settle(unsettled, { afterMs: ms, beforeMs: ms });

it('a forecast counts as a warning above a probability of one half', () => {
  expect([null, 0.5, 0.5001].map((probability) => isShown({ probability }))).toEqual([false, false, true]);
});

describe('an unsettled forecast waits', () => {
  it.each([
    ['10 minutes where its interval ends before', 70_000, 0.9, 10],
    ['until its interval ends', 15 * MINUTE_MS, 0.9, 15],
    ['20 minutes at most', 30 * MINUTE_MS, 0.9, 20],
    ['10 minutes where its interval has no end', null, 0.9, 10],
    ['10 minutes where it does not warn', 15 * MINUTE_MS, 0.4, 10],
  ])('%s', (_name, latestMs, probability, minutes) => {
    const latestAtMs = latestMs === null ? null : MADE_AT_MS + latestMs;
    const { untilMs } = createUnsettled(forecastOf({ latestAtMs, probability }), MADE_MS, []);
    expect(untilMs - MADE_MS).toBe(minutes * MINUTE_MS);
    expect(untilMs - MADE_MS).toBeLessThanOrEqual(SETTLE_WITHIN_MS);
  });
});

describe('the traffic that follows a forecast', () => {
  it('has no rate before anything was counted', () => {
    expect(createUnsettled(forecastOf(), MADE_MS, [])).toMatchObject({
      rateBefore: null,
      rateAtFirst: null,
      rateSinceThen: null,
    });
  });

  it('has the rate of its closes: before, just after, and since then', () => {
    const { rateBefore, rateAtFirst, rateSinceThen } = follow(forecastOf(), (second) =>
      second < 0 ? 5 : second < 10 ? 20 : 50,
    );
    expect(rateBefore).toBeCloseTo(5, 9);
    expect(rateAtFirst).toBeCloseTo(20, 9);
    expect(rateSinceThen).toBeCloseTo((10 * 20 + 50 * 50) / 60, 9);
  });

  it('counts only that part of a stretch which lies after the forecast', () => {
    const unsettled = createUnsettled(forecastOf(), MADE_MS, []);
    const newCloses = [closesBetween(-2000, 2000, 25)];
    followForecast(unsettled, { nowMs: MADE_MS + 2000, live: 0, newCloses, counted: newCloses });
    expect(unsettled).toMatchObject({ closesSinceThen: 50, watchedMs: 2000, rateSinceThen: 25 });
  });

  it('does not change at the sample of the forecast itself', () => {
    const unsettled = createUnsettled(forecastOf(), MADE_MS, []);
    const newCloses = [closesBetween(-2000, 0, 25)];
    followForecast(unsettled, { nowMs: MADE_MS, live: 0, newCloses, counted: newCloses });
    expect(unsettled).toMatchObject({ watchedMs: 0, rateAtFirst: null, rateSinceThen: null });
  });

  it('of a leak is the growth of the live ports, and never negative', () => {
    const unsettled = createUnsettled(forecastOf({ mode: 'leak' }), MADE_MS, []);
    const observe = (ms: number, live: number): void =>
      followForecast(unsettled, { nowMs: MADE_MS + ms, live, newCloses: [], counted: [] });
    observe(60_000, 220);
    expect(unsettled).toMatchObject({ rateAtFirst: 2, rateSinceThen: 2 });
    // The rate just after the forecast is that of the first minute.
    observe(120_000, 460);
    expect(unsettled).toMatchObject({ rateAtFirst: 2, rateSinceThen: 3 });
    observe(180_000, 50);
    expect(unsettled.rateSinceThen).toBe(0);
  });
});

describe('a forecast that is settled by a failure', () => {
  it('has the outcome, the error of its instant and the share of its interval', () => {
    expect(settleExactly(steady(), 65_000)).toEqual({
      poolId: 'p',
      madeAtMs: MADE_AT_MS,
      settledAtMs: MADE_AT_MS + 65_000,
      failedAtMs: MADE_AT_MS + 65_000,
      probability: 0.9,
      happened: true,
      errorMs: -5000,
      held: 1,
    });
  });

  it('has an interval from its instant on where it states no earliest one', () => {
    expect(settleExactly(steady(forecastOf({ earliestAtMs: null })), 60_000).held).toBe(1);
    expect(settleExactly(steady(forecastOf({ earliestAtMs: null })), 59_999).held).toBe(0);
  });

  it('takes the middle of the bounds of a failure as its instant, but no instant before the forecast', () => {
    expect(settle(steady(), { afterMs: -2000, beforeMs: 6000 })).toMatchObject({
      failedAtMs: MADE_AT_MS + 2000,
      errorMs: 58_000,
    });
    expect(settle(steady(), { afterMs: -6000, beforeMs: 2000 })).toMatchObject({
      failedAtMs: MADE_AT_MS,
      errorMs: 60_000,
    });
  });

  it('holds the share of the bounds that overlaps its interval (property)', () => {
    const ms = fc.integer({ min: 0, max: 100_000 });
    const ordered = fc.tuple(ms, ms).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    fc.assert(
      fc.property(ordered, ordered, ([earliestMs, latestMs], [afterMs, beforeMs]) => {
        const forecast = forecastOf({ earliestAtMs: MADE_AT_MS + earliestMs, latestAtMs: MADE_AT_MS + latestMs });
        const { held } = settle(steady(forecast), { afterMs, beforeMs });
        // A thousand instants, spread evenly over the bounds.
        const instants = Array.from({ length: 1000 }, (_, i) => afterMs + ((i + 0.5) / 1000) * (beforeMs - afterMs));
        const inside = instants.filter((instant) => instant >= earliestMs && instant <= latestMs).length;
        expect(Math.abs((held ?? NaN) - inside / 1000)).toBeLessThanOrEqual(0.002);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['it states no instant', { exhaustsAtMs: null }],
    ['it does not warn', { probability: 0.5 }],
    ['it states no probability', { probability: null }],
  ])('is not held to an instant where %s', (_name, changes) => {
    expect(settleExactly(steady(forecastOf(changes)), 65_000)).toMatchObject({ errorMs: null, held: null });
  });
});

describe('the traffic stays the same', () => {
  const isCompared = (unsettled: UnsettledForecast): boolean => settleExactly(unsettled, 61_000).errorMs !== null;

  // Over 60 s, the first 10 s at 25 closes per second, the mean rate is 37.5 where 40 follow, and 16.7 where 15 follow.
  it.each([
    [40, true],
    [40.1, false],
    [15.1, true],
    [14.9, false],
  ])('while the mean rate is within a factor of 1.5 of the first: 25/s and then %d/s gives %s', (later, expected) => {
    expect(isCompared(follow(forecastOf(), (second) => (second < 10 ? 25 : later)))).toBe(expected);
  });

  it('also where the forecast states the wrong rate, as that is its own error', () => {
    expect(isCompared(follow(forecastOf({ closeRate: 100 }), () => 25))).toBe(true);
    expect(isCompared(follow(forecastOf({ closeRate: null }), () => 25))).toBe(true);
  });

  it('also where the rate changed just before and the forecast states the new one', () => {
    expect(isCompared(follow(forecastOf(), (second) => (second < 0 ? 1 : 25)))).toBe(true);
  });

  it('not where the rate that followed is neither that before nor the stated one', () => {
    expect(isCompared(follow(forecastOf(), (second) => (second < 0 ? 1 : 60)))).toBe(false);
  });

  it('cannot be known where nothing was seen after the forecast', () => {
    expect(isCompared(createUnsettled(forecastOf(), MADE_MS, []))).toBe(false);
  });
});

describe('a forecast whose time is over without a failure', () => {
  const settleWithout = (unsettled: UnsettledForecast, ms: number) =>
    settleForecast(unsettled, null, { monotonicMs: MADE_MS + ms, atMs: MADE_AT_MS + ms });

  it('did not come true, and an interval that is over has not held', () => {
    expect(settleWithout(steady(), 602_000)).toMatchObject({
      settledAtMs: MADE_AT_MS + 602_000,
      failedAtMs: null,
      happened: false,
      errorMs: null,
      held: 0,
    });
  });

  it('is not held to an interval that is not over, or where the traffic changed', () => {
    const later = forecastOf({ latestAtMs: MADE_AT_MS + 30 * MINUTE_MS });
    expect(settleWithout(steady(later), 1_202_000)).toMatchObject({ happened: false, held: null });
    const changed = follow(forecastOf(), (second) => (second < 10 ? 25 : 2));
    expect(settleWithout(changed, 602_000)).toMatchObject({ happened: false, held: null });
  });
});

it('a forecast whose outcome cannot be found out is settled without one', () => {
  expect(settleAsUnknown(steady(), MADE_AT_MS + 4000.4)).toEqual({
    poolId: 'p',
    madeAtMs: MADE_AT_MS,
    settledAtMs: MADE_AT_MS + 4000,
    failedAtMs: null,
    probability: 0.9,
    happened: null,
    errorMs: null,
    held: null,
  });
});
