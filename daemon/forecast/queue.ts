/**
 * The queue forecast: the ports in use from now on, as a deterministic walk. Between two releases use grows in a
 * straight line, or in a parabola while the rate climbs; at a release it drops. Instants are ms after the snapshot,
 * rates are per second.
 */
import { DAY_MS, SECOND_MS } from '../units.js';
import { computeHoldMs, type Releases, type Timing } from './release.js';

/** New closes of one kind. */
export interface Inflow {
  readonly rate: number;
  /** The rate climbs by `perSecond` each second for `forMs` and then stays; null or absent where it never climbs. */
  readonly climb?: { readonly perSecond: number; readonly forMs: number } | null;
  readonly timing: Timing;
}

export interface Queue {
  readonly capacity: number;
  /** Live ports now, and their growth per second (never below 0). */
  readonly live: number;
  readonly growth: number;
  readonly releases: Releases;
  readonly inflows: readonly Inflow[];
  /** Most timed ports this pool may hold (`tcp_max_tw_buckets`, kernel rule 10); Infinity without a cap. */
  readonly timedCap: number;
}

/** Forecasts reach this far. */
export const HORIZON_MS = DAY_MS;

/** A part of the walk: use is `used + slope x + curve x^2 / 2` at `x` ms past `fromMs`. At `untilMs` it may drop. */
interface Piece {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly used: number;
  readonly slope: number;
  readonly curve: number;
}

/** New closes of one kind on their way through the walk. Rates are per ms. */
interface Source {
  readonly rate: number;
  readonly climb: number;
  readonly climbForMs: number;
  readonly timing: Timing;
  /** The next release of this kind, where the boundaries are known; else Infinity. */
  nextAt: number;
  /** The closes that entered before this instant have been released. */
  releasedMs: number;
}

/** The walk leaps once, after `steadyMs`, over whole periods to just before `toMs`. */
interface Leap {
  readonly steadyMs: number;
  readonly toMs: number;
}

/** First instant at which every port is in use; null where that does not happen within the horizon. */
export function findExhaustion(queue: Queue, horizonMs: number = HORIZON_MS): number | null {
  const notBefore = findCapLift(queue);
  if (notBefore > horizonMs) return null;
  const walk = createWalk(queue, findLeap(queue));
  // Without growth use repeats itself, so its peak shows within one full period after that begins.
  const lastMs = queue.growth > 0 ? horizonMs : Math.min(horizonMs, findSteadyStart(queue) + 2 * findPeriod(queue));
  for (;;) {
    const piece = walk();
    if (piece.fromMs > lastMs) return null;
    const at = findCrossing(piece, queue.capacity, notBefore);
    if (at !== null) return at <= horizonMs ? at : null;
  }
}

/** Ports in use at each of the ascending instants; never above capacity, as any connect() beyond it fails. */
export function projectQueue(queue: Queue, instantsMs: readonly number[]): number[] {
  const walk = createWalk(queue, null);
  let piece = walk();
  return instantsMs.map((at) => {
    while (piece.untilMs <= at) piece = walk();
    const used = computeUse(piece, at);
    const live = Math.min(queue.capacity, queue.live + (queue.growth * at) / SECOND_MS);
    return Math.min(queue.capacity, live + Math.min(queue.timedCap, Math.max(0, used - live)));
  });
}

/** New closes of all kinds within `afterMs`. */
export function countEntries({ inflows }: Queue, afterMs: number): number {
  return inflows.reduce((sum, inflow) => sum + countEntered(createSource(inflow), afterMs), 0);
}

function computeUse({ fromMs, used, slope, curve }: Piece, at: number): number {
  const x = at - fromMs;
  // The last piece has no end, and 0 x Infinity is not a number.
  return used + (slope === 0 ? 0 : slope * x) + (curve === 0 ? 0 : (curve * x * x) / 2);
}

function findCrossing(piece: Piece, capacity: number, notBefore: number): number | null {
  const from = Math.max(piece.fromMs, notBefore);
  if (from > piece.untilMs) return null;
  const missing = capacity - computeUse(piece, from);
  if (missing <= 0) return from;
  const slope = piece.slope + piece.curve * (from - piece.fromMs);
  const discriminant = slope * slope + 2 * piece.curve * missing;
  const divisor = slope + Math.sqrt(discriminant);
  // The smaller positive root, in the form that keeps its digits where the curve is slight.
  if (!(divisor > 0)) return null;
  const at = from + (2 * missing) / divisor;
  return at <= piece.untilMs ? at : null;
}

/** When live ports leave no more room than the cap of timed ports: until then TIME_WAIT alone cannot fill the pool. */
function findCapLift(queue: Queue): number {
  const room = queue.capacity - queue.live;
  if (room <= queue.timedCap) return 0;
  return queue.growth > 0 ? ((room - queue.timedCap) / queue.growth) * SECOND_MS : Infinity;
}

/** Gives the pieces of the walk in order, without end. */
function createWalk(queue: Queue, skip: Leap | null): () => Piece {
  const { releases } = queue;
  const growth = queue.growth / SECOND_MS;
  const sources = queue.inflows.filter(({ rate, climb }) => rate > 0 || (climb?.perSecond ?? 0) > 0).map(createSource);
  let held = releases.ports.reduce((sum, ports) => sum + ports, 0);
  let next = 0;
  let now = 0;
  let leap = skip;

  return () => {
    if (leap !== null && now > leap.steadyMs) {
      const periodMs = findPeriod(queue);
      const leapMs = Math.max(0, Math.floor((leap.toMs - now) / periodMs)) * periodMs;
      for (const source of sources) {
        source.nextAt += leapMs;
        source.releasedMs += leapMs;
      }
      now += leapMs;
      leap = null;
    }
    let untilMs = releases.atMs[next] ?? Infinity;
    let used = queue.live + growth * now + held;
    let slope = growth;
    let curve = 0;
    for (const source of sources) {
      const goneMs = findReleasedUntil(source, now);
      used += countEntered(source, now) - countEntered(source, goneMs);
      slope += computeRate(source, now);
      curve += computeClimb(source, now);
      if (source.timing.grid === null && now >= computeHoldMs(source.timing)) {
        slope -= computeRate(source, goneMs);
        curve -= computeClimb(source, goneMs);
      }
      untilMs = Math.min(untilMs, findNextChange(source, now));
    }
    const piece = { fromMs: now, untilMs, used, slope, curve };
    for (const source of sources) if (untilMs < Infinity && untilMs === source.nextAt) releaseNext(source);
    while (next < releases.atMs.length && (releases.atMs[next] ?? Infinity) <= untilMs) {
      held -= releases.ports[next] ?? 0;
      next += 1;
    }
    now = untilMs;
    return piece;
  };
}

/** The first release of new closes is at the first boundary past the kind's own time. */
function createSource({ rate, climb, timing }: Inflow): Source {
  const { grid, durationMs } = timing;
  const nextAt =
    grid === null
      ? Infinity
      : grid.offsetMs + (Math.floor((durationMs - grid.offsetMs) / grid.stepMs) + 1) * grid.stepMs;
  const perMs = (climb?.perSecond ?? 0) / 1e6;
  return { rate: rate / SECOND_MS, climb: perMs, climbForMs: climb?.forMs ?? 0, timing, nextAt, releasedMs: 0 };
}

/** Closes from now to `at`. */
function countEntered({ rate, climb, climbForMs }: Source, at: number): number {
  const climbing = Math.min(at, climbForMs);
  return rate * at + climb * climbing * (at - climbing / 2);
}

function computeRate({ rate, climb, climbForMs }: Source, at: number): number {
  return rate + climb * Math.min(at, climbForMs);
}

function computeClimb({ climb, climbForMs }: Source, at: number): number {
  return at < climbForMs ? climb : 0;
}

/** The closes before the returned instant are released by `at`. Unknown boundaries: each close goes one hold after it came. */
function findReleasedUntil({ timing, releasedMs }: Source, at: number): number {
  return timing.grid === null ? Math.max(0, at - computeHoldMs(timing)) : releasedMs;
}

/** The next instant at which the piece must end: a release, or the end of a climb. */
function findNextChange({ timing, nextAt, climb, climbForMs }: Source, now: number): number {
  let change = nextAt;
  const holdMs = timing.grid === null ? computeHoldMs(timing) : Infinity;
  for (const at of [climb > 0 ? climbForMs : Infinity, holdMs, climb > 0 ? climbForMs + holdMs : Infinity]) {
    if (at > now) change = Math.min(change, at);
  }
  return change;
}

/** At the boundary b the closes that entered before b - duration are released. */
function releaseNext(source: Source): void {
  const { grid, durationMs } = source.timing;
  source.releasedMs = Math.max(0, source.nextAt - durationMs);
  source.nextAt += grid?.stepMs ?? Infinity;
}

/** The steps of the timer wheel are powers of 8 of one tick, so the coarsest step is a period of all of them. */
function findPeriod(queue: Queue): number {
  return Math.max(1, ...queue.inflows.map(({ timing }) => timing.grid?.stepMs ?? 0));
}

/** From this instant on the old ports are released and every kind of new close is released as fast as it comes. */
function findSteadyStart({ releases, inflows }: Queue): number {
  let steady = releases.atMs.at(-1) ?? 0;
  for (const { climb, timing } of inflows) steady = Math.max(steady, computeHoldMs(timing) + (climb?.forMs ?? 0));
  return steady;
}

/** A slow leak fills the pool after hours: one leap, to a period before the peaks of the saw reach capacity. */
function findLeap(queue: Queue): Leap | null {
  if (queue.growth <= 0) return null;
  let peak = queue.live;
  let stepMs = 0;
  for (const { rate, climb, timing } of queue.inflows) {
    const highest = rate + ((climb?.perSecond ?? 0) * (climb?.forMs ?? 0)) / SECOND_MS;
    peak += (highest * computeHoldMs(timing)) / SECOND_MS;
    stepMs = Math.max(stepMs, timing.grid?.stepMs ?? 0);
  }
  return { steadyMs: findSteadyStart(queue), toMs: ((queue.capacity - peak) / queue.growth) * SECOND_MS - 2 * stepMs };
}
