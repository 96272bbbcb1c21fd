/** The options of a chart: its axes in the chosen time zone, its series, and what a drag selects. */
import uPlot from 'uplot';
import { zoneChoice } from '../state/zone.js';
import { listLonely, type Column } from './column.js';
import type { SpanControl } from './gestures.js';
import { drawMarks } from './marks.js';
import { readFontFamily, readInkColor } from './palette.js';
import type { PlotSources, PlotSpec, SeriesSpec } from './plot-spec.js';
import { formatTicks } from './time-axis.js';

const TOP_PAD_PX = 8;
/** Half of the longest label of the time axis, which may stand at the right edge. */
const RIGHT_PAD_PX = 24;
const TICK_FONT_PX = 11;
const DEFAULT_LINE_PX = 1.5;
const POINT_PX = 4;
/** A shorter drag is a click. */
const DRAG_PX = 6;

export function buildOptions(
  spec: PlotSpec,
  size: { width: number; height: number },
  sources: PlotSources,
): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: () => readInkColor('axis'),
    grid: { stroke: () => readInkColor('grid'), width: 1 },
    ticks: { show: false },
    font: `${TICK_FONT_PX}px ${readFontFamily()}`,
  };
  return {
    ...size,
    padding: [TOP_PAD_PX, RIGHT_PAD_PX, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: sources.control !== undefined, y: false, setScale: false, dist: DRAG_PX },
      points: { size: 6 },
      bind: bindMouse(sources.control),
      ...(spec.sync === undefined
        ? {}
        : { sync: { key: spec.sync, setSeries: false, filters: { pub: isCursorMove } } }),
    },
    // The axis is cut at round instants of the zone that its labels are written in.
    tzDate: (seconds) => {
      const date = new Date(seconds * 1000);
      return zoneChoice.peek() === 'utc' ? uPlot.tzDate(date, 'Etc/UTC') : date;
    },
    scales: {
      x: { time: true, range: () => [...sources.x()] },
      y: { range: () => [0, sources.current().data.yMax] },
    },
    axes: [
      { ...axis, space: 70, size: 26, gap: 6, values: (_, ticks, __, ___, step) => formatTicks(ticks, step) },
      { ...axis, space: 40, size: 52, gap: 6, values: (_, ticks) => ticks.map((tick) => spec.formatValue(tick)) },
    ],
    series: [{}, ...spec.series.map(buildSeries)],
    bands: (spec.areas ?? []).map(({ between, fill }) => ({ series: between, fill: () => readInkColor(fill) })),
    hooks: {
      draw: [(plot) => drawMarks(plot, sources.current().data.marks)],
      setSelect: [(plot) => showSelected(plot, sources.control)],
      setCursor: [(plot) => writeNote(sources.note(), sources.current().readout(plot.cursor.idx ?? null))],
    },
  };
}

/** Only the cursor is shared: a drag on one chart is no drag on the others. */
function isCursorMove(type: string): boolean {
  return type === 'mousemove' || type === 'mouseleave';
}

/** A drag with Shift moves the chart (gestures.ts), so it selects nothing. */
function bindMouse(control: SpanControl | undefined): uPlot.Cursor.Bind {
  return {
    mousedown: (_, target, handle) => (event) => {
      if (event.button === 0 && event.target === target && !event.shiftKey) handle(event);
      return null;
    },
    dblclick: () => () => {
      control?.reset();
      return null;
    },
  };
}

function showSelected(plot: uPlot, control: SpanControl | undefined): void {
  const { left, width } = plot.select;
  if (control === undefined || width < DRAG_PX) return;
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  control.show({ fromMs: plot.posToVal(left, 'x') * 1000, toMs: plot.posToVal(left + width, 'x') * 1000 });
}

/** A series without a stroke is an edge of an area: it has no line of its own. */
function buildSeries({ label, stroke, width, dash, fill }: SeriesSpec): uPlot.Series {
  const series: uPlot.Series = { label, width: 0, points: { show: false } };
  if (stroke !== undefined) {
    series.width = width ?? DEFAULT_LINE_PX;
    series.stroke = () => readInkColor(stroke);
    series.points = {
      show: true,
      size: POINT_PX,
      stroke: () => readInkColor(stroke),
      fill: () => readInkColor(stroke),
      filter: (plot, index) => listLonely((plot.data[index] ?? []) as Column),
    };
  }
  if (fill !== undefined) series.fill = () => readInkColor(fill);
  if (dash !== undefined) series.dash = dash;
  return series;
}

export function writeNote(element: HTMLElement | null, text: string): void {
  if (element !== null && element.textContent !== text) element.textContent = text;
}
