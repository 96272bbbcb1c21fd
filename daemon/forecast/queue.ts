/**
 * The queue forecast: ports in use ahead of now, as a deterministic walk. Between two releases use grows in a straight
 * line, or a parabola while the rate climbs; at a boundary it drops. Instants are ms after the snapshot, rates per second.
 */
import { holdOf, type Releases, type Timing } from './release.js';

/** New closes of one kind. */
export interface Inflow {
  readonly rate: number;
  /** The rate climbs by `perSecond` each second for `forMs` and then stays; absent where it stays from the start. */
  readonly climb?: { readonly perSecond: number; readonly forMs: number };
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
export const HORIZON_MS = 24 * 3_600_000;

/** One piece: `used + slope x + curve x^2 / 2` at `x` ms past `fromMs`, up to `untilMs`, where a drop may follow. */
interface Piece {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly used: number;
  readonly slope: number;
  readonly curve: number;
}

/** First instant with every port in use, or null when that does not happen within the horizon. */
export function findExhaustion(queue: Queue, horizonMs: number = HORIZON_MS): number | null {
  const notBefore = capLiftsAfter(queue);
  if (notBefore > horizonMs) return null;
  const walk = walker(queue, skipTo(queue));
  // Without growth use repeats itself: one full period past the start of that has shown its peak.
  const lastMs = queue.growth > 0 ? horizonMs : Math.min(horizonMs, steadyAfter(queue) + 2 * periodOf(queue));
  for (;;) {
    const piece = walk();
    if (piece.fromMs > lastMs) return null;
    const at = crossing(piece, queue.capacity, notBefore);
    if (at !== null) return at <= horizonMs ? at : null;
  }
}

/** Ports in use at each of the ascending instants; never above capacity: what would be more is failed connects. */
export function projectQueue(queue: Queue, instantsMs: readonly number[]): number[] {
  const walk = walker(queue, null);
  let piece = walk();
  return instantsMs.map((at) => {
    while (piece.untilMs <= at) piece = walk();
    const used = usedIn(piece, at);
    const live = Math.min(queue.capacity, queue.live + (queue.growth * at) / 1000);
    return Math.min(queue.capacity, live + Math.min(queue.timedCap, Math.max(0, used - live)));
  });
}

/** New closes of all kinds within `afterMs`. */
export function countEntries({ inflows }: Queue, afterMs: number): number {
  return inflows.reduce((sum, inflow) => sum + entered(sourceOf(inflow), afterMs), 0);
}

function usedIn({ fromMs, used, slope, curve }: Piece, at: number): number {
  const x = at - fromMs;
  // An endless last piece is a straight line, and 0 x Infinity is no number.
  return used + (slope === 0 ? 0 : slope * x) + (curve === 0 ? 0 : (curve * x * x) / 2);
}

function crossing(piece: Piece, capacity: number, notBefore: number): number | null {
  const from = Math.max(piece.fromMs, notBefore);
  if (from > piece.untilMs) return null;
  const missing = capacity - usedIn(piece, from);
  if (missing <= 0) return from;
  const slope = piece.slope + piece.curve * (from - piece.fromMs);
  const discriminant = slope * slope + 2 * piece.curve * missing;
  const divisor = slope + Math.sqrt(discriminant);
  // The smaller positive root, in the form that loses no digits where the curve is slight.
  if (!(divisor > 0)) return null;
  const at = from + (2 * missing) / divisor;
  return at <= piece.untilMs ? at : null;
}

/** When live ports leave less room than the cap of timed ports: before that TIME_WAIT alone cannot exhaust. */
function capLiftsAfter(queue: Queue): number {
  const room = queue.capacity - queue.live;
  if (room <= queue.timedCap) return 0;
  return queue.growth > 0 ? ((room - queue.timedCap) / queue.growth) * 1000 : Infinity;
}

/** New closes of one kind on their way through the walk. Rates per ms. */
interface Source {
  readonly rate: number;
  readonly climb: number;
  readonly climbForMs: number;
  readonly timing: Timing;
  /** Where the boundaries are known: when something of this kind is released next. */
  nextAt: number;
  /** And what entered before this instant has been released. */
  releasedMs: number;
}

/** Walks the pieces one by one, without end. With `skip`, leaps once over whole periods that only repeat themselves. */
function walker(queue: Queue, skip: { readonly steadyMs: number; readonly toMs: number } | null): () => Piece {
  const { releases } = queue;
  const growth = queue.growth / 1000;
  const sources = queue.inflows.filter(({ rate, climb }) => rate > 0 || (climb?.perSecond ?? 0) > 0).map(sourceOf);
  let held = releases.ports.reduce((sum, ports) => sum + ports, 0);
  let next = 0;
  let now = 0;
  let leap = skip;

  return () => {
    if (leap !== null && now > leap.steadyMs) {
      const periodMs = periodOf(queue);
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
      const gone = goneAt(source, now);
      used += entered(source, now) - entered(source, gone);
      slope += rateAt(source, now);
      curve += climbAt(source, now);
      if (source.timing.grid === null && now >= holdOf(source.timing)) {
        slope -= rateAt(source, gone);
        curve -= climbAt(source, gone);
      }
      untilMs = Math.min(untilMs, nextChange(source, now));
    }
    const piece = { fromMs: now, untilMs, used, slope, curve };
    for (const source of sources) if (untilMs < Infinity && untilMs === source.nextAt) release(source);
    while (next < releases.atMs.length && (releases.atMs[next] ?? Infinity) <= untilMs) {
      held -= releases.ports[next] ?? 0;
      next += 1;
    }
    now = untilMs;
    return piece;
  };
}

/** The first release of new closes is at the first boundary past the kind's own time. */
function sourceOf({ rate, climb, timing }: Inflow): Source {
  const { grid, durationMs } = timing;
  const nextAt =
    grid === null
      ? Infinity
      : grid.offsetMs + (Math.floor((durationMs - grid.offsetMs) / grid.stepMs) + 1) * grid.stepMs;
  const perMs = (climb?.perSecond ?? 0) / 1e6;
  return { rate: rate / 1000, climb: perMs, climbForMs: climb?.forMs ?? 0, timing, nextAt, releasedMs: 0 };
}

/** Closes from now to `at`. */
function entered({ rate, climb, climbForMs }: Source, at: number): number {
  const climbing = Math.min(at, climbForMs);
  return rate * at + climb * climbing * (at - climbing / 2);
}

function rateAt({ rate, climb, climbForMs }: Source, at: number): number {
  return rate + climb * Math.min(at, climbForMs);
}

function climbAt({ climb, climbForMs }: Source, at: number): number {
  return at < climbForMs ? climb : 0;
}

/** What entered before this instant is released by `at`; while boundaries are unknown, as continuously as it came. */
function goneAt({ timing, releasedMs }: Source, at: number): number {
  return timing.grid === null ? Math.max(0, at - holdOf(timing)) : releasedMs;
}

/** The next instant at which the piece must end: a release, or the end of a climb. */
function nextChange({ timing, nextAt, climb, climbForMs }: Source, now: number): number {
  let change = nextAt;
  const holdMs = timing.grid === null ? holdOf(timing) : Infinity;
  for (const at of [climb > 0 ? climbForMs : Infinity, holdMs, climb > 0 ? climbForMs + holdMs : Infinity]) {
    if (at > now) change = Math.min(change, at);
  }
  return change;
}

/** At boundary b the closes that entered before b - duration go. */
function release(source: Source): void {
  const { grid, durationMs } = source.timing;
  source.releasedMs = Math.max(0, source.nextAt - durationMs);
  source.nextAt += grid?.stepMs ?? Infinity;
}

/** Steps of the wheel are powers of 8 of one tick, so the coarsest is a period of all. */
function periodOf(queue: Queue): number {
  return Math.max(1, ...queue.inflows.map(({ timing }) => timing.grid?.stepMs ?? 0));
}

/** From here on the old ports are gone and every kind of new close is released as fast as it comes. */
function steadyAfter({ releases, inflows }: Queue): number {
  let steady = releases.atMs.at(-1) ?? 0;
  for (const { climb, timing } of inflows) steady = Math.max(steady, holdOf(timing) + (climb?.forMs ?? 0));
  return steady;
}

/** A slow leak crosses after hours: one leap, to a period before the peaks of the saw reach capacity. */
function skipTo(queue: Queue): { steadyMs: number; toMs: number } | null {
  if (queue.growth <= 0) return null;
  let peak = queue.live;
  let stepMs = 0;
  for (const { rate, climb, timing } of queue.inflows) {
    const highest = rate + ((climb?.perSecond ?? 0) * (climb?.forMs ?? 0)) / 1000;
    peak += (highest * holdOf(timing)) / 1000;
    stepMs = Math.max(stepMs, timing.grid?.stepMs ?? 0);
  }
  return { steadyMs: steadyAfter(queue), toMs: ((queue.capacity - peak) / queue.growth) * 1000 - 2 * stepMs };
}
