/** The data of the worst pool's chart: the past, the forecast ahead, the window and the scale. Pure. */
import { MINUTE_MS, formatCount } from '../../../daemon/units.js';
import type { History } from '../../../daemon/wire/history.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { parseInstant, formatInstant } from '../words/format.js';
import type { UsePoint } from '../state/live-history.js';
import type { Mark } from './marks.js';

export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

export type Column = (number | null | undefined)[];

/** x in epoch seconds, then used, live, ahead, the band's upper and lower edge. */
export type WorstPoolColumns = [x: number[], used: Column, live: Column, ahead: Column, high: Column, low: Column];

/** The table is dumped at least every 30 s: a longer silence than three of them is a gap, not a straight line. */
const GAP_MS = 100_000;

/** Steps of past and future, so that the window scrolls instead of breathing with every forecast. */
const WINDOWS: readonly (readonly [pastMs: number, futureMs: number])[] = [
  [4 * MINUTE_MS, MINUTE_MS],
  [6 * MINUTE_MS, 2 * MINUTE_MS],
  [10 * MINUTE_MS, 4 * MINUTE_MS],
  [10 * MINUTE_MS, 10 * MINUTE_MS],
];

/** The longest past that is ever drawn. */
export const PAST_MS = 10 * MINUTE_MS;

/** Now with enough future to hold the exhaustion and its interval, and a past in proportion. */
export function chooseWindow(pool: WirePool, nowMs: number): TimeWindow {
  const exhaustsAt = parseInstant(pool.exhaustsAt);
  const end = exhaustsAt === null ? nowMs : Math.max(exhaustsAt, parseInstant(pool.latestAt) ?? 0);
  const need = exhaustsAt === null ? 2 * MINUTE_MS : Math.min(end, exhaustsAt + 4 * MINUTE_MS) - nowMs;
  const fit = WINDOWS.find(([, future]) => need * 1.1 <= future) ?? [10 * MINUTE_MS, 10 * MINUTE_MS];
  const [past, future] = exhaustsAt === null ? [PAST_MS, 2 * MINUTE_MS] : fit;
  return { fromMs: nowMs - past, toMs: nowMs + future };
}

/** History up to where the live trail begins, then the trail; a real silence becomes a gap. */
export function mergePast(history: History | null, trail: readonly UsePoint[], fromMs: number): UsePoint[] {
  const joinAt = trail[0]?.t ?? Infinity;
  const points: UsePoint[] = [];
  const push = (point: UsePoint): void => {
    const last = points.at(-1);
    if (last !== undefined && point.t <= last.t) return;
    if (last !== undefined && point.t - last.t > GAP_MS) points.push({ t: last.t + 1, used: null, live: null });
    points.push(point);
  };
  history?.t.forEach((t, index) => {
    const used = history.mean['used']?.[index] ?? null;
    if (used === null || t < fromMs || t >= joinAt) return;
    push({ t, used, live: history.mean['live']?.[index] ?? null });
  });
  for (const point of trail) if (point.t >= fromMs) push(point);
  return points;
}

export interface WorstPoolColumnsInput {
  readonly past: readonly UsePoint[];
  readonly ahead: WirePool['ahead'];
  /** Of the ports used now, those that can be taken again: the forecast does not count them. */
  readonly reusable: number;
  readonly window: TimeWindow;
}

/** One set of columns on one axis. The forecast starts at the last known point, so the lines meet. */
export function buildWorstPoolColumns({ past, ahead, reusable, window }: WorstPoolColumnsInput): WorstPoolColumns {
  const columns: WorstPoolColumns = [[], [], [], [], [], []];
  const [x, used, live, line, high, low] = columns;
  for (const point of past) {
    x.push(point.t / 1000);
    used.push(point.used);
    live.push(point.live);
    line.push(null);
    high.push(null);
    low.push(null);
  }
  const last = past.at(-1);
  if (last !== undefined && ahead.length > 0) {
    const start = last.used === null ? null : Math.max(0, last.used - reusable);
    for (const column of [line, high, low]) column[column.length - 1] = start;
  }
  let previous = last?.t ?? -Infinity;
  for (const point of ahead) {
    const t = parseInstant(point.at);
    if (t === null || t <= previous || t > window.toMs + MINUTE_MS) continue;
    previous = t;
    x.push(t / 1000);
    used.push(null);
    live.push(null);
    line.push(point.used);
    high.push(point.high);
    low.push(point.low);
  }
  return columns;
}

export interface Scale {
  readonly max: number;
  /** Whether the capacity line lies inside. */
  readonly showsCapacity: boolean;
}

/** Above this share of capacity the limit is part of the picture, and stays until use falls below the lower one. */
const SHOW_CAPACITY_AT = 0.3;
const HIDE_CAPACITY_BELOW = 0.22;

/**
 * The top of the axis. The distance to the limit is the story, unless so little is used that nothing would be seen: then
 * the axis fits the use and the limit is named at the edge. Two thresholds, so that it does not flap between them.
 */
export function chooseScale(peak: number, capacity: number, showedCapacity: boolean): Scale {
  const share = capacity > 0 ? peak / capacity : 1;
  if (share >= (showedCapacity ? HIDE_CAPACITY_BELOW : SHOW_CAPACITY_AT)) {
    return { max: Math.max(capacity * 1.1, Math.min(peak, capacity * 1.2) * 1.02, 1), showsCapacity: true };
  }
  return { max: roundUpToStep(Math.max(peak * 1.4, 5)), showsCapacity: false };
}

/** The greatest number of ports in the past and on the forecast line. */
export function findPeak(columns: WorstPoolColumns): number {
  let peak = 0;
  for (const column of [columns[1], columns[3]]) for (const value of column) peak = Math.max(peak, value ?? 0);
  return peak;
}

function roundUpToStep(value: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((factor) => factor * magnitude >= value) ?? 10;
  return step * magnitude;
}

interface WorstPoolMarksInput {
  readonly pool: WirePool;
  readonly nowMs: number;
  readonly scale: Scale;
  readonly columns: WorstPoolColumns;
}

/** The lines and labels over the chart: capacity, the half from which connect() slows, now, and the exhaustion. */
export function listWorstPoolMarks({ pool, nowMs, scale, columns }: WorstPoolMarksInput): Mark[] {
  const capacity = formatCount(pool.capacity);
  const marks: Mark[] = [{ kind: 'instant', atMs: nowMs, label: 'now', tone: 'muted', place: 'bottom' }];
  if (scale.showsCapacity) {
    marks.push({ kind: 'level', value: pool.capacity, label: `capacity ${capacity}`, tone: 'limit' });
    const half = pool.capacity / 2;
    // The label keeps clear of the line of use where that starts just above the half.
    const start = columns[1].find((value) => typeof value === 'number') ?? 0;
    const below = start >= half * 0.98 && start < half + scale.max * 0.12;
    marks.push({ kind: 'level', value: half, label: 'half: connect() slows down', tone: 'faint', below });
  } else {
    marks.push({ kind: 'beyond', label: `capacity ${capacity}, above this chart`, tone: 'muted' });
  }
  const exhaustsAt = parseInstant(pool.exhaustsAt);
  if (exhaustsAt !== null && exhaustsAt > nowMs) {
    marks.push({
      kind: 'instant',
      atMs: exhaustsAt,
      label: `full ${formatInstant(exhaustsAt, nowMs)}`,
      tone: 'limit',
      place: 'top',
    });
  }
  return marks;
}
