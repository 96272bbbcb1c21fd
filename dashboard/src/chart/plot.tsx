/** One uPlot chart. It is built once per shape and from then on only given data; hidden pages draw nothing. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import './locale-guard.js';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { theme } from '../state/theme.js';
import { drawMarks, type Mark } from './marks.js';
import { readInkColor, type Ink } from './palette.js';
import { formatTicks } from './time-axis.js';

export interface SeriesSpec {
  readonly label: string;
  readonly stroke?: Ink;
  readonly width?: number;
  readonly dash?: number[];
  readonly fill?: Ink;
}

export interface PlotSpec {
  /** Two specs with the same key draw alike: only another key builds another chart. */
  readonly key: string;
  readonly series: readonly SeriesSpec[];
  /** Areas between two series, by their numbers (1 is the first series). */
  readonly areas?: readonly { readonly between: [upper: number, lower: number]; readonly fill: Ink }[];
  readonly formatValue: (value: number) => string;
  /** Charts with the same name share their cursor. */
  readonly sync?: string;
}

/** x in epoch seconds, and one column per series. */
export interface PlotData {
  readonly columns: readonly [x: number[], ...ys: (number | null | undefined)[][]];
  readonly x: readonly [min: number, max: number];
  readonly yMax: number;
  readonly marks: readonly Mark[];
}

interface PlotProps {
  readonly spec: PlotSpec;
  readonly data: PlotData;
  readonly height: number;
  /** What the picture says, for those who do not see it. */
  readonly summary: string;
  /** What is written above the chart: at the cursor's step, or at null the newest. */
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
    const size = { width: Math.max(200, element.clientWidth), height };
    const built = new uPlot(
      plotOptions(spec, size, { current: () => current.current, note: () => note.current }),
      undefined,
      element,
    );
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

interface PlotSources {
  readonly current: () => { data: PlotData; readout: (index: number | null) => string };
  readonly note: () => HTMLElement | null;
}

function plotOptions(spec: PlotSpec, size: { width: number; height: number }, sources: PlotSources): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: () => readInkColor('axis'),
    grid: { stroke: () => readInkColor('grid'), width: 1 },
    ticks: { show: false },
    font: `11px ${getComputedStyle(document.body).fontFamily}`,
  };
  return {
    ...size,
    padding: [8, 10, 0, 0],
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
    series: [{}, ...spec.series.map(seriesOptions)],
    bands: (spec.areas ?? []).map(({ between, fill }) => ({ series: between, fill: () => readInkColor(fill) })),
    hooks: {
      draw: [(plot) => drawMarks(plot, sources.current().data.marks)],
      setCursor: [(plot) => writeNote(sources.note(), sources.current().readout(plot.cursor.idx ?? null))],
    },
  };
}

function seriesOptions(series: SeriesSpec): uPlot.Series {
  const { stroke, fill } = series;
  return {
    label: series.label,
    width: series.width ?? 1.5,
    points: { show: false },
    ...(stroke === undefined ? { width: 0 } : { stroke: () => readInkColor(stroke) }),
    ...(fill === undefined ? {} : { fill: () => readInkColor(fill) }),
    ...(series.dash === undefined ? {} : { dash: series.dash }),
  };
}

function writeNote(element: HTMLElement | null, text: string): void {
  if (element !== null && element.textContent !== text) element.textContent = text;
}
