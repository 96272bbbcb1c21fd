import { describe, expect, it } from 'vitest';
import { measureGrowth, rememberLive, type Growth, type LiveSample } from '../../../daemon/forecast/leak.js';
import { exponential, seeded } from '../../tools/simulator/random.js';

/** Live ports at an instant, in seconds since the growth began. */
type Live = (second: number) => number;

/** What is known of the growth at each sample from `from` s on; every 2 s where not said. */
function follow(live: Live, { from = 0, until, step = 2 }: { from?: number; until: number; step?: number }) {
  const history: LiveSample[] = [];
  const seen: { readonly at: number; readonly growth: Growth | null }[] = [];
  for (let n = 0, at = from; at <= until; n += 1, at = from + n * step) {
    rememberLive(history, { monotonicMs: 1e6 + at * 1000, live: Math.max(0, Math.round(live(at))) });
    seen.push({ at, growth: measureGrowth(history) });
  }
  expect(history.length).toBeLessThan(250);
  return seen;
}

const rates = (live: Live, until: number): (number | null)[] =>
  follow(live, { until }).map(({ growth }) => growth?.perSecond ?? null);

/** Instants within a step of 2 s at which growth may begin. */
const PHASES = Array.from({ length: 20 }, (_, i) => (i + 0.5) / 10);
/** One port every sixth of a second, the first at once. */
const paced: Live = (second) => (second < 0 ? 0 : Math.floor(6 * second) + 1);

describe('growth that has just begun', () => {
  it('is unknown before there is a history', () => {
    expect(rates((s) => 6 * s, 2)).toEqual([null, null]);
  });

  it('is told from its second sample on, as well as whole ports allow, wherever in a step it began', () => {
    for (const began of PHASES) {
      const seen = follow(paced, { from: -4 - began, until: 18 }).filter(({ at }) => at > 0);
      seen.slice(1).forEach(({ growth }, whole) => {
        expect(Math.abs((growth?.perSecond ?? 0) - 6)).toBeLessThanOrEqual(1 / (2 * (whole + 1)) + 1e-6);
      });
    }
  });

  it('has lasted since it began, to half a step of the samples', () => {
    for (const began of PHASES) {
      const seen = follow(paced, { from: -4 - began, until: 18 }).filter(({ at }) => at > 4);
      for (const { at, growth } of seen) expect(Math.abs((growth?.lastedMs ?? 0) / 1000 - at)).toBeLessThan(1);
    }
  });

  it('is told as well in a pool that was watched before: an old sample never slows it down', () => {
    for (const began of PHASES) {
      const seen = follow((s) => 40 + paced(s), { from: -120 - began, until: 300 });
      for (const { at, growth } of seen) {
        if (at > 12) expect(Math.abs((growth?.perSecond ?? 0) - 6)).toBeLessThan(0.2);
      }
    }
  });

  it.each([
    [10, 20],
    [20, 40],
    [60, 90],
  ])('by chance is known after %d to %d s about as well as its ports allow', (after, until) => {
    const random = seeded(5);
    let squares = 0;
    let bias = 0;
    let count = 0;
    for (let round = 0; round < 200; round += 1) {
      const opened: number[] = [];
      for (let at = exponential(random) / 20; at < until; at += exponential(random) / 20) opened.push(at);
      const seen = follow((s) => opened.filter((at) => at <= s).length, { from: -60 - 2 * random(), until });
      for (const { at, growth } of seen) {
        if (at < after) continue;
        // In units of the error of who knows when it began, and counts.
        const error = ((growth?.perSecond ?? 0) - 20) / Math.sqrt(20 / at);
        squares += error ** 2;
        bias += error;
        count += 1;
      }
    }
    expect(Math.sqrt(squares / count)).toBeLessThan(1.6);
    expect(Math.abs(bias / count)).toBeLessThan(0.4);
  });

  it('finds one port a minute within the hour', () => {
    expect(rates((s) => 20 + s / 60, 7200).at(-1)).toBeCloseTo(1 / 60, 3);
  });
});

describe('what only looks like growth', () => {
  it.each<[string, Live]>([
    ['a step', (s) => (s < 20 ? 10 : 400)],
    ['a connection pool that warms up to 50', (s) => Math.min(50, 6 * s)],
    ['a slower one', (s) => Math.min(50, 2 * s)],
    ['a falling number', (s) => 500 - s],
  ])('does not last: %s', (_, live) => {
    expect(rates(live, 120).slice(-35)).toEqual(new Array<number>(35).fill(0));
  });

  it('a jump after a first connection has lasted no time, and is over at the next sample', () => {
    const [, , jumped, over] = follow((s) => [0, 1, 400][Math.min(2, s / 2)] ?? 0, { until: 6 });
    expect(jumped?.growth?.lastedMs).toBeLessThan(100);
    expect(over?.growth?.perSecond).toBe(0);
  });

  it('a jump of a busy pool is none: the step before it was its usual to and fro', () => {
    expect(rates((s) => [80, 83, 400][Math.min(2, s / 2)] ?? 0, 8)).toEqual([null, null, 0, 0, 0]);
  });

  it('a jump that a sample falls into is none, unless both parts are alike', () => {
    expect(rates((s) => [0, 340, 400][Math.min(2, s / 2)] ?? 0, 8)).toEqual([null, null, 0, 0, 0]);
  });

  it('the to and fro of requests in flight', () => {
    const random = seeded(3);
    const jitter = rates(() => 80 + 9 * (random() + random() + random() - 1.5) * 2, 3600);
    expect(jitter.filter((growth) => growth !== null && growth !== 0)).toEqual([]);
  });
});
