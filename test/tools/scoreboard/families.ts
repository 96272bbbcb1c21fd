/**
 * The families of the scoreboard and the ranges their cases are drawn from: the one place that says what "a step" or "a
 * burst" is. Rates are in shares of the limit, capacity / (60 s + g), so one range serves every capacity.
 */
import type { Arrivals } from '../simulator/arrivals.js';
import type { Draw } from './draw.js';

/** A rate plan in shares of the limit: from each instant on a constant or a line towards `to` by the next instant. */
export interface Leg {
  readonly atS: number;
  readonly from: number;
  readonly to: number;
}

export interface Scenario {
  /** Closes that leave TIME_WAIT, and connections that are kept open, per leg. */
  readonly churn: readonly Leg[];
  readonly kept: readonly Leg[];
  readonly arrivals: Arrivals;
  /** When the traffic that leads to the failure, or might, began; null where nothing changes. */
  readonly onsetS: number | null;
  /** Before this the daemon has only just started: what it says does not count. */
  readonly scoredFromS: number;
  readonly endS: number;
  readonly sampleS: number;
  /** Share of samples that are missed. */
  readonly missed: number;
  readonly destinations: number;
  readonly reuse: 'off' | 'loopback';
  /** The range shrinks to this share of its ports at this instant. */
  readonly shrinks: { readonly atS: number; readonly to: number } | null;
  /** Bursts of one kind, over and over: each after the first ten is scored by itself. Null where there are none. */
  readonly bursts: KnownBursts | null;
}

/** Lengths are of one kind or of two, each log-normal about its typical one. */
export interface KnownBursts {
  readonly kinds: readonly { readonly share: number; readonly typicalS: number; readonly scatter: number }[];
  /** When each scored one begins, and when the last of them has ebbed away. */
  readonly onsetsS: readonly number[];
  readonly endS: number;
}

export interface Family {
  readonly name: string;
  /** Cases per seed set at each capacity. */
  readonly cases: { readonly 1000: number; readonly 28232: number };
  readonly draw: (draw: Draw, capacity: number) => Scenario;
}

const flat = (rate: number): readonly Leg[] => [{ atS: 0, from: rate, to: rate }];
const POISSON: Arrivals = { kind: 'poisson' };
const PACED: Arrivals = { kind: 'paced' };

const SCENARIO: Omit<Scenario, 'churn' | 'endS'> = {
  kept: [],
  arrivals: POISSON,
  onsetS: null,
  scoredFromS: 60,
  sampleS: 2,
  missed: 0,
  destinations: 1,
  reuse: 'off',
  shrinks: null,
  bursts: null,
};

/** How much history over-dispersed arrivals are given: so long it takes to tell them from Poisson ones. */
const DISPERSION_SHOWS_S = 300;

/** The same with requests that come in bunches of some closes, spread over seconds, or a rate that wavers over seconds. */
function inBunches(draw: Draw, scenario: Scenario): Scenario {
  const arrivals: Arrivals = draw.chance(0.6)
    ? { kind: 'clusters', mean: draw.between(1.5, 4), spreadMs: 1000 * draw.between(0.5, 4) }
    : { kind: 'modulated', relativeSd: draw.between(0.08, 0.2), correlationMs: 1000 * draw.between(1, 4) };
  return { ...scenario, arrivals, scoredFromS: DISPERSION_SHOWS_S };
}

/** Base, then at once a rate over the limit. */
function step(draw: Draw, beforeS: number, range: readonly [number, number] = [1.1, 2.5]): Scenario {
  const base = draw.between(0, 0.6);
  const rate = draw.between(...range);
  const churn = [
    { atS: 0, from: base, to: base },
    { atS: beforeS, from: rate, to: rate },
  ];
  return { ...SCENARIO, churn, onsetS: beforeS, endS: beforeS + 150 };
}

function settlingStep(draw: Draw, beforeS: number, afterS = 180): Scenario {
  const base = draw.between(0, 0.6);
  const rate = draw.between(0.3, 0.95);
  const churn = [
    { atS: 0, from: base, to: base },
    { atS: beforeS, from: rate, to: rate },
  ];
  return { ...SCENARIO, churn, endS: beforeS + afterS };
}

function ramp(draw: Draw, [low, high]: readonly [number, number]): Scenario {
  const beforeS = draw.between(60, 200);
  const base = draw.between(0.1, 0.5);
  const top = draw.between(low, high);
  const lastsS = draw.between(900, 1800);
  const churn = [
    { atS: 0, from: base, to: base },
    { atS: beforeS, from: base, to: top },
    { atS: beforeS + lastsS, from: top, to: top },
  ];
  return { ...SCENARIO, churn, onsetS: beforeS, endS: beforeS + lastsS + 200 };
}

/** Closes until all ports are taken, of a burst at `rate` on a base that has been going on. */
function secondsToFill(rate: number, base: number): number {
  // Until a hold has passed the base's old ports come free as fast as the base would refill them.
  const net = rate - base;
  return net <= 0 ? Infinity : Math.min(62, (62 * (1 - base)) / net);
}

function burst(draw: Draw, base: number, lasts: readonly [number, number]): Scenario {
  const rate = draw.between(1.3, 4);
  const atS = draw.between(70, 90);
  const lastsS = Math.max(1, draw.between(...lasts) * secondsToFill(rate, base));
  const churn = [
    { atS: 0, from: base, to: base },
    { atS, from: rate, to: rate },
    { atS: atS + lastsS, from: base, to: base },
  ];
  return { ...SCENARIO, churn, onsetS: atS, endS: atS + lastsS + 130 };
}

/** So many bursts only teach, and so many are scored. */
const TEACHING = 10;
const SCORED = 12;
/** From the end of a burst to the next: the ports of the first one have come free. */
const BETWEEN_S = 75;

/** Bursts over and over, of one kind or of a shorter and a longer one, whose lengths scatter about the typical ones. */
function knownBursts(draw: Draw): Scenario {
  const base = draw.between(0, 0.4);
  const rate = draw.between(1.5, 3);
  const fillS = secondsToFill(rate, base);
  const first = { share: 1, typicalS: fillS * draw.between(0.25, 1.3), scatter: draw.between(0.15, 0.7) };
  const [share, longerBy, scatter] = [draw.between(0.4, 0.8), draw.between(1.5, 4), draw.between(0.1, 0.4)];
  const kinds = draw.chance(0.6)
    ? [first]
    : [
        { ...first, share, scatter },
        { share: 1 - share, typicalS: longerBy * first.typicalS, scatter },
      ];
  const churn: Leg[] = [{ atS: 0, from: base, to: base }];
  const onsetsS: number[] = [];
  let atS = 70;
  for (let i = 0; i < TEACHING + SCORED; i += 1) {
    const kind = (draw.chance(kinds[0]?.share ?? 1) ? kinds[0] : kinds[1]) ?? first;
    const lastsS = Math.max(2, kind.typicalS * Math.exp(kind.scatter * draw.normal()));
    churn.push({ atS, from: rate, to: rate }, { atS: atS + lastsS, from: base, to: base });
    if (i >= TEACHING) onsetsS.push(atS);
    atS += lastsS + BETWEEN_S;
  }
  return { ...SCENARIO, churn, endS: atS, bursts: { kinds, onsetsS, endS: atS } };
}

function leak(draw: Draw, more: { churn: number; stops: boolean }): Scenario {
  const atS = draw.between(70, 120);
  // Kept open until full, in seconds, without any closes.
  const fillsS = draw.between(60, 500);
  const share = 62 / fillsS;
  const lastsS = more.stops ? fillsS * draw.between(0.1, 0.7) * (1 - more.churn) : 3 * fillsS;
  const kept = [
    { atS: 0, from: 0, to: 0 },
    { atS, from: share, to: share },
    { atS: atS + lastsS, from: 0, to: 0 },
  ];
  const endS = atS + Math.min(lastsS + 150, fillsS + 200);
  return { ...SCENARIO, churn: flat(more.churn), kept, onsetS: atS, endS };
}

/** A day from its low to its peak and back, seen for an hour of it. */
function dailyPattern(draw: Draw): Scenario {
  const low = draw.between(0.05, 0.3);
  const peak = draw.between(0.5, 0.88);
  const startH = draw.between(0, 23);
  const at = (hours: number): number =>
    low + ((peak - low) * (1 - Math.cos((2 * Math.PI * (startH + hours)) / 24))) / 2;
  const churn = Array.from({ length: 12 }, (_, i) => ({ atS: i * 300, from: at(i / 12), to: at((i + 1) / 12) }));
  return { ...SCENARIO, churn, endS: 3600, sampleS: 5 };
}

export const FAMILIES: readonly Family[] = [
  {
    name: 'steady below',
    cases: { 1000: 120, 28232: 110 },
    draw: (draw) => ({ ...SCENARIO, churn: flat(draw.between(0.5, 1)), endS: 240 }),
  },
  {
    name: 'steady above',
    cases: { 1000: 50, 28232: 40 },
    draw: (draw) => ({ ...SCENARIO, churn: flat(draw.between(1, 2)), onsetS: 0, endS: 200 }),
  },
  { name: 'settling step', cases: { 1000: 120, 28232: 110 }, draw: (draw) => settlingStep(draw, draw.between(70, 90)) },
  { name: 'step', cases: { 1000: 120, 28232: 90 }, draw: (draw) => step(draw, draw.between(70, 90)) },
  {
    name: 'step, every 1 s',
    cases: { 1000: 40, 28232: 30 },
    draw: (draw) => ({ ...step(draw, draw.between(70, 90)), sampleS: 1 }),
  },
  {
    name: 'step, every 5 s',
    cases: { 1000: 50, 28232: 50 },
    draw: (draw) => ({ ...step(draw, draw.between(70, 90)), sampleS: 5 }),
  },
  {
    name: 'step, every 15 s',
    cases: { 1000: 60, 28232: 60 },
    draw: (draw) => ({ ...step(draw, draw.between(70, 90)), sampleS: 15 }),
  },
  {
    name: 'step, over-dispersed',
    cases: { 1000: 70, 28232: 50 },
    draw: (draw) => inBunches(draw, step(draw, DISPERSION_SHOWS_S, [1.3, 2.5])),
  },
  {
    name: 'steady, over-dispersed',
    cases: { 1000: 60, 28232: 30 },
    draw: (draw) => inBunches(draw, { ...SCENARIO, churn: flat(draw.between(0.4, 0.95)), endS: 540 }),
  },
  {
    name: 'settling step, over-dispersed',
    cases: { 1000: 50, 28232: 24 },
    draw: (draw) => inBunches(draw, settlingStep(draw, DISPERSION_SHOWS_S)),
  },
  {
    name: 'step, paced',
    cases: { 1000: 40, 28232: 20 },
    draw: (draw) => ({ ...step(draw, draw.between(70, 90)), arrivals: PACED }),
  },
  { name: 'ramp that goes over', cases: { 1000: 60, 28232: 30 }, draw: (draw) => ramp(draw, [1.25, 2]) },
  { name: 'ramp that settles', cases: { 1000: 50, 28232: 14 }, draw: (draw) => ramp(draw, [0.5, 0.85]) },
  { name: 'burst that stops', cases: { 1000: 60, 28232: 50 }, draw: (draw) => burst(draw, 0, [0.1, 0.95]) },
  {
    name: 'burst on a base that stops',
    cases: { 1000: 50, 28232: 40 },
    draw: (draw) => burst(draw, draw.between(0.1, 0.7), [0.1, 0.95]),
  },
  { name: 'known burst', cases: { 1000: 90, 28232: 8 }, draw: (draw) => knownBursts(draw) },
  { name: 'leak', cases: { 1000: 40, 28232: 30 }, draw: (draw) => leak(draw, { churn: 0, stops: false }) },
  { name: 'leak that stops', cases: { 1000: 40, 28232: 30 }, draw: (draw) => leak(draw, { churn: 0, stops: true }) },
  {
    name: 'churn and leak',
    cases: { 1000: 40, 28232: 30 },
    draw: (draw) => leak(draw, { churn: draw.between(0.2, 0.7), stops: false }),
  },
  {
    name: 'churn and a leak that stops',
    cases: { 1000: 40, 28232: 30 },
    draw: (draw) => leak(draw, { churn: draw.between(0.2, 0.6), stops: true }),
  },
  { name: 'daily pattern', cases: { 1000: 12, 28232: 4 }, draw: (draw) => dailyPattern(draw) },
  {
    name: 'many destinations',
    cases: { 1000: 24, 28232: 8 },
    draw: (draw) => ({ ...step(draw, draw.between(70, 90)), destinations: Math.floor(draw.between(3, 8)) }),
  },
  {
    name: 'reuse on loopback',
    cases: { 1000: 24, 28232: 10 },
    // Above what would exhaust without reuse, far below what exhausts with it.
    draw: (draw) => ({ ...SCENARIO, churn: flat(draw.between(1, 3)), endS: 150, reuse: 'loopback' }),
  },
  {
    name: 'range shrinks',
    cases: { 1000: 40, 28232: 30 },
    draw: (draw) => {
      const atS = draw.between(80, 120);
      const shrinks = { atS, to: draw.between(0.3, 0.7) };
      return { ...SCENARIO, churn: flat(draw.between(0.2, 0.8)), onsetS: atS, endS: atS + 150, shrinks };
    },
  },
  {
    name: 'step, missed samples',
    cases: { 1000: 40, 28232: 30 },
    draw: (draw) => ({ ...step(draw, draw.between(70, 90)), missed: draw.between(0.2, 0.6) }),
  },
];
