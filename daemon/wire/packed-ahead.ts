/** The projected use of a pool as columns of small numbers, rounded to what a chart can show. */
import type { WirePool } from './pool.js';

type Ahead = WirePool['ahead'];

/** The points lie at equal distances from `fromMs` to `toMs` (epoch ms); their ports are the numbers times `unit`. */
export interface PackedAhead {
  readonly fromMs: number;
  readonly toMs: number;
  readonly unit: number;
  readonly used: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** A chart is about 270 pixels high, so a step of this part of its height is less than one of them. */
const STEPS = 500;
/**
 * A projection that was sent still shows the newest one while both differ by less than this part of the height. The band
 * moves by some percent with every sample, because the rate is measured anew.
 */
const NOTICEABLE = { drawn: 0.02, listed: 0.05 };
/** ... and while it ends at most this part of its length earlier. */
const SHORTER = 0.1;

/**
 * The projection to send: the one that was sent `before`, as long as the newest does not differ noticeably from it. A
 * projection whose points do not lie at equal distances stays as it is.
 * @param use `drawn` for the pool whose chart every viewer sees, `listed` for the others
 */
export function packAhead(
  ahead: Ahead,
  before: PackedAhead | Ahead | undefined,
  use: keyof typeof NOTICEABLE = 'drawn',
): PackedAhead | Ahead {
  const packed = packPoints(ahead);
  if (packed === null) return ahead;
  return before !== undefined && isPacked(before) && stillShows(before, packed, NOTICEABLE[use]) ? before : packed;
}

/** The projection from the sample (epoch ms) on. */
export function unpackAhead(packed: PackedAhead | Ahead, sampledAtMs: number): Ahead {
  if (!isPacked(packed)) return packed;
  const nowMs = Math.max(packed.fromMs, sampledAtMs);
  const points = packed.used.map((_, index) => ({ atMs: instantOf(packed, index), ...valuesAt(packed, index) }));
  const later = points.filter(({ atMs }) => atMs > nowMs);
  const now = { atMs: nowMs, ...valuesBetween(packed, nowMs) };
  return [now, ...later].map(({ atMs, used, low, high }) => ({
    at: new Date(atMs).toISOString(),
    used: Math.round(used),
    low: Math.round(low),
    high: Math.round(high),
  }));
}

function packPoints(ahead: Ahead): PackedAhead | null {
  const instants = ahead.map(({ at }) => Date.parse(at));
  const [fromMs, toMs] = [instants[0], instants.at(-1)];
  if (fromMs === undefined || toMs === undefined || instants.length < 2) return null;
  const stepMs = (toMs - fromMs) / (instants.length - 1);
  if (!instants.every((instant, index) => Math.abs(instant - fromMs - index * stepMs) <= 1)) return null;
  const greatest = Math.max(...ahead.map(({ used, high }) => Math.max(used, high)));
  const unit = Math.max(1, Math.floor(greatest / STEPS));
  const column = (key: 'used' | 'low' | 'high'): number[] => ahead.map((point) => Math.round(point[key] / unit));
  return { fromMs, toMs, unit, used: column('used'), low: column('low'), high: column('high') };
}

function stillShows(before: PackedAhead, packed: PackedAhead, noticeable: number): boolean {
  if (packed.fromMs < before.fromMs || packed.fromMs > before.toMs) return false;
  if (packed.toMs - before.toMs > SHORTER * (packed.toMs - packed.fromMs)) return false;
  const tolerance = Math.max(1, noticeable * packed.unit * Math.max(...packed.high, ...packed.used));
  return packed.used.every((_, index) => {
    const atMs = instantOf(packed, index);
    // What lies beyond the end of the one before is not drawn until then.
    if (atMs > before.toMs) return true;
    const [now, then] = [valuesAt(packed, index), valuesBetween(before, atMs)];
    return (['used', 'low', 'high'] as const).every((key) => Math.abs(now[key] - then[key]) <= tolerance);
  });
}

function instantOf({ fromMs, toMs, used }: PackedAhead, index: number): number {
  return Math.round(fromMs + ((toMs - fromMs) * index) / (used.length - 1));
}

interface Values {
  readonly used: number;
  readonly low: number;
  readonly high: number;
}

function valuesAt({ used, low, high, unit }: PackedAhead, index: number): Values {
  return { used: (used[index] ?? 0) * unit, low: (low[index] ?? 0) * unit, high: (high[index] ?? 0) * unit };
}

/** Linear between two points, and that of the first or last point outside. */
function valuesBetween(packed: PackedAhead, atMs: number): Values {
  const { fromMs, toMs, used } = packed;
  const last = used.length - 1;
  const position = Math.min(last, Math.max(0, (last * (atMs - fromMs)) / (toMs - fromMs)));
  const [a, b] = [valuesAt(packed, Math.floor(position)), valuesAt(packed, Math.ceil(position))];
  const part = position - Math.floor(position);
  const mix = (key: keyof Values): number => a[key] + (b[key] - a[key]) * part;
  return { used: mix('used'), low: mix('low'), high: mix('high') };
}

function isPacked(ahead: PackedAhead | Ahead): ahead is PackedAhead {
  return !Array.isArray(ahead);
}
