/** Growth of live ports: found within samples of its begin, and not seen in steps and variation. */
import { describe, expect, it } from 'vitest';
import { measureGrowth, NO_GROWTH, rememberLive, type Growth, type LiveSample } from '../../../daemon/forecast/leak.js';
import { requireValue } from '../../builders/require-value.js';
import { exponential, seeded } from '../../tools/simulator/random.js';

/** Live ports at an instant, in seconds since the growth began. */
type Live = (second: number) => number;

/** The growth at each sample from `from` s on, every 2 s unless stated. */
function measureEach(live: Live, { from = 0, until, step = 2 }: { from?: number; until: number; step?: number }) {
  const history: LiveSample[] = [];
  const measured: { readonly at: number; readonly growth: Growth | null }[] = [];
  for (let n = 0, at = from; at <= until; n += 1, at = from + n * step) {
    rememberLive(history, { monotonicMs: 1e6 + at * 1000, live: Math.max(0, Math.round(live(at))) });
    measured.push({ at, growth: measureGrowth(history) });
  }
  expect(history.length).toBeLessThan(300);
  return measured;
}

/** The samples later than `after`, all of which must have a growth. */
const measureAfter = (live: Live, after: number, span: { from?: number; until: number }) => {
  const samples = measureEach(live, span).filter(({ at }) => at > after);
  expect(samples.length).toBeGreaterThan(0);
  return samples.map(({ at, growth }) => ({ at, growth: requireValue(growth) }));
};

const listRates = (live: Live, until: number): (number | null)[] =>
  measureEach(live, { until }).map(({ growth }) => growth?.perSecond ?? null);

/** Instants within a step of 2 s at which growth may begin. */
const PHASES = Array.from({ length: 20 }, (_, i) => (i + 0.5) / 10);
/** One port every sixth of a second, the first one at once. */
const growPaced: Live = (second) => (second < 0 ? 0 : Math.floor(6 * second) + 1);

describe('growth that has just begun', () => {
  it('is unknown before two steps can be compared', () => {
    expect(listRates((s) => 6 * s, 2)).toEqual([null, null]);
  });

  it('is found from its second sample on, as exactly as whole ports allow, wherever in a step it began', () => {
    for (const began of PHASES) {
      const [, ...later] = measureAfter(growPaced, 0, { from: -4 - began, until: 18 });
      expect(later.length).toBeGreaterThan(6);
      later.forEach(({ growth }, wholeSteps) => {
        expect(Math.abs(growth.perSecond - 6)).toBeLessThanOrEqual(1 / (2 * (wholeSteps + 1)) + 1e-6);
      });
    }
  });

  it('has the age of its begin, to half a step of the samples', () => {
    for (const began of PHASES) {
      for (const { at, growth } of measureAfter(growPaced, 4, { from: -4 - began, until: 18 })) {
        expect(Math.abs(growth.lastedMs / 1000 - at)).toBeLessThan(1);
      }
    }
  });

  it('is found as fast in a pool that was watched before: old samples do not slow it down', () => {
    for (const began of PHASES) {
      for (const { growth } of measureAfter((s) => 40 + growPaced(s), 12, { from: -120 - began, until: 300 })) {
        expect(Math.abs(growth.perSecond - 6)).toBeLessThan(0.2);
      }
    }
  });

  it.each([
    [10, 20],
    [20, 40],
    [60, 90],
  ])('at random instants has, %d to %d s after its begin, nearly the smallest possible error', (after, until) => {
    const random = seeded(5);
    let squares = 0;
    let bias = 0;
    let count = 0;
    for (let round = 0; round < 200; round += 1) {
      const opened: number[] = [];
      for (let at = exponential(random) / 20; at < until; at += exponential(random) / 20) opened.push(at);
      const countOpened: Live = (s) => opened.filter((at) => at <= s).length;
      for (const { at, growth } of measureEach(countOpened, { from: -60 - 2 * random(), until })) {
        if (at < after) continue;
        // In units of the error of an estimate that is given the begin and only counts.
        const error = (requireValue(growth).perSecond - 20) / Math.sqrt(20 / at);
        squares += error ** 2;
        bias += error;
        count += 1;
      }
    }
    expect(count).toBeGreaterThan(500);
    expect(Math.sqrt(squares / count)).toBeLessThan(1.6);
    expect(Math.abs(bias / count)).toBeLessThan(0.4);
  });

  it('of one port a minute is found within two hours', () => {
    expect(listRates((s) => 20 + s / 60, 7200).at(-1)).toBeCloseTo(1 / 60, 3);
  });
});

describe('growth that goes on', () => {
  // The interval is the one of a busy host, which reads its socket table when it comes to it.
  it.each([1, 2, 3, 5, 7])(
    'of four minutes is never lost from sight, and its age is known to a half, at samples every %d s',
    (step) => {
      for (const began of [0.1, 0.7, 1.3, 1.9]) {
        const samples = measureEach((s) => 20 + Math.max(0, s) / 2, { from: -60 - began, until: 7200, step });
        const later = samples.filter(({ at }) => at > 240);
        expect(later.filter(({ growth }) => (growth?.perSecond ?? 0) === 0)).toEqual([]);
        const shares = later.filter(({ at }) => at > 400).map(({ at, growth }) => (growth?.lastedMs ?? 0) / 1000 / at);
        expect(Math.min(...shares)).toBeGreaterThan(0.42);
      }
    },
  );
});

describe('growth that has stopped', () => {
  // Of 60 a second the longest span that shows it is that of 5 minutes, whose newest block alone lasts one minute.
  it.each([
    [60, 20],
    [20, 30],
  ])('of %d ports a second is not stated any more %d s later', (perSecond, after) => {
    const rates = measureEach((s) => 200 + perSecond * Math.min(Math.max(0, s), 240), { from: -120, until: 340 });
    const [before, later] = [
      rates.filter(({ at }) => at > 200 && at < 240),
      rates.filter(({ at }) => at > 240 + after),
    ];
    expect(before.filter(({ growth }) => growth?.perSecond === 0)).toEqual([]);
    expect(later.filter(({ growth }) => growth?.perSecond !== 0)).toEqual([]);
  });
});

describe('what only looks like growth', () => {
  it.each<[string, Live]>([
    ['a step', (s) => (s < 20 ? 10 : 400)],
    ['a connection pool that warms up to 50', (s) => Math.min(50, 6 * s)],
    ['a slower one', (s) => Math.min(50, 2 * s)],
    ['a falling number', (s) => 500 - s],
  ])('does not last: %s', (_, live) => {
    expect(listRates(live, 120).slice(-35)).toEqual(new Array<number>(35).fill(0));
  });

  it('a jump after a first connection has lasted no time, and is over at the next sample', () => {
    const [, , jump, next] = measureEach((s) => [0, 1, 400][Math.min(2, s / 2)] ?? NaN, { until: 6 });
    expect(requireValue(jump?.growth).lastedMs).toBeLessThan(100);
    expect(requireValue(next?.growth)).toEqual(NO_GROWTH);
  });

  it('a jump of a busy pool is not growth: the step before it is within its usual variation', () => {
    expect(listRates((s) => [80, 83, 400][Math.min(2, s / 2)] ?? NaN, 8)).toEqual([null, null, 0, 0, 0]);
  });

  it('a jump that a sample divides into two unequal parts is not growth', () => {
    expect(listRates((s) => [0, 340, 400][Math.min(2, s / 2)] ?? NaN, 8)).toEqual([null, null, 0, 0, 0]);
  });

  it('the variation of requests in flight is not growth', () => {
    const random = seeded(3);
    const rates = listRates(() => 80 + 9 * (random() + random() + random() - 1.5) * 2, 3600);
    expect(rates.slice(0, 2)).toEqual([null, null]);
    expect(rates.slice(2)).toEqual(new Array<number>(1799).fill(0));
  });
});

describe('the history of live ports', () => {
  it('ignores a sample that is not newer', () => {
    const history: LiveSample[] = [];
    rememberLive(history, { monotonicMs: 2000, live: 5 });
    rememberLive(history, { monotonicMs: 2000, live: 9 });
    rememberLive(history, { monotonicMs: 1000, live: 9 });
    expect(history).toEqual([{ monotonicMs: 2000, live: 5 }]);
  });

  it('keeps every sample of two minutes, then one in 20 s, after ten minutes one a minute, and none after two hours', () => {
    const history: LiveSample[] = [];
    for (let ms = 0; ms <= 10_800_000; ms += 2000) rememberLive(history, { monotonicMs: ms, live: 1 });
    const ages = history.map(({ monotonicMs }) => 10_800_000 - monotonicMs);
    const stepsBetween = (youngest: number, oldest: number): number[] => {
      const between = ages.filter((age) => age > youngest && age <= oldest);
      return between.slice(1).map((age, index) => requireValue(between[index]) - age);
    };
    expect(new Set(stepsBetween(-1, 120_000))).toEqual(new Set([2000]));
    expect(new Set(stepsBetween(120_000, 600_000))).toEqual(new Set([20_000]));
    expect(new Set(stepsBetween(600_000, 7_200_000))).toEqual(new Set([60_000]));
    expect(Math.max(...ages)).toBeGreaterThan(7_100_000);
    expect(Math.max(...ages)).toBeLessThanOrEqual(7_200_000);
  });

  it('leaves no hole in the minutes after a gap in the samples', () => {
    const history: LiveSample[] = [];
    for (let second = 0; second <= 300; second += 2) {
      if (second > 100 && second < 140) continue;
      rememberLive(history, { monotonicMs: second * 1000, live: 1 });
    }
    const steps = history
      .slice(1)
      .map(({ monotonicMs }, index) => monotonicMs - requireValue(history[index]).monotonicMs);
    expect(Math.max(...steps)).toBeLessThanOrEqual(60_000);
  });
});
