/** A small chart of one pool as the paths of an SVG: the ports held, and the forecast. Its box is 100 wide and 100 high. */
import { MINUTE_MS } from '../../../daemon/units.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import type { UsePoint } from '../state/live-history.js';
import { parseInstant } from '../words/format.js';
import { chooseScale } from './scale.js';

export const SPARK_PAST_MS = 15 * MINUTE_MS;
/** The forecast takes at most a quarter of the width. */
const AHEAD_MS = 5 * MINUTE_MS;
const BOX = 100;
const DIGITS = 2;

interface SparkInput {
  /** A null is a gap. */
  readonly past: readonly UsePoint[];
  readonly ahead: WirePool['ahead'];
  readonly capacity: number;
  /** Epoch ms, where the past ends. */
  readonly nowMs: number;
}

interface Spark {
  /** The line of the past, the area below it, and the forecast; empty where there is none. */
  readonly line: string;
  readonly area: string;
  readonly forecast: string;
  /** The height of the limit; null where it lies above the box. */
  readonly limitY: number | null;
}

interface Point {
  readonly t: number;
  readonly used: number;
}

export function drawSpark({ past, ahead, capacity, nowMs }: SparkInput): Spark {
  const aheadPoints = ahead
    .map(({ at, used }): Point => ({ t: parseInstant(at) ?? nowMs, used }))
    .filter(({ t }) => t > nowMs && t <= nowMs + AHEAD_MS);
  const runs = splitAtGaps(past);
  const peak = Math.max(0, ...runs.flat().map(({ used }) => used), ...aheadPoints.map(({ used }) => used));
  const { max, showsCapacity } = chooseScale(peak, capacity, false);
  const fromMs = nowMs - SPARK_PAST_MS;
  const toMs = aheadPoints.length === 0 ? nowMs : nowMs + AHEAD_MS;
  const x = (t: number): number => ((t - fromMs) / (toMs - fromMs)) * BOX;
  const y = (used: number): number => BOX - (Math.min(used, max) / max) * BOX;
  const draw = (points: readonly Point[]): string =>
    points.map(({ t, used }, index) => `${index === 0 ? 'M' : 'L'}${print(x(t))} ${print(y(used))}`).join('');
  const drawArea = (points: readonly Point[]): string => {
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) return '';
    return `${draw(points)}L${print(x(last.t))} ${BOX}L${print(x(first.t))} ${BOX}Z`;
  };
  const last = runs.at(-1)?.at(-1);
  return {
    line: runs.map(draw).join(''),
    area: runs.map(drawArea).join(''),
    forecast: aheadPoints.length === 0 ? '' : draw(last === undefined ? aheadPoints : [last, ...aheadPoints]),
    limitY: showsCapacity ? Number(print(y(capacity))) : null,
  };
}

function splitAtGaps(past: readonly UsePoint[]): Point[][] {
  const runs: Point[][] = [[]];
  for (const { t, used } of past) {
    if (used === null) runs.push([]);
    else runs.at(-1)?.push({ t, used });
  }
  return runs.filter((run) => run.length > 0);
}

function print(value: number): string {
  return Number(value.toFixed(DIGITS)).toString();
}
