/**
 * The picture of a mail as SVG: the ports of one pool over time, its limit, the forecast with its 90% band, and outages.
 * It brings its own dark background, because a picture cannot follow the theme of the mail program.
 */
import { formatCount } from '../../../units.js';
import { escapeHtml } from '../sanitize.js';
import type { LocalTime } from '../local-time.js';
import { area, line, measure, round, text } from './shapes.js';
import { layAxis, listTicks, type Axis } from './axis.js';

/** The used ports at one instant; null in a gap. */
export interface Step {
  readonly atMs: number;
  readonly live: number | null;
  readonly timeWait: number | null;
}

/** One point of the forecast with its 90% band. */
interface AheadStep {
  readonly atMs: number;
  readonly used: number;
  readonly low: number;
  readonly high: number;
}

/** An instant with a name, on the line below the axis. */
export interface Mark {
  readonly atMs: number;
  readonly text: string;
  readonly kind: 'now' | 'full' | 'forecast';
}

export interface Chart {
  readonly title: string;
  /** What the picture shows, for readers who do not see it. */
  readonly alt: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
  readonly steps: readonly Step[];
  readonly ahead: readonly AheadStep[];
  /** Where the forecast reaches the limit, with its 90% interval; null where none does. */
  readonly full: { readonly atMs: number; readonly earliestMs: number | null; readonly latestMs: number | null } | null;
  readonly outages: readonly { readonly fromMs: number; readonly toMs: number }[];
  readonly marks: readonly Mark[];
  readonly time: LocalTime;
}

export const PICTURE_WIDTH = 600;
export const PICTURE_HEIGHT = 320;
const PICTURE_FONT = 'DejaVu Sans';
const PLOT = { left: 74, right: 584, top: 76, bottom: 252 };
const COLOURS = {
  back: '#1b2129',
  edge: '#343d49',
  grid: '#313a46',
  ink: '#e6eaf0',
  soft: '#a3aebd',
  live: '#4c8dd6',
  timeWait: '#e0913a',
  limit: '#ff6b5e',
  ahead: '#f6d365',
};
const MARK_COLOURS: Record<Mark['kind'], string> = { now: COLOURS.ink, full: COLOURS.limit, forecast: COLOURS.ahead };
const MAX_TITLE = 52;

export function drawChart(chart: Chart): string {
  const axis = layAxis(chart, PLOT);
  const parts = [
    `<rect x="0.5" y="0.5" width="${PICTURE_WIDTH - 1}" height="${PICTURE_HEIGHT - 1}" rx="8" fill="${COLOURS.back}" stroke="${COLOURS.edge}"/>`,
    text(cutTitle(chart.title), { x: 16, y: 30, size: 17, colour: COLOURS.ink, weight: 'bold' }),
    drawLegend(chart),
    drawGrid(axis, chart),
    drawUse(axis, chart),
    drawOutages(axis, chart),
    drawAhead(axis, chart),
    drawLimit(axis, chart),
    drawMarks(axis, chart),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${PICTURE_WIDTH}" height="${PICTURE_HEIGHT}" viewBox="0 0 ${PICTURE_WIDTH} ${PICTURE_HEIGHT}" font-family="${PICTURE_FONT}"><title>${escapeHtml(chart.alt)}</title>${parts.join('')}</svg>`;
}

function cutTitle(title: string): string {
  const characters = Array.from(title);
  return characters.length <= MAX_TITLE ? title : `${characters.slice(0, MAX_TITLE - 1).join('')}…`;
}

/** Only what the picture shows. */
function drawLegend({ steps, ahead, outages }: Chart): string {
  const shows = (column: 'live' | 'timeWait'): boolean => steps.some((step) => (step[column] ?? 0) > 0);
  const entries = [
    ...(shows('live') ? [{ name: 'open', colour: COLOURS.live }] : []),
    ...(shows('timeWait') ? [{ name: 'TIME_WAIT', colour: COLOURS.timeWait }] : []),
    ...(ahead.length > 0 ? [{ name: 'forecast (90% band)', colour: COLOURS.ahead }] : []),
    ...(outages.length > 0 ? [{ name: 'out of ports', colour: COLOURS.limit }] : []),
  ];
  let x = 16;
  return entries
    .map(({ name, colour }) => {
      const at = x;
      x += 18 + measure(name) + 14;
      return `<rect x="${round(at)}" y="44" width="12" height="12" rx="2" fill="${colour}"/>${text(name, { x: at + 18, y: 55, colour: COLOURS.soft })}`;
    })
    .join('');
}

function drawGrid(axis: Axis, { fromMs, toMs, limit, time }: Chart): string {
  const levels = [0, 0.5].map((share) => {
    const y = axis.y(share * limit);
    const label = text(formatCount(share * limit), {
      x: PLOT.left - 8,
      y: y + 5,
      colour: COLOURS.soft,
      anchor: 'end',
    });
    return `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${round(y)}" y2="${round(y)}" stroke="${COLOURS.grid}"/>${label}`;
  });
  const { ticks, hasSeconds } = listTicks(fromMs, toMs);
  const labels = ticks.flatMap((tickMs) => {
    const label = hasSeconds ? time.formatClock(tickMs) : time.formatMinute(tickMs);
    const x = axis.x(tickMs);
    const half = measure(label) / 2;
    if (x - half < PLOT.left - 30 || x + half > PLOT.right + 14) return [];
    const tick = `<line x1="${round(x)}" x2="${round(x)}" y1="${PLOT.bottom}" y2="${PLOT.bottom + 5}" stroke="${COLOURS.soft}"/>`;
    return [tick, text(label, { x, y: PLOT.bottom + 22, colour: COLOURS.soft, anchor: 'middle' })];
  });
  return [...levels, ...labels].join('');
}

function drawOutages(axis: Axis, { outages }: Chart): string {
  return outages
    .map(({ fromMs, toMs }) => {
      const [x1, x2] = [axis.x(fromMs), axis.x(toMs)];
      return `<rect x="${round(x1)}" y="${PLOT.top}" width="${round(Math.max(2, x2 - x1))}" height="${PLOT.bottom - PLOT.top}" fill="${COLOURS.limit}" fill-opacity="0.35"/>`;
    })
    .join('');
}

/** The used ports as two areas on each other: open connections below, TIME_WAIT above. */
function drawUse(axis: Axis, { steps }: Chart): string {
  return splitAtGaps(steps)
    .map((run) => {
      const live = run.map(({ atMs, live }) => ({ x: axis.x(atMs), y: axis.y(live) }));
      const used = run.map(({ atMs, live, timeWait }) => ({ x: axis.x(atMs), y: axis.y(live + timeWait) }));
      const floor = run.map(({ atMs }) => ({ x: axis.x(atMs), y: PLOT.bottom }));
      return `${area(used, live, COLOURS.timeWait, 0.85)}${area(live, floor, COLOURS.live, 0.9)}${line(used, run.some(({ timeWait }) => timeWait > 0) ? COLOURS.timeWait : COLOURS.live, 2)}`;
    })
    .join('');
}

type KnownStep = { readonly [K in keyof Step]: NonNullable<Step[K]> };

function splitAtGaps(steps: readonly Step[]): KnownStep[][] {
  const runs: KnownStep[][] = [[]];
  for (const { atMs, live, timeWait } of steps) {
    if (live === null || timeWait === null) runs.push([]);
    else runs.at(-1)?.push({ atMs, live, timeWait });
  }
  return runs.filter(({ length }) => length > 1);
}

function drawAhead(axis: Axis, { ahead, full, limit }: Chart): string {
  if (ahead.length < 2) return '';
  const at = (used: (step: AheadStep) => number) =>
    ahead.map((step) => ({ x: axis.x(step.atMs), y: axis.y(used(step)) }));
  const band = area(
    at(({ high }) => Math.min(high, limit)),
    at(({ low }) => Math.min(low, limit)),
    COLOURS.ahead,
    0.2,
  );
  const middle = line(
    at(({ used }) => Math.min(used, limit)),
    COLOURS.ahead,
    2.5,
    '6 4',
  );
  return `${band}${middle}${full === null ? '' : drawFull(axis, full, limit)}`;
}

/** The instant at which the ports are gone, and its 90% interval on the line of the limit. */
function drawFull(axis: Axis, { atMs, earliestMs, latestMs }: NonNullable<Chart['full']>, limit: number): string {
  const y = axis.y(limit);
  const interval =
    earliestMs === null
      ? ''
      : `<line x1="${round(axis.x(earliestMs))}" x2="${round(latestMs === null ? PLOT.right : axis.x(latestMs))}" y1="${round(y)}" y2="${round(y)}" stroke="${COLOURS.ahead}" stroke-width="5" stroke-opacity="0.6"/>`;
  const x = round(axis.x(atMs));
  return `${interval}<line x1="${x}" x2="${x}" y1="${round(y)}" y2="${PLOT.bottom}" stroke="${COLOURS.limit}" stroke-dasharray="2 3"/><circle cx="${x}" cy="${round(y)}" r="6" fill="${COLOURS.limit}" stroke="${COLOURS.back}" stroke-width="1.5"/>`;
}

function drawLimit(axis: Axis, { limit }: Chart): string {
  const y = axis.y(limit);
  const label = text(formatCount(limit), { x: PLOT.left - 8, y: y + 5, colour: COLOURS.limit, anchor: 'end' });
  return `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${round(y)}" y2="${round(y)}" stroke="${COLOURS.limit}" stroke-width="1.5"/>${label}`;
}

/** The marks lie in one line. The one further to the right gives way to the right, the other one to the left. */
function drawMarks(axis: Axis, { marks }: Chart): string {
  const sorted = [...marks].sort((a, b) => a.atMs - b.atMs).slice(0, 2);
  const y = PLOT.bottom + 50;
  let leftEnd = 8;
  return sorted
    .map((mark, index) => {
      const x = axis.x(mark.atMs);
      const width = measure(mark.text, 'bold');
      const next = sorted[index + 1];
      const mustGiveWay = next !== undefined && axis.x(next.atMs) - x < (width + measure(next.text, 'bold')) / 2 + 16;
      const wanted = mustGiveWay ? x - width : x - (index > 0 && x - leftEnd < width / 2 + 16 ? 0 : width / 2);
      const start = Math.max(leftEnd, Math.min(wanted, PICTURE_WIDTH - 8 - width));
      leftEnd = start + width + 16;
      const colour = MARK_COLOURS[mark.kind];
      const guide = `<line x1="${round(x)}" x2="${round(x)}" y1="${PLOT.top}" y2="${PLOT.bottom + 5}" stroke="${colour}" stroke-width="1.5"${mark.kind === 'now' ? '' : ' stroke-dasharray="2 3"'}/>`;
      return `${guide}${text(mark.text, { x: start, y, colour, weight: 'bold' })}`;
    })
    .join('');
}
