/** The planned rate of a stream over time, integrated and inverted in closed form. */

/** From `atMs` until the next point: `rate` per second, changing by `slopePerMs` every ms. Never below 0. */
export interface RatePoint {
  readonly atMs: number;
  readonly rate: number;
  readonly slopePerMs?: number;
}

/**
 * Connections per second: constant, by points (0 before the first), or by a function that is evaluated once per ms,
 * which is slow. A function is taken to have ended after 10 minutes at 0.
 */
export type RatePlan = number | readonly RatePoint[] | ((ms: number) => number);

export interface Intensity {
  /** The rate per second at an instant. */
  rateAt(ms: number): number;
  /** The connections expected from the start to an instant. */
  cumulative(ms: number): number;
  /** The instant at which this many connections are expected; `Infinity` where they never are. */
  invert(cumulative: number): number;
  /** The highest rate between two instants. */
  peak(fromMs: number, toMs: number): number;
}

const ENDED_AFTER_MS = 600_000;

/** Steps: `[atMs, rate]` pairs. Each rate holds until the next pair. */
export function steps(...pairs: readonly (readonly [atMs: number, rate: number])[]): RatePoint[] {
  return pairs.map(([atMs, rate]) => ({ atMs, rate }));
}

/** Straight lines through `[atMs, rate]` pairs. The last rate stays. Two pairs at the same instant are a step. */
export function lines(...pairs: readonly (readonly [atMs: number, rate: number])[]): RatePoint[] {
  return pairs.flatMap(([atMs, rate], index) => {
    const next = pairs[index + 1];
    if (next === undefined) return [{ atMs, rate }];
    const length = next[0] - atMs;
    return length === 0 ? [] : [{ atMs, rate, slopePerMs: (next[1] - rate) / length }];
  });
}

export function intensityOf(plan: RatePlan): Intensity {
  if (typeof plan === 'function') return sampled(plan);
  return piecewise(typeof plan === 'number' ? [{ atMs: 0, rate: plan }] : plan);
}

interface Piece {
  readonly fromMs: number;
  readonly rate: number;
  readonly slope: number;
  /** The connections expected before this piece. */
  readonly before: number;
}

const expectedIn = (piece: Piece, lengthMs: number): number =>
  ((piece.rate + (piece.slope * lengthMs) / 2) * lengthMs) / 1000;

function piecewise(points: readonly RatePoint[]): Intensity {
  const pieces = piecesOf(points);
  const idle: Piece = { fromMs: -Infinity, rate: 0, slope: 0, before: 0 };
  // The instants are mostly ascending, so the search begins at the piece that was found last.
  let at = 0;
  const pieceAt = (ms: number): Piece => {
    while (at > 0 && (pieces[at]?.fromMs ?? 0) > ms) at -= 1;
    while (at + 1 < pieces.length && (pieces[at + 1]?.fromMs ?? 0) <= ms) at += 1;
    const piece = pieces[at];
    return piece === undefined || piece.fromMs > ms ? idle : piece;
  };
  const rateAt = (ms: number): number => {
    const piece = pieceAt(ms);
    return piece.slope === 0 ? piece.rate : piece.rate + piece.slope * (ms - piece.fromMs);
  };
  return {
    rateAt,
    cumulative(ms) {
      const piece = pieceAt(ms);
      return piece === idle ? 0 : piece.before + expectedIn(piece, ms - piece.fromMs);
    },
    invert(cumulative) {
      while (at > 0 && (pieces[at]?.before ?? 0) >= cumulative) at -= 1;
      while (at + 1 < pieces.length && (pieces[at + 1]?.before ?? 0) < cumulative) at += 1;
      const piece = pieces[at];
      if (piece === undefined) return Infinity;
      const need = 1000 * Math.max(0, cumulative - piece.before);
      // The root of the quadratic in the form that neither cancels nor divides by a slope of 0.
      const root = piece.rate + Math.sqrt(Math.max(0, piece.rate * piece.rate + 2 * piece.slope * need));
      return root === 0 ? Infinity : piece.fromMs + (2 * need) / root;
    },
    peak(fromMs, toMs) {
      // The rate is linear between the points, so the highest is at an end of a piece.
      let highest = Math.max(rateAt(fromMs), rateAt(toMs));
      pieces.forEach((piece, index) => {
        if (piece.fromMs < fromMs || piece.fromMs > toMs) return;
        const previous = pieces[index - 1];
        const left = previous === undefined ? 0 : previous.rate + previous.slope * (piece.fromMs - previous.fromMs);
        highest = Math.max(highest, piece.rate, left);
      });
      return highest;
    },
  };
}

/** The pieces with the connections expected before each. A falling line ends at 0. */
function piecesOf(points: readonly RatePoint[]): Piece[] {
  const pieces: Piece[] = [];
  const push = (fromMs: number, rate: number, slope: number): void => {
    const last = pieces.at(-1);
    const before = last === undefined ? 0 : last.before + expectedIn(last, fromMs - last.fromMs);
    pieces.push({ fromMs, rate, slope, before });
  };
  points.forEach(({ atMs, rate, slopePerMs = 0 }, index) => {
    const until = points[index + 1]?.atMs ?? Infinity;
    if (until <= atMs) throw new Error(`rate points at ${atMs} and ${until} ms: each must come after the one before`);
    if (!(rate >= 0)) throw new Error(`rate ${rate} at ${atMs} ms: must be 0 or more`);
    push(atMs, rate, slopePerMs);
    const zeroAt = slopePerMs < 0 ? atMs - rate / slopePerMs : Infinity;
    if (zeroAt < until) push(zeroAt, 0, 0);
  });
  return pieces;
}

function sampled(rate: (ms: number) => number): Intensity {
  /** The connections expected before each whole ms, as far as they have been needed. */
  const sums = [0];
  const extend = (): number => {
    const ms = sums.length - 1;
    const sum = (sums[ms] ?? 0) + Math.max(0, rate(ms)) / 1000;
    sums.push(sum);
    return sum;
  };
  let at = 0;
  return {
    rateAt: (ms) => (ms < 0 ? 0 : Math.max(0, rate(Math.floor(ms)))),
    cumulative(ms) {
      if (ms <= 0) return 0;
      const whole = Math.floor(ms);
      while (sums.length <= whole + 1) extend();
      const sum = sums[whole] ?? 0;
      return sum + (ms - whole) * ((sums[whole + 1] ?? 0) - sum);
    },
    invert(cumulative) {
      while (at > 0 && (sums[at] ?? 0) >= cumulative) at -= 1;
      for (const from = at; ; at += 1) {
        const next = at + 1 < sums.length ? (sums[at + 1] ?? 0) : extend();
        if (next + 1e-9 >= cumulative && next > (sums[at] ?? 0)) break;
        if (at - from > ENDED_AFTER_MS) return Infinity;
      }
      const sum = sums[at] ?? 0;
      return at + Math.min(1, Math.max(0, (cumulative - sum) / ((sums[at + 1] ?? 0) - sum)));
    },
    peak() {
      throw new Error('a rate given as a function has no known peak: give its points');
    },
  };
}
