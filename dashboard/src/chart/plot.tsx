/** One uPlot chart. It is built once per shape, and after that only receives data. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import './locale-guard.js';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { theme } from '../state/theme.js';
import type { Column } from './column.js';
import { drawMarks, type Mark } from './marks.js';
import { readInkColor, type Ink } from './palette.js';
import { formatTicks } from './time-axis.js';

const MIN_WIDTH_PX = 200;
const TOP_PAD_PX = 8;
/** Half of the longest label of the time axis, which may stand at the right edge. */
const RIGHT_PAD_PX = 24;
const TICK_FONT_PX = 11;
const DEFAULT_LINE_PX = 1.5;

export interface SeriesSpec {
  readonly label: string;
  readonly stroke?: Ink;
  readonly width?: number;
  readonly dash?: number[];
  readonly fill?: Ink;
}

export interface PlotSpec {
  /** Two specs with the same key draw the same. Another key builds another chart. */
  readonly key: string;
  readonly series: readonly SeriesSpec[];
  /** Areas between two series, by their numbers (1 is the first series). */
  readonly areas?: readonly { readonly between: [upper: number, lower: number]; readonly fill: Ink }[];
  readonly formatValue: (value: number) => string;
  /** Charts with the same name share their cursor. */
  readonly sync?: string;
}

interface PlotData {
  /** x in epoch seconds, then one column per series. */
  readonly columns: readonly [x: number[], ...ys: Column[]];
  readonly x: readonly [min: number, max: number];
  readonly yMax: number;
  readonly marks: readonly Mark[];
}

interface PlotProps {
  readonly spec: PlotSpec;
  readonly data: PlotData;
  readonly height: number;
  /** The content of the chart for screen readers. */
  readonly summary: string;
  /** The text above the chart, for the step under the cursor, or for null without a cursor. */
  readonly readout: (index: number | null) => string;
  readonly testId?: string;
}

export function Plot({ spec, data, height, summary, readout, testId }: PlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const note = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const current = useRef({ data, readout });
  current.current = { data, readout };

  useLayoutEffect(() => {
    const element = host.current;
    if (element === null) return;
    const size = { width: Math.max(MIN_WIDTH_PX, element.clientWidth), height };
    const sources: PlotSources = { current: () => current.current, note: () => note.current };
    const built = new uPlot(buildOptions(spec, size, sources), undefined, element);
    plot.current = built;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientWidth !== built.width) {
        built.setSize({ width: element.clientWidth, height });
      }
    });
    observer.observe(element);
    const stopTheme = theme.subscribe(() => built.redraw(false, true));
    return () => {
      stopTheme();
      observer.disconnect();
      built.destroy();
      plot.current = null;
    };
  }, [spec.key, height]);

  useEffect(() => {
    plot.current?.setData(data.columns as unknown as uPlot.AlignedData);
    writeNote(note.current, readout(plot.current?.cursor.idx ?? null));
  }, [data, spec.key, height]);

  return (
    <figure class="plot">
      <div class="plot-readout" ref={note} aria-hidden="true" />
      <div class="plot-canvas" ref={host} role="img" aria-label={summary} data-testid={testId} />
    </figure>
  );
}

/** What a chart reads each time it draws, since it outlives the render that built it. */
interface PlotSources {
  readonly current: () => { data: PlotData; readout: (index: number | null) => string };
  readonly note: () => HTMLElement | null;
}

function buildOptions(spec: PlotSpec, size: { width: number; height: number }, sources: PlotSources): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: () => readInkColor('axis'),
    grid: { stroke: () => readInkColor('grid'), width: 1 },
    ticks: { show: false },
    font: `${TICK_FONT_PX}px ${getComputedStyle(document.body).fontFamily}`,
  };
  return {
    ...size,
    padding: [TOP_PAD_PX, RIGHT_PAD_PX, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false, setScale: false },
      points: { size: 6 },
      ...(spec.sync === undefined ? {} : { sync: { key: spec.sync, setSeries: false } }),
    },
    scales: {
      x: { time: true, range: () => [...sources.current().data.x] },
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
      setCursor: [(plot) => writeNote(sources.note(), sources.current().readout(plot.cursor.idx ?? null))],
    },
  };
}

/** A series without a stroke is an edge of an area: it has no line of its own. */
function buildSeries({ label, stroke, width, dash, fill }: SeriesSpec): uPlot.Series {
  const series: uPlot.Series = { label, width: 0, points: { show: false } };
  if (stroke !== undefined) {
    series.width = width ?? DEFAULT_LINE_PX;
    series.stroke = () => readInkColor(stroke);
  }
  if (fill !== undefined) series.fill = () => readInkColor(fill);
  if (dash !== undefined) series.dash = dash;
  return series;
}

function writeNote(element: HTMLElement | null, text: string): void {
  if (element !== null && element.textContent !== text) element.textContent = text;
}
