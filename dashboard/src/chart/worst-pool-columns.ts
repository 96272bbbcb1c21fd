/** The columns of the worst pool's chart: its past, and the forecast. */
import { MINUTE_MS } from '../../../daemon/units.js';
import type { History } from '../../../daemon/wire/history.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import type { UsePoint } from '../state/live-history.js';
import { parseInstant } from '../words/format.js';
import { findGreatest, type Column } from './column.js';
import type { TimeWindow } from './window.js';

/** The forecast is drawn a little past the right edge, so that its line does not end inside the chart. */
const BEYOND_EDGE_MS = MINUTE_MS;

/** x in epoch seconds, then used, live, the forecast, and the upper and lower edge of its band. */
export type WorstPoolColumns = [x: number[], used: Column, live: Column, forecast: Column, high: Column, low: Column];

interface PastInput {
  readonly history: History | null;
  readonly livePoints: readonly UsePoint[];
  readonly fromMs: number;
  readonly maxSampleAgeMs: number;
}

/** The stored history up to the first live point, then the live points. A gap stands between samples too far apart. */
export function mergePast({ history, livePoints, fromMs, maxSampleAgeMs }: PastInput): UsePoint[] {
  const joinAtMs = livePoints[0]?.t ?? Infinity;
  const points: UsePoint[] = [];
  const push = (point: UsePoint): void => {
    const last = points.at(-1);
    if (last !== undefined && point.t <= last.t) return;
    if (last !== undefined && point.t - last.t > maxSampleAgeMs) points.push({ t: last.t + 1, used: null, live: null });
    points.push(point);
  };
  history?.t.forEach((t, index) => {
    const used = history.mean['used']?.[index] ?? null;
    if (used === null || t < fromMs || t >= joinAtMs) return;
    push({ t, used, live: history.mean['live']?.[index] ?? null });
  });
  for (const point of livePoints) if (point.t >= fromMs) push(point);
  return points;
}

interface WorstPoolColumnsInput {
  readonly past: readonly UsePoint[];
  readonly ahead: WirePool['ahead'];
  /** Of the ports used now, those that can be taken again. The forecast does not count them. */
  readonly reusable: number;
  readonly window: TimeWindow;
}

/** The forecast starts at the last point of the past, so that the lines meet. */
export function buildWorstPoolColumns({ past, ahead, reusable, window }: WorstPoolColumnsInput): WorstPoolColumns {
  const columns: WorstPoolColumns = [[], [], [], [], [], []];
  const [x, used, live, forecast, high, low] = columns;
  for (const point of past) {
    x.push(point.t / 1000);
    used.push(point.used);
    live.push(point.live);
    for (const column of [forecast, high, low]) column.push(null);
  }
  const last = past.at(-1);
  if (last !== undefined && ahead.length > 0) {
    const start = last.used === null ? null : Math.max(0, last.used - reusable);
    for (const column of [forecast, high, low]) column[column.length - 1] = start;
  }
  let previousMs = last?.t ?? -Infinity;
  for (const point of ahead) {
    const t = parseInstant(point.at);
    // uPlot needs x in strictly ascending order.
    if (t === null || t <= previousMs || t > window.toMs + BEYOND_EDGE_MS) continue;
    previousMs = t;
    x.push(t / 1000);
    for (const column of [used, live]) column.push(null);
    forecast.push(point.used);
    high.push(point.high);
    low.push(point.low);
  }
  return columns;
}

/** The greatest number of ports in the past and on the line of the forecast. */
export function findPeak([, used, , forecast]: WorstPoolColumns): number {
  return Math.max(0, findGreatest(used) ?? 0, findGreatest(forecast) ?? 0);
}

/** What the legend names: only what is in the picture. */
export function findDrawn([, used, live, forecast]: WorstPoolColumns): Record<
  'timeWait' | 'open' | 'forecast',
  boolean
> {
  return {
    timeWait: used.some((value, index) => (value ?? 0) > (live[index] ?? Infinity)),
    open: live.some((value) => (value ?? 0) > 0),
    forecast: forecast.filter((value) => typeof value === 'number').length > 1,
  };
}
