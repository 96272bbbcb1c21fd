/** What a step, a ramp, a burst, a leak and a daily pattern are: scenarios drawn from ranges, in shares of the limit. */
import type { Arrivals } from '../simulator/arrivals.js';
import type { Draw } from './draw.js';
import type { HostLimits } from '../../../daemon/host/limits.js';
import type { Stream } from '../simulator/world.js';

const POISSON: Arrivals = { kind: 'poisson' };

export const PACED: Arrivals = { kind: 'paced' };

export const DEFAULT_SCENARIO: Omit<Scenario, 'churn' | 'endS'> = {
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
  program: null,
};

/** The history before over-dispersed arrivals are scored: a shorter one cannot distinguish them from Poisson arrivals. */
export const DISPERSION_SHOWS_S = 300;

/** How many bursts only build up history, and how many are scored. */
const TEACHING = 10;

const SCORED = 12;

/** From the end of a burst to the next one, so that the ports of the first have come free. */
const BETWEEN_S = 75;

/**
 * One part of a rate plan, in shares of the limit: from `atS` the rate goes from `from` in a line to `to`, until the
 * next part.
 */
export interface Leg {
  readonly atS: number;
  readonly from: number;
  readonly to: number;
}

export interface Program {
  readonly streams: readonly Stream[];
  readonly limits?: Partial<HostLimits>;
  /** Whether the ports run out. It is stated here, and a test compares it with the simulation. */
  readonly exhausts: boolean;
  /** The pool is not known by its destination, as with bind(0): a warning about any pool counts. */
  readonly ofAnyPool?: boolean;
  /** The demand that goes on after the first failure, in connections per second, and the instant at which it ends. */
  readonly demand?: { readonly perSecond: number; readonly untilS: number };
  /** Whether the forecast is told of the calls that fail, as where the tracepoint is read. */
  readonly countsFailures?: boolean;
}

export interface Scenario {
  /** Closes that leave a TIME_WAIT row, and connections that are kept open. */
  readonly churn: readonly Leg[];
  readonly kept: readonly Leg[];
  readonly arrivals: Arrivals;
  /**
   * The instant at which the traffic begins that leads to the failure, or could; null where the traffic does not
   * change.
   */
  readonly onsetS: number | null;
  /** Forecasts before this instant are not scored, because the daemon has only just started. */
  readonly scoredFromS: number;
  readonly endS: number;
  readonly sampleS: number;
  /** The share of the samples that are missed. */
  readonly missed: number;
  readonly destinations: number;
  readonly reuse: 'off' | 'loopback';
  /** The range shrinks to this share of its ports at this instant. */
  readonly shrinks: { readonly atS: number; readonly to: number } | null;
  /** Repeated bursts, of which each after the first ten is scored on its own. Null where there are none. */
  readonly bursts: KnownBursts | null;
  /** What is played instead of `churn` and `kept`; null where those are the plan. */
  readonly program: Program | null;
}

/** The bursts are of one kind or of two. The lengths of a kind are log-normal about its typical length. */
interface KnownBursts {
  readonly kinds: readonly { readonly share: number; readonly typicalS: number; readonly scatter: number }[];
  /** The onset of each scored burst, and the instant at which the ports of the last one have come free. */
  readonly onsetsS: readonly number[];
  readonly endS: number;
}

export const createFlatRate = (rate: number): readonly Leg[] => [{ atS: 0, from: rate, to: rate }];

/**
 * The same scenario with requests that come in clusters spread over seconds, or with a rate that varies over seconds.
 */
export function disperseArrivals(draw: Draw, scenario: Scenario): Scenario {
  const arrivals: Arrivals = draw.chance(0.6)
    ? { kind: 'clusters', mean: draw.between(1.5, 4), spreadMs: 1000 * draw.between(0.5, 4) }
    : { kind: 'modulated', relativeSd: draw.between(0.08, 0.2), correlationMs: 1000 * draw.between(1, 4) };
  return { ...scenario, arrivals, scoredFromS: DISPERSION_SHOWS_S };
}

/** A base rate that changes at once to a rate over the limit. */
export function createStep(draw: Draw, beforeS: number, range: readonly [number, number] = [1.1, 2.5]): Scenario {
  const base = draw.between(0, 0.6);
  const rate = draw.between(...range);
  const churn = [
    { atS: 0, from: base, to: base },
    { atS: beforeS, from: rate, to: rate },
  ];
  return { ...DEFAULT_SCENARIO, churn, onsetS: beforeS, endS: beforeS + 150 };
}

export function createSettlingStep(draw: Draw, beforeS: number, afterS = 180): Scenario {
  const base = draw.between(0, 0.6);
  const rate = draw.between(0.3, 0.95);
  const churn = [
    { atS: 0, from: base, to: base },
    { atS: beforeS, from: rate, to: rate },
  ];
  return { ...DEFAULT_SCENARIO, churn, endS: beforeS + afterS };
}

export function createRamp(draw: Draw, [low, high]: readonly [number, number]): Scenario {
  const beforeS = draw.between(60, 200);
  const base = draw.between(0.1, 0.5);
  const top = draw.between(low, high);
  const lastsS = draw.between(900, 1800);
  const churn = [
    { atS: 0, from: base, to: base },
    { atS: beforeS, from: base, to: top },
    { atS: beforeS + lastsS, from: top, to: top },
  ];
  return { ...DEFAULT_SCENARIO, churn, onsetS: beforeS, endS: beforeS + lastsS + 200 };
}

/**
 * The time in seconds until a burst of `rate` takes all ports, after the rate has been `base` for longer than a hold.
 */
function secondsToFill(rate: number, base: number): number {
  // During the first hold the ports of the base rate come free as fast as the base rate would take them.
  const net = rate - base;
  return net <= 0 ? Infinity : Math.min(62, (62 * (1 - base)) / net);
}

export function createBurst(draw: Draw, base: number, lasts: readonly [number, number]): Scenario {
  const rate = draw.between(1.3, 4);
  const atS = draw.between(70, 90);
  const lastsS = Math.max(1, draw.between(...lasts) * secondsToFill(rate, base));
  const churn = [
    { atS: 0, from: base, to: base },
    { atS, from: rate, to: rate },
    { atS: atS + lastsS, from: base, to: base },
  ];
  return { ...DEFAULT_SCENARIO, churn, onsetS: atS, endS: atS + lastsS + 130 };
}

/** Repeated bursts, of one kind or of a shorter and a longer kind, whose lengths vary about the typical one. */
export function createKnownBursts(draw: Draw): Scenario {
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
  return { ...DEFAULT_SCENARIO, churn, endS: atS, bursts: { kinds, onsetsS, endS: atS } };
}

export function createLeak(draw: Draw, more: { churn: number; stops: boolean }): Scenario {
  const atS = draw.between(70, 120);
  // The time in seconds in which the connections that are kept fill the pool when nothing is closed.
  const fillsS = draw.between(60, 500);
  const share = 62 / fillsS;
  const lastsS = more.stops ? fillsS * draw.between(0.1, 0.7) * (1 - more.churn) : 3 * fillsS;
  const kept = [
    { atS: 0, from: 0, to: 0 },
    { atS, from: share, to: share },
    { atS: atS + lastsS, from: 0, to: 0 },
  ];
  const endS = atS + Math.min(lastsS + 150, fillsS + 200);
  return { ...DEFAULT_SCENARIO, churn: createFlatRate(more.churn), kept, onsetS: atS, endS };
}

/** One hour of a daily pattern that goes from its low to its peak and back. */
export function createDailyPattern(draw: Draw): Scenario {
  const low = draw.between(0.05, 0.3);
  const peak = draw.between(0.5, 0.88);
  const startH = draw.between(0, 23);
  const at = (hours: number): number =>
    low + ((peak - low) * (1 - Math.cos((2 * Math.PI * (startH + hours)) / 24))) / 2;
  const churn = Array.from({ length: 12 }, (_, i) => ({ atS: i * 300, from: at(i / 12), to: at((i + 1) / 12) }));
  return { ...DEFAULT_SCENARIO, churn, endS: 3600, sampleS: 5 };
}
