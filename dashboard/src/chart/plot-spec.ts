/** What a chart is made of. */
import type { Column } from './column.js';
import type { SpanControl } from './gestures.js';
import type { Mark } from './marks.js';
import type { Ink } from './palette.js';

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

export interface PlotData {
  /** x in epoch seconds, then one column per series. */
  readonly columns: readonly [x: number[], ...ys: Column[]];
  readonly x: readonly [min: number, max: number];
  readonly yMax: number;
  readonly marks: readonly Mark[];
}

/** What a chart reads each time it draws, since it outlives the render that built it. */
export interface PlotSources {
  readonly current: () => { data: PlotData; readout: (index: number | null) => string };
  readonly note: () => HTMLElement | null;
  /** The ends of the time axis, in epoch seconds. */
  readonly x: () => readonly [min: number, max: number];
  readonly control: SpanControl | undefined;
}
