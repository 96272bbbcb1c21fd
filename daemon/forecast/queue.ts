/**
 * The queue forecast: ports in use ahead of now, as a deterministic walk. Between two releases use
 * grows in a straight line; at a boundary it drops. Instants are ms after the snapshot, rates per second.
 */
import { holdOf, type Releases, type Timing } from './release.js';

/** New closes of one kind. */
export interface Inflow {
  readonly rate: number;
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

/** One straight piece: `used` from `fromMs` on with `slope` per ms, up to `untilMs`, where a drop follows. */
interface Piece {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly used: number;
  readonly slope: number;
}

/** First instant with every port in use, or null when that does not happen within the horizon. */
export function exhaustsAfter(queue: Queue, horizonMs: number = HORIZON_MS): number | null {
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
export function usedAfter(queue: Queue, instantsMs: readonly number[]): number[] {
  const walk = walker(queue, null);
  let piece = walk();
  return instantsMs.map((at) => {
    while (piece.untilMs <= at) piece = walk();
    const used = piece.used + piece.slope * (at - piece.fromMs);
    const live = Math.min(queue.capacity, queue.live + (queue.growth * at) / 1000);
    return Math.min(queue.capacity, live + Math.min(queue.timedCap, Math.max(0, used - live)));
  });
}

function crossing(piece: Piece, capacity: number, notBefore: number): number | null {
  const from = Math.max(piece.fromMs, notBefore);
  if (from > piece.untilMs) return null;
  const used = piece.used + piece.slope * (from - piece.fromMs);
  if (used >= capacity) return from;
  if (piece.slope <= 0) return null;
  const at = from + (capacity - used) / piece.slope;
  return at <= piece.untilMs ? at : null;
}

/** When live ports leave less room than the cap of timed ports: before that TIME_WAIT alone cannot exhaust. */
function capLiftsAfter(queue: Queue): number {
  const room = queue.capacity - queue.live;
  if (room <= queue.timedCap) return 0;
  return queue.growth > 0 ? ((room - queue.timedCap) / queue.growth) * 1000 : Infinity;
}

/** New closes of one kind on their way through the walk. */
interface Source {
  readonly rate: number;
  readonly timing: Timing;
  /** New closes held now. */
  held: number;
  /** False once they are released as continuously as they come. */
  open: boolean;
  /** When something of this kind is released next. */
  nextAt: number;
}

/** Walks the pieces one by one, without end. With `skip`, leaps once over whole periods that only repeat themselves. */
function walker(queue: Queue, skip: { readonly steadyMs: number; readonly toMs: number } | null): () => Piece {
  const { releases } = queue;
  const growth = queue.growth / 1000;
  const sources = queue.inflows.filter(({ rate }) => rate > 0).map(sourceOf);
  let held = releases.ports.reduce((sum, ports) => sum + ports, 0);
  let next = 0;
  let now = 0;
  let leap = skip;

  return () => {
    if (leap !== null && now > leap.steadyMs) {
      const periodMs = periodOf(queue);
      const leapMs = Math.max(0, Math.floor((leap.toMs - now) / periodMs)) * periodMs;
      for (const source of sources) source.nextAt += leapMs;
      now += leapMs;
      leap = null;
    }
    let untilMs = releases.atMs[next] ?? Infinity;
    let used = queue.live + growth * now + held;
    let slope = growth;
    for (const source of sources) {
      untilMs = Math.min(untilMs, source.nextAt);
      used += source.held;
      if (source.open) slope += source.rate;
    }
    const piece = { fromMs: now, untilMs, used, slope };
    for (const source of sources) advance(source, now, untilMs);
    while (next < releases.atMs.length && (releases.atMs[next] ?? Infinity) <= untilMs) {
      held -= releases.ports[next] ?? 0;
      next += 1;
    }
    now = untilMs;
    return piece;
  };
}

/** The first release of new closes is at the first boundary past the kind's own time. */
function sourceOf({ rate, timing }: Inflow): Source {
  const { grid, durationMs } = timing;
  const nextAt =
    grid === null
      ? holdOf(timing)
      : grid.offsetMs + (Math.floor((durationMs - grid.offsetMs) / grid.stepMs) + 1) * grid.stepMs;
  return { rate: rate / 1000, timing, held: 0, open: true, nextAt };
}

/** Lets the source run to `until`, and releases there what is due. */
function advance(source: Source, now: number, until: number): void {
  if (until === Infinity) return;
  if (source.open) source.held += source.rate * (until - now);
  if (until !== source.nextAt) return;
  const { grid, durationMs } = source.timing;
  if (grid === null) {
    source.open = false;
    source.nextAt = Infinity;
    return;
  }
  // At boundary b the closes that entered before b - duration go.
  source.held = source.rate * durationMs;
  source.nextAt += grid.stepMs;
}

/** Steps of the wheel are powers of 8 of one tick, so the coarsest is a period of all. */
function periodOf(queue: Queue): number {
  return Math.max(1, ...queue.inflows.map(({ timing }) => timing.grid?.stepMs ?? 0));
}

/** From here on the old ports are gone and every kind of new close is released as fast as it comes. */
function steadyAfter({ releases, inflows }: Queue): number {
  let steady = releases.atMs.at(-1) ?? 0;
  for (const { rate, timing } of inflows) if (rate > 0) steady = Math.max(steady, holdOf(timing));
  return steady;
}

/** A slow leak crosses after hours: one leap, to a period before the peaks of the saw reach capacity. */
function skipTo(queue: Queue): { steadyMs: number; toMs: number } | null {
  if (queue.growth <= 0) return null;
  let peak = queue.live;
  let stepMs = 0;
  for (const { rate, timing } of queue.inflows) {
    peak += (rate * holdOf(timing)) / 1000;
    stepMs = Math.max(stepMs, timing.grid?.stepMs ?? 0);
  }
  return { steadyMs: steadyAfter(queue), toMs: ((queue.capacity - peak) / queue.growth) * 1000 - 2 * stepMs };
}
