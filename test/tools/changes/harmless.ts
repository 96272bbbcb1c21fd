/** Traffic of many hours that never changes for good: flat rates, bursts, daily cycles, and programs that come and go. */
import type { Arrivals } from '../simulator/arrivals.js';
import { steps, type RatePoint } from '../simulator/plan.js';
import { LEARNED, limitsOf, SERVER, type Stream, type World } from '../simulator/world.js';
import type { Draw } from '../scoreboard/draw.js';
import { findLimitRate } from '../scoreboard/limit-rate.js';

interface HarmlessFamily {
  readonly name: string;
  readonly hours: number;
  readonly draw: (draw: Draw) => World;
}

const CAPACITY = 1000;
const LIMIT = findLimitRate(CAPACITY);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export const HARMLESS: readonly HarmlessFamily[] = [
  { name: 'steady', hours: 8, draw: (draw) => worldOf([churn(draw.between(0.1, 0.95))], draw) },
  {
    name: 'steady, clusters',
    hours: 8,
    draw: (draw) =>
      worldOf([churn(draw.between(0.1, 0.9))], draw, {
        kind: 'clusters',
        mean: draw.between(1.5, 4),
        spreadMs: 1000 * draw.between(0.5, 4),
      }),
  },
  {
    name: 'steady, rate that varies',
    hours: 8,
    draw: (draw) =>
      worldOf([churn(draw.between(0.1, 0.8))], draw, {
        kind: 'modulated',
        relativeSd: draw.between(0.1, 0.4),
        correlationMs: draw.between(4000, 10 * MINUTE_MS),
      }),
  },
  {
    name: 'long connections',
    hours: 8,
    draw: (draw) => worldOf([churn(draw.between(0.02, 0.2), draw.between(10_000, 120_000))], draw),
  },
  {
    name: 'bursts of seconds',
    hours: 8,
    draw: (draw) => worldOf([churn(drawBursts(draw, 8, [5000, 40_000], [75_000, 15 * MINUTE_MS]))], draw),
  },
  {
    name: 'bursts of minutes',
    hours: 8,
    draw: (draw) => worldOf([churn(drawBursts(draw, 8, [MINUTE_MS, 10 * MINUTE_MS], [5 * MINUTE_MS, HOUR_MS]))], draw),
  },
  { name: 'daily cycle', hours: 24, draw: (draw) => worldOf([churn(drawDay(draw, 24))], draw) },
  {
    name: 'daily cycle, rate that varies',
    hours: 24,
    draw: (draw) =>
      worldOf([churn(drawDay(draw, 24))], draw, {
        kind: 'modulated',
        relativeSd: draw.between(0.1, 0.3),
        correlationMs: draw.between(4000, 5 * MINUTE_MS),
      }),
  },
];

function worldOf(streams: readonly Stream[], draw: Draw, arrivals: Arrivals = { kind: 'poisson' }): World {
  const limits = limitsOf({ range: { first: 20_000, last: 20_000 + CAPACITY - 1 }, twReuse: 2 });
  return { limits, granularity: LEARNED, arrivals, seed: draw.seed(), streams };
}

/** Rates are shares of the limit, as on the scoreboard. */
function churn(rate: number | readonly RatePoint[], life = 300): Stream {
  return {
    to: [SERVER],
    rate: typeof rate === 'number' ? rate * LIMIT : rate.map((point) => scale(point)),
    fate: 'time_wait',
    life: { meanMs: life },
  };
}

function scale({ atMs, rate, slopePerMs = 0 }: RatePoint): RatePoint {
  return { atMs, rate: rate * LIMIT, slopePerMs: slopePerMs * LIMIT };
}

/** Bursts whose lengths and distances are drawn anew each time. */
function drawBursts(draw: Draw, hours: number, lastsMs: readonly [number, number], everyMs: readonly [number, number]) {
  const base = draw.between(0.05, 0.4);
  const points: (readonly [number, number])[] = [[0, base]];
  for (let atMs = draw.between(...everyMs); atMs < hours * HOUR_MS; atMs += draw.between(...everyMs)) {
    const endMs = atMs + draw.between(...lastsMs);
    points.push([atMs, draw.between(0.6, 2)], [endMs, base]);
    atMs = endMs;
  }
  return steps(...points);
}

/** A day from its low to its peak and back, in lines of five minutes, beginning at any hour of it. */
function drawDay(draw: Draw, hours: number): RatePoint[] {
  const [low, peak, startH] = [draw.between(0.05, 0.3), draw.between(0.5, 0.88), draw.between(0, 23)];
  const at = (hour: number): number => low + ((peak - low) * (1 - Math.cos((2 * Math.PI * (startH + hour)) / 24))) / 2;
  return Array.from({ length: hours * 12 }, (_, index) => {
    const [from, to] = [at(index / 12), at((index + 1) / 12)];
    return { atMs: index * 5 * MINUTE_MS, rate: from, slopePerMs: (to - from) / (5 * MINUTE_MS) };
  });
}
